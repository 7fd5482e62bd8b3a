import { DuckDBInstance } from "@duckdb/node-api"
import {
  columnValue,
  definitionsFor,
  labelsOf,
  membersOf,
  type TrueRow,
  truthOf
} from "@pipedrive-source/contract/expected"
import { DELETED_AT, type SourceStream } from "@pipedrive-source/core"
import type { Source } from "@pipedrive-source/core/reader"
import type { Emulator } from "pipedrive-emulator"

/** A stream of a configured catalog. */
export interface CatalogEntry {
  readonly stream: {
    readonly name: string
    readonly json_schema: { readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
  }
}

type Row = Readonly<Record<string, string | null>>

/** Rows that a query gives, each value as text. */
type Query = (sql: string) => Promise<ReadonlyArray<Row>>

const timeOf = (text: string): string => {
  const time = text.replace(" ", "T").replace(/\+00$/, "")
  return new Date(/Z$|[+-]\d\d:\d\d$/.test(time) || time.length === 10 ? time : `${time}Z`).toISOString()
}

/** A value in the one form that can be compared, whether it comes from the API or from a column of this type. */
const comparable = (text: string, type: string): string => {
  switch (type) {
    case "DOUBLE":
      return String(Number(text))
    case "TIMESTAMP":
    case "TIMESTAMP WITH TIME ZONE":
      return timeOf(text)
    case "JSON":
      return JSON.stringify(JSON.parse(text))
    default:
      return text
  }
}

/** The value that a JSON text is to be in a column. */
const expectedIn = (json: string | undefined, type: string): string | null => {
  if (json === undefined || json === "null") return null
  const text = type !== "JSON" && json.startsWith('"') ? JSON.parse(json) : json
  return comparable(type === "VARCHAR" && /^[[{]/.test(json) ? JSON.stringify(JSON.parse(json)) : text, type)
}

/** Columns that hold a custom field, or the texts of labels. */
const namedMembers = (
  emulator: Emulator,
  stream: SourceStream,
  properties: CatalogEntry["stream"]["json_schema"]["properties"]
): ((row: ReadonlyMap<string, string>) => ReadonlyArray<readonly [string, string]>) => {
  const columns = Object.entries(properties).flatMap(([name, property]) => {
    const key = property["x-pipedrive-field"]
    const part = property["x-pipedrive-part"]
    return typeof key === "string" ? [{ name, key, part: typeof part === "string" ? part : undefined }] : []
  })
  const hasLabels = "labels" in properties && !("labels" in stream.columns)
  if (stream.customFields === undefined || (columns.length === 0 && !hasLabels)) return () => []
  const { fields, labels } = definitionsFor(emulator, stream)
  return (row) => {
    const custom = stream.customFields?.in === "row" ? row : new Map(membersOf(row.get("custom_fields") ?? "{}"))
    return [
      ...columns.map((column) => {
        const definition = fields.get(column.key)
        return [column.name, definition === undefined ? "null" : columnValue(custom, definition, column)] as const
      }),
      ...(hasLabels ? [["labels", labelsOf(row.get("label_ids") ?? "null", labels)] as const] : [])
    ]
  }
}

const isDeleted = (row: TrueRow["value"]): boolean => row["is_deleted"] === true || row["status"] === "deleted"

/** Whether a stream's list also has rows that are deleted. */
const listsDeleted = ({ parts = [], query }: SourceStream): boolean =>
  [query, ...parts.map((part) => part.query)].some((each) => each?.["status"]?.includes("deleted"))

const isOurs = (column: string): boolean => column.startsWith("_ab_")

interface Sides {
  /** Rows that the table is to have, by key; any one of a key where lists show it more than once. */
  readonly expected: ReadonlyMap<string, ReadonlySet<string>>
  readonly held: ReadonlyMap<string, string>
}

const sidesOf = async (
  query: Query,
  emulator: Emulator,
  stream: SourceStream,
  { properties }: CatalogEntry["stream"]["json_schema"],
  rows: ReadonlyArray<TrueRow>
): Promise<Sides> => {
  const found = await query(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '${stream.name}' ORDER BY column_name`
  )
  const columns = found
    .map(({ column_name, data_type }) => [String(column_name), String(data_type)] as const)
    .filter(([name]) => !isOurs(name))
  const keys = stream.primaryKey.filter((name) => !isOurs(name))
  const isKeyed = keys.length === stream.primaryKey.length
  const keyOf = (values: ReadonlyMap<string, string | null>, text: string): string =>
    isKeyed ? keys.map((name) => values.get(name)).join(",") : text
  const named = namedMembers(emulator, stream, properties)
  const expected = new Map<string, Set<string>>()
  for (const { added, text } of rows) {
    const own = new Map([...membersOf(text), ...added])
    const all = new Map([...own, ...named(own)])
    const values = new Map(columns.map(([name, type]) => [name, expectedIn(all.get(name), type)]))
    const row = JSON.stringify(Object.fromEntries(values))
    const key = keyOf(values, row)
    expected.set(key, (expected.get(key) ?? new Set()).add(row))
  }
  const cells = columns.map(([name]) => `"${name}"::VARCHAR AS "${name}"`).join(", ")
  const held = (await query(`SELECT ${cells} FROM "${stream.name}"`)).map((cell) => {
    const values = new Map(
      columns.map(([name, type]) => {
        const text = cell[name] ?? null
        return [name, text === null ? null : comparable(text, type)]
      })
    )
    const row = JSON.stringify(Object.fromEntries(values))
    return [keyOf(values, row), row] as const
  })
  return { expected, held: new Map(held) }
}

/** The columns in which two rows differ. */
const unlike = (one: string, other: string): string => {
  const values: Row = JSON.parse(other)
  return Object.entries<string | null>(JSON.parse(one))
    .filter(([name, value]) => value !== values[name])
    .map(([name, value]) => `${name}: ${JSON.stringify(value)} is to be ${JSON.stringify(values[name])}`)
    .join("; ")
}

const differencesIn = async (
  query: Query,
  emulator: Emulator,
  source: Source,
  { stream: { json_schema, name } }: CatalogEntry
): Promise<ReadonlyArray<string>> => {
  const stream = source.streams.find((each) => each.name === name)
  if (stream === undefined) throw new Error(`there is no stream ${name}`)
  // A row that is deleted leaves its table.
  const isTracked = DELETED_AT in json_schema.properties
  const rows = truthOf(emulator, source, stream).filter(
    ({ value }) => !(isTracked && listsDeleted(stream) && isDeleted(value))
  )
  const { expected, held } = await sidesOf(query, emulator, stream, json_schema, rows)
  return [
    ...[...expected].flatMap(([key, rows]) => {
      const row = held.get(key)
      if (row === undefined) return [`${name} ${key} is missing`]
      return rows.has(row) ? [] : [`${name} ${key}: ${unlike(row, [...rows][0] as string)}`]
    }),
    // Where deletions are not tracked, rows that are gone stay.
    ...[...held.keys()].flatMap((key) =>
      !isTracked || expected.has(key) ? [] : [`${name} ${key} is no row of the company`]
    )
  ]
}

/** Everything in which the tables of a DuckDB file are not as the company is now. */
export const differences = async (
  file: string,
  emulator: Emulator,
  source: Source,
  entries: ReadonlyArray<CatalogEntry>
): Promise<ReadonlyArray<string>> => {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" })
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    const query: Query = async (sql) =>
      (await connection.runAndReadAll(sql)).getRowObjectsJson() as unknown as ReadonlyArray<Row>
    const found: Array<string> = []
    for (const entry of entries) found.push(...(await differencesIn(query, emulator, source, entry)))
    return found
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
