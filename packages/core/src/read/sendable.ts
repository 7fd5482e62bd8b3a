import { mend } from "../mend.ts"
import type { Rows } from "../rows.ts"
import { scanRow } from "../scan.ts"
import type { SourceStream } from "../stream.ts"

/** The row without the property whose value stands at `start .. end`. */
const without = (row: Uint8Array, name: string, start: number, end: number): Uint8Array => {
  let from = start - 1
  while (row[from] !== 0x22) from--
  from -= name.length + 1
  let to = end
  while (row[to] === 0x20 || row[to] === 0x09 || row[to] === 0x0a || row[to] === 0x0d) to++
  if (row[to] === 0x2c) {
    to++
  } else {
    let comma = from - 1
    while ((row[comma] as number) <= 0x20) comma--
    if (row[comma] === 0x2c) from = comma
  }
  const left = new Uint8Array(row.length - (to - from))
  left.set(row.subarray(0, from))
  left.set(row.subarray(to), from)
  return left
}

/** Rows of a page, those rebuilt that cannot go out as they came. */
export const sendable = (
  stream: SourceStream,
  body: Uint8Array,
  spans: ReadonlyArray<number>,
  unfit: ReadonlyArray<number>
): Pick<Rows, "bytes" | "spans"> => {
  const secrets = stream.secrets ?? []
  if (unfit.length === 0 && secrets.length === 0) return { bytes: body, spans }
  const mended = new Set(unfit)
  const pieces: Array<Uint8Array> = []
  const moved: Array<number> = []
  let length = 0
  for (let i = 0; i < spans.length; i += 2) {
    let row = body.subarray(spans[i], spans[i + 1])
    for (const name of secrets) {
      const found = scanRow(row, 0, [name])
      const [start, end] = [found?.[0] ?? -1, found?.[1] ?? -1]
      if (start >= 0) row = without(row, name, start, end)
    }
    if (mended.has(i / 2)) row = mend(row)
    pieces.push(row)
    moved.push(length, length + row.length)
    length += row.length
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return { bytes, spans: moved }
}
