import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { configOf, startApi, startSilence } from "./api.ts"
import { makeFolder, run } from "./command.ts"
import { messagesOf, namesOf } from "./messages.ts"

const check = async (config: object, more: ReadonlyArray<string> = []) => {
  const { write, plugin } = makeFolder()
  const { code, stdout, stderr } = await run(["check", "--config", write("c", config), ...plugin, ...more])
  expect([code, stderr]).toEqual([0, ""])
  const messages = messagesOf(stdout)
  expect(namesOf(messages)).toEqual(["CHECK FAILED"])
  const { message } = messages[0].connectionStatus
  expect(message).not.toMatch(/sync|is kept/)
  return message
}

const nowhere = { url: "http://127.0.0.1:9", apiToken: "x".repeat(40) }
/** No server of names is asked for one with so long a part. */
const unknownHost = { url: `https://${"nobody".repeat(11)}.pipedrive.com`, apiToken: "x".repeat(40) }
const oauth = { auth_type: "oauth2.0", client_id: "a", client_secret: "b", refresh_token: "c" }

describe("check answers FAILED, with exit code 0", () => {
  it("where the connection is refused", async () => {
    expect(await check(configOf(nowhere))).toMatch(/\(the connection was refused\); nothing was read/)
  })

  it("where the host name is not known", async () => {
    expect(await check(configOf(unknownHost))).toMatch(/\(the host name .*\); nothing was read/)
  })

  it("where Pipedrive keeps failing", async () => {
    const api = await startApi()
    api.fault({ kind: "status", status: 503 })
    expect(await check(configOf(api))).toMatch(/after 4 tries \(503: emulated status 503\)/)
    expect(api.requests).toHaveLength(4)
  })

  it("where the OAuth server keeps failing", async () => {
    const api = await startApi()
    api.fault({ kind: "status", status: 503, path: "oauth/token" })
    expect(await check({ credentials: oauth, base_url: api.url })).toMatch(
      /OAuth server answered 503\. Try again later/
    )
  })

  it("where the daily budget is spent", async () => {
    const api = await startApi()
    api.fault({ kind: "daily429" })
    expect(await check(configOf(api))).toMatch(/could not be checked: .*daily API budget.*nothing was read/)
  })

  it("where something redirects", async () => {
    const api = await startApi()
    api.fault({ kind: "redirect" })
    expect(await check(configOf(api))).toMatch(/redirect \(302\), which is not followed/)
  })

  it("where an error is no text", async () => {
    const api = await startApi()
    api.fault({ kind: "objectError", status: 402 })
    expect(await check(configOf(api))).toMatch(/402: no reason given/)
  })

  it("where a plugin cannot be loaded", async () => {
    expect(await check(configOf(nowhere), ["--plugin", "./none.mjs"])).toMatch(/none\.mjs cannot be loaded/)
  })
})

describe("check", () => {
  it("answers FAILED where the source itself goes wrong, and keeps the stack for the log", async () => {
    const { write, plugin } = makeFolder()
    const stray = write(
      "stray.mjs",
      "export const p = { name: 'stray', core: 0, streams: [] }\nsetTimeout(() => { throw 1 })"
    )
    const { config } = await startSilence()
    const { code, stdout, stderr } = await run([
      ...["check", "--config", write("c", config)],
      ...[...plugin, "--plugin", stray]
    ])
    expect([code, stderr]).toEqual([0, ""])
    expect(namesOf(messagesOf(stdout))).toEqual(["ERROR system_error", "CHECK FAILED"])
  })

  it("says that its folder is gone, where that is looked for plugins", async () => {
    const { write } = makeFolder()
    const api = await startApi()
    const gone = mkdtempSync(join(tmpdir(), "gone-"))
    const config = write("c", configOf(api))
    const script = `process.chdir(${JSON.stringify(gone)}); require("node:fs").rmdirSync(${JSON.stringify(gone)})`
    const preload = write("gone.cjs", script)
    const { code, stdout } = await run(["check", "--config", config], { require: preload })
    rmSync(preload)
    expect(code).toBe(0)
    expect(messagesOf(stdout)[0].connectionStatus.message).toMatch(/working directory no longer exists/)
  })
})
