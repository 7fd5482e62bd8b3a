import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { definePlugin, type Plugin, type SourceStream } from "@pipedrive-source/core"
import { makeSource } from "@pipedrive-source/core/reader"
import * as Result from "effect/Result"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const pathTo = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const page = await readFile(pathTo("../../../docs/writing-a-plugin.md"), "utf8")
const blocks = [...page.matchAll(/```ts check\n(.*?)```/gs)].map(([, block = ""]) => block)

/** Files that hold the types of a declaration. */
const sources = [
  ...(await readdir(pathTo("../../core/src/declare")))
    .filter((file) => !file.endsWith(".test.ts"))
    .map((file) => `declare/${file}`),
  "custom-fields/entity.ts",
  "deletions/lookup.ts"
]

/** Types in those files that are no part of a declaration. */
const others = /export (?:interface|type) (?:Frozen\w+|PageOptions)\b.*?\n}?\n/gs

const properties = new Set<string>()
for (const source of sources) {
  const text = (await readFile(pathTo(`../../core/src/${source}`), "utf8")).replace(others, "")
  for (const [, name = ""] of text.matchAll(/readonly (\w+)\??:/g)) properties.add(name)
}

/** The least that a stream declares; the examples add to it. */
const least: SourceStream = {
  name: "example",
  path: "v1/examples",
  docs: "https://developers.pipedrive.com/docs/api/v1",
  tokens: 10,
  scope: "deals:read",
  columns: { id: { type: "integer" } },
  primaryKey: ["id"],
  paging: { kind: "single" }
}

/** An example as a whole stream, in which it is the property it shows. */
const wholeOf = (name: string, example: object): object => {
  if ("kind" in example && ["cursor", "seek", "offset", "single"].includes(String(example.kind)))
    return { ...least, paging: example }
  if ("kind" in example) {
    const parents =
      example.kind === "ofChangedParents" ? { streams: ["deals"], as: "id", key: "id", ask: { in: "path" } } : undefined
    const columns = { ...least.columns, update_time: { type: "timestamp" }, log_time: { type: "text" } }
    return { ...least, columns, changes: example, ...(parents !== undefined && { parents }) }
  }
  return { ...least, ...(name === "columns" ? { columns: example } : example) }
}

// That the examples type-check, tests/docs sees.
describe("docs/writing-a-plugin.md", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "writing-a-plugin-"))
    await writeFile(join(folder, "package.json"), '{ "type": "module" }')
    const core = JSON.stringify(pathTo("../../core/src/index.ts"))
    for (const [at, block] of blocks.entries())
      await writeFile(join(folder, `block-${at}.ts`), block.replaceAll('"@pipedrive-source/core"', core))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each([...properties])("has the property %s of a declaration", (name) =>
    expect(page).toMatch(new RegExp(`[\`{ ]${name}[\`:]`))
  )

  it("has examples that a source takes", async () => {
    const examples: Array<readonly [string, object]> = []
    for (const at of blocks.keys())
      examples.push(...Object.entries<object>(await import(pathToFileURL(join(folder, `block-${at}.ts`)).href)))
    expect(examples.length).toBeGreaterThan(20)
    for (const [name, example] of examples) {
      const isPlugin = "streams" in example && "core" in example
      const streams = [wholeOf(name, example) as SourceStream]
      const plugin = isPlugin ? (example as Plugin) : definePlugin({ name: "examples", streams })
      const source = makeSource([plugin])
      expect(Result.isFailure(source) ? source.failure.message : undefined, name).toBeUndefined()
    }
  })
})
