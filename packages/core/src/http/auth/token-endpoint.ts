/**
 * Pipedrive's OAuth server: one exchange of a refresh token, and what its answers mean. An answer that does not come
 * from the OAuth server itself (a proxy's page, an unexpected status) says nothing about the tokens.
 *
 * @see https://pipedrive.readme.io/docs/marketplace-oauth-authorization
 */
import { Effect } from "effect"
import type { Debug } from "../../debug.ts"
import { ConfigError, type ReadError, SystemError, TransientError } from "../../errors.ts"
import type { JsonObject } from "../../events.ts"
import { isObject } from "../../json.ts"
import { textOf } from "../../page/text.ts"
import { elapsedMs } from "../elapsed.ts"
import { errorText, isHtml } from "../error-text.ts"
import type { HttpAnswer, HttpBounds, SendHttp } from "../port.ts"
import { errorFor, verdictOn } from "../statuses.ts"

/** A token is printable ASCII, as a header can carry it; anything else would be stored, and refused by the next run. */
const isToken = (value: unknown): value is string => typeof value === "string" && /^[!-~]+$/.test(value)

/** An answer with tokens: JSON whose other members may be anything. */
export type TokenAnswer = JsonObject & { readonly access_token: string }

const clientMessage = (said: string): string =>
  `Pipedrive did not accept the OAuth app's client ID and secret (${said}). Check both in the connection's settings. Authorize the connection again if the app has changed.`

const refreshTokenMessage = (said: string): string =>
  `Pipedrive did not accept the refresh token (${said}). Authorize the connection again. A refresh token expires ` +
  "after 60 days without use, and a second connection that uses the same one can invalidate it."

/** The error of an answer without an access token. */
const errorOf = (answer: HttpAnswer, redact: (text: string) => string): ReadError => {
  const { status } = answer
  const said = `${status}: ${errorText(answer, redact, ["message", "error_description", "error"])}`
  const { actor, meaning } = verdictOn(status, { isHtml: isHtml(answer) })
  switch (meaning) {
    case "ok":
    case "unexpected":
      return new TransientError({
        message: "Pipedrive's OAuth server answered without an access token. Try again later."
      })
    case "unavailable":
    case "rateLimited":
      return new TransientError({ message: `Pipedrive's OAuth server answered ${status}. Try again later.` })
    case "redirected":
      return new SystemError({
        message: `Pipedrive's OAuth server answered with a redirect (${status}), which is not followed. Check whether a proxy is in between.`
      })
    case "badRequest":
    case "unauthorized":
    case "forbidden":
      if (isHtml(answer)) break
      return new ConfigError({
        message:
          meaning === "unauthorized" || /invalid[_ ]client/i.test(said)
            ? clientMessage(said)
            : refreshTokenMessage(said)
      })
  }
  return errorFor(meaning === "blocked" ? actor : "maintainers", {
    message: `The address of Pipedrive's OAuth server answered ${said}, which does not come from the OAuth server itself. Check that no proxy or firewall is in the way, and try again.`
  })
}

interface TokenEndpoint {
  readonly url: string
  /** Client ID and secret, encoded for the header. */
  readonly client: string
  readonly send: SendHttp
  readonly bounds: HttpBounds
  readonly userAgent: string
  readonly redact: (text: string) => string
  readonly debug: Debug
}

const jsonOf = (body: Uint8Array): JsonObject => {
  try {
    const parsed: unknown = JSON.parse(textOf(body))
    return isObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

/** Exchanges a refresh token for an access token, and for a new refresh token if the server rotates them. */
export const exchangeToken = Effect.fnUntraced(function* (endpoint: TokenEndpoint, refreshToken: string) {
  const { bounds, client, debug, redact, send, url, userAgent } = endpoint
  const beganMs = yield* elapsedMs
  const log = (result: string | number) =>
    Effect.flatMap(elapsedMs, (atMs) => debug(() => `OAuth: POST ${url}: ${result}, ${Math.round(atMs - beganMs)} ms`))
  const answer = yield* Effect.tryPromise({
    try: (signal) =>
      send(
        {
          method: "POST",
          url,
          headers: {
            authorization: `Basic ${client}`,
            "content-type": "application/x-www-form-urlencoded",
            accept: "application/json",
            "user-agent": userAgent
          },
          body: `grant_type=refresh_token&refresh_token=${encodeURIComponent(refreshToken)}`
        },
        bounds,
        signal
      ),
    catch: (cause) => (cause instanceof Error ? redact(cause.message) : "unknown")
  }).pipe(
    Effect.tapError(log),
    Effect.mapError(
      (why) => new TransientError({ message: `Pipedrive's OAuth server did not answer (${why}). Try again later.` })
    )
  )
  yield* log(answer.status)
  const said = jsonOf(answer.body)
  const { access_token: access, refresh_token: rotated } = said
  if (answer.status >= 300 || !isToken(access) || !(isToken(rotated) || rotated === undefined || rotated === "")) {
    return yield* errorOf(answer, redact)
  }
  return said as TokenAnswer
})
