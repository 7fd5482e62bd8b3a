/**
 * Children that are a snapshot: all parents are read each time, and rows whose content is new are emitted. A budget may
 * not reach for all parents; the next run then continues the pass with those that are left.
 */
import { Effect } from "effect"
import type { Sink } from "../sink.ts"
import type { SnapshotProgress } from "../snapshot/snapshot.ts"
import type { ChildRun } from "./child-run.ts"

/** The key of the parent in the key of a child's row. */
const parentIn = (key: string): string => key.slice(0, key.indexOf("|"))

/**
 * Takes the parents of a list for children that are a snapshot: all of them, but for those that have been read in a
 * pass that an earlier run began.
 */
export const everyParent = (child: ChildRun, snapshot: SnapshotProgress): Sink => {
  const { progress, children, sink, selected } = child
  const { pass } = snapshot
  const isContinued = !pass.isEmpty
  /** When the list was read in this run, in epoch seconds. */
  let readAt: number | undefined
  /** Parents that are read in this run. */
  const now = new Set<string>()
  /** What is known of rows of other parents stays; where lists stand between, no row tells of which it is. */
  const isOfOther = (key: string): boolean => selected.ancestry.length > 1 || !now.has(parentIn(key))
  /** A row that is missing stays in the state as well, until its tombstone has been emitted. */
  const isKept = child.tracking === undefined ? isOfOther : () => true

  const note = (keys: ReadonlyArray<string>) =>
    Effect.suspend(() => {
      const failed = new Set(progress.failed.keys(children.stream.name))
      for (const key of keys) {
        if (failed.has(key)) continue
        now.add(key)
        pass.note(key, Number.NaN)
      }
      return selected.mode === "incremental" ? selected.emitter.later(() => snapshot.partly(isKept)) : Effect.void
    })

  /** Made outside `take`, so that it does not hold the page. */
  const progressOf = (parents: ReadonlyArray<{ readonly row: number; readonly key: string }>) => ({
    done: note(parents.map(({ key }) => key)),
    partly: (next: number) => note(parents.filter(({ row }) => row < next).map(({ key }) => key))
  })

  return {
    ...sink,
    take: (page, rows, done) =>
      Effect.suspend(() => {
        readAt ??= Math.floor(page.serverMs / 1000)
        snapshot.began ??= readAt
        const left = rows.flatMap((row) => {
          const parent = children.parentIn(page, row)
          const key = typeof parent === "object" ? parent.key : ""
          if (key !== "" && pass.has(key, Number.NaN)) return []
          return [{ row, key }]
        })
        const parents = left.filter(({ key }) => key !== "")
        const { done: noted, partly } = progressOf(parents)
        return sink.take(
          page,
          left.map(({ row }) => row),
          Effect.andThen(noted, done),
          partly
        )
      }),
    finish: (done) =>
      sink.finish(
        Effect.suspend(() => {
          if (isContinued) snapshot.carry(isOfOther)
          snapshot.finish(readAt, isContinued)
          return done
        })
      )
  }
}
