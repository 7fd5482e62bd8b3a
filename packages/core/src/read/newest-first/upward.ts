/**
 * The first read of a list that is otherwise read newest first: from its oldest row up, so that each page has a
 * checkpoint and a run that is cut short is resumed. Read downward, no page but the last would allow one.
 */
import { Effect } from "effect"
import type { Changes } from "../../declare/changes.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import { everyRow, type Page, safeWatermarkAt } from "../../page/page.ts"
import { Advance, stuck } from "../pages/advance.ts"
import { Ascending } from "../pages/ascending.ts"
import { PageOverlap } from "../pages/overlap.ts"
import type { Requests } from "../pages/requests.ts"
import type { Sink } from "../sink.ts"
import type { NewestFirstProgress } from "./progress.ts"

type Order = NonNullable<Extract<Changes, { kind: "newestFirst" }>["ascending"]>

/** The progress of the list's own stream on the way up, and the checkpoint that emits it. */
export interface Upward {
  readonly progress: NewestFirstProgress
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
 * The first read of a list that can be sorted but not filtered: from its oldest row to its end, by offsets that overlap
 * by a row, with a checkpoint after each page.
 *
 * @returns when the read began and the latest time it met, in epoch seconds
 */
export const readUpward = (
  { progress, checkpoint }: Upward,
  { by, query }: Order,
  requests: Requests,
  sinks: ReadonlyArray<Sink>
): Effect.Effect<{ readonly began: number; readonly greatest: number }, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { path, name } = requests.stream
    const advance = new Advance(name)
    const isAhead = goesBeyond(by)
    let overlap = new PageOverlap(progress.upward?.start)
    let isSaved = overlap.start > 0
    let {
      last = "",
      began,
      greatest = Number.NEGATIVE_INFINITY
    }: Partial<NonNullable<NewestFirstProgress["upward"]>> = progress.upward ?? {}
    let before = new Set([last])
    for (;;) {
      const asked = { ...query, ...overlap.query }
      const { page, isThere } = isSaved
        ? yield* requests.resume(path, asked, query)
        : { page: yield* requests.page(path, asked), isThere: true }
      if (!isThere) overlap = new PageOverlap()
      isSaved = false
      began ??= safeWatermarkAt(page)
      if (page.count === 0 && page.following._tag === "Next") {
        const standstill = advance.saw(page, false, overlap.start)
        if (standstill !== undefined) return yield* standstill
        overlap.skip(page)
        continue
      }
      const keys = everyRow(page).map((row) => page.key(row))
      const [first] = keys
      const passed = by === "id" && first !== undefined && numberOf(first) <= numberOf(last)
      if (!overlap.fits(passed || (first !== undefined && before.has(first)), page.count)) {
        if (overlap.isLost) return yield* stuck(name)
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
      const standstill = goesOn ? advance.saw(page, isAhead(page), overlap.start) : undefined
      const upward = { last, began, greatest }
      if (goesOn && standstill === undefined) overlap.pass(page.count)
      const start = overlap.overlaps ? overlap.start : overlap.start - 1
      const covers = Effect.suspend(() => {
        if (!goesOn || standstill !== undefined) return Effect.void
        progress.upward = { start, ...upward }
        return checkpoint
      })
      // The list's own stream comes first; its checkpoint covers its rows alone.
      for (const [at, sink] of sinks.entries()) yield* sink.take(page, rows, at === 0 ? covers : Effect.void)
      if (standstill !== undefined) return yield* standstill
      if (!goesOn) return { began, greatest }
    }
  })
