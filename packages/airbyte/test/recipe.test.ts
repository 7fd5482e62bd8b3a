import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { configOf, startApi } from "./api.ts"
import { catalogOf, makeFolder, run } from "./command.ts"
import { messagesOf } from "./messages.ts"

const page = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8")
const [recipe = ""] = /^grep .* > state\.json$/m.exec(page) ?? []

it("the recipe of docs/protocol.md hands on the states of incremental streams alone", async () => {
  const { folder, write, plugin } = makeFolder()
  const api = await startApi({ size: { deals: 1_200 } })
  const read = async (mode: string, ...more: ReadonlyArray<string>) => {
    const files = [
      "--config",
      write("c", configOf(api)),
      "--catalog",
      write("k", catalogOf(`deals ${mode}`, "deal_fields"))
    ]
    const { code, stdout } = await run(["read", ...files, ...more, ...plugin])
    expect(code).toBe(0)
    writeFileSync(join(folder, "first.jsonl"), stdout)
    const { status, stderr } = spawnSync("sh", ["-c", recipe], { cwd: folder, encoding: "utf8" })
    expect([status, stderr]).toEqual([0, ""])
    return messagesOf(stdout).filter(({ record }) => record?.stream === "deals").length
  }
  const state = ["--state", join(folder, "state.json")]
  const whole = await read("full_refresh")
  expect(whole).toBeGreaterThanOrEqual(api.ids("v2/deals").length)
  expect(JSON.parse(readFileSync(join(folder, "state.json"), "utf8"))).toEqual([])
  expect(await read("full_refresh", ...state)).toBe(whole)
  await read("incremental")
  expect(await read("incremental", ...state)).toBeLessThan(10)
})

it("a full refresh that is handed its own end sends nothing, and a warning says why", async () => {
  const { write, plugin } = makeFolder()
  const api = await startApi({ size: { deals: 3 } })
  const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals full_refresh"))]
  const state = write("s", { deals: { __ab_full_refresh_sync_complete: true } })
  const { code, stdout } = await run(["read", ...files, "--state", state, ...plugin])
  const messages = messagesOf(stdout)
  expect([code, messages.filter(({ type }) => type === "RECORD").length]).toEqual([0, 0])
  expect(messages.flatMap(({ log }) => (log?.level === "WARN" ? [log.message] : []))).toEqual([
    expect.stringMatching(/^deals: nothing is sent, .* clear this stream's state, or do not pass on/)
  ])
})
