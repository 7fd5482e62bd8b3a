import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"

/** Whether a value is set: null and blank strings are not. */
export const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && !(typeof value === "string" && value.trim() === "")

/** An object without the members that are not set. */
export const given = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => isGiven(value)))

/**
 * A config of an older version in today's form, its old keys kept so that going back works; undefined if nothing needs
 * to change. In a config with several forms `credentials` takes precedence over `api_token`, and that over
 * `authorization`.
 */
export const migrate = (raw: JsonObject): JsonObject | undefined => {
  if (isGiven(raw.credentials) && !isObject(raw.credentials)) return undefined
  const credentials = isObject(raw.credentials) ? given(raw.credentials) : {}
  const old = isObject(raw.authorization) ? given(raw.authorization) : {}
  const withCredentials = (added: JsonObject): JsonObject => ({
    ...raw,
    credentials: { ...(isObject(raw.credentials) ? raw.credentials : {}), ...added }
  })

  const type = credentials.auth_type
  if (type !== undefined && !(type === "api_token" && credentials.api_token === undefined)) return undefined
  if (credentials.api_token !== undefined) return withCredentials({ auth_type: "api_token" })
  if (credentials.refresh_token !== undefined) return withCredentials({ auth_type: "oauth2.0" })

  if (isGiven(raw.api_token)) return withCredentials({ auth_type: "api_token", api_token: raw.api_token })
  const { api_token, client_id, client_secret, refresh_token } = old
  const app = given({ client_id, client_secret, refresh_token })
  const isApp = Object.keys(app).length > 0 && (old.auth_type === "Client" || api_token === undefined)
  if (isApp && type === undefined) return withCredentials({ auth_type: "oauth2.0", ...app })
  // Versions 2 to 4.0 look for the token at the top.
  if (!isApp && api_token !== undefined) return { ...withCredentials({ auth_type: "api_token", api_token }), api_token }
  return undefined
}
