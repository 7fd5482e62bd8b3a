import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { networkOf, requestOf, type Said, tokenConfig, transportOf } from "../../test/port.ts"
import type { ApiRequest } from "./client.ts"

const rows = { success: true, data: [{ id: 1 }] }
const over = { success: false, error: "request over limit", errorCode: 429 }
const spent = { success: false, error: "daily request budget exceeded", errorCode: 429 }

/** How a request ends when time goes on as long as it takes. */
const ended = <A, E>(effect: Effect.Effect<A, E>, minutes = 30) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.result(effect))
    for (let second = 0; second < minutes * 60; second++) {
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      if (fiber.pollUnsafe() !== undefined) break
      yield* TestClock.adjust("1 second")
    }
    return yield* Fiber.join(fiber)
  })

const failed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(ended(effect), (result) => {
    if (result._tag === "Success") throw new Error("it went well")
    return result.failure
  })

/** Lets what can go on go on, without time passing. */
const settle = Effect.promise(async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
})

const first =
  (...answers: ReadonlyArray<Said>) =>
  (_: unknown, number: number) =>
    answers[Math.min(number, answers.length) - 1] as Said

it.effect("a request that may not take long gets no longer in any of its tries", () =>
  Effect.gen(function* () {
    const given: Array<number> = []
    const { transport } = transportOf({
      send: (_request, { headersMs, totalMs }) => {
        given.push(Math.max(headersMs, totalMs))
        return Promise.reject(new Error("no answer"))
      },
      retryPolicy: { longestDelayMs: 60_000 }
    })
    const error = yield* failed(transport.get(requestOf({ totalMs: 180_000 })))
    assert.strictEqual(error._tag, "TransientError")
    assert.isAtMost(given[0] as number, 180_000)
    assert.isBelow(given.at(-1) as number, 150_000)
  })
)

it.effect("a request is given up before its time is over, waits included", () =>
  Effect.gen(function* () {
    const network = networkOf(() => ({ status: 500 }))
    const { transport } = transportOf({
      ...network,
      retryPolicy: { tries: 100, totalMs: 20_000, firstDelayMs: 8000, longestDelayMs: 8000 }
    })
    const beganMs = yield* Clock.currentTimeMillis
    const error = yield* failed(transport.get(requestOf()))
    assert.strictEqual(error._tag, "TransientError")
    assert.isAtMost((yield* Clock.currentTimeMillis) - beganMs, 20_000)
    assert.isAtLeast(network.asked.length, 3)
    assert.isAtMost(network.asked.length, 5)
  })
)

describe("what a status means", () => {
  it.effect.each<[Said, string]>([
    [{ status: 400, body: { success: false, error: "bad" } }, "RefusedError"],
    [{ status: 402, body: { success: false, error: "pay" } }, "RefusedError"],
    [{ status: 403, body: { success: false, error: "Scope and URL mismatch" } }, "RefusedError"],
    [{ status: 404, body: { success: false, error: "gone" } }, "RefusedError"],
    [{ status: 410, body: "" }, "RefusedError"],
    [{ status: 415, body: {} }, "RefusedError"],
    [{ status: 403, body: "<html>blocked</html>", headers: { "content-type": "text/html" } }, "ConfigError"],
    [{ status: 403, body: "\n <!DOCTYPE html>" }, "ConfigError"],
    [{ status: 301, headers: { location: "https://elsewhere.example" } }, "SystemError"],
    [{ status: 307 }, "SystemError"],
    [{ status: 429, body: spent }, "TransientError"]
  ])("%j ends it at once", ([said, tag]) =>
    Effect.gen(function* () {
      const network = networkOf(() => said)
      const error = yield* failed(transportOf(network).transport.get(requestOf()))
      assert.strictEqual(error._tag, tag)
      assert.strictEqual(network.asked.length, 1)
    })
  )

  it.effect.each<[Said]>([
    [{ status: 408 }],
    [{ status: 500 }],
    [{ status: 503, body: "<html></html>" }],
    [{ status: 599 }],
    [{ status: 202 }],
    [{ status: 204, body: "" }],
    [{ body: '{"success":true,"data":[' }],
    [{ body: "" }],
    [{ lost: "connection reset" }],
    [{ status: 429, body: over, headers: { "x-ratelimit-reset": "2", "x-ratelimit-remaining": "0" } }],
    [{ status: 429, body: over, headers: { "x-ratelimit-remaining": "79", "retry-after": "2" } }],
    [{ status: 429, body: "", headers: { "x-ratelimit-remaining": "79", "retry-after": "2" } }],
    [{ status: 429, body: "", headers: { "x-ratelimit-remaining": "79" } }],
    [{ status: 429, body: { error: { toString: 1 } } }],
    [{ status: 429, body: "" }]
  ])("%j is tried again until it is well", ([said]) =>
    Effect.gen(function* () {
      const network = networkOf(first(said, said, { body: rows }))
      assert.deepStrictEqual(
        yield* ended(transportOf(network).transport.get(requestOf())),
        yield* Effect.result(Effect.succeed(rows))
      )
      assert.strictEqual(network.asked.length, 3)
    })
  )

  it.effect.each<[Said]>([[{ status: 503 }], [{ body: "{" }], [{ lost: "refused" }], [{ status: 429, body: over }]])(
    "%j is given up after ten tries",
    ([said]) =>
      Effect.gen(function* () {
        const network = networkOf(() => said)
        const error = yield* failed(transportOf(network).transport.get(requestOf()))
        assert.strictEqual(error._tag, "TransientError")
        assert.strictEqual(network.asked.length, 10)
      })
  )

  it.effect("is given up after ten minutes, however few tries that were", () =>
    Effect.gen(function* () {
      const network = networkOf(() => ({ status: 429, body: over, headers: { "retry-after": "60" } }))
      const { transport } = transportOf({ ...network, retryPolicy: { tries: 1000 } })
      const beganMs = yield* Clock.currentTimeMillis
      assert.strictEqual((yield* failed(transport.get(requestOf())))._tag, "TransientError")
      assert.isAtMost((yield* Clock.currentTimeMillis) - beganMs, 11 * 60_000)
      assert.isAtMost(network.asked.length, 12)
    })
  )

  it.effect("tells the reader of every try, and asks for a refused reading again or not by its status", () =>
    Effect.gen(function* () {
      let sent = 0
      const network = networkOf(() => ({ body: rows }))
      const refusing = (status: number): ApiRequest<unknown> =>
        requestOf({ sent: () => void sent++, read: () => ({ _tag: "Refused", status, text: "no" }) })
      const { transport } = transportOf({ ...network, retryPolicy: { tries: 3 } })
      assert.strictEqual((yield* failed(transport.get(refusing(404))))._tag, "RefusedError")
      assert.strictEqual(sent, 1)
      assert.strictEqual((yield* failed(transport.get(refusing(500))))._tag, "TransientError")
      assert.strictEqual(sent, 4)
    })
  )
})

describe("a 429 that names no limit", () => {
  const silence: Said = { status: 429, body: { error: "Slow down" }, headers: { "x-ratelimit-remaining": "79" } }

  it.effect("is the day's when five came in a row, and its words are quoted", () =>
    Effect.gen(function* () {
      const network = networkOf(() => silence)
      const { transport } = transportOf(network)
      const error = yield* failed(transport.get(requestOf()))
      assert.match(error.message, /^Stopped at deals: Pipedrive refused 5 requests in a row .*\(429: Slow down\)/)
      assert.isDefined("quotaResetMs" in error ? error.quotaResetMs : undefined)
      yield* failed(transport.get(requestOf({ stream: "persons" })))
      assert.strictEqual(network.asked.length, 5)
    })
  )

  it.effect("is never the day's while other requests are answered", () =>
    Effect.gen(function* () {
      const network = networkOf(({ url }) => (url.includes("persons") ? { body: rows } : silence))
      const { transport } = transportOf({ ...network, workers: 1 })
      const refused = yield* Effect.forkChild(Effect.result(transport.get(requestOf())))
      for (let second = 0; second < 60 && refused.pollUnsafe() === undefined; second++) {
        const answered = ended(transport.get(requestOf({ stream: "persons", path: "v2/persons" })))
        assert.strictEqual((yield* answered)._tag, "Success")
        yield* TestClock.adjust("1 second")
      }
      const result = yield* Fiber.join(refused)
      if (result._tag === "Success") throw new Error("it went well")
      assert.match(result.failure.message, /no usable answer for deals after 10 tries \(429: Slow down\)/)
    })
  )

  it.effect("does not end a run by ten workers refused at once", () =>
    Effect.gen(function* () {
      const network = networkOf((_, number) => (number > 1 && number <= 11 ? silence : { body: rows }))
      const { transport } = transportOf({ ...network, workers: 10 })
      yield* ended(transport.get(requestOf()))
      const many = Array.from({ length: 10 }, () => transport.get(requestOf()))
      assert.strictEqual((yield* ended(Effect.all(many, { concurrency: "unbounded" })))._tag, "Success")
    })
  )
})

describe("what a server says beyond reason", () => {
  it.effect.each(["1e13", "1e16", "99999999999999"])("is no time the budget is back: retry-after %s", (seconds) =>
    Effect.gen(function* () {
      const network = networkOf(() => ({ status: 429, body: "", headers: { "retry-after": seconds } }))
      const error = yield* failed(transportOf(network).transport.get(requestOf()))
      assert.strictEqual(error._tag, "TransientError")
      assert.match(error.message, /resets at the start of Pipedrive's next day/)
    })
  )

  it.effect("is no clock: a date that none can tell", () =>
    Effect.gen(function* () {
      const network = networkOf(() => ({ body: rows, headers: { date: "Sat, 13 Sep 275760 00:00:00 GMT" } }))
      const { transport } = transportOf(network)
      yield* ended(transport.get(requestOf()))
      assert.isUndefined(yield* transport.serverMs)
    })
  )

  it.effect("is a cursor with half a surrogate pair: refused before it is sent", () =>
    Effect.gen(function* () {
      const network = networkOf(() => ({ body: rows }))
      const error = yield* failed(transportOf(network).transport.get(requestOf({ query: { cursor: "a\ud800b" } })))
      assert.strictEqual(error._tag, "RefusedError")
      assert.include(JSON.stringify(error), "the parameter cursor contains half a surrogate pair")
      assert.strictEqual(network.asked.length, 0)
    })
  )
})

describe("a 401", () => {
  const no = { status: 401, body: { success: false, error: "unauthorized access" } }
  const me = { body: { success: true, data: { name: "Ada", company_name: "Acme" } } }
  const isMe = ({ url }: { readonly url: string }) => url.endsWith("/v1/users/me")

  it.effect("of the credentials ends the run: users/me is refused too", () =>
    Effect.gen(function* () {
      const network = networkOf(() => no)
      const { transport } = transportOf(network)
      const error = yield* failed(transport.get(requestOf()))
      assert.strictEqual(error._tag, "ConfigError")
      assert.match(error.message, /rejected the API token.*Copy the current token/)
      assert.strictEqual((yield* failed(transport.get(requestOf({ stream: "persons" }))))._tag, "ConfigError")
      assert.strictEqual(network.asked.length, 2)
    })
  )

  it.effect("of one endpoint is that endpoint's: users/me is asked once a run, and others go on", () =>
    Effect.gen(function* () {
      const network = networkOf((request) =>
        isMe(request) ? me : request.url.includes("persons") ? { body: rows } : no
      )
      const { transport } = transportOf(network)
      const refusals = [1, 2, 3].map(() => Effect.flip(transport.get(requestOf())))
      const errors = yield* ended(Effect.all(refusals, { concurrency: "unbounded" }))
      if (errors._tag === "Failure") throw new Error("it went well")
      for (const error of errors.success) {
        assert.strictEqual(error._tag, "RefusedError")
        assert.include(JSON.stringify(error), "unauthorized access")
      }
      assert.strictEqual((yield* ended(transport.get(requestOf({ path: "v2/persons" }))))._tag, "Success")
      yield* failed(transport.get(requestOf()))
      assert.strictEqual(network.asked.filter(isMe).length, 1)
    })
  )

  it.effect("is the endpoint's where users/me is refused for another reason", () =>
    Effect.gen(function* () {
      const network = networkOf((request) => (isMe(request) ? { status: 403, body: { error: "Scope" } } : no))
      assert.strictEqual((yield* failed(transportOf(network).transport.get(requestOf())))._tag, "RefusedError")
    })
  )

  it.effect("is not judged where users/me cannot be asked", () =>
    Effect.gen(function* () {
      const network = networkOf((request) => (isMe(request) ? { status: 503 } : no))
      const error = yield* failed(transportOf({ ...network, retryPolicy: { tries: 2 } }).transport.get(requestOf()))
      assert.strictEqual(error._tag, "TransientError")
    })
  )
})

describe("requests", () => {
  it.effect("name version, path and encoded parameters, and carry the token in a header alone", () =>
    Effect.gen(function* () {
      const network = networkOf(() => ({ body: rows }))
      const { transport } = transportOf(network)
      yield* ended(
        transport.get(requestOf({ path: "v1/leads", query: { sort: "update_time ASC, id ASC", "a&b": "ä=1" } }))
      )
      yield* ended(transport.get(requestOf({ path: "v2/deals/archived" })))
      const [one, two] = network.asked
      assert.strictEqual(
        one?.url,
        "https://api.pipedrive.com/v1/leads?sort=update_time%20ASC%2C%20id%20ASC&a%26b=%C3%A4%3D1"
      )
      assert.strictEqual(two?.url, "https://api.pipedrive.com/api/v2/deals/archived")
      for (const { headers, url } of network.asked) {
        assert.strictEqual(headers["x-api-token"], "t0ken")
        assert.notInclude(url, "t0ken")
      }
    })
  )

  it.effect("never show the token in an error", () =>
    Effect.gen(function* () {
      for (const said of [
        { status: 400, body: { error: "t0ken is bad" } },
        { lost: "no route for t0ken" },
        { status: 404, body: "t0ken" }
      ]) {
        const network = networkOf(() => said)
        const error = yield* failed(transportOf({ ...network, retryPolicy: { tries: 1 } }).transport.get(requestOf()))
        assert.notInclude(JSON.stringify({ ...error, message: error.message }), "t0ken")
      }
    })
  )

  it.effect("show no part of a token either, where an error is cut short in its middle", () =>
    Effect.gen(function* () {
      const text = `${"-".repeat(198)}t0ken`
      const asked = [
        transportOf({ ...networkOf(() => ({ status: 400, body: { error: text } })) }).transport.get(requestOf()),
        ...(
          [
            { _tag: "Damaged", why: text },
            { _tag: "Refused", status: 500, text },
            { _tag: "Refused", status: 400, text }
          ] as const
        ).map((reading) =>
          transportOf({ ...networkOf(() => ({})), retryPolicy: { tries: 1 } }).transport.get(
            requestOf({ read: () => reading })
          )
        )
      ]
      for (const get of asked) {
        const error = yield* failed(get)
        assert.match(JSON.stringify({ ...error, message: error.message }), /-{198}\*\*(?!\*)/)
      }
    })
  )

  it.effect("tell the server's clock, and whether it is known", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_750_000_000_000)
      const network = networkOf(
        first({ body: rows }, { body: rows, headers: { date: "Sun, 15 Jun 2025 16:06:40 GMT" } })
      )
      const { transport } = transportOf(network)
      const heard: Array<readonly [number, boolean]> = []
      const request = requestOf({
        read: ({ exact, serverMs }) => {
          heard.push([serverMs, exact])
          return { _tag: "Read", value: null }
        }
      })
      assert.isUndefined(yield* transport.serverMs)
      yield* ended(transport.get(request))
      yield* ended(transport.get(request))
      assert.deepStrictEqual(heard, [
        [1_750_000_000_000, false],
        [1_750_003_600_000, true]
      ])
      assert.strictEqual(yield* transport.serverMs, 1_750_003_600_000)
    })
  )
})

describe("what ends a whole run", () => {
  const quota = { "retry-after": "3939", "x-daily-ratelimit-token-remaining": "0" }

  it.effect("the day's budget: no further request, and the time it is back", () =>
    Effect.gen(function* () {
      const network = networkOf(() => ({ status: 429, body: spent, headers: quota }))
      const { transport } = transportOf(network)
      const error = yield* failed(transport.get(requestOf()))
      assert.strictEqual(error._tag, "TransientError")
      assert.strictEqual("quotaResetMs" in error && error.quotaResetMs, 3_939_000)
      assert.strictEqual((yield* failed(transport.get(requestOf({ stream: "persons" }))))._tag, "TransientError")
      assert.strictEqual(network.asked.length, 1)
    })
  )

  it.effect("the day's budget, back with the next day where no answer says when", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 10, 15, 30))
      const { transport } = transportOf(networkOf(() => ({ status: 429, body: spent })))
      const error = yield* failed(transport.get(requestOf()))
      assert.strictEqual("quotaResetMs" in error && error.quotaResetMs, Date.UTC(2026, 0, 11))
    })
  )

  it.effect.each<[string, Said, number]>([
    ["the day's budget", { status: 429, body: spent }, 1],
    ["the network's block", { status: 403, body: "<html></html>" }, 1],
    // Its turn is given on before users/me is asked, which then goes before all that wait.
    ["a refused token", { status: 401 }, 4]
  ])("%s also holds back requests that wait for their turn", ([, said, most]) =>
    Effect.gen(function* () {
      const network = networkOf(() => said)
      const { transport } = transportOf({ ...network, workers: 1 })
      const all = Effect.forEach(
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
        (n) => Effect.result(transport.get(requestOf({ stream: `s${n}` }))),
        {
          concurrency: "unbounded"
        }
      )
      const results = yield* ended(all)
      assert.strictEqual(results._tag, "Success")
      if (results._tag === "Success") assert.isTrue(results.success.every(({ _tag }) => _tag === "Failure"))
      assert.isAtMost(network.asked.length, most)
    })
  )

  it.effect("the share of the day's budget", () =>
    Effect.gen(function* () {
      const network = networkOf((_, number) => ({
        body: rows,
        headers: {
          "x-daily-ratelimit-token-limit": "1000",
          "x-daily-ratelimit-token-remaining": String(530 - number * 10)
        }
      }))
      const { transport } = transportOf({ ...network, config: tokenConfig({ daily_budget_share: 50 }) })
      for (let i = 0; i < 3; i++) assert.strictEqual((yield* ended(transport.get(requestOf())))._tag, "Success")
      const error = yield* failed(transport.get(requestOf()))
      assert.strictEqual(error._tag, "TransientError")
      assert.include(error.message, "share")
      assert.strictEqual(network.asked.length, 3)
    })
  )
})

describe("a request that is no longer wanted", () => {
  it.effect("is aborted while it is under way", () =>
    Effect.gen(function* () {
      const network = networkOf(() => ({ never: true }))
      const fiber = yield* Effect.forkChild(transportOf(network).transport.get(requestOf()))
      yield* settle
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(network.aborted, 1)
    })
  )

  it.effect("leaves the queue at once, while others are under way", () =>
    Effect.gen(function* () {
      const network = networkOf(() => ({ never: true }))
      const { transport } = transportOf({ ...network, workers: 1 })
      const busy = yield* Effect.forkChild(transport.get(requestOf()))
      yield* settle
      const waiting = yield* Effect.forkChild(transport.get(requestOf()))
      yield* settle
      const stopping = yield* Effect.forkChild(Fiber.interrupt(waiting))
      yield* settle
      assert.isDefined(stopping.pollUnsafe())
      yield* Fiber.interrupt(busy)
      assert.strictEqual(transport.gate.idle, 1)
    })
  )

  it.effect("leaves the queue at once, while all pause after a refusal", () =>
    Effect.gen(function* () {
      const network = networkOf(() => ({ status: 429, body: over, headers: { "retry-after": "60" } }))
      const fiber = yield* Effect.forkChild(transportOf(network).transport.get(requestOf()))
      yield* settle
      const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* settle
      const stopped = stopping.pollUnsafe()
      yield* TestClock.adjust("2 minutes")
      assert.isDefined(stopped)
    })
  )
})
