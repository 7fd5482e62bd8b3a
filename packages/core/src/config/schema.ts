/**
 * The schema of a config in today's form. Numbers and choices may be strings, as forms store them; what a field has to
 * be is said in the words of its error.
 */
import * as Schema from "effect/Schema"
import { ENTITIES } from "../custom-fields/entity.ts"
import { secondsOf } from "../state/cursor.ts"
import { each, members, that } from "../state/shape.ts"
import { configFields } from "./fields.ts"
import { baseOrigin, companyOrigin, loopbackOrigin } from "./hosts.ts"

/** A whole number, even if a form has stored it as a string; NaN for anything else. */
export const wholeNumber = (value: unknown): number => {
  const number = typeof value === "string" && /^\s*[+-]?[0-9]+\s*$/.test(value) ? Number(value) : value
  return typeof number === "number" ? Math.trunc(number) : Number.NaN
}

/** True or false, even if a form has stored it as a string; undefined for anything else. */
export const yesOrNo = (value: unknown): boolean | undefined => {
  const text = typeof value === "string" ? value.trim().toLowerCase() : value
  return text === true || text === "true" ? true : text === false || text === "false" ? false : undefined
}

/** One of the words of a field, whatever the case of its letters; undefined for anything else. */
export const wordIn = (words: ReadonlyArray<string>, value: unknown): string | undefined =>
  typeof value === "string" ? words.find((word) => word === value.trim().toLowerCase()) : undefined

const check = <A>(is: (value: A) => boolean, message: string) => Schema.makeFilter(is, { message })

const isPrintable = check((text: string) => /^[ -~]+$/.test(text), "contains invalid characters")
const Secret = Schema.RedactedFromValue(Schema.Trim.check(isPrintable))

const StartDate = Schema.String.check(
  check(
    (text: string) => !Number.isNaN(secondsOf(text.trim())),
    `does not match ${configFields.replication_start_date.patternHint}, or is not a calendar date`
  )
)
const { daily_budget_share: share, deletion_check_hours: checkHours } = configFields
const Workers = Schema.Unknown.check(check((value) => !Number.isNaN(wholeNumber(value)), "must be a whole number"))
const WholeNumber = ({ maximum, minimum }: { readonly minimum: number; readonly maximum: number }) =>
  Schema.Unknown.check(
    check((value) => {
      const number = wholeNumber(value)
      return number >= minimum && number <= maximum
    }, `must be a whole number from ${minimum} to ${maximum}`)
  )
const YesOrNo = Schema.Unknown.check(check((value) => yesOrNo(value) !== undefined, "must be true or false"))
const { words } = configFields.custom_fields
const CustomFields = Schema.Unknown.check(
  check((value) => wordIn(words, value) !== undefined, `must be ${words.map((word) => `"${word}"`).join(" or ")}`)
)
const isName = that((value) => typeof value === "string" && value.trim() !== "", "is not a name")
const namesOfRecord = each(members({ name: isName, type: isName }, ["name"]))
const nameFlaws = members(Object.fromEntries(ENTITIES.map((entity) => [entity, namesOfRecord])))
const CustomFieldNames = Schema.Unknown.check(
  check(
    (value) => nameFlaws(value).length === 0,
    'must be an object such as {"deal": {"<key of a field>": {"name": "custom_x", "type": "text"}}}'
  )
)
const BaseUrl = Schema.String.check(
  check(
    (text: string) => baseOrigin(text) !== undefined,
    "must be https:// and a host under pipedrive.com, or http:// and localhost, without a path"
  )
)

type Options = (typeof configFields)["credentials"]["options"]
type Keys<Fields> = Record<keyof Fields | "auth_type", unknown>

const tags = configFields.credentials.options.map(({ tag }) => `"${tag}"`).join(" or ")

/** Today's form, without blanks. It must have the keys of `configFields`; further ones pass. */
const Current = Schema.Struct({
  credentials: Schema.Union([
    Schema.Struct({
      auth_type: Schema.Literal("oauth2.0"),
      client_id: Secret,
      client_secret: Secret,
      refresh_token: Secret,
      access_token: Schema.optionalKey(Secret),
      token_expiry_date: Schema.optionalKey(Schema.Unknown),
      api_domain: Schema.optionalKey(Schema.String)
    } satisfies Keys<Options[0]["fields"]>),
    Schema.Struct({
      auth_type: Schema.Literal("api_token"),
      api_token: Secret
    } satisfies Keys<Options[1]["fields"]>)
  ]).annotate({ message: `must be an object with the auth_type ${tags}` }),
  replication_start_date: Schema.optionalKey(StartDate),
  num_workers: Schema.optionalKey(Workers),
  daily_budget_share: Schema.optionalKey(WholeNumber(share)),
  mail_bodies: Schema.optionalKey(YesOrNo),
  track_deletions: Schema.optionalKey(YesOrNo),
  deletion_check_hours: Schema.optionalKey(WholeNumber(checkHours)),
  allow_mass_deletions: Schema.optionalKey(YesOrNo),
  custom_fields: Schema.optionalKey(CustomFields),
  custom_field_names: Schema.optionalKey(CustomFieldNames),
  base_url: Schema.optionalKey(BaseUrl)
} satisfies Record<keyof typeof configFields, unknown>).check(
  Schema.makeFilter(({ base_url, credentials }) => {
    if (credentials.auth_type !== "oauth2.0" || credentials.api_domain === undefined) return undefined
    const isLocal = base_url !== undefined && loopbackOrigin(base_url) !== undefined
    if (companyOrigin(credentials.api_domain) !== undefined) return undefined
    if (isLocal && loopbackOrigin(credentials.api_domain) !== undefined) return undefined
    return { path: ["credentials", "api_domain"], issue: "must be a host under pipedrive.com, without a path" }
  })
)

export const decodeCurrent = Schema.decodeUnknownResult(Current, { errors: "all" })

/** A config in today's form, checked. */
export type CurrentConfig = typeof Current.Type
