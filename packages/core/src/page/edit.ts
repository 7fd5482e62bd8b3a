import { bytesOf } from "./text.ts"

/** A piece of a row to be replaced, or left out. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly by?: string
}

/** The row with its edits, which are in order and do not overlap; the row itself where there are none. */
export const edited = (row: Uint8Array, edits: ReadonlyArray<Edit>): Uint8Array => {
  if (edits.length === 0) return row
  const pieces: Array<Uint8Array> = []
  let from = 0
  for (const { start, end, by } of edits) {
    pieces.push(row.subarray(from, start))
    if (by !== undefined) pieces.push(bytesOf(by))
    from = end
  }
  pieces.push(row.subarray(from))
  return joined(pieces)
}

/** All pieces in one. */
export const joined = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
