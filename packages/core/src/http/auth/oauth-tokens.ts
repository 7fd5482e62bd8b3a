/**
 * The tokens of an OAuth connection as plain data: those that a config holds, and those after an exchange. How and when
 * they are exchanged is in `oauth.ts`.
 */
import { Redacted } from "effect"
import type { Config } from "../../config/config.ts"
import { companyOrigin } from "../../config/hosts.ts"
import { numberIn } from "../../json.ts"
import type { TokenAnswer } from "./token-endpoint.ts"

/** A token is renewed this long before it expires. */
const EARLY_MS = 60_000
/** Where the answer names no lifetime: an hour, less a second. */
const DEFAULT_LIFETIME_MS = 3_599_000
/** A longer lifetime is not believed; if it was true, nothing is lost: a 401 renews the token anyway. */
const MAX_LIFETIME_S = 30 * 86_400

export type OAuthCredentials = Extract<Config["credentials"], { _tag: "OAuth" }>

/** The tokens of an OAuth connection. */
export interface Tokens {
  readonly accessToken: string | undefined
  readonly refreshToken: string
  /** When the access token is due to be renewed, unless it is refused before. */
  readonly freshUntilMs: number
  /** Origin of the company's host. */
  readonly apiDomain: string | undefined
  /** How often the tokens were renewed in this run. */
  readonly generation: number
}

/** The tokens that a config holds. */
export const tokensOf = (credentials: OAuthCredentials): Tokens => ({
  accessToken: credentials.accessToken && Redacted.value(credentials.accessToken),
  refreshToken: Redacted.value(credentials.refreshToken),
  freshUntilMs: (credentials.expiresAtMs ?? 0) - EARLY_MS,
  apiDomain: credentials.apiDomain,
  generation: 0
})

/** Milliseconds that a new access token is valid for. */
const lifetimeMs = (answer: TokenAnswer): number => {
  const seconds = numberIn(answer["expires_in"])
  return seconds > 0 ? Math.min(seconds, MAX_LIFETIME_S) * 1000 : DEFAULT_LIFETIME_MS
}

/**
 * The tokens after an exchange, and when the access token expires, in epoch milliseconds. The API domain is kept where
 * the answer names none, or where requests go to this machine anyway.
 */
export const renewedTokens = (
  tokens: Tokens,
  answer: TokenAnswer,
  nowMs: number,
  isLocal: boolean
): { readonly tokens: Tokens & { readonly accessToken: string }; readonly expiresAtMs: number } => {
  const expiresInMs = lifetimeMs(answer)
  const domain = typeof answer["api_domain"] === "string" ? answer["api_domain"].trim() : ""
  const rotated = answer["refresh_token"]
  return {
    expiresAtMs: nowMs + expiresInMs,
    tokens: {
      accessToken: answer.access_token,
      refreshToken: typeof rotated === "string" && rotated !== "" ? rotated : tokens.refreshToken,
      // A minute at least: a token that looks expired when it arrives must not cause a storm of renewals.
      freshUntilMs: nowMs + Math.max(expiresInMs - EARLY_MS, EARLY_MS),
      apiDomain: domain === "" || isLocal ? tokens.apiDomain : companyOrigin(domain),
      generation: tokens.generation + 1
    }
  }
}
