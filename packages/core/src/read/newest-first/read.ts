/**
 * The passes over a list that is read newest first. Rows that a pass shows again, unchanged, are not emitted twice.
 *
 *   a first read, where ──▶ up to the last row ──┐                     ┌──▶ one request ──▶ the end
 *   the list sorts so                            ├──▶ a pass down ─────┤
 *   any other read ──────────────────────────────┘    from the front ▲ └──▶ more ──┐
 *                                                                    └─────────────┘
 *                                                     down to when the pass before it began
 *
 * A row that is edited meanwhile jumps to the front, behind the reader. So the front is read until a pass is a single
 * request, which is one moment of the list. On its way down no page but the last allows a checkpoint: a run that is cut
 * short is repeated. The way up does, and is resumed.
 */
import { Effect } from "effect"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import type { Page } from "../../page/page.ts"
import { type DownwardPage, downward } from "../pages/downward.ts"
import type { Pager } from "../pages/pager.ts"
import { pathOf, type Requests } from "../pages/requests.ts"
import { type UpwardOrder, upward } from "../pages/upward.ts"
import type { Sink } from "../sink.ts"
import type { NewestFirstProgress } from "./progress.ts"

/** The front is read again until nothing changes there, this often at most; the next run reads the rest. */
const MOST_PASSES = 10

/** The progress of the list's own stream on the way up, and the checkpoint that emits it. */
interface Upward {
  readonly progress: NewestFirstProgress
  readonly checkpoint: Effect.Effect<void>
}

interface NewestOptions {
  readonly requests: Requests
  readonly sinks: ReadonlyArray<Sink>
  /** Rows older than it are needed by no sink; undefined where all rows are. */
  readonly threshold: number | undefined
  /** Goes up with checkpoints first. */
  readonly upward?: Upward
}

/** The latest of a time and those of some rows; rows without a time count for nothing. */
const latest = (page: Page, rows: ReadonlyArray<number>, before: number): number =>
  rows.map(page.seconds).reduce((greatest, seconds) => (seconds > greatest ? seconds : greatest), before)

/**
 * Reads a list from its oldest row to its end, with a checkpoint after each page.
 *
 * @returns when the read began and the latest time it met, in epoch seconds
 */
const readUpward = (
  { progress, checkpoint }: Upward,
  order: UpwardOrder,
  { requests, sinks }: NewestOptions
): Effect.Effect<{ readonly began: number; readonly greatest: number }, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const pager = upward(requests, order, progress.upward)
    let began = progress.upward?.began
    let greatest = progress.upward?.greatest ?? Number.NEGATIVE_INFINITY
    for (;;) {
      const { page, rows, ended, place, began: now } = yield* pager.next
      began ??= now
      greatest = latest(page, rows, greatest)
      const reached = place === undefined ? undefined : { ...place, began, greatest }
      const covers = Effect.suspend(() => {
        if (reached === undefined) return Effect.void
        progress.upward = reached
        return checkpoint
      })
      // The list's own stream comes first; its checkpoint covers its rows alone.
      for (const [at, sink] of sinks.entries()) yield* sink.take(page, rows, at === 0 ? covers : Effect.void)
      if (ended) return { began, greatest }
    }
  })

/**
 * One pass down a list.
 *
 * @returns its last page
 */
const readPass = (
  pager: Pager<DownwardPage>,
  give: (page: Page, rows: ReadonlyArray<number>) => Effect.Effect<void>
): Effect.Effect<DownwardPage, ReadError | RefusedError> =>
  Effect.gen(function* () {
    for (;;) {
      const page = yield* pager.next
      yield* give(page.page, page.rows)
      if (page.ended) return page
    }
  })

/**
 * Reads a list newest first down to the threshold, then its front again until nothing new stands there.
 *
 * @returns the new watermark, not later than the safe watermark: all earlier rows have been emitted; `through` where
 *   those of its own second have been emitted as well. Undefined where nothing was new
 */
export const readNewestFirst = (
  options: NewestOptions
): Effect.Effect<{ readonly watermark: number; readonly through: boolean } | undefined, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { requests, sinks, threshold } = options
    const { stream } = requests
    const { changes } = stream
    if (changes?.kind !== "newestFirst") return yield* Effect.die("not a newestFirst stream")
    const emitted = new Map<string, number>()
    let greatest = Number.NEGATIVE_INFINITY
    let safeWatermark = Number.POSITIVE_INFINITY

    const give = (page: Page, rows: ReadonlyArray<number>) => {
      const changed = rows.filter((row) => {
        const [key, hash] = [page.key(row), page.hash(row)]
        if (emitted.get(key) === hash) return false
        emitted.set(key, hash)
        return true
      })
      greatest = latest(page, changed, greatest)
      return Effect.forEach(sinks, (sink) => sink.take(page, changed, Effect.void), {
        concurrency: "unbounded",
        discard: true
      })
    }

    let until = threshold
    if (options.upward !== undefined && changes.ascending !== undefined) {
      const risen = yield* readUpward(options.upward, changes.ascending, options)
      greatest = risen.greatest
      until = risen.began
    }

    const parts = stream.parts ?? [{}]
    // A row that moves meanwhile from a part that is yet to be read to one that was is in neither: a whole read looks twice.
    for (const part of until === undefined && parts.length > 1 ? [...parts, ...parts] : parts) {
      const path = pathOf(part.path ?? stream.path)
      const query = { ...part.query, ...changes.descending }
      let bound = until
      for (let pass = 1; ; pass++) {
        const { began, requestsMade } = yield* readPass(downward({ requests, path, query, until: bound }), give)
        if (requestsMade === 1 || pass === MOST_PASSES) {
          safeWatermark = Math.min(safeWatermark, began)
          break
        }
        bound = Math.max(began, bound ?? began)
      }
    }
    return Number.isFinite(greatest)
      ? { watermark: Math.min(safeWatermark, greatest), through: greatest <= safeWatermark }
      : undefined
  })
