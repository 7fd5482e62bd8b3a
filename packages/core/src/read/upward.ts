import { Effect } from "effect"
import type { Changes } from "../changes.ts"
import type { ReadError } from "../errors.ts"
import type { RefusedError } from "../transport.ts"
import { Advance, stuck } from "./advance.ts"
import { Ascending } from "./ascending.ts"
import type { Consumer } from "./consumer.ts"
import type { NewestBook } from "./newest-book.ts"
import { everyRow, type Page, settledAt } from "./page.ts"
import type { Requests } from "./requests.ts"
import { Seam } from "./seam.ts"

type Order = NonNullable<Extract<Changes, { kind: "newestFirst" }>["ascending"]>

/** Goes up with checkpoints: the book of the list's own stream, and how to print it. */
export interface Upward {
  readonly book: NewestBook
  readonly checkpoint: Effect.Effect<void>
}

const numberOf = (key: string): number => Number(key.split(",").at(-1))

/** Tells a page that brings rows behind all before from one that has been read. */
const goesBeyond = (by: string): ((page: Page) => boolean) => {
  if (by !== "id") {
    const ascending = new Ascending()
    return (page) => ascending.goesBeyond(page)
  }
  let highest = Number.NEGATIVE_INFINITY
  return (page) => {
    const before = highest
    for (const row of everyRow(page)) highest = Math.max(highest, numberOf(page.key(row)))
    return highest > before
  }
}

/**
 * The first read of a list that can be sorted but not filtered: from its oldest row to its end, by offsets that overlap by
 * a row, with a checkpoint after each page.
 *
 * @returns when the read began and the latest time it met, in epoch seconds
 */
export const readUpward = (
  { book, checkpoint }: Upward,
  { by, query }: Order,
  requests: Requests,
  consumers: ReadonlyArray<Consumer>
): Effect.Effect<{ readonly began: number; readonly greatest: number }, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { path, name } = requests.stream
    const advance = new Advance(name)
    const isAhead = goesBeyond(by)
    let seam = new Seam(book.upward?.start)
    let isSaved = seam.start > 0
    let {
      last = "",
      began,
      greatest = Number.NEGATIVE_INFINITY
    }: Partial<NonNullable<NewestBook["upward"]>> = book.upward ?? {}
    let before = new Set([last])
    for (;;) {
      const asked = { ...query, ...seam.query }
      const { page, isThere } = isSaved
        ? yield* requests.resume(path, asked, query)
        : { page: yield* requests.page(path, asked), isThere: true }
      if (!isThere) seam = new Seam()
      isSaved = false
      began ??= settledAt(page)
      if (page.count === 0 && page.following._tag === "Next") {
        const standstill = advance.saw(page, false, seam.start)
        if (standstill !== undefined) return yield* standstill
        seam.skip(page)
        continue
      }
      const keys = everyRow(page).map((row) => page.key(row))
      const [first] = keys
      const passed = by === "id" && first !== undefined && numberOf(first) <= numberOf(last)
      if (!seam.fits(passed || (first !== undefined && before.has(first)), page.count)) {
        if (seam.isLost) return yield* stuck(name)
        continue
      }
      const rows = everyRow(page).filter((row) => !before.has(keys[row] as string))
      for (const row of rows) {
        const seconds = page.seconds(row)
        if (Number.isFinite(seconds)) greatest = Math.max(greatest, seconds)
      }
      if (page.count > 0) {
        last = keys.at(-1) as string
        before = new Set(keys)
      }
      const goesOn = page.following._tag === "Next"
      const standstill = goesOn ? advance.saw(page, isAhead(page), seam.start) : undefined
      const upward = { last, began, greatest }
      if (goesOn && standstill === undefined) seam.pass(page.count)
      const start = seam.overlaps ? seam.start : seam.start - 1
      const covers = Effect.suspend(() => {
        if (!goesOn || standstill !== undefined) return Effect.void
        book.upward = { start, ...upward }
        return checkpoint
      })
      // The list's own stream comes first; its checkpoint covers its rows alone.
      for (const [at, consumer] of consumers.entries())
        yield* consumer.take(page, rows, at === 0 ? covers : Effect.void)
      if (standstill !== undefined) return yield* standstill
      if (!goesOn) return { began, greatest }
    }
  })
