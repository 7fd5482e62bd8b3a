import { Clock, Effect, Redacted, Semaphore } from "effect"
import { Base64 } from "effect/encoding"
import { type Config, withTokens } from "../../config/config.ts"
import { companyOrigin, loopbackOrigin, SHARED_HOST } from "../../config/hosts.ts"
import { silent } from "../../debug.ts"
import { ConfigError, type ReadError } from "../../errors.ts"
import type { JsonObject } from "../../events.ts"
import { numberIn } from "../../json.ts"
import { outlasting } from "../outlasting.ts"
import { redactorOf } from "../redaction.ts"
import { backoff } from "../retry.ts"
import type { Auth, AuthOptions } from "./access.ts"
import { exchangeToken } from "./token-endpoint.ts"

const OAUTH_HOST = "https://oauth.pipedrive.com"
/** A token is renewed this long before it expires. */
const EARLY_MS = 60_000
/** How long an exchange that is under way may hold up the end of a run that is stopped. */
const INTERRUPT_GRACE_MS = 3_000
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

/** Access by OAuth: the refresh token is exchanged for access tokens of an hour. */
export const oauth = (options: AuthOptions, credentials: OAuthCredentials): Auth => {
  const { config, emit, limits, send } = options
  const local = config.baseUrl === undefined ? undefined : loopbackOrigin(config.baseUrl)
  const client = Base64.encode(`${Redacted.value(credentials.clientId)}:${Redacted.value(credentials.clientSecret)}`)
  const { learn, redact } = redactorOf(client, Redacted.value(credentials.clientSecret))
  learn(Redacted.value(credentials.refreshToken))
  if (credentials.accessToken !== undefined) learn(Redacted.value(credentials.accessToken))
  const oneAtATime = Semaphore.makeUnsafe(1)
  const endpoint = {
    url: `${local ?? OAUTH_HOST}/oauth/token`,
    client,
    send,
    bounds: limits.bounds,
    userAgent: options.userAgent,
    redact,
    debug: options.debug ?? silent
  }
  let raw: JsonObject = config.raw
  let tokens: Tokens = {
    accessToken: credentials.accessToken && Redacted.value(credentials.accessToken),
    refreshToken: Redacted.value(credentials.refreshToken),
    freshUntilMs: (credentials.expiresAtMs ?? 0) - EARLY_MS,
    apiDomain: credentials.apiDomain,
    generation: 0
  }

  /** One exchange, its answer announced before it is used: a rotated token that nobody was told of would be lost. */
  const exchangeAndTell = outlasting(
    Effect.gen(function* () {
      const said = yield* exchangeToken(endpoint, tokens.refreshToken)
      const nowMs = yield* Clock.currentTimeMillis
      const lifetimeS = numberIn(said["expires_in"])
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
    }),
    INTERRUPT_GRACE_MS
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
    rejected: new ConfigError({
      message: "Pipedrive rejects the access token even after it was renewed (401). Authorize the connection again."
    }),
    redact
  }
}
