import { Effect } from "effect"
import { STATE_VERSION, type Stated } from "../compat.ts"
import { cursorText, secondsOf, zonedText } from "../cursor.ts"
import type { ReadError } from "../errors.ts"
import type { JsonObject } from "../events.ts"
import { cursorFieldOf, type Query, type SourceStream } from "../stream.ts"
import type { RefusedError } from "../transport.ts"
import { Advance, stuck } from "./advance.ts"
import { Ascending } from "./ascending.ts"
import type { Consumer } from "./consumer.ts"
import { everyRow, type Page, settledAt } from "./page.ts"
import { pathOf, type Requests } from "./requests.ts"
import { Seam } from "./seam.ts"

/** The front is read again until it stands still, this often at most; the rest is the next run's. */
const MOST_PASSES = 10

const second = (value: unknown): number | undefined => {
  const seconds = typeof value === "string" ? secondsOf(value) : Number.NaN
  return Number.isFinite(seconds) ? seconds : undefined
}

/** How far a list is out that can be sorted but not filtered. Times are epoch seconds. */
export class NewestBook {
  readonly stream: SourceStream
  mark: number | undefined
  /** A first read on its way up: the offset it has come to, the key of the last row, the latest time, and its begin. */
  upward:
    | { readonly start: number; readonly last: string; readonly began: number; readonly greatest: number }
    | undefined
  /** Start of the last whole read. */
  whole: number | undefined

  constructor(stream: SourceStream, stated: Stated) {
    const own = stated.own ?? {}
    this.stream = stream
    this.mark = stated.mark
    this.whole = second(own["whole"])
    const at = own["at"] as { start?: unknown; last?: unknown; greatest?: unknown } | undefined
    const began = second(own["began"])
    if (typeof at?.start === "number" && typeof at.last === "string" && began !== undefined) {
      const greatest = second(at.greatest) ?? Number.NEGATIVE_INFINITY
      this.upward = { start: at.start, last: at.last, began, greatest }
    }
  }

  state(): JsonObject {
    return {
      ...(this.mark !== undefined && { [cursorFieldOf(this.stream) as string]: cursorText(this.stream, this.mark) }),
      _ab: {
        v: STATE_VERSION,
        ...(this.upward !== undefined && {
          at: {
            start: this.upward.start,
            last: this.upward.last,
            ...(Number.isFinite(this.upward.greatest) && { greatest: zonedText(this.upward.greatest) })
          },
          began: zonedText(this.upward.began)
        }),
        ...(this.whole !== undefined && { whole: zonedText(this.whole) })
      }
    }
  }
}

/** Keys and contents of a page's rows, in order. */
const contentOf = (page: Page): string =>
  everyRow(page)
    .map((row) => `${page.key(row)} ${page.hash(row)}`)
    .join("\n")

interface NewestOptions {
  readonly requests: Requests
  readonly consumers: ReadonlyArray<Consumer>
  /** Rows older than it are not wanted by anybody; undefined for all. */
  readonly threshold: number | undefined
  /** Goes up with checkpoints first: the book of the list's own stream, and how to print it. */
  readonly upward?: { readonly book: NewestBook; readonly checkpoint: Effect.Effect<void> }
}

/**
 * Reads a list newest first down to the threshold, then its front again until nothing new stands there: a row that is
 * edited meanwhile jumps to the front, behind the reader.
 *
 * @returns the new mark: everything older is out and settled; `through` where its own second is out as well. Undefined
 * where nothing was new
 */
export const readNewestFirst = (
  options: NewestOptions
): Effect.Effect<{ readonly mark: number; readonly through: boolean } | undefined, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { requests, consumers, threshold } = options
    const { stream } = requests
    const { changes } = stream
    if (changes?.kind !== "newestFirst") return yield* Effect.die("not a newestFirst stream")
    const sent = new Map<string, number>()
    let greatest = Number.NEGATIVE_INFINITY
    let settled = Number.POSITIVE_INFINITY

    const give = (page: Page, rows: ReadonlyArray<number>) =>
      Effect.gen(function* () {
        const fresh = rows.filter((row) => {
          const key = page.key(row)
          const hash = page.hash(row)
          if (sent.get(key) === hash) return false
          sent.set(key, hash)
          const seconds = page.seconds(row)
          if (Number.isFinite(seconds)) greatest = Math.max(greatest, seconds)
          return true
        })
        for (const consumer of consumers) yield* consumer.take(page, fresh, Effect.void)
      })

    /** One way down; tells how many requests it took and the edge at its first answer. */
    const down = Effect.fnUntraced(function* (
      path: ReturnType<typeof pathOf>,
      asked: Query,
      until: number | undefined
    ) {
      const seam = new Seam()
      let advance = new Advance(stream.name)
      /** The first page as it was when this pass, or the look at it, began. */
      let front = ""
      let requestsMade = 0
      let began: number | undefined
      let seen = new Set<string>()
      const paging = stream.paging.kind === "offset" ? stream.paging : undefined
      for (;;) {
        const page: Page = yield* requests.page(path, { ...asked, ...seam.query })
        requestsMade++
        began ??= settledAt(page)
        if (page.count === 0 && page.following._tag === "Next") {
          const standstill = advance.saw(page, false, seam.start)
          if (standstill !== undefined) return yield* standstill
          seam.skip(page)
          continue
        }
        const keys = Array.from({ length: page.count }, (_, row) => page.key(row))
        if (!seam.fits(keys[0] !== undefined && seen.has(keys[0]), page.count)) {
          if (seam.isLost) return yield* stuck(stream.name)
          continue
        }
        const older = (row: number) => until !== undefined && page.seconds(row) < until
        const rows = keys.map((_, row) => row).filter((row) => !older(row))
        const unseen = rows.filter((row) => !seen.has(keys[row] as string))
        if (seam.start === 0) {
          seen = new Set()
          front = contentOf(page)
        }
        for (const key of keys) seen.add(key)
        yield* give(page, unseen)
        const crossed = rows.length < page.count
        const isUndeclared = paging?.declared === false
        const goesOn = isUndeclared ? seam.goesOn(page.count, unseen.length) : page.following._tag === "Next"
        if (crossed || !goesOn) return { requestsMade, began }
        const standstill = advance.saw(page, unseen.length > 0, seam.start)
        if (standstill !== undefined) {
          // Rows that are edited meanwhile jump to the front and push known ones under the offset.
          const now = contentOf(yield* requests.page(path, asked))
          requestsMade++
          if (now === front) return yield* standstill
          front = now
          advance = new Advance(stream.name)
        }
        seam.pass(page.count)
      }
    })

    const upward = options.upward
    let until = threshold
    if (upward !== undefined && changes.ascending !== undefined) {
      const { by, query } = changes.ascending
      const advance = new Advance(stream.name)
      const ascending = new Ascending()
      let highest = Number.NEGATIVE_INFINITY
      let seam = new Seam(upward.book.upward?.start)
      let isSaved = seam.start > 0
      let last = upward.book.upward?.last ?? ""
      let began = upward.book.upward?.began
      greatest = upward.book.upward?.greatest ?? greatest
      let before = new Set([last])
      const numberOf = (key: string) => Number(key.split(",").at(-1))
      for (;;) {
        const asked = { ...query, ...seam.query }
        const { page, isThere } = isSaved
          ? yield* requests.resume(stream.path, asked, query)
          : { page: yield* requests.page(stream.path, asked), isThere: true }
        if (!isThere) seam = new Seam()
        isSaved = false
        began ??= settledAt(page)
        if (page.count === 0 && page.following._tag === "Next") {
          const standstill = advance.saw(page, false, seam.start)
          if (standstill !== undefined) return yield* standstill
          seam.skip(page)
          continue
        }
        const keys = Array.from({ length: page.count }, (_, row) => page.key(row))
        const [first] = keys
        const passed = by === "id" && first !== undefined && numberOf(first) <= numberOf(last)
        if (!seam.fits(passed || (first !== undefined && before.has(first)), page.count)) {
          if (seam.isLost) return yield* stuck(stream.name)
          continue
        }
        const rows = keys.map((_, row) => row).filter((row) => !before.has(keys[row] as string))
        for (const row of rows) {
          const seconds = page.seconds(row)
          if (Number.isFinite(seconds)) greatest = Math.max(greatest, seconds)
        }
        for (const consumer of consumers) yield* consumer.take(page, rows, Effect.void)
        if (page.count > 0) {
          last = keys.at(-1) as string
          before = new Set(keys)
        }
        const ids = by === "id" ? keys.map(numberOf) : []
        const isNew = by === "id" ? ids.some((id) => id > highest) : ascending.goesBeyond(page)
        highest = Math.max(highest, ...ids)
        if (page.following._tag !== "Next") break
        const standstill = advance.saw(page, isNew, seam.start)
        if (standstill !== undefined) return yield* standstill
        seam.pass(page.count)
        upward.book.upward = { start: seam.overlaps ? seam.start : seam.start - 1, last, began, greatest }
        yield* upward.checkpoint
      }
      until = began
    }

    const parts = stream.parts ?? [{}]
    // A row that moves meanwhile from a part that is yet to be read to one that was is in neither: a whole read looks twice.
    for (const part of until === undefined && parts.length > 1 ? [...parts, ...parts] : parts) {
      const path = pathOf(part.path ?? stream.path)
      const asked = { ...part.query, ...changes.descending }
      let bound = until
      for (let pass = 1; ; pass++) {
        const { began, requestsMade } = yield* down(path, asked, bound)
        if (requestsMade === 1 || pass === MOST_PASSES) {
          settled = Math.min(settled, began)
          break
        }
        bound = Math.max(began, bound ?? began)
      }
    }
    return Number.isFinite(greatest) ? { mark: Math.min(settled, greatest), through: greatest <= settled } : undefined
  })
