// What discover declares, against the two sources of types: the vendor's OpenAPI models and the schemas of Airbyte's own
// connector. A column declared narrower than its values loses them in a typed warehouse.
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { plugins } from "../src/plugins.ts"

type SourceStream = (typeof plugins)[number]["streams"][number]
type Columns = SourceStream["columns"]
type Column = Columns[string]

interface Schema {
  readonly type?: string | ReadonlyArray<string>
  readonly format?: string
  readonly airbyte_type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

const shared = fileURLToPath(new URL("../../../../shared/", import.meta.url))
const readJson = <Value>(name: string): Readonly<Record<string, Value>> | undefined =>
  existsSync(shared + name) ? JSON.parse(readFileSync(shared + name, "utf8")) : undefined
const models = readJson<{ readonly record: Schema | null }>("pipedrive/models.json")
const upstream = readJson<Schema>("airbyte/upstream-schemas.json")
const examples = readJson<unknown>("pipedrive/examples.json")
const hasSources = models !== undefined && upstream !== undefined
if (!hasSources) console.warn(`SKIPPED, as ${shared} has no models: declared types against the vendor's and Airbyte's`)

const streams = plugins.flatMap((plugin) => plugin.streams)
const typesOf = ({ type }: Column): ReadonlyArray<string> => (typeof type === "string" ? [type] : type)

/** A column with all that is known of it. */
interface Declared {
  /** As `leads.value.amount`; `[]` stands for the items of a list. */
  readonly path: string
  readonly name: string
  readonly column: Column
  readonly model: Schema | undefined
  readonly upstream: Schema | undefined
}

const columnsIn = (path: string, columns: Columns, model?: Schema, theirs?: Schema): ReadonlyArray<Declared> =>
  Object.entries(columns).flatMap(([name, column]) =>
    columnIn(`${path}.${name}`, name, column, model?.properties?.[name], theirs?.properties?.[name])
  )

const columnIn = (
  path: string,
  name: string,
  column: Column,
  model: Schema | undefined,
  theirs: Schema | undefined
): ReadonlyArray<Declared> => [
  { path, name, column, model, upstream: theirs },
  ...(column.columns === undefined ? [] : columnsIn(path, column.columns, model, theirs)),
  ...(column.items === undefined ? [] : columnIn(`${path}[]`, name, column.items, model?.items, theirs?.items))
]

/** The vendor's model of a row, which may stand inside `data`. */
const modelOf = ({ path, rows, unwrap }: SourceStream): Schema | undefined => {
  const record = models?.[path.replace("/", " /")]?.record ?? undefined
  if (rows !== undefined) return record?.properties?.[rows]?.items ?? record
  if (unwrap === undefined) return record
  return { properties: { ...record?.properties, ...record?.properties?.data?.properties } }
}

const declared = streams.flatMap((stream) =>
  columnsIn(stream.name, stream.columns, modelOf(stream), upstream?.[stream.name])
)

const ANY_VALUE = "values of fields of any kind"
const BOTH_FLAGS = "a boolean or 0 and 1 in existing connections, always null in the vendor's examples"
const BOTH_IDS = "a number or text in existing connections, in none of the vendor's examples"
const PHP_OBJECT = "an object, but an empty list where it is empty, in the vendor's examples"
const STAGES = "an object where stages decide, in existing connections"
const OPTION_IDS = "ids of options are numbers, words or booleans by the kind of field"

const valueChange = { old_value: ANY_VALUE, new_value: ANY_VALUE, is_bulk_update_flag: BOTH_FLAGS }
const flow = { ...valueChange, origin_id: BOTH_IDS, additional_data: PHP_OBJECT }
const under = (stream: string, columns: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(columns).map(([name, reason]) => [`${stream}.${name}`, reason]))
const optionsOf = (stream: string) => under(stream, { "options[].id": OPTION_IDS, "options_deleted[].id": OPTION_IDS })

/** Every column that is declared with several types, and why. */
const UNIONS: Readonly<Record<string, string>> = {
  "deal_fields.mandatory_flag": STAGES,
  "lead_fields.mandatory_flag": STAGES,
  ...under("deal_flow", flow),
  ...under("person_flow", flow),
  ...under("organization_flow", flow),
  ...optionsOf("deal_fields"),
  ...optionsOf("lead_fields"),
  ...optionsOf("person_fields"),
  ...optionsOf("organization_fields"),
  ...optionsOf("product_fields"),
  ...optionsOf("activity_fields"),
  ...optionsOf("note_fields"),
  "project_fields.options[].id": OPTION_IDS
}

/** Columns that are wider than Airbyte's own connector declares them, and why. */
const WIDER_THAN_UPSTREAM: Readonly<Record<string, string>> = {
  "organizations.annual_revenue": "an amount of money has cents",
  "stages.deal_probability": "the probability of a deal, which it is the default of, is a number"
}

/** Integers that the vendor calls numbers, as JSON Schema calls every number, and that count or name something. */
const WHOLE = /(^|_)(id|ids|flag|nr|visibility|level|version|limit|visible_to|is_active|message_time)$/

/** What is measured has decimals. */
const MEASURED =
  /(^|_)(amount|cost|discount|duration|percent|percentage|price|probability|progress|quantity|rate|revenue|sum|target|tax|total|arr|mrr|acv)$/

/** Types of a schema in the words of columns. */
const wordsOf = (schema: Schema | undefined): ReadonlyArray<string> =>
  [schema?.type ?? []].flat().flatMap((type) => {
    if (type === "null") return []
    if (type === "array") return ["list"]
    if (type !== "string") return [type]
    switch (schema?.format) {
      case "date":
      case "uuid":
        return [schema.format]
      case "date-time":
        if (schema.airbyte_type === "timestamp_with_timezone") return ["timestamp"]
        return schema.airbyte_type === undefined ? ["dateTime"] : ["localTimestamp"]
      default:
        return ["text"]
    }
  })

/** What may be declared where a source has the type: the same, or what holds more. */
const HOLDS: Readonly<Record<string, ReadonlyArray<string>>> = {
  text: ["text"],
  number: ["number"],
  integer: ["integer", "number"],
  boolean: ["boolean"],
  object: ["object"],
  list: ["list"],
  date: ["date", "text"],
  uuid: ["uuid", "text"],
  dateTime: ["dateTime", "timestamp", "localTimestamp", "text"],
  timestamp: ["timestamp", "dateTime", "text"],
  localTimestamp: ["localTimestamp", "dateTime", "text"]
}

/** Words of the vendor that a text is a time: its models say so seldom by a format. */
const isTime = (name: string, model: Schema | undefined): boolean =>
  /\btime\b|\bdate\b|ISO 8601|YYYY-MM-DD/i.test(`${name.replaceAll("_", " ")} ${model?.description}`)

/** Values of a column in a row that may itself be a list or a wrapper. */
const valuesAt = (value: unknown, names: ReadonlyArray<string>): ReadonlyArray<unknown> => {
  if (Array.isArray(value)) return value.flatMap((each) => valuesAt(each, names))
  const [name, ...rest] = names
  if (name === undefined) return value === null || value === undefined ? [] : [value]
  return typeof value === "object" && value !== null ? valuesAt((value as Record<string, unknown>)[name], rest) : []
}

const FORMS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  localTimestamp: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/
}

const TIMES = ["date", "timestamp", "localTimestamp", "dateTime"]

describe("a declared type", () => {
  it("is one, but for the columns listed here with their reason", () => {
    const unions = declared.filter(({ column }) => typesOf(column).length > 1).map(({ path }) => path)
    expect(unions.sort()).toEqual(Object.keys(UNIONS).sort())
    const inOneColumn = unions.filter((path) => !path.includes("[]"))
    expect(inOneColumn).toHaveLength(17)
  })

  it("takes decimals where something is measured", () => {
    const whole = declared.filter(({ name, column }) => MEASURED.test(name) && typesOf(column).includes("integer"))
    expect(whole.map(({ path }) => path)).toEqual([])
    const { column } = declared.find(({ path }) => path === "organizations.annual_revenue") as Declared
    expect(column).toEqual({ type: "number" })
  })

  it.skipIf(!hasSources)("is that of Airbyte's own connector, or one listed here that holds more", () => {
    const others = declared.filter(({ column, upstream: theirs }) => {
      const types = typesOf(column)
      return theirs !== undefined && [...types].sort().join() !== [...wordsOf(theirs)].sort().join()
    })
    expect(others.map(({ path }) => path).sort()).toEqual(Object.keys(WIDER_THAN_UPSTREAM).sort())
    for (const { path, column, upstream: theirs } of others)
      for (const type of wordsOf(theirs))
        expect(
          typesOf(column).some((each) => HOLDS[type]?.includes(each)),
          path
        ).toBe(true)
  })

  it.skipIf(!hasSources)("is there for every column of Airbyte's own connector", () => {
    const missing = streams.flatMap(({ name, columns }) =>
      Object.keys(upstream?.[name]?.properties ?? {})
        .filter((column) => !(column in columns))
        .map((column) => `${name}.${column}`)
    )
    expect(missing).toEqual([])
  })

  it.skipIf(!hasSources)("is not narrower than the vendor's model and Airbyte's schema both", () => {
    const narrower = declared.filter(({ path, name, column, model, upstream: theirs }) => {
      if (path in UNIONS) return false
      const types = typesOf(column)
      const sources = [model, theirs].filter((source) => wordsOf(source).length > 0)
      const holds = (type: string): boolean => types.some((each) => HOLDS[type]?.includes(each))
      if (sources.length === 0 || sources.some((source) => wordsOf(source).every(holds))) return false
      if (types[0] === "integer" && WHOLE.test(name)) return false
      return !(TIMES.includes(types[0] ?? "") && wordsOf(model).join() === "text" && isTime(name, model))
    })
    expect(
      narrower.map(({ path, column, model, upstream: theirs }) => [
        path,
        typesOf(column),
        wordsOf(model),
        wordsOf(theirs)
      ])
    ).toEqual([])
  })

  it.skipIf(!hasSources)("is the form in which the vendor's examples have a time", () => {
    const others = streams.flatMap((stream) => {
      const { name, path, rows, unwrap, columns } = stream
      const within = [...(rows === undefined ? [] : [rows]), ...(unwrap === undefined ? [] : ["data"])]
      const example = examples?.[path.replace("/", " /")]
      return columnsIn(name, columns).flatMap(({ path: at, column: { type } }) => {
        const form = typeof type === "string" ? FORMS[type] : undefined
        const names = at.replaceAll("[]", "").split(".").slice(1)
        return valuesAt(example, ["data", ...within, ...names])
          .filter((value) => form !== undefined && !form.test(String(value)))
          .map((value) => `${at} is declared ${type}: ${value}`)
      })
    })
    expect([...new Set(others)]).toEqual([])
  })
})
