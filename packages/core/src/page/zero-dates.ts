/**
 * Dates of zero: Pipedrive writes 0000-00-00 where a date was never set, which no warehouse takes. In a column that is
 * declared as a date or a time they are sent as null, and counted.
 */
import type { Column, Columns, ColumnType } from "../declare/columns.ts"
import type { Edit } from "./edit.ts"
import { elementsOf, membersOf, nameIn } from "./scan.ts"
import { bytesOf, textOf } from "./text.ts"

/**
 * Old databases write a date that was never set as zeros: `0000-00-00`, with or without a time. No destination can
 * hold that as a date or timestamp, so where a column is declared as one it is sent as null.
 */

const DATED: ReadonlyArray<ColumnType> = ["date", "timestamp", "localTimestamp", "dateTime"]

const ZERO_DATE = /^0000-00-00(?!\d)/

const NONE: ReadonlyArray<Edit> = []
const NULL = bytesOf("null")

const QUOTE = 0x22
const ZERO = 0x30
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const OPEN_OBJECT = 0x7b

/** Whether a column holds nothing but dates or timestamps. */
const isDated = ({ type }: Column): boolean =>
  typeof type === "string" ? DATED.includes(type) : type.every((each) => DATED.includes(each))

/** Whether a value can be or hold a zero date, by how it begins: as few do, no other's name need be read. */
const mayHold = (row: Uint8Array, start: number): boolean => {
  switch (row[start]) {
    case QUOTE:
      return row[start + 1] === ZERO || row[start + 1] === BACKSLASH
    case OPEN_LIST:
    case OPEN_OBJECT:
      return true
    default:
      return false
  }
}

const inValue = (row: Uint8Array, start: number, end: number, column: Column): ReadonlyArray<Edit> => {
  switch (row[start]) {
    case QUOTE:
      return isDated(column) && ZERO_DATE.test(String(JSON.parse(textOf(row.subarray(start, end)))))
        ? [{ start, end, by: NULL }]
        : NONE
    case OPEN_LIST: {
      const { items } = column
      return items === undefined ? NONE : elementsOf(row, start).flatMap(([from, to]) => inValue(row, from, to, items))
    }
    case OPEN_OBJECT:
      return column.columns === undefined ? NONE : inObject(row, start, column.columns)
    default:
      return NONE
  }
}

const inObject = (row: Uint8Array, at: number, columns: Columns): ReadonlyArray<Edit> => {
  const edits: Array<Edit> = []
  for (const { nameStart, nameEnd, start, end } of membersOf(row, at)) {
    if (!mayHold(row, start)) continue
    const name = nameIn(row, nameStart, nameEnd)
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined
    if (column !== undefined) edits.push(...inValue(row, start, end, column))
  }
  return edits
}

/** Makes every zero date of a row null that stands in a column declared as a date or timestamp. */
export const zeroDatesIn = (row: Uint8Array, columns: Columns): ReadonlyArray<Edit> => inObject(row, 0, columns)

/** Whether the JSON text of a column is a zero date. */
export const isZeroDate = (column: Column | undefined, text: string): boolean =>
  column !== undefined && isDated(column) && text.startsWith('"') && ZERO_DATE.test(String(JSON.parse(text)))
