/**
 * Decodes a config. An older form is first brought into today's form (`migrate.ts`); that is checked against
 * `schema.ts`, whose messages come from `fields.ts`; the result is one `Config`, whichever form it came in. Messages
 * name fields and never repeat what is in them.
 */
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { FrozenNames } from "../custom-fields/entity.ts"
import { ConfigError } from "../errors.ts"
import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"
import type { Flaw } from "../shape.ts"
import { secondsOf } from "../state/cursor.ts"
import type { TextField } from "./field-types.ts"
import { configFields, type Toggle, toggles } from "./fields.ts"
import { baseOrigin, companyOrigin, loopbackOrigin } from "./hosts.ts"
import { given, isGiven, migrate } from "./migrate.ts"
import { type CurrentConfig, configFlaws, wholeNumber, wordIn, yesOrNo } from "./schema.ts"

/** What the user has configured, checked and in one form, whichever form it came in. */
export interface Config {
  readonly credentials:
    | { readonly _tag: "ApiToken"; readonly token: Redacted.Redacted<string> }
    | {
        readonly _tag: "OAuth"
        readonly clientId: Redacted.Redacted<string>
        readonly clientSecret: Redacted.Redacted<string>
        readonly refreshToken: Redacted.Redacted<string>
        readonly accessToken?: Redacted.Redacted<string>
        /** Epoch milliseconds. */
        readonly expiresAtMs?: number
        /** Origin of the company's host, without a trailing slash. */
        readonly apiDomain?: string
      }
  /** Epoch seconds; absent if there is none, or one at or before `NO_START_DATE`. */
  readonly startDate?: number
  readonly workers: number
  /** Origin of the API's host, without a trailing slash. */
  readonly baseUrl?: string
  /** Percent. */
  readonly dailyBudgetShare: number
  /** Hours between two searches for rows that are gone. */
  readonly deletionCheckHours: number
  /** Options that are on. */
  readonly on: ReadonlySet<Toggle>
  /** Whether custom fields are sent as the API has them, or as columns of their own besides. */
  readonly customFields: "raw" | "named"
  /** Names of those columns that were given before. */
  readonly customFieldNames: FrozenNames
  /** The config as the user has it, in today's form: what is emitted when a token changes. */
  readonly raw: JsonObject
}

/** The date that forms fill in by default: it means no start date. */
const NO_START_DATE = secondsOf(configFields.replication_start_date.default)

const { num_workers: workers, daily_budget_share: share, deletion_check_hours: checkHours } = configFields
const { words } = configFields.custom_fields

/** What a field is and where to find it. */
const descriptionOf = ([name, inner]: ReadonlyArray<string>): string => {
  if (name !== "credentials" || inner === undefined) return configFields[name as keyof typeof configFields].description
  const fields = configFields.credentials.options.map((option): { readonly [name: string]: TextField } => option.fields)
  return fields.find((each) => inner in each)?.[inner]?.description ?? configFields.credentials.description
}

/** All problems in one message, which names fields and never shows what is in them. */
const configError = (flaws: ReadonlyArray<Flaw>): ConfigError => {
  const problems = flaws.map(({ field, words }) => `${field} ${words}. ${descriptionOf(field.split("."))}`)
  return new ConfigError({ message: `The configuration cannot be used: ${problems.join(" ")}` })
}

/** When a token expires, in epoch milliseconds. A date that cannot be read counts as none: the token is renewed, and the date with it. */
const expiryMs = (value: unknown): number | undefined => {
  const seconds = typeof value === "string" ? secondsOf(value.trim()) : Number.NaN
  return Number.isNaN(seconds) ? undefined : seconds * 1000
}

const hidden = (secret: string): Redacted.Redacted<string> => Redacted.make(secret.trim())

const within = (value: number, { maximum, minimum }: { readonly minimum: number; readonly maximum: number }): number =>
  Math.min(maximum, Math.max(minimum, value))

const configOf = (raw: JsonObject, decoded: CurrentConfig): Config => {
  const { base_url, credentials, daily_budget_share, deletion_check_hours, num_workers, replication_start_date } =
    decoded
  const startDate = replication_start_date === undefined ? NO_START_DATE : secondsOf(replication_start_date.trim())
  const baseUrl = base_url === undefined ? undefined : baseOrigin(base_url)
  const rest = {
    ...(startDate > NO_START_DATE && { startDate }),
    // Clamped, not refused: older versions accepted any number, or did not know the option.
    workers: num_workers === undefined ? workers.default : within(wholeNumber(num_workers), workers),
    ...(baseUrl !== undefined && { baseUrl }),
    on: new Set(toggles.filter((name) => yesOrNo(decoded[name] ?? configFields[name].default) === true)),
    customFields: wordIn(words, decoded.custom_fields) === "named" ? ("named" as const) : ("raw" as const),
    customFieldNames: (decoded.custom_field_names ?? {}) as FrozenNames,
    dailyBudgetShare: daily_budget_share === undefined ? share.default : wholeNumber(daily_budget_share),
    deletionCheckHours: deletion_check_hours === undefined ? checkHours.default : wholeNumber(deletion_check_hours),
    raw
  }
  if (credentials.auth_type === "api_token") {
    return { credentials: { _tag: "ApiToken", token: hidden(credentials.api_token) }, ...rest }
  }
  const { access_token: accessToken, api_domain: domain } = credentials
  const expiresAtMs = expiryMs(credentials.token_expiry_date)
  const apiDomain = domain === undefined ? undefined : (companyOrigin(domain) ?? loopbackOrigin(domain))
  return {
    credentials: {
      _tag: "OAuth",
      clientId: hidden(credentials.client_id),
      clientSecret: hidden(credentials.client_secret),
      refreshToken: hidden(credentials.refresh_token),
      ...(accessToken !== undefined && { accessToken: hidden(accessToken) }),
      ...(expiresAtMs !== undefined && { expiresAtMs }),
      ...(apiDomain !== undefined && { apiDomain })
    },
    ...rest
  }
}

/**
 * Decodes a config of any version. `migrated` is the whole config in today's form if it came in an older one: it is to
 * be stored in place of the old one.
 */
export const decodeConfig = (
  input: unknown
): Result.Result<{ readonly config: Config; readonly migrated?: JsonObject }, ConfigError> => {
  if (!isObject(input)) {
    return Result.fail(new ConfigError({ message: "The configuration cannot be used: it is not a JSON object." }))
  }
  const migrated = migrate(input)
  const raw = migrated ?? input
  const { credentials, replication_start_date } = raw
  const cleaned = {
    ...given(raw),
    ...(isObject(credentials) && { credentials: given(credentials) }),
    // A blank date is refused like any other invalid date.
    ...(typeof replication_start_date === "string" && { replication_start_date })
  }
  const flaws = configFlaws(cleaned)
  if (flaws.length > 0) return Result.fail(configError(flaws))
  const config = configOf(raw, cleaned as unknown as CurrentConfig)
  return Result.succeed({ config, ...(migrated !== undefined && { migrated }) })
}

/**
 * The whole config with new tokens. If the older form of the same app's credentials is still there, its refresh token is
 * replaced too, so that going back to a version that reads it works.
 */
export const withTokens = (
  raw: JsonObject,
  tokens: {
    readonly accessToken: string
    readonly refreshToken: string
    /** Epoch milliseconds. */
    readonly expiresAtMs: number
    readonly apiDomain?: string
  }
): JsonObject => {
  const credentials = isObject(raw.credentials) ? raw.credentials : {}
  const old = raw.authorization
  const isSameApp = isObject(old) && isGiven(old.refresh_token) && old.client_id === credentials.client_id
  return {
    ...raw,
    ...(isSameApp && { authorization: { ...old, refresh_token: tokens.refreshToken } }),
    credentials: {
      ...credentials,
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      token_expiry_date: new Date(tokens.expiresAtMs).toISOString(),
      ...(tokens.apiDomain !== undefined && { api_domain: tokens.apiDomain })
    }
  }
}
