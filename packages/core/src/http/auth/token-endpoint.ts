import { Effect } from "effect"
import type { Debug } from "../../debug.ts"
import { ConfigError, type ReadError, SystemError, TransientError } from "../../errors.ts"
import type { JsonObject } from "../../events.ts"
import { textOf } from "../../page/text.ts"
import { elapsedMs } from "../elapsed.ts"
import type { HttpAnswer, HttpBounds, SendHttp } from "../port.ts"
import { isHtml, wordsOf } from "../words.ts"

/** A token is a word that a header can hold; anything else would be kept, and refused by the next run. */
const isToken = (value: unknown): value is string => typeof value === "string" && /^[!-~]+$/.test(value)

/** An answer with tokens: JSON of which the rest may be anything. */
export type TokenAnswer = JsonObject & { readonly access_token: string }

/** What an answer without an access token means. */
const meaningOf = (answer: HttpAnswer, redact: (text: string) => string): ReadError => {
  const { status } = answer
  if (status === 408 || status === 429 || status >= 500) {
    return new TransientError({
      message: `Pipedrive's OAuth server answered ${status}. Try again later.`
    })
  }
  if (status < 300) {
    return new TransientError({
      message: "Pipedrive's OAuth server answered without an access token. Try again later."
    })
  }
  if (status < 400) {
    return new SystemError({
      message: `Pipedrive's OAuth server answered with a redirect (${status}), which is not followed. See whether a proxy stands in between.`
    })
  }
  const said = `${status}: ${wordsOf(answer, redact, ["message", "error_description", "error"])}`
  if (isHtml(answer) || ![400, 401, 403].includes(status)) {
    const message = `The address of Pipedrive's OAuth server answered ${said}, which says nothing of the refresh token. See that no proxy or firewall stands in the way, and try again.`
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

interface TokenEndpoint {
  readonly url: string
  /** Client ID and secret, as the header holds them. */
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
    return typeof parsed === "object" && parsed !== null ? (parsed as JsonObject) : {}
  } catch {
    return {}
  }
}

/** Exchanges a refresh token for an access token, and a new refresh token where the server rotates them. */
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
    return yield* meaningOf(answer, redact)
  }
  return said as TokenAnswer
})
