/** The SQL types that columns have. */
export type SqlType =
  | "BIGINT"
  | "DOUBLE"
  | "BOOLEAN"
  | "VARCHAR"
  | "DATE"
  | "TIMESTAMP"
  | "TIMESTAMP WITH TIME ZONE"
  | "UUID"
  | "JSON"

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null

const textTypeOf = (format: unknown, airbyteType: unknown): SqlType => {
  switch (format) {
    case "date":
      return "DATE"
    case "date-time":
      return airbyteType === "timestamp_without_timezone" ? "TIMESTAMP" : "TIMESTAMP WITH TIME ZONE"
    case "uuid":
      return "UUID"
    default:
      return "VARCHAR"
  }
}

/** The type of a column that a property of a JSON Schema describes: JSON for lists, objects and what varies. */
export const sqlTypeOf = (property: unknown): SqlType => {
  if (!isObject(property)) return "JSON"
  const types = [property.type].flat().filter((type) => type !== "null")
  if (types.length !== 1) return "JSON"
  switch (types[0]) {
    case "integer":
      return "BIGINT"
    case "number":
      return "DOUBLE"
    case "boolean":
      return "BOOLEAN"
    case "string":
      return textTypeOf(property.format, property.airbyte_type)
    default:
      return "JSON"
  }
}

/** Types that hold every value of another one. */
const WIDER: { readonly [type in SqlType]?: ReadonlyArray<SqlType> } = {
  DATE: ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE"],
  TIMESTAMP: ["TIMESTAMP WITH TIME ZONE"]
}

/** The narrowest type that loses no value of either: text where nothing narrower does, JSON where one of them is. */
export const widest = (one: SqlType, other: SqlType): SqlType => {
  if (one === other) return one
  if (one === "JSON" || other === "JSON") return "JSON"
  if (WIDER[one]?.includes(other)) return other
  if (WIDER[other]?.includes(one)) return one
  return "VARCHAR"
}

/** A name as SQL takes it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text as SQL takes it. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** What a column is read as: the text of its JSON value, or the JSON itself. */
export const readAs = (type: SqlType): "JSON" | "VARCHAR" => (type === "JSON" ? "JSON" : "VARCHAR")

/** Whether a text that can be cast also keeps its meaning: 1.5 is no integer although DuckDB rounds it. */
const keepsMeaning = (type: SqlType, text: string): string => {
  switch (type) {
    case "BIGINT":
      return `(NOT contains(${text}, '.') OR ends_with(${text}, '.0'))`
    case "DOUBLE":
      return `isfinite(TRY_CAST(${text} AS DOUBLE))`
    case "BOOLEAN":
      return `${text} IN ('true', 'false', '0', '1')`
    case "DATE":
      return `strlen(${text}) = 10`
    case "TIMESTAMP":
    case "TIMESTAMP WITH TIME ZONE":
      // Shorter ones are words: epoch, infinity.
      return `strlen(${text}) >= 10`
    case "VARCHAR":
    case "UUID":
    case "JSON":
      return "true"
  }
}

const cast = (how: "CAST" | "TRY_CAST", type: SqlType, text: string): string =>
  // A cast to TIMESTAMP alone would drop an offset from UTC.
  type === "TIMESTAMP" ? `CAST(${how}(${text} AS TIMESTAMP WITH TIME ZONE) AS TIMESTAMP)` : `${how}(${text} AS ${type})`

/** The value that a text means in a column of a type; fails in SQL where it means none. */
export const strictly = (type: SqlType, text: string): string => {
  if (type === "VARCHAR" || type === "JSON") return text
  if (type === "UUID") return cast("CAST", type, text)
  const misfit = `error('misfit')`
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN ${keepsMeaning(type, text)} THEN ${cast("CAST", type, text)} ELSE ${misfit} END`
}

/** The value that a text means in a column of a type; null where it means none. */
export const leniently = (type: SqlType, text: string): string =>
  type === "VARCHAR" || type === "JSON"
    ? text
    : `CASE WHEN ${keepsMeaning(type, text)} THEN ${cast("TRY_CAST", type, text)} END`
