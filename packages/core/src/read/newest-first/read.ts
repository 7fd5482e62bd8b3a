/**
 * The passes over a list that is read newest first: up through all rows on a first read, where the list can be sorted
 * so, then down from the front until nothing has changed meanwhile. Rows that a pass shows again, unchanged, are not
 * emitted twice.
 */
import { Effect } from "effect"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import type { Page } from "../../page/page.ts"
import { pathOf, type Requests } from "../pages/requests.ts"
import type { Sink } from "../sink.ts"
import { readDownward } from "./downward.ts"
import { readUpward, type Upward } from "./upward.ts"

/** The front is read again until nothing changes there, this often at most; the next run reads the rest. */
const MOST_PASSES = 10

interface NewestOptions {
  readonly requests: Requests
  readonly sinks: ReadonlyArray<Sink>
  /** Rows older than it are needed by no sink; undefined where all rows are. */
  readonly threshold: number | undefined
  /** Goes up with checkpoints first. */
  readonly upward?: Upward
}

/**
 * Reads a list newest first down to the threshold, then its front again until nothing new stands there: a row that is
 * edited meanwhile jumps to the front, behind the reader.
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

    const give = (page: Page, rows: ReadonlyArray<number>) =>
      Effect.gen(function* () {
        const fresh = rows.filter((row) => {
          const key = page.key(row)
          const hash = page.hash(row)
          if (emitted.get(key) === hash) return false
          emitted.set(key, hash)
          const seconds = page.seconds(row)
          if (Number.isFinite(seconds)) greatest = Math.max(greatest, seconds)
          return true
        })
        yield* Effect.forEach(sinks, (sink) => sink.take(page, fresh, Effect.void), {
          concurrency: "unbounded",
          discard: true
        })
      })

    let until = threshold
    if (options.upward !== undefined && changes.ascending !== undefined) {
      const risen = yield* readUpward(options.upward, changes.ascending, requests, sinks)
      greatest = risen.greatest
      until = risen.began
    }

    const parts = stream.parts ?? [{}]
    // A row that moves meanwhile from a part that is yet to be read to one that was is in neither: a whole read looks twice.
    for (const part of until === undefined && parts.length > 1 ? [...parts, ...parts] : parts) {
      const path = pathOf(part.path ?? stream.path)
      const asked = { ...part.query, ...changes.descending }
      let bound = until
      for (let pass = 1; ; pass++) {
        const { began, requestsMade } = yield* readDownward({ requests, path, asked, until: bound, give })
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
