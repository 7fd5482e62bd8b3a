/**
 * Columns: what a declaration says of the properties of its rows, and discover shows. They describe rows and never
 * change them.
 */
/** The type of a column's values, in terms of Airbyte's type system. */
export type ColumnType =
  | "integer"
  | "number"
  | "boolean"
  | "text"
  | "date"
  /** Text with a zone: `2025-01-01T10:20:00Z`. */
  | "timestamp"
  /** Text without a zone, UTC: `2025-01-01 10:20:00`. */
  | "localTimestamp"
  /** A date and time whose zone the vendor does not document. */
  | "dateTime"
  | "uuid"
  | "object"
  | "list"

/** One property of a row. Every column is nullable: what the vendor documents as never null can be null. */
export interface Column {
  /** One type, or several where the API itself varies. */
  readonly type: ColumnType | ReadonlyArray<ColumnType>
  /** The known properties of an object; others pass as they are. */
  readonly columns?: Columns
  /** What a list contains. */
  readonly items?: Column
  /** Digits of a second's fraction that the API writes in a time; none if it writes none. */
  readonly fraction?: number
  /** What the column means, if its name does not say it. */
  readonly description?: string
  /** The custom field that the column holds, or a part of it: set by discover alone. */
  readonly field?: { readonly key: string; readonly part?: string }
}

/** Columns by name, in the order that discover shows. */
export type Columns = { readonly [name: string]: Column }

export const integer: Column = { type: "integer" }
export const number: Column = { type: "number" }
export const boolean: Column = { type: "boolean" }
export const text: Column = { type: "text" }
export const date: Column = { type: "date" }
export const timestamp: Column = { type: "timestamp" }
/** A timestamp with milliseconds: `2025-01-01T10:20:00.000Z`. */
export const preciseTimestamp: Column = { type: "timestamp", fraction: 3 }
export const localTimestamp: Column = { type: "localTimestamp" }
export const dateTime: Column = { type: "dateTime" }
export const uuid: Column = { type: "uuid" }
export const object: Column = { type: "object" }
export const list: Column = { type: "list" }

/** An object whose properties are known. */
export const objectOf = (columns: Columns): Column => ({ type: "object", columns })

/** A list of values of one kind. */
export const listOf = (items: Column): Column => ({ type: "list", items })

/** A column whose type varies from row to row. */
export const anyOf = (...types: ReadonlyArray<ColumnType>): Column => ({ type: types })

/** The same column with a sentence on its meaning. */
export const describe = (column: Column, description: string): Column => ({ ...column, description })
