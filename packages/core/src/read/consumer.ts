import { Effect, Semaphore } from "effect"
import type { NotAvailableError, ReadError } from "../errors.ts"
import { addedTo, type Ranks } from "./added.ts"
import type { Children, Parent } from "./children.ts"
import type { Outlet } from "./outlet.ts"
import { type Page, pick } from "./page.ts"

/** A stream that takes what it needs from the pages of a list: the list's own stream, or one of its children. */
export interface Consumer {
  readonly outlet: Outlet
  /**
   * Takes rows of a page. `done` runs when all that follows from them is out: at once, or later, where requests for
   * children fill up over several pages; always in the order of the pages. `partly` runs when all is out that follows
   * from the rows before one.
   */
  readonly take: (
    page: Page,
    rows: ReadonlyArray<number>,
    done: Effect.Effect<void>,
    partly?: (row: number) => Effect.Effect<void>
  ) => Effect.Effect<void>
  /** Takes what still waits. */
  readonly flush: Effect.Effect<void>
}

/** The list's own stream: rows go out as they came. */
export const rowsTo = (outlet: Outlet): Consumer => {
  const added = addedTo(outlet.stream)
  const ranks: Ranks = new Map()
  return {
    outlet,
    take: (page, rows, done) => {
      const kept = rows.length === page.count ? undefined : new Set(rows)
      const out =
        kept === undefined && added === undefined
          ? page.rows
          : pick(
              page.rows,
              (row) => kept === undefined || kept.has(row),
              added === undefined ? undefined : (row) => added(page, row, undefined, ranks)
            )
      return Effect.andThen(outlet.records(out), done)
    },
    flush: Effect.void
  }
}

/** Ends a stream by what went wrong: a feature the account does not have leaves it empty, with a warning. */
export const endBy = (outlet: Outlet, error: ReadError | NotAvailableError): Effect.Effect<void> =>
  error._tag === "NotAvailableError"
    ? outlet.log("WARN", error.message).pipe(Effect.andThen(outlet.repeat()), Effect.andThen(outlet.end()))
    : outlet.end(error)

/** Pages that may wait for a batch of parents to fill. */
const MOST_WAITING = 50

/** A parent that waits for its children, or has them. */
interface Asked {
  readonly parent: Parent
  readonly row: number
  isOut: boolean
}

/** A page on its way: its parents in order, and how many of them are behind it. */
interface Waiting {
  readonly parents: Array<Asked>
  passed: number
  readonly done: Effect.Effect<void>
  readonly partly: ((row: number) => Effect.Effect<void>) | undefined
}

/** A child stream: the children of the parents in the rows. */
export const childrenTo = (children: Children, outlet: Outlet): Consumer => {
  let pages: Array<Waiting> = []
  let pending: Array<Asked> = []

  /** What is out, in order: whole pages, and the first parents of the page after them. */
  const settle = Effect.suspend(() => {
    if (children.refusedByAll) return Effect.void
    const ready: Array<Effect.Effect<void>> = []
    for (let page = pages[0]; page !== undefined; page = pages[0]) {
      const before = page.passed
      while (page.parents[page.passed]?.isOut) page.passed++
      const next = page.parents[page.passed]
      if (next !== undefined) {
        if (page.passed > before && page.partly !== undefined) ready.push(page.partly(next.row))
        break
      }
      pages.shift()
      ready.push(page.done)
    }
    return Effect.all(ready, { discard: true })
  })

  /** One wave at a time, whichever page it is of: after a kill no more than a wave comes again. */
  const oneWave = Semaphore.makeUnsafe(1)
  const wave = (asked: ReadonlyArray<Asked>) =>
    Effect.suspend(() => (outlet.ended ? Effect.void : children.read(asked.map(({ parent }) => parent)))).pipe(
      Effect.andThen(
        Effect.suspend(() => {
          for (const each of asked) each.isOut = true
          return settle
        })
      ),
      Semaphore.withPermit(oneWave)
    )

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
          return endBy(outlet, error)
        })
      )
    )
  }

  return {
    outlet,
    take: (page, rows, done, partly) =>
      Effect.suspend(() => {
        if (outlet.ended) return Effect.void
        const waiting: Waiting = { parents: [], passed: 0, done, partly }
        for (const row of rows) {
          const parent = children.parentIn(page, row)
          if (parent === "gone") outlet.skipped(1)
          else if (parent !== undefined) waiting.parents.push({ parent, row, isOut: false })
        }
        pages.push(waiting)
        pending.push(...waiting.parents)
        const size = children.batchSize
        const full = pages.length >= MOST_WAITING ? pending.length : pending.length - (pending.length % size)
        const batch = pending.slice(0, full)
        pending = pending.slice(full)
        return batch.length === 0 ? settle : send(batch)
      }),
    flush: Effect.suspend(() => {
      const batch = pending
      pending = []
      return outlet.ended || batch.length === 0 ? Effect.void : send(batch)
    })
  }
}
