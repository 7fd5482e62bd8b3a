import { Effect } from "effect"
import { STATE_VERSION, type Stated } from "../compat.ts"
import { cursorText, secondsOf, zonedText } from "../cursor.ts"
import type { ReadError } from "../errors.ts"
import type { JsonObject } from "../events.ts"
import { hashOf, hashText } from "../hash.ts"
import { CHANGED_AT, cursorFieldOf, type SourceStream } from "../stream.ts"
import { bytesOf } from "../text.ts"
import type { RefusedError } from "../transport.ts"
import { addedTo, type Ranks } from "./added.ts"
import type { Consumer } from "./consumer.ts"
import { readList } from "./list.ts"
import type { Outlet } from "./outlet.ts"
import { type Page, pick } from "./page.ts"
import { pathOf, type Requests } from "./requests.ts"

/** A state larger than this keeps one hash for many keys. */
const MOST_STATE_BYTES = 256 * 1024
const BUCKETS = 4096

const textHash = (text: string): number => {
  const bytes = bytesOf(text)
  return hashOf(bytes, 0, bytes.length)
}

const bucketOf = (key: string): number => textHash(key) % BUCKETS

/** One hash for each bucket of keys, whatever the order in which the rows came. */
const bucketsOf = (hashes: ReadonlyMap<string, string>): ReadonlyArray<string> => {
  const members = Array.from({ length: BUCKETS }, (): Array<string> => [])
  for (const [key, hash] of hashes) members[bucketOf(key)]?.push(`${key}=${hash}`)
  return members.map((pairs) => (pairs.length === 0 ? "" : hashText(textHash(pairs.sort().join("\n")))))
}

const stringsOf = (value: unknown): ReadonlyArray<[string, string]> =>
  typeof value === "object" && value !== null
    ? Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string")
    : []

/** What a short list held when it was last read: a hash for each key. */
export class SnapshotBook {
  readonly stream: SourceStream
  readonly #before: ReadonlyMap<string, string>
  /** The coarse form, where the list was too long for a hash each. */
  readonly #buckets: ReadonlyArray<string> | undefined
  readonly #now = new Map<string, string>()
  #greatest: number | undefined
  /** When the list was last read whole, in epoch seconds. */
  read: number | undefined

  constructor(stream: SourceStream, stated: Stated) {
    const own = stated.own ?? {}
    this.stream = stream
    this.#before = new Map(stringsOf(own["hashes"]))
    this.#buckets = typeof own["buckets"] === "string" ? own["buckets"].split(",") : undefined
    this.#greatest = stated.mark
    const read = typeof own["read"] === "string" ? secondsOf(own["read"]) : Number.NaN
    this.read = Number.isFinite(read) ? read : undefined
  }

  /** Whether the list is to be held back until all of it is known. */
  get coarse(): boolean {
    return this.#buckets !== undefined
  }

  /** Whether a row's content is new, against the last read and against this one. */
  isNew(key: string, hash: string): boolean {
    const now = this.#now.get(key)
    return now === undefined ? this.#before.get(key) !== hash : now !== hash
  }

  /** The row is out. */
  keep(key: string, hash: string, seconds: number): void {
    this.#now.set(key, hash)
    if (Number.isFinite(seconds)) this.#greatest = Math.max(seconds, this.#greatest ?? seconds)
  }

  /** Buckets whose rows are not what they were. */
  changedBuckets(): ReadonlySet<number> {
    const before = this.#buckets ?? []
    return new Set(bucketsOf(this.#now).flatMap((hash, bucket) => (hash === (before[bucket] ?? "") ? [] : [bucket])))
  }

  state(): JsonObject {
    const greatest = this.#greatest === undefined ? undefined : Math.min(this.#greatest, this.read ?? this.#greatest)
    const mark = cursorFieldOf(this.stream) === CHANGED_AT ? (this.read ?? greatest) : greatest
    const hashes = Object.fromEntries(this.#now)
    const fine = { hashes }
    const small = JSON.stringify(fine).length <= MOST_STATE_BYTES
    return {
      ...(mark !== undefined && { [cursorFieldOf(this.stream) as string]: cursorText(this.stream, mark) }),
      _ab: {
        v: STATE_VERSION,
        ...(this.read !== undefined && { read: zonedText(this.read) }),
        ...(small ? fine : { buckets: bucketsOf(this.#now).join(",") })
      }
    }
  }
}

/** Rows of a page that are new to the book; they count as out once `commit` is called. */
export const fresh = (book: SnapshotBook, page: Page, rows: ReadonlyArray<number>, prefix = "") => {
  const kept = rows.flatMap((row) => {
    const key = prefix + page.key(row)
    const hash = hashText(page.hash(row))
    const isNew = book.isNew(key, hash)
    return [{ row, key, hash, isNew }]
  })
  return {
    rows: kept.filter(({ isNew }) => isNew).map(({ row }) => row),
    commit: () => {
      for (const { row, key, hash } of kept) book.keep(key, hash, page.seconds(row))
    }
  }
}

/** The list's own stream: rows whose content is new go out; in a full refresh, all, each version once. */
export const changedRowsTo = (outlet: Outlet, book: SnapshotBook): Consumer => {
  const added = addedTo(outlet.stream)
  const ranks: Ranks = new Map()
  const held: Array<{ readonly page: Page; readonly rows: ReadonlyArray<number> }> = []
  const send = (page: Page, rows: ReadonlyArray<number>) => {
    const kept = new Set(rows)
    return outlet.records(
      pick(
        page.rows,
        (row) => kept.has(row),
        added === undefined ? undefined : (row) => added(page, row, undefined, ranks)
      )
    )
  }
  return {
    outlet,
    isOpen: () => !outlet.ended,
    take: (page, rows, done) =>
      Effect.suspend(() => {
        const { rows: changed, commit } = fresh(book, page, rows)
        if (book.coarse) {
          held.push({ page, rows })
          commit()
          return done
        }
        return Effect.andThen(send(page, changed), Effect.andThen(Effect.sync(commit), done))
      }),
    finish: (done) =>
      Effect.suspend(() => {
        if (!book.coarse) return done
        const changed = book.changedBuckets()
        return Effect.forEach(
          held,
          ({ page, rows }) =>
            send(
              page,
              rows.filter((row) => changed.has(bucketOf(page.key(row))))
            ),
          { discard: true }
        ).pipe(Effect.andThen(done))
      })
  }
}

/** Reads a list whole, all its parts, for all who take from it. */
export const readWhole = (
  requests: Requests,
  consumers: ReadonlyArray<Consumer>,
  seen: (page: Page) => void
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { stream } = requests
    for (const part of stream.parts ?? [{}]) {
      yield* readList(requests, pathOf(part.path ?? stream.path), part.query ?? {}, (page, rows) => {
        seen(page)
        return Effect.forEach(consumers, (consumer) => consumer.take(page, rows, Effect.void), { discard: true })
      })
    }
  })
