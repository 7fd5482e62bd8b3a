import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { configOf, networkOf, requestOf, type Said, tokenConfig, transportOf } from "../../../test/port.ts"
import type { Config } from "../../config/config.ts"
import type { Event } from "../../events.ts"
import type { HttpRequest, SendHttp } from "../port.ts"
import { defaultRetryPolicy } from "../retry.ts"
import type { Access, Auth } from "./access.ts"
import { makeAuth } from "./auth.ts"

const settle = Effect.promise(async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
})

const app = (more: object = {}, around: object = {}): Config =>
  configOf({
    credentials: {
      auth_type: "oauth2.0",
      client_id: "app",
      client_secret: "sekret",
      refresh_token: "refresh-0",
      ...more
    },
    ...around
  })

/** A server that changes the refresh token with every exchange, and knows the newest one alone. */
const rotating = (events: Array<Event>, more: object = {}) => {
  let newest = 0
  const problems: Array<string> = []
  const says = (request: HttpRequest): Said => {
    if (!request.url.endsWith("/oauth/token")) return { body: { success: true, data: [] } }
    const given = /refresh_token=(.*)$/.exec(request.body ?? "")?.[1]
    if (given !== `refresh-${newest}`) return { status: 400, body: { error: "invalid_grant" } }
    const told = JSON.stringify(events.filter(({ _tag }) => _tag === "ConfigChanged"))
    if (newest > 0 && !told.includes(`"refresh-${newest}"`))
      problems.push(`refresh-${newest} was used before it was told of`)
    newest++
    return {
      body: {
        access_token: `access-${newest}`,
        refresh_token: `refresh-${newest}`,
        expires_in: 3600,
        api_domain: "https://acme.pipedrive.com",
        ...more
      }
    }
  }
  return { says, problems }
}

const made = (config: Config, says: (request: HttpRequest, number: number) => Said, events: Array<Event> = []) => {
  const network = networkOf(says)
  const emit = (event: Event) => Effect.sync(() => void events.push(event))
  const retryPolicy = { ...defaultRetryPolicy, tries: 3 }
  return {
    ...network,
    asked: network.asked,
    events,
    auth: makeAuth({ config, send: network.send, emit, retryPolicy, userAgent: "test" })
  }
}

const renewed = (auth: Auth, refused: Access) => auth.renew?.(refused) ?? Effect.die("an auth that cannot be renewed")

describe("an API token", () => {
  it.effect.each([
    [{}, "https://api.pipedrive.com/v1", "https://api.pipedrive.com/api/v2"],
    [
      { base_url: "https://acme.pipedrive.com" },
      "https://acme.pipedrive.com/api/v1",
      "https://acme.pipedrive.com/api/v2"
    ],
    [{ base_url: "http://localhost:8080" }, "http://localhost:8080/v1", "http://localhost:8080/api/v2"],
    [{ base_url: "http://127.0.0.1:1" }, "http://127.0.0.1:1/v1", "http://127.0.0.1:1/api/v2"],
    [{ base_url: "http://[::1]:8080" }, "http://[::1]:8080/v1", "http://[::1]:8080/api/v2"]
  ] as const)("with %j goes to %s", ([more, v1, v2]) =>
    Effect.gen(function* () {
      const { auth } = made(tokenConfig(more), () => ({}))
      const access = yield* auth.access
      assert.deepStrictEqual(access.base, { v1, v2 })
      assert.deepStrictEqual(access.headers, { "x-api-token": "t0ken" })
    })
  )

  it.effect("that is refused is an error that says what to do", () =>
    Effect.gen(function* () {
      const { auth } = made(tokenConfig(), () => ({}))
      assert.isUndefined(auth.renew)
      assert.match(auth.rejected.message, /rejected the API token.*Copy the current token/)
      assert.strictEqual(auth.redact("the t0ken of t0ken"), "the **** of ****")
    })
  )
})

describe("OAuth", () => {
  it.effect.each<[object, object, string, string]>([
    [{}, {}, "https://oauth.pipedrive.com/oauth/token", "https://acme.pipedrive.com"],
    [
      {},
      { base_url: "https://other.pipedrive.com" },
      "https://oauth.pipedrive.com/oauth/token",
      "https://other.pipedrive.com"
    ],
    [{}, { base_url: "http://localhost:8080" }, "http://localhost:8080/oauth/token", "http://localhost:8080"],
    [
      { api_domain: "https://old.pipedrive.com" },
      {},
      "https://oauth.pipedrive.com/oauth/token",
      "https://acme.pipedrive.com"
    ]
  ])("with %j and %j asks %s for a token and goes to %s", ([more, around, tokenUrl, origin]) =>
    Effect.gen(function* () {
      const { asked, auth } = made(app(more, around), rotating([]).says)
      const access = yield* auth.access
      assert.strictEqual(asked[0]?.url, tokenUrl)
      assert.deepStrictEqual(access.base, { v1: `${origin}/api/v1`, v2: `${origin}/api/v2` })
      assert.deepStrictEqual(access.headers, { authorization: "Bearer access-1" })
    })
  )

  it.effect("sends the refresh token in the body and the app's secret by Basic, nothing of it in the URL", () =>
    Effect.gen(function* () {
      const { asked, auth } = made(app({ refresh_token: "a/b+c=" }), () => ({ status: 400, body: {} }))
      yield* Effect.result(auth.access)
      const [request] = asked
      assert.strictEqual(request?.method, "POST")
      assert.strictEqual(request?.headers["authorization"], `Basic ${Buffer.from("app:sekret").toString("base64")}`)
      assert.strictEqual(request?.body, "grant_type=refresh_token&refresh_token=a%2Fb%2Bc%3D")
      assert.strictEqual(request?.url, "https://oauth.pipedrive.com/oauth/token")
    })
  )

  it.effect("uses an access token that is still good", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_750_000_000_000)
      const good = {
        access_token: "access-0",
        api_domain: "acme.pipedrive.com",
        token_expiry_date: "2025-06-15T16:00:00Z"
      }
      const { asked, auth } = made(app(good), rotating([]).says)
      assert.deepStrictEqual((yield* auth.access).headers, { authorization: "Bearer access-0" })
      assert.strictEqual(asked.length, 0)
    })
  )

  it.effect.each([
    [{ access_token: "access-0", api_domain: "acme.pipedrive.com" }],
    [{ access_token: "access-0", api_domain: "acme.pipedrive.com", token_expiry_date: "soon" }],
    [{ access_token: "access-0", token_expiry_date: "2099-01-01T00:00:00Z" }],
    [{ access_token: "access-0", api_domain: "acme.pipedrive.com", token_expiry_date: "1970-01-01T00:00:30Z" }],
    [{}]
  ])("renews a token of which it cannot be sure: %j", ([more]) =>
    Effect.gen(function* () {
      const { asked, auth } = made(app(more), rotating([]).says)
      yield* auth.access
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect("renews once for all who wait", () =>
    Effect.gen(function* () {
      const events: Array<Event> = []
      const { asked, auth } = made(app(), rotating(events).says, events)
      const all = yield* Effect.forEach(Array.from({ length: 20 }), () => auth.access, { concurrency: "unbounded" })
      assert.strictEqual(asked.length, 1)
      assert.isTrue(all.every(({ generation }) => generation === 1))
      const refused = all[0] as Access
      yield* Effect.forEach(Array.from({ length: 20 }), () => renewed(auth, refused), { concurrency: "unbounded" })
      assert.strictEqual(asked.length, 2)
    })
  )

  it.effect("tells of a new refresh token before it uses it, and of all else the config holds", () =>
    Effect.gen(function* () {
      const events: Array<Event> = []
      const { problems, says } = rotating(events)
      const { auth } = made(app({ extra: 1 }, { num_workers: 5, note: "kept" }), says, events)
      for (let i = 0; i < 5; i++) yield* renewed(auth, yield* auth.access)
      assert.deepStrictEqual(problems, [])
      const last = events.at(-1)
      assert.strictEqual(last?._tag, "ConfigChanged")
      if (last?._tag !== "ConfigChanged") return
      assert.deepInclude(last.config, { num_workers: 5, note: "kept" })
      assert.deepInclude(last.config["credentials"], { refresh_token: "refresh-6", access_token: "access-6", extra: 1 })
    })
  )

  it.effect("does not use a new access token either, before whoever stores the config has it", () =>
    Effect.gen(function* () {
      const network = networkOf(rotating([]).says)
      let stored = false
      let store: (() => void) | undefined
      const auth = makeAuth({
        config: app(),
        send: network.send,
        emit: () =>
          Effect.callback<void>((resume) => {
            store = () => {
              stored = true
              resume(Effect.void)
            }
          }),
        retryPolicy: defaultRetryPolicy,
        userAgent: "test"
      })
      const first = yield* Effect.forkChild(auth.access)
      yield* settle
      const second = yield* Effect.forkChild(Effect.map(auth.access, () => stored))
      yield* settle
      store?.()
      yield* Fiber.join(first)
      assert.isTrue(yield* Fiber.join(second))
    })
  )

  it.effect.each([
    [{ expires_in: 3600 }],
    [{ expires_in: 60 }],
    [{ expires_in: 30 }],
    [{ expires_in: 1 }],
    [{ expires_in: 0 }],
    [{ expires_in: "soon" }]
  ])("makes no storm of renewals: %j", ([more]) =>
    Effect.gen(function* () {
      const events: Array<Event> = []
      const { asked, auth } = made(app(), rotating(events, more).says, events)
      for (let i = 0; i < 100; i++) {
        yield* auth.access
        yield* TestClock.adjust("2 millis")
      }
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect.each([
    ["1 hour ahead", 3_600_000],
    ["1 hour behind", -3_600_000]
  ] as const)("renews at most once more when our clock jumps: %s", ([, jumpMs]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_750_000_000_000)
      const { asked, auth } = made(app(), rotating([]).says)
      yield* auth.access
      yield* TestClock.setTime(1_750_000_000_000 + jumpMs)
      for (let i = 0; i < 50; i++) yield* auth.access
      assert.isAtMost(asked.length, 2)
    })
  )

  it.effect.each([{}, { refresh_token: "" }])("keeps its refresh token where the answer has none: %j", (none) =>
    Effect.gen(function* () {
      const { asked, auth } = made(app(), (_, number) => ({
        body: { access_token: `access-${number}`, expires_in: 3600, api_domain: "https://acme.pipedrive.com", ...none }
      }))
      const access = yield* auth.access
      yield* renewed(auth, access)
      assert.deepStrictEqual(
        asked.map(({ body }) => body),
        Array(2).fill("grant_type=refresh_token&refresh_token=refresh-0")
      )
    })
  )

  it.effect.each<[Record<string, unknown>]>([[{}], [{ api_domain: "" }], [{ api_domain: "  " }], [{ api_domain: 7 }]])(
    "goes on to the company's host where an answer names none: %j",
    ([none]) =>
      Effect.gen(function* () {
        const { auth } = made(app(), (_, number) => ({
          body: {
            access_token: `access-${number}`,
            refresh_token: `refresh-${number}`,
            expires_in: 3600,
            ...(number === 1 ? { api_domain: "https://acme.pipedrive.com" } : none)
          }
        }))
        const first = yield* auth.access
        yield* renewed(auth, first)
        const second = yield* auth.access
        assert.deepStrictEqual(second.headers, { authorization: "Bearer access-2" })
        assert.deepStrictEqual(second.base, first.base)
        assert.match(second.base.v1, /acme/)
      })
  )

  it.effect("renews before the token ends", () =>
    Effect.gen(function* () {
      const { asked, auth } = made(app(), rotating([]).says)
      yield* auth.access
      yield* TestClock.adjust("58 minutes")
      yield* auth.access
      assert.strictEqual(asked.length, 1)
      yield* TestClock.adjust("90 seconds")
      yield* auth.access
      assert.strictEqual(asked.length, 2)
    })
  )

  it.effect.each<[Said]>([
    [{ status: 400, body: { error: "invalid_grant", error_description: "refresh-0 of sekret is no good" } }],
    [{ status: 400, body: "refresh-0" }],
    [{ status: 401, body: { message: "Client authentication failed: sekret" } }],
    [{ status: 403, body: { error: "access_denied" } }]
  ])("says to authorize again when %j, and shows no secret", ([said]) =>
    Effect.gen(function* () {
      const { asked, auth } = made(app(), () => said)
      const error = yield* Effect.flip(auth.access)
      assert.strictEqual(error._tag, "ConfigError")
      assert.match(error.message, /Authorize the connection again/)
      assert.notMatch(error.message, /refresh-0|sekret/)
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect.each<[Said]>([
    [{ status: 400, body: { error: "invalid_client", message: "Invalid client: client is invalid" } }],
    [{ status: 400, body: { error: "invalid_client" } }],
    [{ status: 401, body: { error: "unauthorized access" } }]
  ])("tells a refused app from a refused refresh token: %j", ([said]) =>
    Effect.gen(function* () {
      const { auth } = made(app(), () => said)
      const error = yield* Effect.flip(auth.access)
      assert.strictEqual(error._tag, "ConfigError")
      assert.match(error.message, /did not accept the OAuth app's client ID and secret \(40[01]: /)
      assert.notMatch(error.message, /refresh token/)
    })
  )

  it.effect.each<[Said, "ConfigError" | "SystemError", RegExp]>([
    [{ status: 302, body: "" }, "SystemError", /redirect \(302\), which is not followed/],
    [{ status: 402, body: {} }, "SystemError", /answered 402: no reason given/],
    [{ status: 403, body: "<html>refresh-0</html>" }, "ConfigError", /answered 403: an HTML page/],
    [{ status: 404, body: { error: "Unknown method." } }, "SystemError", /answered 404: Unknown method\./],
    [{ status: 405, body: "<html></html>" }, "SystemError", /answered 405: an HTML page/],
    [{ status: 407, body: "refresh-0 refused" }, "SystemError", /answered 407: \*\*\*\* refused/]
  ])("does not say of %j that the refresh token was refused", ([said, tag, words]) =>
    Effect.gen(function* () {
      const { asked, auth } = made(app(), () => said)
      const error = yield* Effect.flip(auth.access)
      assert.strictEqual(error._tag, tag)
      assert.match(error.message, words)
      assert.notMatch(error.message, /[Aa]uthorize|did not accept|refresh-0/)
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect("tries to renew no more once it failed for good, whoever asks", () =>
    Effect.gen(function* () {
      const { asked, auth } = made(app(), () => ({ status: 503 }))
      const all = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 20 }), () => Effect.flip(auth.access), { concurrency: "unbounded" })
      )
      for (let i = 0; i < 10; i++) {
        yield* settle
        yield* TestClock.adjust("1 minute")
      }
      const errors = yield* Fiber.join(all)
      assert.isTrue(errors.every(({ _tag }) => _tag === "TransientError"))
      assert.strictEqual(asked.length, 3)
    })
  )

  it.effect("comes again with the same refresh token where the answer was lost", () =>
    Effect.gen(function* () {
      const { says } = rotating([])
      const { asked, auth } = made(app(), (request, number) => (number === 1 ? { lost: "reset" } : says(request)))
      const fiber = yield* Effect.forkChild(auth.access)
      yield* settle
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        asked.map(({ body }) => body),
        Array(2).fill("grant_type=refresh_token&refresh_token=refresh-0")
      )
    })
  )

  it.effect.each<[Said]>([
    [{ status: 500 }],
    [{ status: 429 }],
    [{ status: 408 }],
    [{ lost: "reset" }],
    [{ body: "{" }],
    [{ body: "null" }],
    [{ body: "7" }],
    [{ body: [{ access_token: "access-1" }] }],
    [{ body: { access_token: "" } }]
  ])("tries again a few times when %j", ([said]) =>
    Effect.gen(function* () {
      const { asked, auth } = made(app(), () => said)
      const fiber = yield* Effect.forkChild(Effect.flip(auth.access))
      for (let i = 0; i < 10; i++) {
        yield* settle
        yield* TestClock.adjust("1 minute")
      }
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TransientError")
      assert.strictEqual(asked.length, 3)
    })
  )

  it.effect("sends no token to a host outside Pipedrive, and loses none over it", () =>
    Effect.gen(function* () {
      for (const api_domain of [
        "https://evil.example",
        "https://pipedrive.com.evil.example",
        "https://evilpipedrive.com",
        7
      ]) {
        const { asked, auth, events } = made(app(), rotating([], { api_domain }).says)
        assert.strictEqual((yield* Effect.flip(auth.access))._tag, "ConfigError")
        assert.deepStrictEqual(
          asked.map(({ url }) => url),
          ["https://oauth.pipedrive.com/oauth/token"]
        )
        const told = JSON.stringify(events)
        assert.include(told, '"refresh_token":"refresh-1"')
        assert.notInclude(told, "api_domain")
      }
    })
  )

  it.effect.each([1e13, 1e300, "Infinity", -1, "soon", { toString: 1, valueOf: 1 }, [3600], true, null])(
    "announces its tokens whatever lifetime is told: %j",
    (expires_in) =>
      Effect.gen(function* () {
        const { auth, events } = made(app(), rotating([], { expires_in }).says)
        yield* auth.access
        assert.include(JSON.stringify(events), '"refresh_token":"refresh-1"')
      })
  )

  it.effect.each([{ access_token: "a\nb" }, { refresh_token: "r\u00e9" }, { refresh_token: 7 }])(
    "keeps no token that cannot be one: %j",
    (more) =>
      Effect.gen(function* () {
        const { auth, events } = made(app(), rotating([], more).says)
        const fiber = yield* Effect.forkChild(Effect.flip(auth.access))
        for (let second = 0; second < 20; second++) {
          yield* settle
          yield* TestClock.adjust("10 seconds")
        }
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "ConfigError")
        assert.deepStrictEqual(events, [])
      })
  )

  it.effect("can be stopped while it waits to try again", () =>
    Effect.gen(function* () {
      const { auth } = made(app(), () => ({ status: 503 }))
      const fiber = yield* Effect.forkChild(auth.access)
      yield* settle
      const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* settle
      const stopped = stopping.pollUnsafe()
      yield* TestClock.adjust("20 minutes")
      assert.isDefined(stopped)
    })
  )

  it.effect("announces the tokens of an exchange that was interrupted, where they come within 3 seconds", () =>
    Effect.gen(function* () {
      const { says } = rotating([])
      const events: Array<Event> = []
      const emit = (event: Event) => Effect.sync(() => void events.push(event))
      const network = networkOf(says)
      let answer = (): void => {}
      const send: SendHttp = async (...asked) => {
        await new Promise<void>((resolve) => {
          answer = resolve
        })
        return network.send(...asked)
      }
      const auth = makeAuth({ config: app(), send, emit, retryPolicy: defaultRetryPolicy, userAgent: "test" })
      const fiber = yield* Effect.forkChild(auth.access)
      yield* settle
      const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("2 seconds")
      assert.isUndefined(stopping.pollUnsafe())
      answer()
      yield* settle
      assert.isDefined(stopping.pollUnsafe())
      assert.include(JSON.stringify(events), '"refresh_token":"refresh-1"')
    })
  )

  it.effect("gives up an exchange that was interrupted when no answer comes within 3 seconds", () =>
    Effect.gen(function* () {
      const network = networkOf(() => ({ never: true }))
      const emit = () => Effect.void
      const auth = makeAuth({
        config: app(),
        send: network.send,
        emit,
        retryPolicy: defaultRetryPolicy,
        userAgent: "test"
      })
      const fiber = yield* Effect.forkChild(auth.access)
      yield* settle
      const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* settle
      assert.strictEqual(network.aborted, 0)
      yield* TestClock.adjust("3 seconds")
      yield* settle
      assert.isDefined(stopping.pollUnsafe())
      assert.strictEqual(network.aborted, 1)
    })
  )

  it.effect("hides every token it ever had", () =>
    Effect.gen(function* () {
      const { auth } = made(app({ access_token: "access-0" }), rotating([]).says)
      yield* auth.renew?.(yield* auth.access) ?? Effect.void
      assert.strictEqual(
        auth.redact("sekret refresh-0 refresh-1 refresh-2 access-0 access-1 access-2"),
        Array(7).fill("****").join(" ")
      )
    })
  )

  it.effect("hides what a server repeats of a request: tokens as the body has them, and of long ones no part", () =>
    Effect.gen(function* () {
      const long = `1:1/${"refresh".repeat(60)}`
      const { auth } = made(app({ refresh_token: long }), ({ body, headers }) => ({
        status: 400,
        body: { message: `${headers["authorization"]} ${body} ${long}` }
      }))
      const error = yield* Effect.flip(auth.access)
      assert.include(error.message, "(400: Basic **** grant_type=refresh_token&refresh_token=**** ****)")
    })
  )

  it.effect("is renewed once after a 401, for all requests; refused again, it ends the run", () =>
    Effect.gen(function* () {
      const { says } = rotating([])
      let good = "access-2"
      const network = networkOf((request) =>
        request.url.endsWith("/oauth/token") || request.headers["authorization"] === `Bearer ${good}`
          ? says(request)
          : { status: 401, body: { success: false, error: "unauthorized access" } }
      )
      const { transport } = transportOf({ ...network, config: app() })
      yield* Effect.forEach([1, 2, 3], () => transport.get(requestOf()), { concurrency: "unbounded" })
      assert.strictEqual(network.asked.filter(({ url }) => url.endsWith("/oauth/token")).length, 2)
      good = "none"
      const error = yield* Effect.flip(transport.get(requestOf()))
      assert.strictEqual(error._tag, "ConfigError")
      assert.match(error.message, /Authorize the connection again/)
      assert.strictEqual(network.asked.filter(({ url }) => url.endsWith("/oauth/token")).length, 3)
      assert.strictEqual(network.asked.filter(({ url }) => url.endsWith("/users/me")).length, 1)
    })
  )

  it.effect("is renewed once, and no more, for an endpoint that refuses every token", () =>
    Effect.gen(function* () {
      const { says } = rotating([])
      const network = networkOf((request) =>
        request.url.endsWith("/deals") ? { status: 401, body: { error: "unauthorized access" } } : says(request)
      )
      const me = { success: true, data: { name: "Ada" } }
      const send: SendHttp = (request, ...rest) =>
        request.url.endsWith("/users/me")
          ? networkOf(() => ({ body: me })).send(request, ...rest)
          : network.send(request, ...rest)
      const { transport } = transportOf({ send, config: app() })
      for (let i = 0; i < 3; i++) {
        const error = yield* Effect.flip(transport.get(requestOf()))
        assert.strictEqual(error._tag, "RefusedError")
      }
      yield* transport.get(requestOf({ path: "v2/persons" }))
      assert.strictEqual(network.asked.filter(({ url }) => url.endsWith("/oauth/token")).length, 2)
      assert.strictEqual(network.asked.filter(({ url }) => url.endsWith("/deals")).length, 4)
    })
  )
})
