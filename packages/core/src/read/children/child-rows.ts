/**
 * The rows of a child stream on their way out: those of a page that are to be emitted, with the columns that tell their
 * parent. A stream whose parents share children, as two deals share a person, emits each of them once a run.
 */
import type { Effect } from "effect"
import type { SourceStream } from "../../declare/stream.ts"
import { addedTo, type Ranks } from "../../page/added-columns.ts"
import { everyRow, type Page, pick } from "../../page/page.ts"
import type { Rows } from "../../page/rows.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import type { Parent } from "./parent.ts"

/** Chooses the rows of a page of children that are to be emitted. */
export type Filter = (page: Page, rows: ReadonlyArray<number>, parent: Parent | undefined) => ReadonlyArray<number>

/** What decides on the rows of a child stream, and what is told of them. */
export interface ChildRowsOptions {
  readonly stream: SourceStream
  readonly emitter: StreamEmitter
  readonly filter?: Filter
  /** Takes note of a page's rows before they are emitted. */
  readonly note?: (emitted: Rows, page: Page, rows: ReadonlyArray<number>, parent: Parent | undefined) => void
}

/** Emits the rows of a child stream. */
export class ChildRows {
  readonly #options: ChildRowsOptions
  readonly #added: ReturnType<typeof addedTo>
  /** Keys that have been emitted, where parents share children. */
  readonly #emittedKeys: Set<string> | undefined

  constructor(options: ChildRowsOptions) {
    this.#options = options
    this.#added = addedTo(options.stream)
    this.#emittedKeys = options.stream.parents?.shared === true ? new Set() : undefined
  }

  /**
   * @param parent the one the page was asked for; undefined for a page of many parents
   * @param ranks ranks of rows given so far, of all pages of the same request
   */
  emit(page: Page, rows: ReadonlyArray<number>, parent: Parent | undefined, ranks: Ranks): Effect.Effect<void> {
    const { filter, emitter, note } = this.#options
    const unseen = this.#unseen(page, rows)
    const kept = new Set(filter === undefined ? unseen : filter(page, unseen, parent))
    const added = this.#added
    const emitted = pick(
      page.rows,
      (row) => kept.has(row),
      added === undefined ? undefined : (row) => added(page, row, parent, ranks)
    )
    note?.(
      emitted,
      page,
      everyRow(page).filter((row) => kept.has(row)),
      parent
    )
    return emitter.records(emitted)
  }

  #unseen(page: Page, rows: ReadonlyArray<number>): ReadonlyArray<number> {
    const keys = this.#emittedKeys
    if (keys === undefined) return rows
    return rows.filter((row) => {
      const key = page.key(row)
      return !keys.has(key) && keys.add(key)
    })
  }
}
