import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { type Message, run } from "./command.ts"

/**
 * Answers of an account, and what version 0.1.0 printed of them before custom fields could be columns: with
 * custom_fields at its default nothing may be different.
 */
const kept = (name: string): string => readFileSync(new URL(`raw/${name}`, import.meta.url), "utf8")

const answers = new Map(
  kept("answers.txt")
    .trimEnd()
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)])
)

const streams = [
  "deals",
  "deals_archived",
  "persons",
  "organizations",
  "products",
  "leads",
  "leads_archived",
  "projects"
]

const startAccount = async (asked: Array<string>): Promise<string> => {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "", "http://localhost").pathname.replace(/^.*\/(?=v[12]\/)/, "")
    asked.push(path)
    const answer = answers.get(path)
    response.writeHead(answer === undefined ? 404 : 200, {
      "content-type": "application/json",
      date: "Sat, 10 Jan 2026 12:00:00 GMT"
    })
    response.end(answer)
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return `http://127.0.0.1:${address.port}`
}

/** Lines of each stream in order, without what depends on when they were printed. */
const byStream = (lines: ReadonlyArray<string>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const all = new Map<string, Array<string>>()
  for (const line of lines) {
    const { log, record, state, trace } = JSON.parse(line) as Message
    const name =
      record?.stream ??
      state?.stream.stream_descriptor.name ??
      trace?.stream_status?.stream_descriptor.name ??
      log?.message.split(":")[0] ??
      ""
    const timeless = line.replace(/"emitted_at":\d+/, '"emitted_at":0').replace(/, \d+\.\d s/, ", 0.0 s")
    all.set(name, [...(all.get(name) ?? []), timeless])
  }
  return all
}

it.each([{}, { custom_fields: "raw", custom_field_names: { deal: { x: { name: "custom_x", type: "text" } } } }])(
  "prints byte for byte what it printed before there were named custom fields: %j",
  async (options) => {
    const asked: Array<string> = []
    const folder = mkdtempSync(join(tmpdir(), "raw-"))
    const save = (name: string, content: unknown): string => {
      writeFileSync(join(folder, name), JSON.stringify(content))
      return join(folder, name)
    }
    const config = save("config.json", {
      credentials: { auth_type: "api_token", api_token: "t".repeat(40) },
      base_url: await startAccount(asked),
      num_workers: 1,
      ...options
    })
    const discovered: Array<string> = []
    await run(["discover", "--config", config], (_message, line) => void discovered.push(line))
    expect(asked).toEqual([])
    const { catalog } = JSON.parse(discovered.at(-1) ?? "") as Message
    const ours = catalog?.streams.filter(({ name }) => streams.includes(name))
    expect(JSON.stringify(ours)).toBe(kept("catalog.txt").trimEnd())

    const configured = save("catalog.json", {
      streams: ours?.map((stream) => ({ stream, sync_mode: "incremental", destination_sync_mode: "append" }))
    })
    const lines: Array<string> = []
    const { code } = await run(["read", "--config", config, "--catalog", configured], (_message, line) => {
      lines.push(line)
      return undefined
    })
    expect(code).toBe(0)
    const expected = byStream(kept("output.txt").trimEnd().split("\n"))
    const found = byStream(lines)
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort())
    for (const [name, texts] of expected) expect(found.get(name), name).toEqual(texts)
  }
)
