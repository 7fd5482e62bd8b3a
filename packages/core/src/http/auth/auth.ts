import { Effect, Redacted } from "effect"
import type { Config } from "../../config/config.ts"
import { loopbackOrigin, SHARED_HOST } from "../../config/hosts.ts"
import { ConfigError } from "../../errors.ts"
import { redactorOf } from "../redaction.ts"
import type { Access, Auth, AuthOptions } from "./access.ts"
import { oauth } from "./oauth.ts"

/** Access by API token: in a header, never in the URL. */
const tokenAuth = (config: Config, token: Redacted.Redacted<string>): Auth => {
  const origin = config.baseUrl ?? SHARED_HOST
  const shared = origin === SHARED_HOST || loopbackOrigin(origin) !== undefined
  const access: Access = {
    base: { v1: `${origin}${shared ? "/v1" : "/api/v1"}`, v2: `${origin}/api/v2` },
    headers: { "x-api-token": Redacted.value(token) },
    generation: 0
  }
  return {
    access: Effect.succeed(access),
    rejected: new ConfigError({
      message:
        "Pipedrive rejected the API token (401: unauthorized access). Copy the current token from Pipedrive " +
        "(Personal preferences > API) into the connection's settings, and check that its user is allowed to use the API."
    }),
    redact: redactorOf(Redacted.value(token)).redact
  }
}

export const makeAuth = (options: AuthOptions): Auth =>
  options.config.credentials._tag === "ApiToken"
    ? tokenAuth(options.config, options.config.credentials.token)
    : oauth(options, options.config.credentials)
