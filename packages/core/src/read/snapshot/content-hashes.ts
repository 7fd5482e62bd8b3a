/**
 * What a list held when it was last read, small enough for a state. In the fine form each key has a hash of its row;
 * where that takes more than 240 KiB, the coarse form has one hash for each bucket of keys.
 */
import { hashOf, hashText } from "../../page/hash.ts"
import { bytesOf } from "../../page/text.ts"
import { BUCKETS, type Content } from "../../state/format.ts"

/** Hashes that take more of a state than this are kept a bucket of keys at a time. */
const MOST_BYTES = 240 * 1024

const textHash = (text: string): number => {
  const bytes = bytesOf(text)
  return hashOf(bytes, 0, bytes.length)
}

/** The id a key is or begins with; NaN for one that begins otherwise. */
const idIn = (key: string): number => Number(/^\d{1,15}(?!\d)/.exec(key)?.[0])

/** Buckets that are ranges of ids: how many ids each has, and the first of the first. */
export interface Ranges {
  readonly width: number
  readonly from: number
}

/**
 * The bucket of a key: a range of ids, so that a list sorted by id comes a bucket at a time, or its hash where keys are
 * no numbers. Ids before the first range and behind the last share one bucket.
 */
export const bucketOf = (key: string, ranges: Ranges | undefined): number => {
  if (ranges === undefined) return textHash(key) % BUCKETS
  const bucket = Math.floor((idIn(key) - ranges.from) / ranges.width)
  return bucket >= 0 && bucket < BUCKETS ? bucket : BUCKETS
}

/** One hash for keys and their hashes, of which there is one at least, whatever their order. */
export const bucketHash = (hashes: Iterable<readonly [string, string]>): string => {
  const pairs = Array.from(hashes, ([key, hash]) => `${key}=${hash}`)
  return hashText(textHash(pairs.sort().join("\n")))
}

/** The coarse form: a hash for each bucket of keys. */
export interface Buckets {
  readonly hashes: ReadonlyArray<string>
  /** Undefined where keys fall into buckets by their hash. */
  readonly ranges: Ranges | undefined
}

/** What a list held when it was last read, as a state keeps it. */
export interface KnownContent {
  /** A hash for each key; empty where only buckets are known. */
  readonly hashes: ReadonlyMap<string, string>
  readonly buckets: Buckets | undefined
}

/** Reads what `toState` gave. */
export const knownContent = ({ hashes, buckets, width, from }: Content): KnownContent => ({
  hashes: new Map(Object.entries(hashes ?? {})),
  buckets: buckets && {
    hashes: buckets,
    ranges: width === undefined || from === undefined ? undefined : { width, from }
  }
})

/** Buckets as an extension keeps them. */
export const bucketsState = ({ hashes, ranges }: Buckets): Content => ({ buckets: hashes, ...ranges })

/** Bytes of a key and its hash as a property of a JSON object. */
const bytesFor = (key: string, hash: string): number => bytesOf(JSON.stringify(key)).length + hash.length + 4

/** Keys by bucket. */
interface BucketKeys {
  readonly ranges: Ranges | undefined
  readonly keys: Map<number, Set<string>>
}

/** Hashes of a list's rows by key, and their form in a state, which is bounded. */
export class ContentHashes {
  readonly #hashes = new Map<string, string>()
  /** Bytes of the fine form. */
  #bytes = 2
  /** Least and greatest id among the keys; NaN where one is no number. */
  #least = Number.POSITIVE_INFINITY
  #greatest = 0
  /** Keys by bucket, from when they are first asked for; and hashes of buckets that have not changed since. */
  #bucketKeys: BucketKeys | undefined
  readonly #computed = new Map<number, string>()

  constructor(hashes: Iterable<readonly [string, string]> = []) {
    for (const [key, hash] of hashes) this.set(key, hash)
  }

  get size(): number {
    return this.#hashes.size
  }

  /** Hashes by key. */
  get all(): ReadonlyMap<string, string> {
    return this.#hashes
  }

  /** Whether a state keeps a hash for each key: not where they are too many. */
  get isFine(): boolean {
    return this.#bytes <= MOST_BYTES
  }

  get(key: string): string | undefined {
    return this.#hashes.get(key)
  }

  set(key: string, hash: string): void {
    const before = this.#hashes.get(key)
    if (before === hash) return
    if (before !== undefined) this.#bytes -= bytesFor(key, before)
    this.#bytes += bytesFor(key, hash)
    this.#hashes.set(key, hash)
    const id = idIn(key)
    this.#least = Math.min(this.#least, id)
    this.#greatest = Math.max(this.#greatest, id)
    if (this.#bucketKeys !== undefined) this.#join(this.#bucketKeys, key)
  }

  #join({ keys, ranges }: BucketKeys, key: string) {
    const bucket = bucketOf(key, ranges)
    const together = keys.get(bucket)
    if (together === undefined) keys.set(bucket, new Set([key]))
    else together.add(key)
    this.#computed.delete(bucket)
  }

  /** Hashes of the buckets that have keys. */
  buckets(ranges: Ranges | undefined): ReadonlyMap<number, string> {
    const { width, from } = this.#bucketKeys?.ranges ?? {}
    if (this.#bucketKeys === undefined || width !== ranges?.width || from !== ranges?.from) {
      this.#bucketKeys = { ranges, keys: new Map() }
      this.#computed.clear()
      for (const key of this.#hashes.keys()) this.#join(this.#bucketKeys, key)
    }
    for (const [bucket, keys] of this.#bucketKeys.keys) {
      if (this.#computed.has(bucket)) continue
      const pairs = Array.from(keys, (key) => [key, this.#hashes.get(key) as string] as const)
      this.#computed.set(bucket, bucketHash(pairs))
    }
    return this.#computed
  }

  /** @param lists how many lists share the room there is in one state */
  toState(lists = 1): Content {
    if (this.#bytes <= MOST_BYTES / lists) return { hashes: Object.fromEntries(this.#hashes) }
    const { ranges } = this
    const buckets = this.buckets(ranges)
    return bucketsState({ hashes: Array.from({ length: BUCKETS }, (_, bucket) => buckets.get(bucket) ?? ""), ranges })
  }

  /** Ranges that have room for all ids; undefined where keys are no numbers. */
  get ranges(): Ranges | undefined {
    if (Number.isNaN(this.#greatest)) return undefined
    let width = 1
    while (this.#greatest - this.#least >= width * BUCKETS) width *= 2
    return { width, from: this.#least }
  }
}
