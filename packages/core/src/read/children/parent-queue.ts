/**
 * Parents that wait until all lists have been read, with only their keys in memory.
 */
import { Effect } from "effect"
import type { Children } from "./children.ts"
import { type ParentPage, parentPage } from "./parent-pages.ts"
import type { ParentSink } from "./parent-sink.ts"

/**
 * Parents noted while their list is read, whose children are asked for once all lists have been read. A child stream
 * that is asked for parent by parent costs so much more than its list that no list waits for it: when the daily budget
 * runs out, all lists have been read.
 *
 * A full queue takes no further pages. The list is then read again for the rest, from where the queue ends.
 */
export interface ParentQueue extends ParentSink {
  /** Whether every parent of the list is, or was, in the queue: the list need not be read again. */
  readonly isWhole: () => boolean
  /** Reads the children of all parents in the queue. */
  readonly drain: Effect.Effect<void>
}

/** @param capacity parents that may wait; a page that would exceed it closes the queue */
export const parentQueue = (children: Children, sink: ParentSink, capacity: number): ParentQueue => {
  const { emitter } = sink
  const pages: Array<ParentPage> = []
  let size = 0
  let isFull = false
  let isWhole = false
  let finishing: Effect.Effect<void> = Effect.void

  const takeParents = (page: ParentPage): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (isFull || emitter.ended) return Effect.void
      if (pages.length === 0 && page.parents.length === 0) return page.done
      if (size + page.parents.length > capacity) {
        isFull = true
        return Effect.void
      }
      size += page.parents.length
      pages.push(page)
      return Effect.void
    })

  return {
    emitter,
    isOpen: () => !isFull && !emitter.ended,
    isWhole: () => isWhole,
    takeParents,
    take: (page, rows, done, partly) =>
      Effect.suspend(() =>
        isFull || emitter.ended ? Effect.void : takeParents(parentPage(children, emitter, page, rows, done, partly))
      ),
    finish: (done) =>
      Effect.suspend(() => {
        isWhole = !isFull
        finishing = done
        return isWhole && pages.length === 0 && !emitter.ended ? done : Effect.void
      }),
    drain: Effect.suspend(() => {
      if (pages.length === 0) return Effect.void
      const waiting = pages.splice(0)
      return Effect.forEach(waiting, sink.takeParents, { discard: true }).pipe(
        Effect.andThen(Effect.suspend(() => sink.finish(isWhole ? finishing : Effect.void)))
      )
    })
  }
}
