/**
 * The values that the reader needs of a page's rows: the key, the time, and the columns it asked for. They are looked up
 * in the bytes of the body when they are needed; no row is parsed.
 */
import { cursorFieldOf, type SourceStream } from "../declare/stream.ts"
import { secondsAt } from "../state/cursor.ts"
import { hashOf } from "./hash.ts"
import { textOf } from "./text.ts"

/** Values of the rows of one page, by the row's number. */
export interface RowValues {
  /** JSON text of a wanted column; undefined where the row lacks it. */
  readonly text: (row: number, column: string) => string | undefined
  /** Whether a wanted column is just this JSON text, of plain letters. */
  readonly says: (row: number, column: string, json: string) => boolean
  /** Cursor field in epoch seconds; NaN where it is null, absent or no time. */
  readonly seconds: (row: number) => number
  /** Key of a row: the JSON texts of its key columns. */
  readonly key: (row: number) => string
  /** The first key of a row: a number where it is a whole one below 10^15, as nearly all are; else its JSON text. */
  readonly id: (row: number) => number | string
  /** Hash of the row as the API sent it. */
  readonly hash: (row: number) => number
}

/** The whole number in `body[start .. end)`; undefined for anything else, and for one of more than 15 digits. */
const wholeAt = (body: Uint8Array, start: number, end: number): number | undefined => {
  if (start < 0 || end <= start || end - start > 15 || (body[start] === 0x30 && end - start > 1)) return undefined
  let number = 0
  for (let at = start; at < end; at++) {
    const digit = (body[at] as number) - 0x30
    if (digit < 0 || digit > 9) return undefined
    number = number * 10 + digit
  }
  return number
}

/** Rows that were found in a body: where they stand, and where the wanted values of each. */
interface Found {
  readonly spans: Int32Array
  readonly values: Int32Array
  /** What the wrapper of each row says it is, where rows have one. */
  readonly objects: ReadonlyArray<string> | undefined
}

/** @param wanted names of the columns whose values were found, in their order */
export const valuesOf = (
  stream: SourceStream,
  body: Uint8Array,
  wanted: ReadonlyArray<string>,
  { objects, spans, values }: Found
): RowValues => {
  const columnAt = new Map(wanted.map((name, at) => [name, at]))
  const width = wanted.length * 2
  const cursorAt = columnAt.get(cursorFieldOf(stream) ?? "")
  const keys = stream.primaryKey.filter((name) => columnAt.has(name))
  const idAt = columnAt.get(keys[0] ?? "")
  const text = (row: number, column: string): string | undefined => {
    const at = columnAt.get(column)
    if (at === undefined) return undefined
    const start = values[row * width + 2 * at] as number
    return start < 0 ? undefined : textOf(body.subarray(start, values[row * width + 2 * at + 1]))
  }
  return {
    text,
    says: (row, column, json) => {
      const at = columnAt.get(column)
      if (at === undefined) return false
      const start = values[row * width + 2 * at] as number
      if (start < 0 || (values[row * width + 2 * at + 1] as number) - start !== json.length) return false
      for (let i = 0; i < json.length; i++) if (body[start + i] !== json.charCodeAt(i)) return false
      return true
    },
    seconds: (row) => {
      if (cursorAt === undefined) return Number.NaN
      const start = values[row * width + 2 * cursorAt] as number
      return start < 0 ? Number.NaN : secondsAt(body, start + 1, (values[row * width + 2 * cursorAt + 1] as number) - 1)
    },
    key: (row) => {
      const parts = keys.map((name) => text(row, name) ?? "null")
      return (objects === undefined ? parts : [objects[row], ...parts]).join(",")
    },
    id: (row) => {
      if (idAt === undefined) return "null"
      const at = row * width + 2 * idAt
      const number = wholeAt(body, values[at] as number, values[at + 1] as number)
      return number ?? text(row, keys[0] as string) ?? "null"
    },
    hash: (row) => hashOf(body, spans[2 * row] as number, spans[2 * row + 1] as number)
  }
}
