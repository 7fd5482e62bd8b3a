/**
 * Columns as JSON Schema in Airbyte's types, and streams as `discover` shows them. Wire shapes of a catalog are nowhere
 * else.
 */
import {
  type Column,
  type Columns,
  type ColumnType,
  columnsOf,
  cursorFieldOf,
  isResumable,
  type SourceStream
} from "@pipedrive-source/core"
import type { JsonObject } from "@pipedrive-source/core/connection"
import type { CatalogStream } from "./protocol.ts"

interface Primitive {
  readonly type: string
  readonly format?: string
  readonly airbyte_type?: string
}

const primitives: { readonly [type in ColumnType]: Primitive } = {
  integer: { type: "integer" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  text: { type: "string" },
  date: { type: "string", format: "date" },
  timestamp: { type: "string", format: "date-time", airbyte_type: "timestamp_with_timezone" },
  localTimestamp: { type: "string", format: "date-time", airbyte_type: "timestamp_without_timezone" },
  dateTime: { type: "string", format: "date-time" },
  uuid: { type: "string", format: "uuid" },
  object: { type: "object" },
  list: { type: "array" }
}

const propertiesOf = (columns: Columns): JsonObject =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, schemaOf(column)]))

/** A column as JSON Schema: nullable and, if it is an object, open to further properties. */
export const schemaOf = (column: Column): JsonObject => {
  const kinds = typeof column.type === "string" ? [column.type] : column.type
  const [only] = kinds.length === 1 ? kinds : []
  const types = new Set(kinds.map((kind) => primitives[kind].type))
  return {
    // A format describes one type of string; for several types, none is promised.
    ...(only !== undefined && primitives[only]),
    type: ["null", ...types],
    ...(types.has("object") && {
      ...(column.columns !== undefined && { properties: propertiesOf(column.columns) }),
      additionalProperties: true
    }),
    ...(types.has("array") && column.items !== undefined && { items: schemaOf(column.items) }),
    ...(column.description !== undefined && { description: column.description }),
    ...(column.field !== undefined && {
      "x-pipedrive-field": column.field.key,
      ...(column.field.part !== undefined && { "x-pipedrive-part": column.field.part })
    })
  }
}

const catalogStream = (stream: SourceStream): CatalogStream => {
  const cursorField = cursorFieldOf(stream)
  return {
    name: stream.name,
    json_schema: {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      additionalProperties: true,
      properties: propertiesOf(columnsOf(stream))
    },
    ...(cursorField === undefined
      ? { supported_sync_modes: ["full_refresh"] }
      : {
          supported_sync_modes: ["full_refresh", "incremental"],
          source_defined_cursor: true,
          default_cursor_field: [cursorField]
        }),
    ...(stream.primaryKey.length > 0 && {
      source_defined_primary_key: stream.primaryKey.map((field): readonly [string] => [field])
    }),
    is_resumable: isResumable(stream)
  }
}

/** All streams as discover shows them: those named in `order` first. */
export const catalogOf = (
  streams: ReadonlyArray<SourceStream>,
  order: ReadonlyArray<string> = []
): ReadonlyArray<CatalogStream> => {
  const place = new Map(order.map((name, index) => [name, index]))
  const placeOf = (stream: SourceStream): number => place.get(stream.name) ?? order.length
  return [...streams].sort((a, b) => placeOf(a) - placeOf(b)).map(catalogStream)
}
