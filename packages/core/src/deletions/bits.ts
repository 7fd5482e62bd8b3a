/**
 * A block of ids, one bit for each. In a state it stands as a letter for its form, `b` for bits or `g` for the gaps
 * between ids, and the deflated bytes in base64.
 */
import { deflateSync, inflateSync } from "fflate/browser"
import { base64Of, bytesInBase64 } from "./base64.ts"

/** Ids in one block: 2 KiB of bits at most, so that a page of neighbouring ids makes few blocks be written anew. */
export const BLOCK_IDS = 131_072
const BLOCK_BYTES = BLOCK_IDS / 8

/** How a block stands in a state: its bits, or the gaps between its ids, where these are few. */
type Form = "b" | "g"

/** Bytes with room for more; lengths are powers of two, so that words of four can be looked at. */
const widened = (bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> => {
  const wide = new Uint8Array(length)
  wide.set(bytes)
  return wide
}

/** A block of ids, as bits, and its text as of the last time it was asked for. */
export class Bits {
  #bytes = new Uint8Array(64)
  size = 0
  #text: { readonly text: string; readonly isDeflated: boolean } | undefined

  has(id: number): boolean {
    return (((this.#bytes[id >> 3] ?? 0) >> (id & 7)) & 1) === 1
  }

  add(id: number): void {
    if (this.has(id)) return
    if (id >> 3 >= this.#bytes.length) {
      let length = this.#bytes.length
      while (length <= id >> 3) length *= 2
      this.#bytes = widened(this.#bytes, length)
    }
    this.#bytes[id >> 3] = (this.#bytes[id >> 3] as number) | (1 << (id & 7))
    this.size++
    this.#text = undefined
  }

  delete(id: number): void {
    if (!this.has(id)) return
    this.#bytes[id >> 3] = (this.#bytes[id >> 3] as number) & ~(1 << (id & 7))
    this.size--
    this.#text = undefined
  }

  /** Ids within the block, ascending. */
  *[Symbol.iterator](): Generator<number> {
    for (let at = 0; at < this.#bytes.length; at++) {
      const byte = this.#bytes[at] as number
      if (byte === 0) continue
      for (let bit = 0; bit < 8; bit++) if (((byte >> bit) & 1) === 1) yield at * 8 + bit
    }
  }

  copy(): Bits {
    const copy = new Bits()
    copy.#bytes = this.#bytes.slice()
    copy.size = this.size
    copy.#text = this.#text
    return copy
  }

  /**
   * The block's text.
   *
   * @param isLast whether it is to be as short as it gets: while a list is read, it changes again with the next page
   */
  text(isLast: boolean): string {
    const before = this.#text
    if (before !== undefined && (before.isDeflated || !isLast)) return before.text
    const [form, bytes] = this.#packed()
    const text = form + base64Of(deflateSync(bytes, { level: isLast ? 1 : 0 }))
    this.#text = { text, isDeflated: isLast }
    return text
  }

  #packed(): readonly [Form, Uint8Array] {
    let length = this.#bytes.length
    while (length > 0 && this.#bytes[length - 1] === 0) length--
    if (2 * this.size >= length) return ["b", this.#bytes.subarray(0, length)]
    const gaps = new Uint8Array(3 * this.size)
    let to = 0
    let next = 0
    const words = new Uint32Array(this.#bytes.buffer)
    for (let at = 0; at < length; at++) {
      if ((at & 3) === 0 && words[at >> 2] === 0) {
        at += 3
        continue
      }
      for (let rest = this.#bytes[at] as number; rest > 0; rest &= rest - 1) {
        const id = at * 8 + 31 - Math.clz32(rest & -rest)
        let gap = id - next
        next = id + 1
        for (; gap > 127; gap >>= 7) gaps[to++] = (gap & 127) | 128
        gaps[to++] = gap
      }
    }
    return ["g", gaps.subarray(0, to)]
  }

  /** Reads what `text` wrote; undefined for anything else. */
  static of(text: string): Bits | undefined {
    const packed = bytesInBase64(text.slice(1))
    if (packed === undefined) return undefined
    let bytes: Uint8Array
    try {
      bytes = inflateSync(packed, { out: new Uint8Array(4 * BLOCK_BYTES) })
    } catch {
      return undefined
    }
    const bits = new Bits()
    if (text.startsWith("b")) {
      if (bytes.length > BLOCK_BYTES) return undefined
      let length = bits.#bytes.length
      while (length < bytes.length) length *= 2
      bits.#bytes = widened(bytes, length)
      for (const byte of bytes) for (let rest = byte; rest > 0; rest &= rest - 1) bits.size++
      return bits
    }
    if (!text.startsWith("g")) return undefined
    let id = -1
    let gap = 0
    let shift = 0
    for (const byte of bytes) {
      gap |= (byte & 127) << shift
      shift += 7
      if (byte > 127) {
        if (shift > 14) return undefined
        continue
      }
      id += gap + 1
      if (id >= BLOCK_IDS) return undefined
      bits.add(id)
      gap = 0
      shift = 0
    }
    return shift === 0 ? bits : undefined
  }
}
