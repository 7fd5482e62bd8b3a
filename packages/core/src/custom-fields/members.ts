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

/** A name as it is compared: four bytes at a time, which takes half as long as one by one, and the rest. */
interface Name {
  readonly bytes: Uint8Array
  readonly words: Int32Array
}

const WORD = 4

const nameOf = (bytes: Uint8Array): Name => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return {
    bytes,
    words: Int32Array.from({ length: Math.floor(bytes.length / WORD) }, (_, i) => view.getInt32(WORD * i))
  }
}

/** Whether the string whose content begins at `start` is this name. */
const isName = (bytes: Uint8Array, view: DataView, start: number, { bytes: name, words }: Name): boolean => {
  const { length } = name
  if (bytes[start + length] !== QUOTE) return false
  for (let i = 0; i < words.length; i++) if (view.getInt32(start + WORD * i) !== words[i]) return false
  for (let i = WORD * words.length; i < length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}

const NOTHING = new Uint8Array(0)

/** Members of an object that are looked for by name, and where they stand in the object that was read last. */
export class Members {
  /** Start of each member's value, in the order of the names; -1 where the object lacks it. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly #names: ReadonlyArray<Name>
  readonly #byText: ReadonlyMap<string, number>
  /** Numbers of names, from 1, by the hash of the name; 0 is free. */
  readonly #table: Int32Array
  readonly #mask: number
  /** Names of the members of the object that was read last, and which they are of those that are looked for. */
  readonly #lastNames: Array<Name> = []
  readonly #lastOrder: Array<number> = []
  /** The bytes that were looked at last. */
  #view: { readonly bytes: Uint8Array; readonly words: DataView } = {
    bytes: NOTHING,
    words: new DataView(NOTHING.buffer)
  }
  #missing: number
  /** Members of the member of this number are looked for as well. */
  readonly #inner: { readonly at: number; readonly members: Members } | undefined

  constructor(names: ReadonlyArray<string>, inner?: { readonly name: string; readonly members: Members }) {
    this.starts = new Int32Array(names.length).fill(-1)
    this.ends = new Int32Array(names.length)
    this.#names = names.map((name) => nameOf(bytesOf(name)))
    this.#byText = new Map(names.map((name, at) => [name, at]))
    this.#inner = inner === undefined ? undefined : { at: names.indexOf(inner.name), members: inner.members }
    this.#missing = names.length
    let size = 8
    while (size < names.length * 4) size *= 2
    this.#mask = size - 1
    this.#table = new Int32Array(size)
    for (const [at, { bytes }] of this.#names.entries()) {
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
      const name = (this.#names[at] as Name).bytes
      if (name.length === end - start && hasName(bytes, start, name)) return at
    }
  }

  #clear(): void {
    this.starts.fill(-1)
    this.#missing = this.#names.length
    if (this.#inner !== undefined) this.#inner.members.#clear()
  }

  /** Looks for the members of the object that opens at `at` and is known to be whole. */
  read(bytes: Uint8Array, at: number): void {
    this.#clear()
    if (bytes !== this.#view.bytes) {
      this.#view = { bytes, words: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
    }
    this.#pass(bytes, this.#view.words, at, false)
  }

  /** Past the object, or past the last member that is looked for where the object's end does not matter. */
  #pass(bytes: Uint8Array, words: DataView, object: number, toItsEnd: boolean): number {
    let end = object + 1
    let place = 0
    for (let name = firstName(bytes, object); name >= 0; name = nextName(bytes, end), place++) {
      const nameEnd = this.#nameEnd(bytes, words, name, place)
      const at = this.#lastOrder[place] as number
      const start = valueStart(bytes, nameEnd)
      if (bytes[start] === LETTER_N) end = start + NULL_LENGTH
      else if (at >= 0 && this.#inner?.at === at && bytes[start] === OPEN_OBJECT)
        end = this.#inner.members.#pass(bytes, words, start, true)
      else end = valueEnd(bytes, start)
      if (at < 0) continue
      if (this.starts[at] === -1) this.#missing--
      this.starts[at] = start
      this.ends[at] = end
      if (this.#missing === 0 && !toItsEnd) return end
    }
    return spaceEnd(bytes, end) + 1
  }

  /**
   * Past the name that opens at `at` and is at this place among the members; its number is then in the last order. Rows
   * of a list mostly have their members in one order: the name that stood there before is tried first.
   */
  #nameEnd(bytes: Uint8Array, words: DataView, at: number, place: number): number {
    const last = this.#lastNames[place]
    if (last !== undefined && isName(bytes, words, at + 1, last)) return at + last.bytes.length + 2
    met.escape = false
    const end = stringEnd(bytes, at)
    const number = met.escape
      ? (this.#byText.get(nameIn(bytes, at + 1, end - 1)) ?? -1)
      : this.#find(bytes, at + 1, end - 1)
    this.#lastOrder[place] = number
    this.#lastNames[place] =
      number >= 0 && !met.escape ? (this.#names[number] as Name) : nameOf(bytes.slice(at + 1, end - 1))
    return end
  }
}

/** Start of a member's value in the object that opens at `object`; -1 where the object lacks it. */
export const memberAt = (bytes: Uint8Array, object: number, name: Uint8Array): number => {
  let end = object + 1
  for (let at = firstName(bytes, object); at >= 0; at = nextName(bytes, end)) {
    const nameEnd = stringEnd(bytes, at)
    const start = valueStart(bytes, nameEnd)
    if (hasName(bytes, at + 1, name)) return start
    end = valueEnd(bytes, start)
  }
  return -1
}
