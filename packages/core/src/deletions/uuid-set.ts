/**
 * A set of ids that are UUIDs, small enough for a state.
 */
import { base64Of, bytesInBase64 } from "./base64.ts"
import type { Id, IdSet } from "./id-set.ts"

const BYTES = 16
const form = /^"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"$/

/** The digits of a UUID in its quotes; undefined for anything else, also for one in capitals. */
const digitsOf = (id: Id): string | undefined =>
  typeof id === "string" && form.test(id) ? id.slice(1, -1).replaceAll("-", "") : undefined

const idOf = (digits: string): string =>
  `"${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}"`

const digit = (code: number): number => (code > 57 ? code - 87 : code - 48)

/** UUIDs. In a state they stand as 16 bytes each, sorted, in base64. */
export class UuidSet implements IdSet {
  readonly #digits = new Set<string>()
  #text: string | undefined

  get size(): number {
    return this.#digits.size
  }

  has(id: Id): boolean {
    const digits = digitsOf(id)
    return digits !== undefined && this.#digits.has(digits)
  }

  add(id: Id): void {
    const digits = digitsOf(id)
    if (digits === undefined || this.#digits.has(digits)) return
    this.#digits.add(digits)
    this.#text = undefined
  }

  delete(id: Id): void {
    const digits = digitsOf(id)
    if (digits !== undefined && this.#digits.delete(digits)) this.#text = undefined
  }

  *[Symbol.iterator](): Generator<string> {
    for (const digits of [...this.#digits].sort()) yield idOf(digits)
  }

  copy(): UuidSet {
    const copy = new UuidSet()
    for (const digits of this.#digits) copy.#digits.add(digits)
    copy.#text = this.#text
    return copy
  }

  toText(): string {
    if (this.#text !== undefined) return this.#text
    const bytes = new Uint8Array(BYTES * this.#digits.size)
    let to = 0
    for (const digits of [...this.#digits].sort())
      for (let at = 0; at < 2 * BYTES; at += 2)
        bytes[to++] = digit(digits.charCodeAt(at)) * 16 + digit(digits.charCodeAt(at + 1))
    this.#text = base64Of(bytes)
    return this.#text
  }

  /** Reads what `toText` wrote; undefined for anything else. */
  static of(text: string): UuidSet | undefined {
    const bytes = bytesInBase64(text)
    if (bytes === undefined || bytes.length % BYTES !== 0) return undefined
    const set = new UuidSet()
    for (let at = 0; at < bytes.length; at += BYTES) {
      let digits = ""
      for (const byte of bytes.subarray(at, at + BYTES)) digits += byte.toString(16).padStart(2, "0")
      set.#digits.add(digits)
    }
    return set
  }
}
