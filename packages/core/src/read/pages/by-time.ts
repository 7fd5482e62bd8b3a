/**
 * The pager of lists of API v1 that are filtered and sorted by update time. With offsets a row that is deleted meanwhile
 * would let the next one slide under the offset; a time does not slide. The rows of the last second come again with each
 * page, and are dropped by key and time.
 */
import { Effect } from "effect"
import type { Query } from "../../declare/stream.ts"
import { everyRow, type Page } from "../../page/page.ts"
import { zonedText } from "../../state/cursor.ts"
import { laterRows } from "./advance.ts"
import { OffsetPages } from "./offset-pages.ts"
import type { Pager, PagerPage } from "./pager.ts"
import type { Requests } from "./requests.ts"

/** A page of a list that goes on by update time. */
export interface TimePage extends PagerPage {
  /** Epoch second this page was asked from; undefined where there was no filter. */
  readonly askedFrom: number | undefined
  /** Second of the last row so far, from which the list goes on. */
  readonly at: number | undefined
}

/** The filter by update time, from an epoch second on. */
export const sinceQuery = (since: number | undefined): Query =>
  since === undefined ? {} : { updated_since: zonedText(since) }

/**
 * Goes through a list by update time, ascending: each request starts at the second of the last row. Only inside a second
 * that fills a page are offsets used, with pages that overlap by a row.
 *
 * @param from epoch second at which to start; undefined for the whole list
 * @param safeWatermark before this second a row that comes again with the same time is the same row; later it may have
 * been edited within that second, and is handed over again
 */
export const byTime = (requests: Requests, from: number | undefined, safeWatermark: () => number): Pager<TimePage> => {
  const pages = new OffsetPages({ requests, path: requests.stream.path })
  const hasNew = laterRows()
  let since = from
  let at = from
  /** Rows of the second from which the list goes on, or of the whole list until one has a time, by key: their times. */
  let seen = new Map<string, number>()
  const isSeen = (key: string, seconds: number) => seen.has(key) && Object.is(seen.get(key), seconds)
  const startsKnown = (page: Page) => isSeen(page.key(0), page.seconds(0))

  const take = (page: Page): Pager<TimePage>["next"] => {
    const standstill = pages.standstill(page, hasNew(page))
    if (standstill !== undefined) return Effect.fail(standstill)
    const keys = everyRow(page).map((row) => page.key(row))
    const times = everyRow(page).map((row) => page.seconds(row))
    const rows = everyRow(page).filter((row) => {
      const seconds = times[row] as number
      return !isSeen(keys[row] as string, seconds) || seconds >= safeWatermark()
    })
    const last = times.findLast(Number.isFinite)
    const moves = last !== undefined && last !== since
    if (moves) seen = new Map()
    for (const [row, seconds] of times.entries()) {
      if (!moves || seconds === last) seen.set(keys[row] as string, seconds)
    }
    const askedFrom = since
    const more = page.following._tag === "Next"
    if (moves) {
      since = last
      pages.refilter()
    } else if (more) pages.moveBehind(page)
    if (last !== undefined) at = Math.max(last, at ?? last)
    return Effect.succeed({ page, rows, askedFrom, at, ended: !more })
  }

  return { next: Effect.suspend(() => Effect.flatMap(pages.next(sinceQuery(since), startsKnown), take)) }
}
