/**
 * Sinks: what takes rows out of the pages of a list, the list's own stream or one of its children. A sink is told what
 * to do once everything that follows from the rows has been emitted, which is how progress becomes a checkpoint.
 */
import { Effect } from "effect"
import type { NotAvailableError, ReadError } from "../errors.ts"
import { addedTo, type Ranks } from "../page/added-columns.ts"
import { type Page, pick } from "../page/page.ts"
import type { StreamEmitter } from "./stream-emitter.ts"

/** Takes the rows of a list that its stream needs. */
export interface Sink {
  readonly emitter: StreamEmitter
  /** Whether it takes further pages: not once its stream has ended, nor while its queue is full. */
  readonly isOpen: () => boolean
  /**
   * Takes rows of a page. `done` runs when all that follows from them has been emitted: at once, or later, where
   * requests for children fill up over several pages or wait for all lists; always in the order of the pages. `partly`
   * runs when all that follows from the rows before one has been emitted. Both may be kept for long and must not hold
   * the page.
   */
  readonly take: (
    page: Page,
    rows: ReadonlyArray<number>,
    done: Effect.Effect<void>,
    partly?: (row: number) => Effect.Effect<void>
  ) => Effect.Effect<void>
  /** After the last page of a list: takes what still waits; `done` runs when all that was taken has been emitted. */
  readonly finish: (done: Effect.Effect<void>) => Effect.Effect<void>
}

/** The list's own stream: its rows are emitted as they came. */
export const rowsTo = (emitter: StreamEmitter): Sink => {
  const added = addedTo(emitter.stream)
  const ranks: Ranks = new Map()
  return {
    emitter,
    isOpen: () => !emitter.ended,
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
      return emitter.covered([out], done)
    },
    finish: (done) => done
  }
}

/** Ends a stream by what went wrong: a feature the account does not have leaves it empty, with a warning. */
export const endBy = (emitter: StreamEmitter, error: ReadError | NotAvailableError): Effect.Effect<void> =>
  error._tag === "NotAvailableError"
    ? emitter.log("WARN", error.message).pipe(Effect.andThen(emitter.repeat()), Effect.andThen(emitter.end()))
    : emitter.end(error)
