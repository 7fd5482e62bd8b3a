/**
 * A child stream as a sink of its parents' list: parents are taken out of the pages and gathered until a request is
 * full. Their children are then read in waves, one request for each worker. The rows of a wave are emitted together
 * with the checkpoint that covers them, so that a run that is killed repeats no more than one wave.
 */
import { Effect, Semaphore } from "effect"
import { endBy, type Sink } from "../sink.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import type { Children } from "./children.ts"
import type { Parent } from "./parent.ts"
import { type Asked, type ParentPage, ParentPages, parentPage } from "./parent-pages.ts"

/** Pages whose parents may wait for a batch to fill. */
const MAX_WAITING_PAGES = 50

/** A child stream, which takes parents out of the pages of their list or as they are. */
export interface ParentSink extends Sink {
  readonly takeParents: (page: ParentPage) => Effect.Effect<void>
}

/** A child stream that reads the children of a page's parents before the next page is taken. */
export const childrenTo = (children: Children, emitter: StreamEmitter): ParentSink => {
  const pages = new ParentPages()
  let pending: Array<Asked> = []

  const advance = Effect.suspend(() => (children.holdsWatermark ? Effect.void : pages.advance()))

  /** One wave at a time, whichever page its parents are from. */
  const oneWave = Semaphore.makeUnsafe(1)
  const wave = (asked: ReadonlyArray<Asked>) =>
    Effect.suspend(() => {
      const all = new Map(asked.map((each) => [each.parent, each]))
      const emitted = (parents: Iterable<Parent>) => {
        for (const parent of parents) {
          const each = all.get(parent)
          if (each !== undefined) each.isEmitted = true
        }
      }
      // Where the day's budget ends in the middle of a wave, those read before it count all the same.
      return emitter.coveredAfter(
        emitter.ended
          ? Effect.void
          : Effect.andThen(
              children.read([...all.keys()], emitted),
              Effect.sync(() => emitted(all.keys()))
            ),
        advance
      )
    }).pipe(Semaphore.withPermit(oneWave))

  const send = (batch: ReadonlyArray<Asked>): Effect.Effect<void> => {
    const size = children.waveSize
    const waves = Array.from({ length: Math.ceil(batch.length / size) }, (_, at) =>
      batch.slice(at * size, (at + 1) * size)
    )
    return Effect.forEach(waves, wave, { discard: true }).pipe(
      Effect.catch((error) =>
        Effect.suspend(() => {
          pages.clear()
          pending = []
          return endBy(emitter, error)
        })
      )
    )
  }

  const takeParents = (page: ParentPage): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (emitter.ended) return Effect.void
      pages.add(page)
      pending.push(...page.parents)
      const size = children.batchSize
      const full = pages.length >= MAX_WAITING_PAGES ? pending.length : pending.length - (pending.length % size)
      const batch = pending.slice(0, full)
      pending = pending.slice(full)
      return batch.length === 0 ? advance : send(batch)
    })

  return {
    emitter,
    isOpen: () => !emitter.ended,
    takeParents,
    take: (page, rows, done, partly) =>
      Effect.suspend(() =>
        emitter.ended ? Effect.void : takeParents(parentPage(children, emitter, page, rows, done, partly))
      ),
    finish: (done) =>
      Effect.suspend(() => {
        const batch = pending
        pending = []
        return emitter.ended || batch.length === 0 ? Effect.void : send(batch)
      }).pipe(Effect.andThen(Effect.suspend(() => (emitter.ended ? Effect.void : done))))
  }
}
