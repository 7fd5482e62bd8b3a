import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const bin = fileURLToPath(new URL("../bin/source-pipedrive.mjs", import.meta.url))
const officialFile = fileURLToPath(new URL("../../../../shared/airbyte/upstream-streams.json", import.meta.url))

/** Names in STREAMS.md, which has every stream of every plugin package: lint sees to that. */
const documented = [
  ...readFileSync(new URL("../../../STREAMS.md", import.meta.url), "utf8").matchAll(/^\| `(\w+)` \|/gm)
].map(([, name]) => name)

interface Stream {
  readonly name: string
  readonly json_schema: { readonly properties: object }
  readonly supported_sync_modes: ReadonlyArray<string>
  readonly default_cursor_field?: ReadonlyArray<string>
  readonly source_defined_primary_key?: ReadonlyArray<ReadonlyArray<string>>
}

const discover = (): ReadonlyArray<Stream> => {
  const config = join(mkdtempSync(join(tmpdir(), "source-")), "config.json")
  writeFileSync(config, JSON.stringify({ credentials: { auth_type: "api_token", api_token: "x".repeat(40) } }))
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, "discover", "--config", config], {
    encoding: "utf8",
    maxBuffer: 1 << 26
  })
  expect([status, stderr]).toEqual([0, ""])
  const lines = stdout.trim().split("\n")
  expect(lines).toHaveLength(1)
  return JSON.parse(stdout).catalog.streams
}

const streams = discover()

it("every stream is there once, none left out", () => {
  expect(streams.map(({ name }) => name).sort()).toEqual(documented.sort())
})

it("every cursor and key is a declared column", () => {
  for (const { name, json_schema, default_cursor_field = [], source_defined_primary_key = [] } of streams)
    for (const field of [...default_cursor_field, ...source_defined_primary_key.flat()])
      expect(json_schema.properties, name).toHaveProperty([field])
})

it.skipIf(!existsSync(officialFile))("the official connector's streams come first, in its order, with its keys", () => {
  const official: ReadonlyArray<{
    readonly name: string
    readonly primary_key: ReadonlyArray<string>
    readonly cursor_field?: string | null
  }> = JSON.parse(readFileSync(officialFile, "utf8")).streams
  const ours = streams.slice(0, official.length)
  expect(ours.map(({ name }) => name)).toEqual(official.map(({ name }) => name))
  for (const [index, { name, primary_key, cursor_field }] of official.entries()) {
    expect(ours[index]?.source_defined_primary_key, name).toEqual(primary_key.map((field) => [field]))
    if (typeof cursor_field === "string") expect(ours[index]?.default_cursor_field, name).toEqual([cursor_field])
  }
})

it("spec is answered by the command too", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, "spec"], { encoding: "utf8" })
  expect([status, stderr]).toEqual([0, ""])
  expect(JSON.parse(stdout)).toMatchObject({ type: "SPEC", spec: { connectionSpecification: { type: "object" } } })
})
