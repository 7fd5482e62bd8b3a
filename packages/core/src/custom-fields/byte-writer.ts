/** Spans up to this length are copied faster byte by byte. */
const SHORT = 48
const WORD = 8

/** Bytes that grow at their end. */
export class ByteWriter {
  bytes: Uint8Array
  length = 0
  #words: DataView

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity)
    this.#words = new DataView(this.bytes.buffer)
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.#words = new DataView(grown.buffer)
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.#grow(this.length + 1)
    this.bytes[this.length++] = value
  }

  /** Adds `from[start .. end)`. */
  span(from: Uint8Array, start: number, end: number): void {
    const size = end - start
    if (this.length + size > this.bytes.length) this.#grow(this.length + size)
    const { bytes, length } = this
    if (size > SHORT) bytes.set(from.subarray(start, end), length)
    else for (let i = 0; i < size; i++) bytes[length + i] = from[start + i] as number
    this.length = length + size
  }

  /**
   * Adds `from[start .. end)`, which is UTF-8: eight bytes at a time, as floating-point numbers, which is fastest for
   * some hundred bytes. Only NaN may change when it is copied, and no eight bytes of UTF-8 are that.
   */
  text(from: DataView, start: number, end: number): void {
    const size = end - start
    if (this.length + size > this.bytes.length) this.#grow(this.length + size)
    const words = this.#words
    const { length } = this
    let i = 0
    for (; i + WORD <= size; i += WORD) words.setFloat64(length + i, from.getFloat64(start + i, true), true)
    for (; i < size; i++) words.setUint8(length + i, from.getUint8(start + i))
    this.length = length + size
  }

  all(piece: Uint8Array): void {
    this.span(piece, 0, piece.length)
  }
}
