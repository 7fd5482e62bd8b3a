/**
 * Access by OAuth: the refresh token is exchanged for access tokens of an hour.
 *
 *                  a minute before expiry, or refused (401)
 *              ┌───────────────────────────────────────────┐
 *              ▼                                           │
 *     ─▶ to be renewed ──▶ exchange ──▶ ConfigChanged ──▶ fresh
 *                             │
 *                             └─ refused, or out of tries ─▶ ended: all requests fail with this error
 *
 * One exchange serves all that wait for it. New tokens are emitted before they are used, and an exchange that is under
 * way outlasts an interrupt by some seconds: the old refresh token may be invalid by then.
 */
import { Clock, Effect, Redacted, Semaphore } from "effect"
import { Base64 } from "effect/encoding"
import { withTokens } from "../../config/config.ts"
import { loopbackOrigin, SHARED_HOST } from "../../config/hosts.ts"
import { silent } from "../../debug.ts"
import { ConfigError, type ReadError } from "../../errors.ts"
import { outlasting } from "../outlasting.ts"
import { redactorOf } from "../redaction.ts"
import { backoff } from "../retry.ts"
import type { Auth, AuthOptions } from "./access.ts"
import { type OAuthCredentials, renewedTokens, tokensOf } from "./oauth-tokens.ts"
import { exchangeToken } from "./token-endpoint.ts"

const OAUTH_HOST = "https://oauth.pipedrive.com"
/** How long an exchange that is under way may delay the end of a run that is stopped. */
const INTERRUPT_GRACE_MS = 3_000

const REJECTED = new ConfigError({
  message: "Pipedrive rejects the access token even after it was renewed (401). Authorize the connection again."
})

const strayError = () =>
  new ConfigError({
    message:
      "The OAuth answer names no API domain under pipedrive.com, so no request is sent. Authorize the connection again."
  })

/** An exchange that is made until it succeeds or fails for good; then every later one fails with the same error. */
const lasting = (
  exchange: Effect.Effect<void, ReadError>,
  { retryPolicy }: AuthOptions
): Effect.Effect<void, ReadError> => {
  let ended: ReadError | undefined
  return Effect.suspend(() =>
    ended !== undefined
      ? Effect.fail(ended)
      : backoff(exchange, retryPolicy, (error) => error._tag === "TransientError").pipe(
          Effect.tapError((error) =>
            Effect.sync(() => {
              ended = error
            })
          )
        )
  )
}

export const oauth = (options: AuthOptions, credentials: OAuthCredentials): Auth => {
  const { config, emit } = options
  const local = config.baseUrl === undefined ? undefined : loopbackOrigin(config.baseUrl)
  const client = Base64.encode(`${Redacted.value(credentials.clientId)}:${Redacted.value(credentials.clientSecret)}`)
  let tokens = tokensOf(credentials)
  let raw = config.raw
  const { learn, redact } = redactorOf(client, Redacted.value(credentials.clientSecret))
  learn(tokens.refreshToken, tokens.accessToken ?? "")
  const endpoint = {
    url: `${local ?? OAUTH_HOST}/oauth/token`,
    client,
    send: options.send,
    bounds: options.retryPolicy.bounds,
    userAgent: options.userAgent,
    redact,
    debug: options.debug ?? silent
  }

  const exchange = Effect.gen(function* () {
    const answer = yield* exchangeToken(endpoint, tokens.refreshToken)
    const next = renewedTokens(tokens, answer, yield* Clock.currentTimeMillis, local !== undefined)
    const { accessToken, apiDomain, refreshToken } = next.tokens
    learn(accessToken, refreshToken)
    raw = withTokens(raw, {
      accessToken,
      refreshToken,
      expiresAtMs: next.expiresAtMs,
      ...(apiDomain !== undefined && { apiDomain })
    })
    yield* emit({ _tag: "ConfigChanged", config: raw })
    if (config.baseUrl === undefined && apiDomain === undefined) return yield* strayError()
    tokens = next.tokens
  })
  const refresh = lasting(outlasting(exchange, INTERRUPT_GRACE_MS), options)

  const isFresh = (nowMs: number): boolean =>
    tokens.accessToken !== undefined &&
    (config.baseUrl !== undefined || tokens.apiDomain !== undefined) &&
    tokens.freshUntilMs > nowMs
  const refreshUnlessFresh = Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
    isFresh(nowMs) ? Effect.void : refresh
  )
  const renewUnlessNewer = (generation: number) =>
    Effect.suspend(() => (tokens.generation > generation ? Effect.void : refresh))

  const oneAtATime = Semaphore.withPermit(Semaphore.makeUnsafe(1))
  const access = Effect.gen(function* () {
    if (!isFresh(yield* Clock.currentTimeMillis)) yield* oneAtATime(refreshUnlessFresh)
    const origin = config.baseUrl ?? tokens.apiDomain ?? SHARED_HOST
    return {
      base: { v1: `${origin}/api/v1`, v2: `${origin}/api/v2` },
      headers: { authorization: `Bearer ${tokens.accessToken}` },
      generation: tokens.generation
    }
  })
  return { access, renew: ({ generation }) => oneAtATime(renewUnlessNewer(generation)), rejected: REJECTED, redact }
}
