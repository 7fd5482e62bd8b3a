/** Spans up to this length are copied faster byte by byte. */
const SHORT = 48

/** Bytes that grow at their end. */
export class ByteWriter {
  bytes: Uint8Array
  length = 0

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity)
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.#grow(this.length + 1)
    this.bytes[this.length++] = value
  }

  /** Adds `from[start .. end)`. */
  span(from: Uint8Array, start: number, end: number): void {
    const size = end - start
    if (this.length + size > this.bytes.length) this.#grow(this.length + size)
    if (size > SHORT) this.bytes.set(from.subarray(start, end), this.length)
    else for (let i = 0; i < size; i++) this.bytes[this.length + i] = from[start + i] as number
    this.length += size
  }

  all(piece: Uint8Array): void {
    this.span(piece, 0, piece.length)
  }
}
