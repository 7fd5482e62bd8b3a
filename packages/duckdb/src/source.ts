import { DELETED_AT, type WaitingRows } from "./batch.ts"
import type { Table } from "./tables.ts"
import { literal, readAs } from "./types.ts"

/** Smaller ones would save no memory worth having. */
const LEAST_BUFFER = 1 << 20

/** A file of JSON lines as a table in SQL: each column as the text of its value, or as JSON. */
export const sourceOf = (rows: WaitingRows, { columns }: Table): string => {
  const types = [...[...columns].map(([name, type]) => [name, readAs(type)] as const), [DELETED_AT, "VARCHAR"] as const]
  const list = types.map(([name, type]) => `${literal(name)}: '${type}'`).join(", ")
  const size = Math.max(LEAST_BUFFER, rows.longest + 1)
  return `read_json(${literal(rows.path)}, format = 'newline_delimited', records = 'true', maximum_object_size = ${size}, columns = {${list}})`
}
