/**
 * A set of ids that are whole numbers, small enough for a state.
 */
import { Bits, BLOCK_IDS } from "./bits.ts"
import type { Id, IdSet } from "./id-set.ts"

/** The number an id is; NaN for anything but a whole number from 0 on that is exact. */
const numberOf = (id: Id): number => {
  if (typeof id === "number") return id
  const { length } = id
  if (length === 0 || length > 16) return Number.NaN
  let number = 0
  for (let at = 0; at < length; at++) {
    const digit = id.charCodeAt(at) - 48
    if (digit < 0 || digit > 9 || (digit === 0 && number === 0 && length > 1)) return Number.NaN
    number = number * 10 + digit
  }
  return number <= Number.MAX_SAFE_INTEGER ? number : Number.NaN
}

/**
 * Whole numbers, in blocks of bits. In a state the blocks stand one behind the other, each behind its number:
 * `0:b…,7:g…`.
 */
export class IntegerSet implements IdSet {
  readonly #blocks = new Map<number, Bits>()
  size = 0

  has(id: Id): boolean {
    const number = numberOf(id)
    return this.#blocks.get(Math.floor(number / BLOCK_IDS))?.has(number % BLOCK_IDS) === true
  }

  add(id: Id): void {
    const number = numberOf(id)
    if (Number.isNaN(number)) return
    const at = Math.floor(number / BLOCK_IDS)
    const block = this.#blocks.get(at) ?? new Bits()
    const before = block.size
    block.add(number % BLOCK_IDS)
    this.#blocks.set(at, block)
    this.size += block.size - before
  }

  delete(id: Id): void {
    const number = numberOf(id)
    const at = Math.floor(number / BLOCK_IDS)
    const block = this.#blocks.get(at)
    if (block === undefined) return
    const before = block.size
    block.delete(number % BLOCK_IDS)
    this.size += block.size - before
  }

  get #sorted(): ReadonlyArray<readonly [number, Bits]> {
    return [...this.#blocks].filter(([, { size }]) => size > 0).sort(([a], [b]) => a - b)
  }

  *[Symbol.iterator](): Generator<string> {
    for (const [at, block] of this.#sorted) for (const id of block) yield String(at * BLOCK_IDS + id)
  }

  copy(): IntegerSet {
    const copy = new IntegerSet()
    for (const [at, block] of this.#blocks) copy.#blocks.set(at, block.copy())
    copy.size = this.size
    return copy
  }

  toText(isLast: boolean): string {
    return this.#sorted.map(([at, block]) => `${at}:${block.text(isLast)}`).join(",")
  }

  /** Reads what `toText` wrote; undefined for anything else. */
  static of(text: string): IntegerSet | undefined {
    const set = new IntegerSet()
    if (text === "") return set
    for (const part of text.split(",")) {
      const [, at = "", packed = ""] = /^(\d{1,12}):(.+)$/.exec(part) ?? []
      const block = at === "" || set.#blocks.has(Number(at)) ? undefined : Bits.of(packed)
      if (block === undefined) return undefined
      set.#blocks.set(Number(at), block)
      set.size += block.size
    }
    return set
  }
}
