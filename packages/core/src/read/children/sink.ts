import { Effect, Semaphore } from "effect"
import type { Page } from "../../page/page.ts"
import { endBy, type Sink } from "../sink.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import type { Children } from "./children.ts"
import type { Parent } from "./parent.ts"

/** Pages whose parents may wait for a batch to fill. */
const MAX_WAITING_PAGES = 50

/** A parent whose children are to be read, or have been emitted. */
interface Asked {
  readonly parent: Parent
  /** Its row in the page. */
  readonly row: number
  isEmitted: boolean
}

/** What is left of a parents' page: its parents in order, and how many from the first have their children emitted. */
export interface ParentPage {
  readonly parents: ReadonlyArray<Asked>
  emitted: number
  readonly done: Effect.Effect<void>
  readonly partly: ((row: number) => Effect.Effect<void>) | undefined
}

/** Takes the parents out of a page, so that the page itself need not be kept. */
export const parentPage = (
  children: Children,
  emitter: StreamEmitter,
  page: Page,
  rows: ReadonlyArray<number>,
  done: Effect.Effect<void>,
  partly: ParentPage["partly"]
): ParentPage => {
  const parents: Array<Asked> = []
  for (const row of rows) {
    const parent = children.parentIn(page, row)
    if (parent === "gone") emitter.skipped(1)
    else if (parent !== undefined) parents.push({ parent, row, isEmitted: false })
  }
  return { parents, emitted: 0, done, partly }
}

/** A child stream, which takes parents out of the pages of their list or as they are. */
export interface ParentSink extends Sink {
  readonly takeParents: (page: ParentPage) => Effect.Effect<void>
}

/** A child stream that reads the children of a page's parents before the next page is taken. */
export const childrenTo = (children: Children, emitter: StreamEmitter): ParentSink => {
  let pages: Array<ParentPage> = []
  let pending: Array<Asked> = []

  /** Vouches for what has been emitted, in order: whole pages, and the first parents of the page after them. */
  const settle = Effect.suspend(() => {
    if (children.holdsWatermark) return Effect.void
    const ready: Array<Effect.Effect<void>> = []
    for (let page = pages[0]; page !== undefined; page = pages[0]) {
      const before = page.emitted
      while (page.parents[page.emitted]?.isEmitted) page.emitted++
      const next = page.parents[page.emitted]
      if (next !== undefined) {
        if (page.emitted > before && page.partly !== undefined) ready.push(page.partly(next.row))
        break
      }
      pages.shift()
      ready.push(page.done)
    }
    return Effect.all(ready, { discard: true })
  })

  /** One wave at a time, whichever page it is of: after a kill no more than a wave is repeated. */
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
        settle
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
          pages = []
          pending = []
          return endBy(emitter, error)
        })
      )
    )
  }

  const takeParents = (page: ParentPage): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (emitter.ended) return Effect.void
      pages.push(page)
      pending.push(...page.parents)
      const size = children.batchSize
      const full = pages.length >= MAX_WAITING_PAGES ? pending.length : pending.length - (pending.length % size)
      const batch = pending.slice(0, full)
      pending = pending.slice(full)
      return batch.length === 0 ? settle : send(batch)
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
