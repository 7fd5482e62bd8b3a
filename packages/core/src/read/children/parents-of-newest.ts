/**
 * The parents in a list that is read newest first. They are gathered while the list is read, and handed over oldest
 * first once it has been read to its end.
 */
import { Effect } from "effect"
import { safeWatermarkAt } from "../../page/page.ts"
import type { Sink } from "../sink.ts"
import type { ChildRun } from "./child-run.ts"
import type { Parent } from "./parent.ts"
import type { ParentPage } from "./parent-pages.ts"

/** A parent of a list that is read newest first, as it was when it was last seen. */
interface Found {
  readonly key: string
  readonly parent: Parent
  /** NaN for one without a time. */
  readonly seconds: number
  readonly isBeforeSafeWatermark: boolean
}

/** Those without a time first, as a read down to a watermark may not reach them again; then the oldest. */
const byTime = (a: Found, b: Found): number =>
  Number.isNaN(a.seconds) || Number.isNaN(b.seconds)
    ? Number(Number.isNaN(b.seconds)) - Number(Number.isNaN(a.seconds))
    : a.seconds - b.seconds

/**
 * How far a list has been read: all changes before the watermark; those of its own second as well where it is
 * `through`.
 */
export interface Reached {
  readonly watermark: number
  readonly through: boolean
}

/** A child's parents in a list that is read newest first. */
export interface ParentsOfNewest {
  readonly sink: Sink
  /** Hands over those of a list that has been read to its end; `reached` is undefined where nothing in it was new. */
  readonly give: (reached: Reached | undefined) => Effect.Effect<void>
  /** Hands over those of a list whose read has failed. */
  readonly cut: Effect.Effect<void>
}

/**
 * Gathers the parents of a list that is read newest first, and hands them over oldest first: the child's watermark
 * rises with them, so that a run that is cut short leaves less to the next one.
 */
export const oldestFirst = (list: string, child: ChildRun): ParentsOfNewest => {
  const { progress, children, sink, selected } = child
  const { emitter } = selected
  const pass = progress.pass(list)
  const found = new Map<string, Found>()

  const parentPage = (sorted: ReadonlyArray<Found>, reached: Reached | undefined): ParentPage => {
    let noted = 0
    return {
      parents: sorted.map(({ parent }, row) => ({ parent, row, isEmitted: false })),
      emitted: 0,
      done: Effect.void,
      partly: (next) =>
        Effect.suspend(() => {
          for (; noted < next; noted++) {
            const { isBeforeSafeWatermark, key, seconds } = sorted[noted] as Found
            if (isBeforeSafeWatermark) pass.note(key, seconds)
          }
          const { seconds } = sorted[next] as Found
          if (reached !== undefined && !Number.isNaN(seconds)) {
            const watermark = Math.min(seconds, reached.watermark)
            progress.reachPartly(list, watermark)
            pass.keep((other) => !(other < watermark))
          }
          return emitter.later(() => progress.state())
        })
    }
  }

  const takeAll = (reached: Reached | undefined) =>
    Effect.suspend(() => {
      const sorted = [...found.values()].sort(byTime)
      found.clear()
      return emitter.ended ? Effect.void : sink.takeParents(parentPage(sorted, reached))
    })

  return {
    sink: {
      ...sink,
      take: (page, rows, done) =>
        Effect.suspend(() => {
          for (const row of rows) {
            const key = page.key(row)
            const seconds = page.seconds(row)
            const parent = children.parentIn(page, row)
            found.delete(key)
            if (parent === "gone") emitter.skipped(1)
            else if (parent !== undefined && !pass.has(key, seconds))
              found.set(key, { key, parent, seconds, isBeforeSafeWatermark: !(seconds >= safeWatermarkAt(page)) })
          }
          return done
        })
    },
    give: (reached) =>
      Effect.andThen(
        takeAll(reached),
        sink.finish(
          Effect.sync(() => {
            pass.clear()
            if (reached !== undefined && !children.holdsWatermark) progress.reach(list, reached)
          })
        )
      ),
    cut: takeAll(undefined)
  }
}
