import type { Effect } from "effect"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import type { Page } from "../../page/page.ts"

/** What can go wrong while pages are turned. */
export type PagerError = ReadError | RefusedError

/** A page of a list, with what its pager knows of it. */
export interface PagerPage {
  readonly page: Page
  /** Rows that have not been handed over before, by their number on the page and in order. */
  readonly rows: ReadonlyArray<number>
  /** Whether this is the last page. */
  readonly ended: boolean
}

/**
 * A way through a list, one page at a time. A pager knows which pages have been fetched; which rows have been emitted is
 * for progress to know. Pages are asked for one after another, and none after the last.
 */
export interface Pager<P extends PagerPage = PagerPage> {
  readonly next: Effect.Effect<P, PagerError>
}
