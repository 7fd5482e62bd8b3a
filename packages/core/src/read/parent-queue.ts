import { Effect } from "effect"
import { type ChildConsumer, type ParentPage, parentPage } from "./child-consumer.ts"
import type { Children } from "./children.ts"
import type { Consumer } from "./consumer.ts"

/**
 * Parents noted while their list is read, whose children are asked for once all lists have been read. A child that is
 * asked for parent by parent costs so much more than its list that no list waits for it: on a daily budget that does
 * not reach, lists come first. Only the parents' keys are kept, never a page.
 *
 * A queue that is full takes no further page; the list is then read again for the rest, from where the queue ends.
 */
export interface ParentQueue extends Consumer {
  /** Whether every parent of the list is, or was, in the queue: the list need not be read again. */
  readonly isWhole: () => boolean
  /** Reads the children of all parents in the queue. */
  readonly drain: Effect.Effect<void>
}

/** @param capacity parents that may wait; a page that would exceed it closes the queue */
export const parentQueue = (children: Children, consumer: ChildConsumer, capacity: number): ParentQueue => {
  const { outlet } = consumer
  const pages: Array<ParentPage> = []
  let size = 0
  let isFull = false
  let isWhole = false
  let finishing: Effect.Effect<void> = Effect.void

  return {
    outlet,
    isOpen: () => !isFull && !outlet.ended,
    isWhole: () => isWhole,
    take: (page, rows, done, partly) =>
      Effect.suspend(() => {
        if (isFull || outlet.ended) return Effect.void
        const taken = parentPage(children, outlet, page, rows, done, partly)
        if (pages.length === 0 && taken.parents.length === 0) return done
        if (size + taken.parents.length > capacity) {
          isFull = true
          return Effect.void
        }
        size += taken.parents.length
        pages.push(taken)
        return Effect.void
      }),
    finish: (done) =>
      Effect.suspend(() => {
        isWhole = !isFull
        finishing = done
        return isWhole && pages.length === 0 && !outlet.ended ? done : Effect.void
      }),
    drain: Effect.suspend(() => {
      if (pages.length === 0) return Effect.void
      const waiting = pages.splice(0)
      return Effect.forEach(waiting, consumer.takeParents, { discard: true }).pipe(
        Effect.andThen(Effect.suspend(() => consumer.finish(isWhole ? finishing : Effect.void)))
      )
    })
  }
}
