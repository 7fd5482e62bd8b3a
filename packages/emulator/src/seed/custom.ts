import { objectText, quote } from "../json.ts"
import { below } from "../random.ts"
import { PLAIN, type Selection } from "../row.ts"
import type { CustomField, CustomOption } from "./custom-fields.ts"
import { AWKWARD, ODD_NUMBERS } from "./texts.ts"

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
const isFilled = ({ isSpare, place }: CustomField, variant: number): boolean =>
  !isSpare && (variant % 20 === place % 20 || below(5, variant, place) === 0)

/** Values that do not fit the type of their field. */
const MISFITS: { readonly [type in CustomField["type"]]?: string } = {
  varchar: "12",
  double: '"about 12"',
  int: "12.5",
  monetary: '{"value":"a lot","currency":"EUR"}',
  enum: '"By hand"',
  set: "[7,8]",
  user: '"nobody"',
  org: '{"id":3}',
  date: '"0000-00-00"',
  daterange: '{"value":"2024-02-30","until":"2024-03-01"}',
  time: '{"value":9,"timezone_id":318}',
  address: '"Kalda tee 7"',
  boolean: '"yes"'
}

/** The same in v1. */
const MISFITS_V1: typeof MISFITS = {
  ...MISFITS,
  monetary: '"a lot"',
  set: '"7,8"',
  daterange: '"2024-02-30"',
  time: "9"
}

/** Variants whose values are odd where a seed asks for it. */
const isOdd = ({ isSpare, place }: CustomField, variant: number): boolean =>
  !isSpare && variant % 20 === (place + 3) % 20

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
    case "int":
      return String(variant * 7 - 3)
    case "boolean":
      return String(variant % 2 === 0)
    case "deal":
    case "project":
    case "stage":
    case "activity":
      return String(1 + (variant % 5))
    case "lead":
      return quote(`${(0x40000000 + variant * 9).toString(16)}-0e10-11eb-879b-05d71fb426ec`)
    case "json":
      return `{"a":[${variant},null,"ü"]}`
    case "varchar_options":
      return `[{"value":"+372 ${variant}","label":"work","primary":true}]`
  }
}

/** JSON value of `custom_fields` in v2: every field of the account, mostly null. */
export function customObject(
  fields: ReadonlyArray<CustomField>,
  variant: number,
  selection: Selection,
  oddValues: boolean
): string {
  const written = (field: CustomField): string => {
    if (oddValues && isOdd(field, variant)) return MISFITS[field.type] ?? "null"
    return isFilled(field, variant) ? valueV2(field, variant, selection) : "null"
  }
  return objectText(
    fields
      .filter(({ key }) => selection.custom === undefined || selection.custom.has(key))
      .map((field) => [field.key, written(field)])
  )
}

/** Properties of a custom field at the root of a v1 row: none when it is not set. */
export function customRoot(
  field: CustomField,
  variant: number,
  oddValues: boolean
): ReadonlyArray<readonly [key: string, text: string]> {
  const { key } = field
  const misfit = oddValues && isOdd(field, variant) ? MISFITS_V1[field.type] : undefined
  if (misfit !== undefined) return [[key, misfit]]
  if (!isFilled(field, variant)) return []
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
      return [[key, valueV2(field, variant, PLAIN)]]
  }
}
