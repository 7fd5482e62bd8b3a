/**
 * What a pager is: a way through a list. Each way has one, and no other code turns pages.
 *
 *   list.ts        whole lists, in whichever way their endpoint pages
 *   by-cursor.ts   pages that name the next one by a cursor
 *   by-offset.ts   pages at offsets, read again until their order held still
 *   by-time.ts     API v1 by update time: from the second of the last row on
 *   untimed.ts     rows without a time at the end of a list by time
 *   upward.ts      from the oldest row up, resumable
 *   downward.ts    from the newest row down to a time
 *   from-place.ts  from a place that a state remembers, over several runs
 *
 * Those at offsets share `offset-pages.ts`, which holds their pages to the overlap (`overlap.ts`). All are ended by
 * `advance.ts` where a list stands still, and ask for pages through `requests.ts`.
 */
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
