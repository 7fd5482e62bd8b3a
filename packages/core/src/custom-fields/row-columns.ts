/**
 * Adds columns to the rows of a page: finds each column's value in the bytes of a row and writes it as the column has
 * it, into one buffer for the page. Nothing is parsed.
 */
import { joined } from "../page/edit.ts"
import { COMMA, OPEN_OBJECT, valueEnd } from "../page/grammar.ts"
import { QUOTE } from "../page/grammar-strings.ts"
import type { Rows } from "../page/rows.ts"
import { bytesOf } from "../page/text.ts"
import { ByteWriter } from "./byte-writer.ts"
import type { Layout, RowColumn } from "./column-layout.ts"
import { memberAt } from "./members.ts"
import { NULL } from "./value-writer.ts"

const CLOSE_OBJECT = 0x7d
const COLON = 0x3a
const LETTER_N = 0x6e

/** Room for rows that grow more than those before: making room anew costs a copy of the page. */
const SPARE = 1.1

/** The value that was looked for last; a start of -1 where there is none. */
const found = { start: -1, end: -1 }

const isNull = (bytes: Uint8Array, start: number): boolean => start < 0 || bytes[start] === LETTER_N

/** Whether a property beside the field's own has a value. */
const hasBeside = (bytes: Uint8Array, { isBeside, members, places }: RowColumn): boolean => {
  if (!isBeside) return false
  for (const { beside } of places) if (beside >= 0 && !isNull(bytes, members.starts[beside] as number)) return true
  return false
}

/** Looks for a value among its places: the first that is neither null nor empty, else one that is empty. */
const findPlace = (bytes: Uint8Array, { members, own, places }: RowColumn): void => {
  const field = members.starts[own] as number
  const isObject = field >= 0 && bytes[field] === OPEN_OBJECT
  found.start = -1
  for (const { member, beside } of places) {
    const start = isObject ? memberAt(bytes, field, member) : beside < 0 ? -1 : (members.starts[beside] as number)
    if (isNull(bytes, start)) continue
    const end = isObject ? valueEnd(bytes, start) : (members.ends[beside] as number)
    // The first of two places is a text.
    const isEmpty = end - start === 2
    found.start = start
    found.end = end
    if (!isEmpty) return
  }
}

/** Writes an object as it is, or puts it together from the properties of its parts. */
const writeParts = (out: ByteWriter, bytes: Uint8Array, { members, own, places }: RowColumn): boolean => {
  const start = members.starts[own] as number
  if (start >= 0 && bytes[start] === OPEN_OBJECT) {
    out.span(bytes, start, members.ends[own] as number)
    return true
  }
  if (!isNull(bytes, start) && bytes[start] !== QUOTE) return false
  let separator = OPEN_OBJECT
  for (const { beside, member } of places) {
    const at = beside < 0 ? -1 : (members.starts[beside] as number)
    if (at < 0) continue
    out.byte(separator)
    out.byte(QUOTE)
    out.all(member)
    out.byte(QUOTE)
    out.byte(COLON)
    out.span(bytes, at, members.ends[beside] as number)
    separator = COMMA
  }
  out.byte(CLOSE_OBJECT)
  return true
}

/** Looks for a column's value; whether there is one, which may then be null all the same. */
const find = (bytes: Uint8Array, column: RowColumn): boolean => {
  const { members, own, places, write } = column
  const start = members.starts[own] as number
  if (isNull(bytes, start) && !hasBeside(bytes, column)) return false
  if (write === "parts") return true
  if (places.length > 0) findPlace(bytes, column)
  else {
    found.start = start
    found.end = members.ends[own] as number
  }
  return !isNull(bytes, found.start)
}

/** Writes the value that was found; false where it does not fit the column. */
const writeFound = (out: ByteWriter, bytes: Uint8Array, column: RowColumn): boolean =>
  column.write === "parts" ? writeParts(out, bytes, column) : column.write(out, bytes, found.start, found.end)

/** Whether the object that ends before `end` has no members. */
const isEmptyObject = (bytes: Uint8Array, end: number): boolean => {
  let at = end - 2
  while ((bytes[at] as number) <= 0x20) at--
  return bytes[at] === OPEN_OBJECT
}

/**
 * Adds to the rows of one stream what their custom fields mean: each row keeps its own bytes and gets its columns at
 * its end, in the order of the catalog. Of a row no more is looked at than its custom fields, and nothing is parsed.
 */
export class RowColumns {
  readonly #layout: Layout
  /** All columns, each with null: comma, name, colon and value. */
  readonly #nulls: DataView
  /** Where each column's value stands there. */
  readonly #values: Int32Array
  /** Bytes that a row grew by on the page before, on average. */
  #growth = 256
  #rows = 0

  /** @param empty names of columns that are always null */
  constructor(layout: Layout, empty: ReadonlyArray<string>) {
    this.#layout = layout
    const names = [...layout.columns.map(({ name }) => name), ...empty]
    const pieces = names.map((name) => bytesOf(`,${JSON.stringify(name)}:null`))
    const nulls = joined(pieces)
    this.#nulls = new DataView(nulls.buffer, nulls.byteOffset, nulls.length)
    let end = 0
    this.#values = Int32Array.from(pieces, ({ length }) => {
      end += length
      return end - NULL.length
    })
  }

  /** What was met in the rows so far that a user has to know. */
  get warnings(): ReadonlyArray<string> {
    return this.#layout.notices.flatMap(({ warnings }) => warnings)
  }

  /** The rows with their columns. */
  add(rows: Rows): Rows {
    const { bytes, spans } = rows
    const count = spans.length / 2
    let size = 0
    for (let i = 0; i < count; i++) size += (spans[2 * i + 1] as number) - (spans[2 * i] as number)
    const out = new ByteWriter(Math.ceil(size + count * this.#growth * SPARE))
    const moved = new Int32Array(2 * count)
    for (let i = 0; i < count; i++) {
      moved[2 * i] = out.length
      this.#addTo(out, bytes, spans[2 * i] as number, spans[2 * i + 1] as number)
      moved[2 * i + 1] = out.length
    }
    if (count > 0) this.#growth = (out.length - size) / count
    return { ...rows, bytes: out.bytes.subarray(0, out.length), spans: moved }
  }

  #addTo(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
    this.#rows++
    out.span(bytes, start, end - 1)
    const first = out.length
    this.#layout.row.read(bytes, start)
    // Columns that are null, as most are, wait to be written in one piece.
    let waiting = 0
    const { columns } = this.#layout
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as RowColumn
      if (!find(bytes, column)) continue
      out.text(this.#nulls, waiting, this.#values[i] as number)
      waiting = (this.#values[i] as number) + NULL.length
      const before = out.length
      if (writeFound(out, bytes, column)) continue
      out.length = before
      out.all(NULL)
      column.notices.misfit(this.#rows)
    }
    out.text(this.#nulls, waiting, this.#nulls.byteLength)
    // The first member of an object takes no comma.
    if (isEmptyObject(bytes, end) && out.length > first) {
      out.bytes.copyWithin(first, first + 1, out.length)
      out.length--
    }
    out.byte(CLOSE_OBJECT)
  }
}
