import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { configOf, networkOf, type Said, tokenConfig } from "../test/port.ts"
import { checkConnection } from "./check.ts"
import type { Event } from "./events.ts"

/** How a check ends, and after how many seconds. */
const checked = (says: Parameters<typeof networkOf>[0], config = tokenConfig(), debug = false) =>
  Effect.gen(function* () {
    const events: Array<Event> = []
    const emit = (event: Event) => Effect.sync(() => void events.push(event))
    const network = networkOf(says)
    const beganMs = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.forkChild(Effect.result(checkConnection({ config, send: network.send, emit, debug })))
    for (let second = 0; second < 600; second++) {
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      if (fiber.pollUnsafe() !== undefined) break
      yield* TestClock.adjust("1 second")
    }
    const result = yield* Fiber.join(fiber)
    const seconds = ((yield* Clock.currentTimeMillis) - beganMs) / 1000
    return { result, seconds, events, asked: network.asked }
  })

const oauth = configOf({
  credentials: { auth_type: "oauth2.0", client_id: "app", client_secret: "sekret", refresh_token: "refresh-0" }
})

describe("a check", () => {
  it.effect.each<[string, Said]>([
    ["no answer at all", { never: true }],
    ["a lost connection", { lost: "the connection was refused" }],
    ["503", { status: 503 }],
    ["a burst limit that stays", { status: 429, body: "", headers: { "retry-after": "60" } }],
    ["a page for people", { status: 502, body: "<html></html>" }],
    ["the day's budget", { status: 429, body: { error: "daily request budget exceeded" } }],
    ["a redirect", { status: 302 }],
    ["the network's block", { status: 403, body: "<html></html>" }]
  ])("fails within a minute, in words that fit it: %s", ([, said]) =>
    Effect.gen(function* () {
      for (const config of [tokenConfig(), oauth]) {
        const { result, seconds } = yield* checked(() => said, config)
        if (result._tag === "Success") throw new Error("it went well")
        assert.isBelow(seconds, 60)
        assert.notMatch(result.failure.message, /sync|is kept/)
      }
    })
  )

  it.effect.each<[string, boolean]>([
    ["2026-01-11T12:00:00Z", true],
    ["2026-01-11T12:00:01Z", false]
  ])("refuses a start date more than a day ahead of the server's clock: %s", ([replication_start_date, isGood]) =>
    Effect.gen(function* () {
      const said: Said = {
        body: { success: true, data: { name: "Ada", company_name: "Acme" } },
        headers: { date: "Sat, 10 Jan 2026 12:00:00 GMT" }
      }
      const { result } = yield* checked(() => said, tokenConfig({ replication_start_date }))
      assert.strictEqual(result._tag, isGood ? "Success" : "Failure")
      if (result._tag === "Failure") assert.match(result.failure.message, /ahead of Pipedrive's clock/)
    })
  )

  it.effect("says why, and that nothing was read", () =>
    Effect.gen(function* () {
      const { asked, result } = yield* checked(() => ({ lost: "the connection was refused" }))
      if (result._tag === "Success") throw new Error("it went well")
      assert.match(result.failure.message, /after 4 tries \(the connection was refused\); nothing was read\./)
      assert.strictEqual(asked.length, 4)
    })
  )

  it.effect("tells requests and retries as DEBUG where that is wanted, and nothing else ever", () =>
    Effect.gen(function* () {
      const answers: ReadonlyArray<Said> = [{ status: 503 }, { body: { success: true, data: { name: "Ada" } } }]
      const says = (_: unknown, number: number) => answers[number - 1] as Said
      assert.deepStrictEqual((yield* checked(says)).events, [])
      const { events } = yield* checked(says, tokenConfig(), true)
      const lines = events.map((event) =>
        event._tag === "Log" && event.level === "DEBUG" ? event.message : event._tag
      )
      assert.strictEqual(lines.length, 3)
      assert.match(lines[0] as string, /^users\/me: GET https:\S+\/v1\/users\/me: 503, 0 ms, 2 tokens, try 1$/)
      assert.match(lines[1] as string, /^users\/me: try 2 in \d+ ms, .*\(503: no reason given\)$/)
      assert.match(lines[2] as string, /^users\/me: GET .*: 200, 0 ms, 2 tokens, try 2$/)
    })
  )
})
