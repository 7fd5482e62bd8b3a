import { Clock, Effect, Redacted, Semaphore } from "effect"
import { Base64 } from "effect/encoding"
import type { Auth, AuthOptions } from "./access.ts"
import { type Config, withTokens } from "./config.ts"
import { ConfigError, type ReadError, SystemError, TransientError } from "./errors.ts"
import type { JsonObject } from "./events.ts"
import { companyOrigin, loopbackOrigin, SHARED_HOST } from "./hosts.ts"
import type { HttpAnswer } from "./http.ts"
import { redactorOf } from "./redaction.ts"
import { backoff } from "./retry.ts"
import { textOf } from "./text.ts"
import { isHtml, wordsOf } from "./words.ts"

const OAUTH_HOST = "https://oauth.pipedrive.com"
/** A token is renewed this long before it expires. */
const EARLY_MS = 60_000
/** What is said beyond it is no lifetime; one that was true would be found out by a 401. */
const LONGEST_LIFE_S = 30 * 86_400

type OAuthCredentials = Extract<Config["credentials"], { _tag: "OAuth" }>

interface Tokens {
  readonly accessToken: string | undefined
  readonly refreshToken: string
  /** Used until then, unless it is refused before. */
  readonly freshUntilMs: number
  readonly apiDomain: string | undefined
  readonly generation: number
}

/** A token is a word that a header can hold; anything else would be kept, and refused by the next run. */
const isToken = (value: unknown): value is string => typeof value === "string" && /^[!-~]+$/.test(value)

/** Access by OAuth: the refresh token is exchanged for access tokens of an hour. */
export const oauth = (options: AuthOptions, credentials: OAuthCredentials): Auth => {
  const { config, emit, limits, send } = options
  const local = config.baseUrl === undefined ? undefined : loopbackOrigin(config.baseUrl)
  const tokenUrl = `${local ?? OAUTH_HOST}/oauth/token`
  const client = Base64.encode(`${Redacted.value(credentials.clientId)}:${Redacted.value(credentials.clientSecret)}`)
  const { learn, redact } = redactorOf(client, Redacted.value(credentials.clientSecret))
  learn(Redacted.value(credentials.refreshToken))
  if (credentials.accessToken !== undefined) learn(Redacted.value(credentials.accessToken))
  const oneAtATime = Semaphore.makeUnsafe(1)
  let raw: JsonObject = config.raw
  let tokens: Tokens = {
    accessToken: credentials.accessToken && Redacted.value(credentials.accessToken),
    refreshToken: Redacted.value(credentials.refreshToken),
    freshUntilMs: (credentials.expiresAtMs ?? 0) - EARLY_MS,
    apiDomain: credentials.apiDomain,
    generation: 0
  }

  /** What an answer without an access token means. */
  const meaningOf = (answer: HttpAnswer): ReadError => {
    const { status } = answer
    if (status === 408 || status === 429 || status >= 500) {
      return new TransientError({
        message: `Pipedrive's OAuth server answered ${status}. The sync can be tried again later.`
      })
    }
    if (status < 300) {
      return new TransientError({
        message: "Pipedrive's OAuth server answered without an access token. The sync can be tried again later."
      })
    }
    if (status < 400) {
      return new SystemError({
        message: `Pipedrive's OAuth server answered with a redirect (${status}), which is not followed. See whether a proxy stands in between.`
      })
    }
    const said = `${status}: ${wordsOf(answer, redact, ["message", "error_description", "error"])}`
    if (isHtml(answer) || ![400, 401, 403].includes(status)) {
      const message = `The address of Pipedrive's OAuth server answered ${said}, which says nothing of the refresh token. See that no proxy or firewall stands in the way, and sync again.`
      return status === 403 ? new ConfigError({ message }) : new SystemError({ message })
    }
    if (status === 401 || /invalid[_ ]client/i.test(said)) {
      return new ConfigError({
        message: `Pipedrive did not accept the OAuth app's client ID and secret (${said}). Check both in the connection's settings. Authorize the connection again if the app has changed.`
      })
    }
    return new ConfigError({
      message:
        `Pipedrive did not accept the refresh token (${said}). Authorize the connection again. A refresh token works ` +
        "for 60 days without use, and a second connection that uses the same one can make it invalid."
    })
  }

  const exchange = Effect.fnUntraced(function* () {
    const answer = yield* Effect.tryPromise({
      try: (signal) =>
        send(
          {
            method: "POST",
            url: tokenUrl,
            headers: {
              authorization: `Basic ${client}`,
              "content-type": "application/x-www-form-urlencoded",
              accept: "application/json",
              "user-agent": options.userAgent
            },
            body: `grant_type=refresh_token&refresh_token=${encodeURIComponent(tokens.refreshToken)}`
          },
          limits.bounds,
          signal
        ),
      catch: (cause) =>
        new TransientError({
          message: `Pipedrive's OAuth server did not answer (${cause instanceof Error ? redact(cause.message) : "unknown"}). The sync can be tried again later.`
        })
    })
    let said: JsonObject = {}
    try {
      const parsed: unknown = JSON.parse(textOf(answer.body))
      if (typeof parsed === "object" && parsed !== null) said = parsed as JsonObject
    } catch {
      // Holds no token then.
    }
    const { access_token: access, refresh_token: rotated } = said
    if (answer.status >= 300 || !isToken(access) || !(isToken(rotated) || rotated === undefined || rotated === "")) {
      return yield* meaningOf(answer)
    }
    return said as JsonObject & { readonly access_token: string }
  })

  /** One exchange, its answer announced before it is used: nothing may come between, or a rotated token is lost. */
  const exchangeAndTell = Effect.uninterruptible(
    Effect.gen(function* () {
      const said = yield* exchange()
      const nowMs = yield* Clock.currentTimeMillis
      const lifetimeS = Number(said["expires_in"])
      const lifetimeMs = lifetimeS > 0 ? Math.min(lifetimeS, LONGEST_LIFE_S) * 1000 : 3_599_000
      const named = typeof said["api_domain"] === "string" ? said["api_domain"].trim() : ""
      const apiDomain = named === "" || local !== undefined ? tokens.apiDomain : companyOrigin(named)
      const isStray = config.baseUrl === undefined && apiDomain === undefined
      const rotated = said["refresh_token"]
      const next: Tokens = {
        accessToken: said.access_token,
        refreshToken: typeof rotated === "string" && rotated !== "" ? rotated : tokens.refreshToken,
        // Never shorter than a minute: a token that looks expired as it comes must not make a storm of renewals.
        freshUntilMs: nowMs + Math.max(lifetimeMs - EARLY_MS, EARLY_MS),
        apiDomain,
        generation: tokens.generation + 1
      }
      learn(said.access_token, next.refreshToken)
      raw = withTokens(raw, {
        accessToken: said.access_token,
        refreshToken: next.refreshToken,
        expiresAtMs: nowMs + lifetimeMs,
        ...(apiDomain !== undefined && { apiDomain })
      })
      yield* emit({ _tag: "ConfigChanged", config: raw })
      if (isStray) {
        return yield* new ConfigError({
          message:
            "The OAuth answer names no API domain under pipedrive.com, so no request is sent. Authorize the connection again."
        })
      }
      tokens = next
    })
  )

  /** Why there is no further token: of all streams that wait only one is to find out. */
  let ended: ReadError | undefined
  const refresh = (): Effect.Effect<void, ReadError> =>
    ended !== undefined
      ? Effect.fail(ended)
      : backoff(exchangeAndTell, limits, (error) => error._tag === "TransientError").pipe(
          Effect.tapError((error) =>
            Effect.sync(() => {
              ended = error
            })
          )
        )

  const isFresh = (nowMs: number): boolean =>
    tokens.accessToken !== undefined &&
    (config.baseUrl !== undefined || tokens.apiDomain !== undefined) &&
    tokens.freshUntilMs > nowMs

  const access = Effect.gen(function* () {
    if (!isFresh(yield* Clock.currentTimeMillis)) {
      yield* Effect.flatMap(Clock.currentTimeMillis, (nowMs) => (isFresh(nowMs) ? Effect.void : refresh())).pipe(
        Semaphore.withPermit(oneAtATime)
      )
    }
    const origin = config.baseUrl ?? tokens.apiDomain ?? SHARED_HOST
    return {
      base: { v1: `${origin}/api/v1`, v2: `${origin}/api/v2` },
      headers: { authorization: `Bearer ${tokens.accessToken}` },
      generation: tokens.generation
    }
  })

  return {
    access,
    renew: (refusedAccess) =>
      Effect.suspend(() => (tokens.generation > refusedAccess.generation ? Effect.void : refresh())).pipe(
        Semaphore.withPermit(oneAtATime)
      ),
    redact
  }
}
