/**
 * Pages of parents whose children are being read. Children of later parents may be read before those of earlier ones,
 * but progress goes in order: a page counts once it and all pages before it have their children emitted, and of the
 * next page its first parents count.
 */
import { Effect } from "effect"
import type { Page } from "../../page/page.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import type { Children } from "./children.ts"
import type { Parent } from "./parent.ts"

/** A parent whose children are to be read, or have been emitted. */
export interface Asked {
  readonly parent: Parent
  /** Its row in the page. */
  readonly row: number
  isEmitted: boolean
}

/** What is left of a page of parents: its parents in order, and how many from the first have their children emitted. */
export interface ParentPage {
  readonly parents: ReadonlyArray<Asked>
  emitted: number
  /** Runs when the children of all its parents have been emitted. */
  readonly done: Effect.Effect<void>
  /** Runs when the children of all parents before a row have been emitted. */
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

/** Pages in the order of their list, until the children of all their parents have been emitted. */
export class ParentPages {
  #pages: Array<ParentPage> = []

  get length(): number {
    return this.#pages.length
  }

  add(page: ParentPage): void {
    this.#pages.push(page)
  }

  clear(): void {
    this.#pages = []
  }

  /** Moves on past the parents whose children have been emitted. @returns what is to be done for it, in order */
  advance(): Effect.Effect<void> {
    const ready: Array<Effect.Effect<void>> = []
    for (let page = this.#pages[0]; page !== undefined; page = this.#pages[0]) {
      const before = page.emitted
      while (page.parents[page.emitted]?.isEmitted) page.emitted++
      const next = page.parents[page.emitted]
      if (next !== undefined) {
        if (page.emitted > before && page.partly !== undefined) ready.push(page.partly(next.row))
        break
      }
      this.#pages.shift()
      ready.push(page.done)
    }
    return Effect.all(ready, { discard: true })
  }
}
