/**
 * The checks of a config in today's form. Numbers and choices may be strings, as forms store them; what a field has to
 * be is said in the words of its error.
 */
import { ENTITIES } from "../custom-fields/entity.ts"
import { isObject } from "../json.ts"
import { type Check, each, type Flaw, members, that } from "../shape.ts"
import { secondsOf } from "../state/cursor.ts"
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

const isText = (value: unknown): value is string => typeof value === "string"
const text = that(isText, "must be a string")

/** A string of which something more holds. */
const textThat = (is: (value: string) => boolean, words: string): Check => {
  const more = that((value) => isText(value) && is(value), words)
  return (value) => (isText(value) ? more : text)(value)
}

const secret = textThat((value) => /^[ -~]+$/.test(value.trim()), "contains invalid characters")
const startDate = textThat(
  (value) => !Number.isNaN(secondsOf(value.trim())),
  `does not match ${configFields.replication_start_date.patternHint}, or is not a calendar date`
)
const { daily_budget_share: share, deletion_check_hours: checkHours } = configFields
const workers = that((value) => !Number.isNaN(wholeNumber(value)), "must be a whole number")
const wholeNumberFrom = ({ maximum, minimum }: { readonly minimum: number; readonly maximum: number }): Check =>
  that((value) => {
    const number = wholeNumber(value)
    return number >= minimum && number <= maximum
  }, `must be a whole number from ${minimum} to ${maximum}`)
const toggle = that((value) => yesOrNo(value) !== undefined, "must be true or false")
const { words } = configFields.custom_fields
const customFields = that(
  (value) => wordIn(words, value) !== undefined,
  `must be ${words.map((word) => `"${word}"`).join(" or ")}`
)
const isName = that((value) => isText(value) && value.trim() !== "", "is not a name")
const namesOfRecord = each(members({ name: isName, type: isName }, ["name"]))
const names = members(Object.fromEntries(ENTITIES.map((entity) => [entity, namesOfRecord])))
const customFieldNames = that(
  (value) => names(value).length === 0,
  'must be an object such as {"deal": {"<key of a field>": {"name": "custom_x", "type": "text"}}}'
)
const baseUrl = textThat(
  (value) => baseOrigin(value) !== undefined,
  "must be https:// and a host under pipedrive.com, or http:// and localhost, without a path"
)

type Options = (typeof configFields)["credentials"]["options"]
type Checks<Fields> = { readonly [name in keyof Fields]: Check }

const oauth = members(
  {
    client_id: secret,
    client_secret: secret,
    refresh_token: secret,
    access_token: secret,
    // One that cannot be read counts as none.
    token_expiry_date: () => [],
    api_domain: text
  } satisfies Checks<Options[0]["fields"]>,
  ["client_id", "client_secret", "refresh_token"]
)
const apiToken = members({ api_token: secret } satisfies Checks<Options[1]["fields"]>, ["api_token"])

const noLogin = [
  {
    field: "",
    words: `must be an object with the auth_type ${configFields.credentials.options.map(({ tag }) => `"${tag}"`).join(" or ")}`
  }
]
const credentials: Check = (value) => {
  switch (isObject(value) ? value.auth_type : undefined) {
    case "oauth2.0":
      return oauth(value)
    case "api_token":
      return apiToken(value)
    default:
      return noLogin
  }
}

const fields = members(
  {
    credentials,
    replication_start_date: startDate,
    num_workers: workers,
    daily_budget_share: wholeNumberFrom(share),
    mail_bodies: toggle,
    track_deletions: toggle,
    deletion_check_hours: wholeNumberFrom(checkHours),
    allow_mass_deletions: toggle,
    custom_fields: customFields,
    custom_field_names: customFieldNames,
    base_url: baseUrl
  } satisfies Checks<typeof configFields>,
  ["credentials"]
)

/** A config in today's form, checked. Further members pass. */
export type CurrentConfig = { readonly [name in keyof typeof configFields]?: unknown } & {
  readonly credentials:
    | {
        readonly auth_type: "oauth2.0"
        readonly client_id: string
        readonly client_secret: string
        readonly refresh_token: string
        readonly access_token?: string
        readonly token_expiry_date?: unknown
        readonly api_domain?: string
      }
    | { readonly auth_type: "api_token"; readonly api_token: string }
  readonly replication_start_date?: string
  readonly base_url?: string
}

/** A company's host is under pipedrive.com, or on this machine where the API is. */
const isHost = (domain: string, baseUrl: string | undefined): boolean =>
  companyOrigin(domain) !== undefined ||
  (baseUrl !== undefined && loopbackOrigin(baseUrl) !== undefined && loopbackOrigin(domain) !== undefined)

/** All that is wrong with a config in today's form, blanks left out; a config of which nothing is wrong is a `CurrentConfig`. */
export const configFlaws = (config: unknown): ReadonlyArray<Flaw> => {
  const flaws = fields(config)
  if (flaws.length > 0) return flaws
  const { base_url, credentials } = config as CurrentConfig
  return credentials.auth_type !== "oauth2.0" ||
    credentials.api_domain === undefined ||
    isHost(credentials.api_domain, base_url)
    ? []
    : [{ field: "credentials.api_domain", words: "must be a host under pipedrive.com, without a path" }]
}
