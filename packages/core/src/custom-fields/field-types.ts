/**
 * The table of field types: which columns a custom field of a type becomes, and where each value stands in API v2 and
 * v1.
 */
import { boolean, type Column, date, integer, listOf, number, object, text } from "../declare/columns.ts"

/** How a column's value is made from a field's. */
export type Reading =
  | "text"
  | "number"
  | "integer"
  | "boolean"
  | "date"
  | "reference"
  | "option"
  | "optionId"
  | "options"
  | "optionIds"
  | "zone"
  | "addressParts"
  | "json"

/** One of the columns that a custom field becomes. */
export interface FieldPart {
  /** Which part of the field it holds; undefined for its value. */
  readonly part?: string
  /** What it adds to the field's name. */
  readonly ending: string
  readonly column: Column
  readonly reading: Reading
  /**
   * Where the value stands: members of an object (API v2), or properties beside the field's own whose names end so
   * (API v1). The first that is neither null nor empty counts; `value` is the field's own property in v1. Without them
   * the field's value is taken as it is.
   */
  readonly members?: ReadonlyArray<string>
}

/** Parts of an address in the order in which Pipedrive writes them. */
const ADDRESS_PARTS: ReadonlyArray<string> = [
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
]

const value = (column: Column, reading: Reading, more: Partial<FieldPart> = {}): FieldPart => ({
  ending: "",
  column,
  reading,
  ...more
})
const part = (name: string, column: Column, reading: Reading, members: ReadonlyArray<string> = [name]): FieldPart => ({
  part: name,
  ending: `_${name}`,
  column,
  reading,
  members
})

const plain = [value(text, "text")]
const record = [value(integer, "reference", { ending: "_id" })]
const zone = part("timezone", text, "zone", ["timezone_name", "timezone_id"])
const inner = { members: ["value"] }

/**
 * Columns of the fields of a type. What each value looks like:
 * https://pipedrive.readme.io/docs/pipedrive-api-v2-migration-guide
 */
const byType: { readonly [type: string]: ReadonlyArray<FieldPart> } = {
  varchar: plain,
  text: plain,
  varchar_auto: plain,
  phone: plain,
  double: [value(number, "number")],
  int: [value(integer, "integer")],
  monetary: [value(number, "number", inner), part("currency", text, "text")],
  enum: [value(text, "option"), { part: "id", ending: "_id", column: integer, reading: "optionId" }],
  set: [value(listOf(text), "options"), { part: "ids", ending: "_ids", column: listOf(integer), reading: "optionIds" }],
  date: [value(date, "date")],
  daterange: [value(date, "date", inner), part("until", date, "date")],
  time: [value(text, "text", inner), zone],
  timerange: [value(text, "text", inner), part("until", text, "text"), zone],
  user: record,
  people: record,
  org: record,
  deal: record,
  project: record,
  stage: record,
  activity: record,
  lead: [value(text, "text", { ending: "_id" })],
  address: [
    value(text, "text", { members: ["formatted_address", "value"] }),
    { part: "parts", ending: "_parts", column: object, reading: "addressParts", members: ["value", ...ADDRESS_PARTS] }
  ],
  boolean: [value(boolean, "boolean")]
}

const other = [value(text, "json")]

/** The columns a custom field of a type becomes, its value first. */
export const partsOf = (type: string): ReadonlyArray<FieldPart> =>
  Object.hasOwn(byType, type) ? (byType[type] as ReadonlyArray<FieldPart>) : other
