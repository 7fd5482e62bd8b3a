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

/** Whether the object that ends before `end` has no members. */
const isEmpty = (bytes: Uint8Array, end: number): boolean => {
  let at = end - 2
  while ((bytes[at] as number) <= SPACE) at--
  return bytes[at] === OPEN
}

const sizeOf = ({ spans, added }: RowPage, from: number, to: number): number => {
  let size = 0
  for (let i = from; i < to; i++) {
    const members = added?.[i]
    size += (spans[2 * i + 1] as number) - (spans[2 * i] as number) + 1
    if (members !== undefined && members !== "") size += Buffer.byteLength(members) + 1
  }
  return size
}

/** Rows `from` up to `to` of a page as lines of JSON. */
export const linesOf = (page: RowPage, from: number, to: number): Uint8Array => {
  const { bytes, spans, added } = page
  const lines = Buffer.allocUnsafe(sizeOf(page, from, to))
  let at = 0
  for (let i = from; i < to; i++) {
    const end = spans[2 * i + 1] as number
    const row = bytes.subarray(spans[2 * i], end)
    lines.set(row, at)
    at += row.length
    const members = added?.[i]
    if (members !== undefined && members !== "") {
      at--
      if (!isEmpty(bytes, end)) lines[at++] = COMMA
      at += lines.write(members, at)
      lines[at++] = CLOSE
    }
    lines[at++] = LINE_END
  }
  return lines.subarray(0, at)
}

/** Bytes of the longest of the rows, its added members included. */
export const longestOf = (page: RowPage): number => {
  let longest = 0
  for (let i = 0; i < page.spans.length / 2; i++) longest = Math.max(longest, sizeOf(page, i, i + 1))
  return longest
}
