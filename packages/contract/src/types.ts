import type { Column, Columns, ColumnType, SourceStream } from "@pipedrive-source/core"
import { columnsOf } from "@pipedrive-source/core"
import { membersOf } from "./json-text.ts"
import { CUSTOM_FIELD, type Sent } from "./truth.ts"

const isText =
  (form: RegExp) =>
  (value: unknown): boolean =>
    typeof value === "string" && form.test(value)

/** Whether a value is of a type; null is of every type. */
const IS: { readonly [Type in ColumnType]: (value: unknown) => boolean } = {
  integer: (value) => typeof value === "number" && Number.isInteger(value),
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  text: (value) => typeof value === "string",
  date: isText(/^(?!0000)\d{4}-\d\d-\d\d$/),
  timestamp: isText(/^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/),
  localTimestamp: isText(/^(?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  dateTime: isText(/^(?!0000)\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/),
  uuid: isText(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  list: Array.isArray
}

/** Kinds a column can have. */
export const COLUMN_TYPES = Object.keys(IS) as ReadonlyArray<ColumnType>

const typesOf = ({ type }: Column): ReadonlyArray<ColumnType> => (typeof type === "string" ? [type] : type)

const wrongIn = (path: string, column: Column, value: unknown): ReadonlyArray<string> => {
  if (value === null || value === undefined) return []
  const types = typesOf(column)
  if (!types.some((type) => IS[type](value))) {
    return [`${path} is no ${types.join(" or ")}: ${JSON.stringify(value).slice(0, 80)}`]
  }
  if (Array.isArray(value)) {
    const { items } = column
    return items === undefined ? [] : value.flatMap((each) => wrongIn(`${path}[]`, items, each))
  }
  return column.columns === undefined ? [] : wrongProperties(path, column.columns, value as Record<string, unknown>)
}

const wrongProperties = (path: string, columns: Columns, row: Readonly<Record<string, unknown>>) =>
  Object.entries(columns).flatMap(([name, column]) => wrongIn(`${path}.${name}`, column, row[name]))

/** What is wrong with the values of a stream's lines: each problem once. */
export const wrongTypes = (stream: SourceStream, sent: ReadonlyArray<Sent>): ReadonlyArray<string> => {
  const columns = columnsOf(stream)
  const standsBeside = (name: string): boolean => stream.customFields?.in === "row" && CUSTOM_FIELD.test(name)
  const problems = sent.flatMap(({ text, added }) => {
    const row: Record<string, unknown> = { ...JSON.parse(text), ...JSON.parse(`{${added}}`) }
    const names = [...membersOf(text), ...membersOf(`{${added}}`)].map(([name]) => name)
    return [
      ...wrongProperties(stream.name, columns, row),
      ...names
        .filter((name) => !(name in columns) && !standsBeside(name))
        .map((name) => `${stream.name}.${name} is not declared`),
      ...names.filter((name, at) => names.indexOf(name) < at).map((name) => `${stream.name}.${name} stands there twice`)
    ]
  })
  return [...new Set(problems.map((problem) => problem.replace(/: .*/, "")))].map(
    (start) => problems.find((problem) => problem.startsWith(start)) as string
  )
}

/** Rows without a key, or with a part of it that is null. */
export const missingKeys = (stream: SourceStream, sent: ReadonlyArray<Sent>): ReadonlyArray<string> =>
  sent.flatMap(({ members, text }) => {
    const values = new Map(members)
    const missing = stream.primaryKey.filter((column) => (values.get(column) ?? "null") === "null")
    return missing.map((column) => `${stream.name}: no ${column} in ${text.slice(0, 120)}`)
  })
