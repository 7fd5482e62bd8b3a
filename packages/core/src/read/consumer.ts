import { Effect } from "effect"
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
   * children fill up over several pages; always in the order of the pages.
   */
  readonly take: (page: Page, rows: ReadonlyArray<number>, done: Effect.Effect<void>) => Effect.Effect<void>
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

interface Waiting {
  left: number
  readonly done: Effect.Effect<void>
}

/** A child stream: the children of the parents in the rows. */
export const childrenTo = (children: Children, outlet: Outlet): Consumer => {
  let pages: Array<Waiting> = []
  let pending: Array<{ readonly parent: Parent; readonly page: Waiting }> = []

  /** Pages all of whose children are out, in order. */
  const settle = Effect.suspend(() => {
    if (children.refusedByAll) return Effect.void
    const ready: Array<Effect.Effect<void>> = []
    while (pages[0]?.left === 0) ready.push((pages.shift() as Waiting).done)
    return Effect.all(ready, { discard: true })
  })

  const send = (batch: typeof pending): Effect.Effect<void> =>
    children.read(batch.map(({ parent }) => parent)).pipe(
      Effect.andThen(
        Effect.suspend(() => {
          for (const { page } of batch) page.left--
          return settle
        })
      ),
      Effect.catch((error) =>
        Effect.suspend(() => {
          pages = []
          pending = []
          return endBy(outlet, error)
        })
      )
    )

  return {
    outlet,
    take: (page, rows, done) =>
      Effect.suspend(() => {
        if (outlet.ended) return Effect.void
        const waiting: Waiting = { left: 0, done }
        for (const row of rows) {
          const parent = children.parentIn(page, row)
          if (parent === "gone") outlet.skipped(1)
          else if (parent !== undefined) {
            waiting.left++
            pending.push({ parent, page: waiting })
          }
        }
        pages.push(waiting)
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
