/** Rows of one page as they came: spans of the answer's own bytes, and members to add to each. */
export interface RowPage {
  /** UTF-8 of one or more JSON objects; only the spans count. */
  readonly bytes: Uint8Array
  /** Start and end of each row: row `i` is `bytes[spans[2i] .. spans[2i+1])`, from `{` to past `}`. */
  readonly spans: ArrayLike<number>
  /** JSON members to add at the end of each row, without a leading comma; undefined for none. */
  readonly added?: ReadonlyArray<string>
}

const OPEN = 0x7b
const CLOSE = 0x7d
const SPACE = 0x20
const COMMA = 0x2c
const LINE_END = 0x0a

/** Bytes that a UTF-16 unit takes at most in UTF-8. */
const MAX_UNIT = 3

/** Whether the object that ends before `end` has no members. */
const isEmpty = (bytes: Uint8Array, end: number): boolean => {
  let at = end - 2
  while ((bytes[at] as number) <= SPACE) at--
  return bytes[at] === OPEN
}

/** Bytes that are enough for rows `from` up to `to` as lines. */
const roomFor = ({ added, spans }: RowPage, from: number, to: number): number => {
  let size = 0
  for (let row = from; row < to; row++) {
    size += (spans[2 * row + 1] as number) - (spans[2 * row] as number) + 1
    if (added !== undefined) size += (added[row] ?? "").length * MAX_UNIT + 1
  }
  return size
}

/** The row after the last one that stands, like those before it, one byte behind the other. */
const endOfRun = ({ spans }: RowPage, from: number, to: number): number => {
  let row = from + 1
  while (row < to && spans[2 * row] === (spans[2 * row - 1] as number) + 1) row++
  return row
}

/**
 * Turns rows into lines of JSON, always in the same memory: a page has a megabyte, and as garbage it would cost more
 * time than the copying.
 */
export class LineWriter {
  #lines = Buffer.alloc(0)
  #at = 0
  #longest = 0

  /** Bytes of the longest line that was written last. */
  get longest(): number {
    return this.#longest
  }

  /** Rows `from` up to `to` of a page as lines, which last until the next call. */
  write(page: RowPage, from: number, to: number): Buffer {
    const room = roomFor(page, from, to)
    if (this.#lines.length < room) this.#lines = Buffer.allocUnsafeSlow(room)
    this.#at = 0
    this.#longest = 0
    if (page.added === undefined) this.#copyRuns(page, from, to)
    else for (let row = from; row < to; row++) this.#copyRow(page, row, page.added[row] ?? "")
    return this.#lines.subarray(0, this.#at)
  }

  /** Rows that stand in a list with only a comma between them are copied at once. */
  #copyRuns(page: RowPage, from: number, to: number): void {
    const { bytes, spans } = page
    const lines = this.#lines
    for (let row = from; row < to; ) {
      const first = spans[2 * row] as number
      const shift = this.#at - first
      const end = endOfRun(page, row, to)
      lines.set(bytes.subarray(first, spans[2 * end - 1]), this.#at)
      for (; row < end; row++) {
        this.#at = (spans[2 * row + 1] as number) + shift
        this.#endLine((spans[2 * row] as number) + shift)
      }
    }
  }

  #copyRow({ bytes, spans }: RowPage, row: number, members: string): void {
    const start = this.#at
    const end = spans[2 * row + 1] as number
    this.#lines.set(bytes.subarray(spans[2 * row], end), start)
    this.#at += end - (spans[2 * row] as number)
    if (members !== "") {
      this.#at--
      if (!isEmpty(bytes, end)) this.#lines[this.#at++] = COMMA
      this.#at += this.#lines.write(members, this.#at)
      this.#lines[this.#at++] = CLOSE
    }
    this.#endLine(start)
  }

  #endLine(start: number): void {
    this.#longest = Math.max(this.#longest, this.#at - start)
    this.#lines[this.#at++] = LINE_END
  }
}
