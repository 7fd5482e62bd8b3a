/**
 * Rows of a list too long for a hash each, held until it is known whether their bucket has changed.
 */
import { Effect } from "effect"
import type { Rows } from "../../page/rows.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import { type Buckets, bucketHash, bucketOf } from "./content-hashes.ts"

/** Bytes of rows that wait until their bucket is known. */
const MOST_BYTES = 8 * 1024 * 1024

/** Rows of one bucket, and what is known of them. */
interface Held {
  bytes: number
  readonly rows: Array<Rows>
  readonly hashes: Map<string, string>
}

/** Some of the rows, without the answer they came in. */
const copyOf = ({ bytes, spans, added }: Rows, rows: ReadonlyArray<number>): Rows => {
  const moved: Array<number> = []
  let length = 0
  for (const row of rows) {
    const size = (spans[2 * row + 1] as number) - (spans[2 * row] as number)
    moved.push(length, length + size)
    length += size
  }
  const copy = new Uint8Array(length)
  for (const [at, row] of rows.entries()) copy.set(bytes.subarray(spans[2 * row], spans[2 * row + 1]), moved[2 * at])
  return { bytes: copy, spans: moved, ...(added !== undefined && { added: rows.map((row) => added[row] ?? "") }) }
}

/**
 * Rows of a list of which one hash is known for many rows. They wait until all rows of their bucket have come, and are
 * emitted if its hash is not that of the last read; in a list sorted by id they do not wait long. Where too many wait,
 * the bucket that has waited longest is emitted as it is: unchanged rows may then be emitted, which costs no tokens,
 * but no changed row is missed.
 */
export class HeldRows {
  readonly #emitter: StreamEmitter
  readonly #before: Buckets
  readonly #held = new Map<number, Held>()
  #bytes = 0

  constructor(emitter: StreamEmitter, before: Buckets) {
    this.#emitter = emitter
    this.#before = before
  }

  /** Takes rows, with the key and the hash of each. */
  take(rows: Rows, keys: ReadonlyArray<string>, hashes: ReadonlyArray<string>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const byBucket = new Map<number, Array<number>>()
      for (const [row, key] of keys.entries()) {
        const bucket = bucketOf(key, this.#before.ranges)
        const some = byBucket.get(bucket)
        if (some === undefined) byBucket.set(bucket, [row])
        else some.push(row)
      }
      for (const [bucket, some] of byBucket) {
        const held: Held = this.#held.get(bucket) ?? { bytes: 0, rows: [], hashes: new Map() }
        for (const row of some) held.hashes.set(keys[row] as string, hashes[row] as string)
        // The one that rows came for last waits longest.
        this.#held.delete(bucket)
        if (this.#isUnchanged(bucket, held)) {
          this.#bytes -= held.bytes
          continue
        }
        const copy = copyOf(rows, some)
        held.rows.push(copy)
        held.bytes += copy.bytes.length
        this.#bytes += copy.bytes.length
        this.#held.set(bucket, held)
      }
      return this.#judge(MOST_BYTES)
    })
  }

  /** Whether all rows of the last read have come, as they were, and no other. */
  #isUnchanged(bucket: number, { hashes }: Held): boolean {
    return bucketHash(hashes) === (this.#before.hashes[bucket] ?? "")
  }

  /** Emits what is left of buckets that changed: all rows have come. */
  get flush(): Effect.Effect<void> {
    return Effect.suspend(() => this.#judge(0))
  }

  #judge(most: number): Effect.Effect<void> {
    const changed: Array<Rows> = []
    for (const [bucket, held] of this.#held) {
      if (this.#bytes <= most) break
      this.#held.delete(bucket)
      this.#bytes -= held.bytes
      changed.push(...held.rows)
    }
    return Effect.forEach(changed, (rows) => this.#emitter.records(rows), { discard: true })
  }
}
