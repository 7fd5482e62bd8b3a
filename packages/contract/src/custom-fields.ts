import type { SourceStream } from "@pipedrive-source/core"
import { decodeConfig, discoverCustomFields, type JsonObject, type Source } from "@pipedrive-source/core/reader"
import { Clock, Effect, Result } from "effect"
import type { Emulator } from "pipedrive-emulator"
import { jumpingClock } from "./clock.ts"
import { type Member, membersOf } from "./json-text.ts"
import { send } from "./network.ts"
import { inputFor } from "./run.ts"
import { streamIn } from "./truth.ts"

/** A named column of a stream: its own name, and the field and part it holds. */
export interface NamedColumn {
  readonly name: string
  /** Undefined for `labels`. */
  readonly key: string | undefined
  readonly part: string | undefined
}

/** What discover shows of a stream with custom fields as columns. */
export interface Discovered {
  readonly columns: ReadonlyArray<NamedColumn>
  /** All properties of its schema, as far as a read looks at them. */
  readonly properties: JsonObject
  /** The config with the names that discover gave. */
  readonly config: JsonObject
  /** How often a changed config was announced. */
  readonly announced: number
  readonly warnings: ReadonlyArray<string>
}

/** Discovers a stream's columns with custom fields named. */
export const discoverNamed = async (
  emulator: Emulator,
  source: Source,
  stream: SourceStream,
  given: JsonObject = {}
): Promise<Discovered> => {
  let config: JsonObject = { ...inputFor(emulator), custom_fields: "named", ...given }
  let announced = 0
  const warnings: Array<string> = []
  const found = await Effect.runPromise(
    discoverCustomFields({
      source,
      config: Result.getOrThrow(decodeConfig(config)).config,
      send,
      emit: (event) =>
        Effect.sync(() => {
          if (event._tag === "Log" && event.level === "WARN") warnings.push(event.message)
          if (event._tag !== "ConfigChanged") return
          announced++
          config = event.config
        })
    }).pipe(Effect.provideService(Clock.Clock, jumpingClock(emulator.clock.now())))
  )
  const { columns } = streamIn(found, stream.name)
  const own = streamIn(source, stream.name).columns
  return {
    columns: Object.entries(columns).flatMap(([name, { field }]) =>
      Object.hasOwn(own, name) ? [] : [{ name, key: field?.key, part: field?.part }]
    ),
    properties: Object.fromEntries(
      Object.entries(columns).map(([name, { field }]) => [
        name,
        field === undefined
          ? {}
          : { "x-pipedrive-field": field.key, ...(field.part && { "x-pipedrive-part": field.part }) }
      ])
    ),
    config,
    announced,
    warnings
  }
}

/** A field as the emulator defines it. */
export interface Definition {
  readonly type: string
  /** Texts of its options, by id. */
  readonly options: ReadonlyMap<string, string>
}

interface OptionRow {
  readonly id: unknown
  readonly label: string
}

/** What the emulator says of a stream's fields and labels. */
export const definitionsFor = (emulator: Emulator, { customFields }: SourceStream) => {
  const optionsOf = (options: ReadonlyArray<OptionRow> | null) =>
    new Map((options ?? []).map(({ id, label }) => [String(id), label]))
  const rows = emulator.rows(`v2/${customFields?.of}Fields`).map((text) => JSON.parse(text))
  const fields = new Map<string, Definition>(
    rows
      .filter(({ is_custom_field }) => is_custom_field)
      .map(({ field_code, field_type, options }) => [field_code, { type: field_type, options: optionsOf(options) }])
  )
  const labels =
    customFields?.labels === "leadLabels"
      ? new Map(emulator.rows("v1/leadLabels").map((text) => [JSON.parse(text).id, JSON.parse(text).name]))
      : optionsOf(rows.find(({ field_code }) => field_code === "label_ids")?.options ?? null)
  return { fields, labels }
}

const NULL = "null"
const isInteger = (text: string): boolean => /^-?\d+$/.test(text)
const isDate = (text: string): boolean => {
  const day = /^"(\d{4}-\d\d-\d\d)"$/.exec(text)?.[1]
  const time = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(`${day}`) && !`${day}`.startsWith("0000")
}
const isText = (text: string): boolean => text.startsWith('"')
const isNumber = (text: string): boolean => /^-?\d/.test(text)

const sentIf = (is: (text: string) => boolean, text: string): string => (is(text) ? text : NULL)
const unquoted = (text: string): string => (isText(text) && isInteger(JSON.parse(text)) ? JSON.parse(text) : text)

const labelOf = (texts: ReadonlyMap<string, string>, text: string): string => {
  const id = isText(text) ? JSON.parse(text) : text
  if (isText(text) || isInteger(text)) return JSON.stringify(texts.get(id) ?? id)
  return NULL
}

/** What a list holds: one of API v2, or a text with commas. */
const elementsOf = (text: string): ReadonlyArray<string> =>
  text.startsWith("[")
    ? membersOf(`{${JSON.parse(text).map((value: unknown, at: number) => `"${at}":${JSON.stringify(value)}`)}}`).map(
        ([, value]) => value
      )
    : isText(text)
      ? JSON.parse(text)
          .split(",")
          .map((each: string) => JSON.stringify(each))
      : [text]

const ADDRESS = [
  "value",
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

const RECORDS = new Set(["user", "people", "org", "deal", "project", "stage", "activity"])
const PLAIN = new Set(["varchar", "text", "varchar_auto", "phone", "lead"])

/** The parts of a value: members of its object, or properties beside it. */
const partOf = (row: ReadonlyMap<string, string>, key: string, part: string): string => {
  const own = row.get(key) ?? NULL
  if (own.startsWith("{")) return new Map(membersOf(own)).get(part) ?? NULL
  return part === "value" ? own : (row.get(`${key}_${part}`) ?? NULL)
}

const addressOf = (row: ReadonlyMap<string, string>, key: string): string => {
  const own = row.get(key) ?? NULL
  if (own.startsWith("{") || own === NULL) return own
  if (!isText(own)) return NULL
  const parts = ADDRESS.flatMap((part): ReadonlyArray<Member> => {
    const text = part === "value" ? own : row.get(`${key}_${part}`)
    return text === undefined ? [] : [[part, text]]
  })
  return `{${parts.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`
}

/**
 * JSON text of a column's value, made of the row's custom fields by the plain rules.
 *
 * @param row the properties that hold custom fields: those of `custom_fields`, or the row's own
 */
export const columnValue = (
  row: ReadonlyMap<string, string>,
  { type, options }: Definition,
  { key = "", part }: NamedColumn
): string => {
  const own = row.get(key) ?? NULL
  const at = (name: string): string => partOf(row, key, name)
  if (PLAIN.has(type)) return sentIf(isText, own)
  if (RECORDS.has(type)) return sentIf(isInteger, unquoted(own))
  switch (type) {
    case "double":
      return sentIf(isNumber, own)
    case "int":
      return sentIf(isInteger, own)
    case "boolean":
      return sentIf((text) => text === "true" || text === "false", own)
    case "date":
      return sentIf(isDate, own)
    case "monetary":
      return part === undefined ? sentIf(isNumber, at("value")) : sentIf(isText, at("currency"))
    case "daterange":
      return sentIf(isDate, at(part ?? "value"))
    case "time":
    case "timerange": {
      if (part !== "timezone") return sentIf(isText, at(part ?? "value"))
      const name = at("timezone_name")
      return name !== NULL ? name : at("timezone_id") === NULL ? NULL : `"${at("timezone_id")}"`
    }
    case "enum":
      return part === undefined ? labelOf(options, own) : sentIf(isInteger, unquoted(own))
    case "set": {
      if (own === NULL) return NULL
      const all = elementsOf(own).map((each) =>
        part === undefined ? labelOf(options, each) : sentIf(isInteger, unquoted(each))
      )
      return `[${all.join(",")}]`
    }
    case "address":
      if (part !== undefined) return addressOf(row, key)
      return sentIf(isText, at("formatted_address") === NULL ? at("value") : at("formatted_address"))
    default:
      return own === NULL || isText(own) ? own : JSON.stringify(own)
  }
}

/** JSON text of the texts of a row's labels. */
export const labelsOf = (labelIds: string, labels: ReadonlyMap<string, string>): string =>
  labelIds === NULL
    ? NULL
    : `[${elementsOf(labelIds)
        .map((each) => labelOf(labels, each))
        .join(",")}]`
