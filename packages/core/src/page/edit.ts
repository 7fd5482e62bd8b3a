/** A piece of JSON text to be replaced, or left out. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly by?: Uint8Array
}

/** The bytes with their edits, which are in order and do not overlap; the same bytes where there are none. */
export const edited = (bytes: Uint8Array, edits: ReadonlyArray<Edit>): Uint8Array => {
  if (edits.length === 0) return bytes
  const pieces: Array<Uint8Array> = []
  let from = 0
  for (const { start, end, by } of edits) {
    pieces.push(bytes.subarray(from, start))
    if (by !== undefined) pieces.push(by)
    from = end
  }
  pieces.push(bytes.subarray(from))
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
