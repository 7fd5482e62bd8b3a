/** Bytes of an answer under construction; grows as needed. */
export class Page {
  bytes: Buffer
  length = 0

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity)
  }

  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  text(text: string): void {
    this.reserve(text.length * 3)
    if (text.length < 24 && this.#short(text)) return
    this.length += this.bytes.write(text, this.length)
  }

  /** Writes a short text of ASCII letters by hand, which is faster than a call into the buffer. */
  #short(text: string): boolean {
    const { bytes } = this
    let at = this.length
    for (let index = 0; index < text.length; index++) {
      const letter = text.charCodeAt(index)
      if (letter > 127) return false
      bytes[at++] = letter
    }
    this.length = at
    return true
  }

  ascii(text: string): void {
    this.reserve(text.length)
    if (text.length < 24 && this.#short(text)) return
    this.length += this.bytes.write(text, this.length, "latin1")
  }

  copy(bytes: Buffer): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  integer(value: number): void {
    if (value < 0 || value > 999_999_999) {
      this.ascii(String(value))
      return
    }
    this.reserve(9)
    let digits = 1
    for (let bound = 10; value >= bound; bound *= 10) digits++
    let rest = value
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const next = Math.floor(rest / 10)
      this.bytes[at] = 48 + rest - next * 10
      rest = next
    }
    this.length += digits
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.length)
  }
}
