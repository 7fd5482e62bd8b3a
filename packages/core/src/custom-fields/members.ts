/**
 * Finds members of JSON objects by name, without parsing them. Rows of a list mostly have their members in the same
 * order, so that each name is compared with the one that stood there in the last row, and looked up in a hash table
 * only if it is another.
 */
import { firstName, nextName, OPEN_OBJECT, spaceEnd, valueEnd, valueStart } from "../page/grammar.ts"
import { met, QUOTE, stringEnd } from "../page/grammar-strings.ts"
import { nameIn } from "../page/scan.ts"
import { bytesOf } from "../page/text.ts"

/** Bytes of a name that its place in the table is made of: keys of fields differ early. */
const HASHED = 8

const LETTER_N = 0x6e
const NULL_LENGTH = 4

/** Whether the string whose content begins at `start` is this name. */
const hasName = (bytes: Uint8Array, start: number, name: Uint8Array): boolean => {
  const { length } = name
  if (bytes[start + length] !== QUOTE) return false
  for (let i = 0; i < length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}

const WORD = 8

/**
 * Whether the same `length` bytes stand at both places. They are compared eight at a time, as floating-point numbers,
 * which is much faster than one by one. Equal numbers are equal bytes: only 0 and -0 would differ, and JSON has no NUL.
 */
const isSame = (bytes: Uint8Array, words: DataView, one: number, other: number, length: number): boolean => {
  let i = 0
  for (; i + WORD <= length; i += WORD)
    if (words.getFloat64(one + i, true) !== words.getFloat64(other + i, true)) return false
  for (; i < length; i++) if (bytes[one + i] !== bytes[other + i]) return false
  return true
}

const NOTHING: Uint8Array = new Uint8Array(0)

/** Members of an object that are looked for by name, and where they stand in the object that was read last. */
export class Members {
  /** Start of each member's value, in the order of the names; -1 where the object lacks it. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly #names: ReadonlyArray<Uint8Array>
  readonly #byText: ReadonlyMap<string, number>
  /** Numbers of names, from 1, by the hash of the name; 0 is free. */
  readonly #table: Int32Array
  readonly #mask: number
  /** The bytes that were looked at last, and the same to be compared. */
  #bytes = NOTHING
  #words: DataView = new DataView(NOTHING.buffer)
  /** By place among an object's members: a name that stood there in these bytes, and which it is of those looked for. */
  readonly #nameStarts: Array<number> = []
  readonly #nameLengths: Array<number> = []
  readonly #numbers: Array<number> = []
  #missing: number
  /** Members of the member of this number are looked for as well. */
  readonly #inner: { readonly at: number; readonly members: Members } | undefined

  constructor(names: ReadonlyArray<string>, inner?: { readonly name: string; readonly members: Members }) {
    this.starts = new Int32Array(names.length)
    this.ends = new Int32Array(names.length)
    this.#names = names.map(bytesOf)
    this.#byText = new Map(names.map((name, at) => [name, at]))
    this.#inner = inner === undefined ? undefined : { at: names.indexOf(inner.name), members: inner.members }
    this.#missing = names.length
    let size = 8
    while (size < names.length * 4) size *= 2
    this.#mask = size - 1
    this.#table = new Int32Array(size)
    for (const [at, bytes] of this.#names.entries()) {
      let place = this.#hash(bytes, 0, bytes.length)
      while (this.#table[place] !== 0) place = (place + 1) & this.#mask
      this.#table[place] = at + 1
    }
  }

  #hash(bytes: Uint8Array, start: number, end: number): number {
    let hash = end - start
    const last = Math.min(end, start + HASHED)
    for (let i = start; i < last; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
    return (hash ^ (hash >>> 15)) & this.#mask
  }

  /** Number of the name in `bytes[start .. end)`; -1 where it is not looked for. */
  #find(bytes: Uint8Array, start: number, end: number): number {
    for (let place = this.#hash(bytes, start, end); ; place = (place + 1) & this.#mask) {
      const at = (this.#table[place] as number) - 1
      if (at < 0) return -1
      if (hasName(bytes, start, this.#names[at] as Uint8Array)) return at
    }
  }

  #clear(): void {
    this.starts.fill(-1)
    this.#missing = this.#names.length
    if (this.#inner !== undefined) this.#inner.members.#clear()
  }

  #turnTo(bytes: Uint8Array, words: DataView): void {
    this.#bytes = bytes
    this.#words = words
    this.#nameStarts.length = 0
    if (this.#inner !== undefined) this.#inner.members.#turnTo(bytes, words)
  }

  /** Looks for the members of the object that opens at `at` and is known to be whole. */
  read(bytes: Uint8Array, at: number): void {
    this.#clear()
    if (bytes !== this.#bytes) this.#turnTo(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
    this.#pass(bytes, at, false)
  }

  /** Past the object, or past the last member that is looked for where the object's end does not matter. */
  #pass(bytes: Uint8Array, object: number, toItsEnd: boolean): number {
    const { starts, ends } = this
    const inner = this.#inner
    const numbers = this.#numbers
    let end = object + 1
    let place = 0
    for (let name = firstName(bytes, object); name >= 0; name = nextName(bytes, end), place++) {
      const nameEnd = this.#nameEnd(bytes, name, place)
      const at = numbers[place] as number
      const start = valueStart(bytes, nameEnd)
      if (bytes[start] === LETTER_N) end = start + NULL_LENGTH
      else if (at >= 0 && inner?.at === at && bytes[start] === OPEN_OBJECT)
        end = inner.members.#pass(bytes, start, true)
      else end = valueEnd(bytes, start)
      if (at < 0) continue
      if (starts[at] === -1) this.#missing--
      starts[at] = start
      ends[at] = end
      if (this.#missing === 0 && !toItsEnd) return end
    }
    return spaceEnd(bytes, end) + 1
  }

  /**
   * Past the name that opens at `at` and is at this place among the members; its number is then among the numbers. Rows
   * of a list mostly have their members in one order: the name that stood there before is tried first.
   */
  #nameEnd(bytes: Uint8Array, at: number, place: number): number {
    const start = at + 1
    if (place < this.#nameStarts.length) {
      const end = start + (this.#nameLengths[place] as number)
      if (bytes[end] === QUOTE && isSame(bytes, this.#words, start, this.#nameStarts[place] as number, end - start))
        return end + 1
    }
    met.escape = false
    const end = stringEnd(bytes, at)
    this.#nameStarts[place] = start
    this.#nameLengths[place] = end - 1 - start
    this.#numbers[place] = met.escape
      ? (this.#byText.get(nameIn(bytes, start, end - 1)) ?? -1)
      : this.#find(bytes, start, end - 1)
    return end
  }
}

/** Start of a member's value in the object that opens at `object`; -1 where the object lacks it. */
export const memberAt = (bytes: Uint8Array, object: number, name: Uint8Array): number => {
  let end = object + 1
  for (let at = firstName(bytes, object); at >= 0; at = nextName(bytes, end)) {
    if (hasName(bytes, at + 1, name)) return valueStart(bytes, at + name.length + 2)
    end = valueEnd(bytes, valueStart(bytes, stringEnd(bytes, at)))
  }
  return -1
}
