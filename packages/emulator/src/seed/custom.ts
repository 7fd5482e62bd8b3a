import { objectText, quote } from "../json.ts"
import { below, hex } from "../random.ts"
import type { Selection } from "../row.ts"
import { AWKWARD, ODD_NUMBERS } from "./texts.ts"

export type CustomType =
  | "varchar"
  | "text"
  | "varchar_auto"
  | "phone"
  | "double"
  | "monetary"
  | "enum"
  | "set"
  | "user"
  | "people"
  | "org"
  | "date"
  | "daterange"
  | "time"
  | "timerange"
  | "address"

export interface CustomOption {
  readonly id: number
  readonly label: string
}

/** A custom field of the account. */
export interface CustomField {
  /** 40 hexadecimal digits. */
  readonly key: string
  readonly name: string
  readonly type: CustomType
  readonly options: ReadonlyArray<CustomOption>
}

const TYPES: ReadonlyArray<CustomType> = [
  "varchar",
  "text",
  "varchar_auto",
  "phone",
  "double",
  "monetary",
  "enum",
  "set",
  "user",
  "people",
  "org",
  "date",
  "daterange",
  "time",
  "timerange",
  "address"
]

/** Names of the parts that v1 writes beside an address, after its key. */
const ADDRESS_PARTS = [
  "street_number",
  "route",
  "subpremise",
  "sublocality",
  "locality",
  "admin_area_level_1",
  "admin_area_level_2",
  "country",
  "postal_code",
  "formatted_address"
] as const

/** One field of every type and some more that are never filled. */
export function customFields(seed: number, entity: string, more: number): CustomField[] {
  const salt = [...entity].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)
  const fields: CustomField[] = []
  for (let at = 0; at < TYPES.length + more; at++) {
    const type = TYPES[at] ?? "varchar"
    const options =
      type === "enum" || type === "set"
        ? ["Low", "Middle", "High €"].map((label, place) => ({ id: 100 + at * 10 + place, label }))
        : []
    const name = at < TYPES.length ? `My ${type.replace("_", " ")}` : `Spare ${at - TYPES.length + 1}`
    fields.push({ key: hex(40, seed + salt, at), name, type, options })
  }
  return fields
}

const ZONE = ['"timezone_id":318', '"timezone_name":"Europe/London"'].join(",")

function addressPart(part: (typeof ADDRESS_PARTS)[number], variant: number): string {
  switch (part) {
    case "street_number":
      return quote(String(1 + (variant % 90)))
    case "route":
      return quote("Kalda tee")
    case "locality":
      return quote("Tartu")
    case "admin_area_level_1":
      return quote("Tartu maakond")
    case "country":
      return quote("Estonia")
    case "postal_code":
      return quote(`501${10 + (variant % 80)}`)
    case "formatted_address":
      return quote(`Kalda tee ${1 + (variant % 90)}, Tartu, Estonia`)
    default:
      return "null"
  }
}

/** JSON value of an address as v2 writes it. */
export function addressText(variant: number, parts: ReadonlyArray<(typeof ADDRESS_PARTS)[number]>): string {
  return objectText([
    ["value", quote(`Kalda tee ${1 + (variant % 90)}, Tartu`)],
    ...parts.map((part) => [part, addressPart(part, variant)] as const)
  ])
}

/** Whether a field has a value in a variant: each in its own, others here and there. */
const isFilled = (at: number, variant: number): boolean =>
  at < TYPES.length && (variant % 20 === at || below(5, variant, at) === 0)

const optionText = (option: CustomOption, labelled: boolean): string =>
  labelled ? `{"id":${option.id},"label":${quote(option.label)}}` : String(option.id)

function valueV2(field: CustomField, variant: number, selection: Selection): string {
  const option = (n: number): CustomOption => field.options[n % field.options.length] as CustomOption
  switch (field.type) {
    case "varchar":
      return quote(AWKWARD[variant % AWKWARD.length] as string)
    case "text":
      return quote(`Free text ${variant}\nwith a second line`)
    case "varchar_auto":
      return quote(`auto-${variant}`)
    case "phone":
      return quote(`+372 5${100 + variant} 00`)
    case "double":
      return ODD_NUMBERS[Math.floor(variant / 2) % ODD_NUMBERS.length] as string
    case "monetary":
      return `{"value":${variant * 10}.50,"currency":"EUR"}`
    case "enum":
      return optionText(option(variant), selection.optionLabels)
    case "set":
      return `[${[option(variant), option(variant + 1)].map((each) => optionText(each, selection.optionLabels)).join(",")}]`
    case "user":
      return "1"
    case "people":
      return String(1 + (variant % 3))
    case "org":
      return String(1 + (variant % 3))
    case "date":
      return quote(`2024-0${1 + (variant % 9)}-15`)
    case "daterange":
      return `{"value":"2024-01-0${1 + (variant % 9)}","until":"2024-02-1${variant % 9}"}`
    case "time":
      return `{"value":"0${variant % 9}:30:00",${ZONE}}`
    case "timerange":
      return `{"value":"0${variant % 9}:00:00","until":"1${variant % 9}:00:00",${ZONE}}`
    case "address":
      return addressText(variant, ADDRESS_PARTS)
  }
}

/** JSON value of `custom_fields` in v2: every field of the account, mostly null. */
export function customObject(fields: ReadonlyArray<CustomField>, variant: number, selection: Selection): string {
  const wanted = fields
    .map((field, at) => ({ field, at }))
    .filter(({ field }) => selection.custom === undefined || selection.custom.has(field.key))
  return objectText(
    wanted.map(({ field, at }) => [field.key, isFilled(at, variant) ? valueV2(field, variant, selection) : "null"])
  )
}

/** Properties of a custom field at the root of a v1 row: none when it is not set. */
export function customRoot(
  field: CustomField,
  at: number,
  variant: number
): ReadonlyArray<readonly [key: string, text: string]> {
  if (!isFilled(at, variant)) return []
  const { key } = field
  const option = (n: number): number => (field.options[n % field.options.length] as CustomOption).id
  switch (field.type) {
    case "monetary":
      return [
        [key, `${variant * 10}.50`],
        [`${key}_currency`, '"EUR"']
      ]
    case "enum":
      return [[key, `"${option(variant)}"`]]
    case "set":
      return [[key, `"${option(variant)},${option(variant + 1)}"`]]
    case "daterange":
      return [
        [key, quote("2024-01-05")],
        [`${key}_until`, quote("2024-02-11")]
      ]
    case "time":
      return [
        [key, quote("09:30:00")],
        [`${key}_timezone_id`, "318"]
      ]
    case "timerange":
      return [
        [key, quote("09:00:00")],
        [`${key}_until`, quote("10:00:00")],
        [`${key}_timezone_id`, "318"]
      ]
    case "address":
      return [
        [key, quote("Kalda tee 7, Tartu")],
        ...ADDRESS_PARTS.map((part) => [`${key}_${part}`, addressPart(part, variant)] as const)
      ]
    default:
      return [
        [
          key,
          valueV2(field, variant, {
            include: new Set(),
            custom: undefined,
            optionLabels: false,
            labels: false,
            form: ""
          })
        ]
      ]
  }
}
