import { expect, it } from "vitest"
import { configOf, startApi, startSilence } from "./api.ts"
import { catalogOf, makeFolder, runForHead, start } from "./command.ts"
import { messagesOf, namesOf } from "./messages.ts"

const filesOf = (config: object, ...streams: ReadonlyArray<string>) => {
  const { write, plugin } = makeFolder()
  return ["read", "--config", write("c", config), "--catalog", write("k", catalogOf(...streams)), ...plugin]
}

/** How long a source may go on for nobody. */
const soonMs = 5_000

it.concurrent.each(["a burst limit", "a retry", "a slow answer", "an exchange of tokens"])(
  "a reader that left is noticed while the source waits for %s",
  async (what) => {
    const api = await startApi({ size: { deals: 10 } })
    const silence = await startSilence()
    if (what === "a burst limit") api.fault({ kind: "burst429", retryAfter: 60 })
    if (what === "a retry") api.fault({ kind: "status", status: 503, path: "v2/deals" })
    const config = what.startsWith("a slow") ? silence.config : configOf(api)
    const credentials = { auth_type: "oauth2.0", client_id: "a", client_secret: "b", refresh_token: "c" }
    const byOAuth = what.startsWith("an exchange")
    if (byOAuth) api.fault({ kind: "status", status: 503, path: "oauth/token" })
    const { goneMs, line } = await runForHead(filesOf(byOAuth ? { ...config, credentials } : config, "deals"))
    expect(namesOf(messagesOf(line))).toEqual(["STARTED deals"])
    expect(goneMs).toBeLessThan(soonMs)
  }
)

it("a signal amid an exchange of tokens ends the read soon, with every stream's end told", async () => {
  const { config, request } = await startSilence()
  const credentials = { auth_type: "oauth2.0", client_id: "a", client_secret: "b", refresh_token: "c" }
  const { child, ending } = start(filesOf({ ...config, credentials }, "deals", "deal_fields"))
  await request
  child.kill("SIGTERM")
  const { signal, stderr, stdout } = await ending
  expect([signal, stderr]).toEqual(["SIGTERM", ""])
  const names = namesOf(messagesOf(stdout))
  const started = names.filter((name) => name.startsWith("STARTED")).map((name) => name.split(" ")[1])
  expect(started.length).toBeGreaterThan(0)
  expect(names.filter((name) => name.startsWith("INCOMPLETE")).sort()).toEqual(
    started.map((stream) => `INCOMPLETE ${stream}`).sort()
  )
})
