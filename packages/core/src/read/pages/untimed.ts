/**
 * The end of a list by update time, which is looked at descending: its last row, and the pager of the rows without a
 * time, where the server puts those last.
 */
import { Effect } from "effect"
import type { Query, SourceStream } from "../../declare/stream.ts"
import { everyRow, type Page } from "../../page/page.ts"
import { newKeys } from "./advance.ts"
import { byCursor } from "./by-cursor.ts"
import { OffsetPages } from "./offset-pages.ts"
import type { Pager, PagerError } from "./pager.ts"
import type { Requests } from "./requests.ts"

/** Parameters that turn a list by update time around. */
const descending = ({ query }: SourceStream): Query =>
  query?.["sort_direction"] === undefined
    ? { sort: (query?.["sort"] ?? "").replaceAll(" ASC", " DESC") }
    : { sort_direction: "desc" }

/** The second of a list's last row: NaN where it has no time, undefined where there is no row. */
export const lastSecond = (requests: Requests): Effect.Effect<number | undefined, PagerError> =>
  Effect.map(requests.page(requests.stream.path, descending(requests.stream), { limit: 1 }), (page) =>
    page.count === 0 ? undefined : page.seconds(0)
  )

/**
 * Goes through the rows without a time of a list that puts them last: from the end of the list up to the first row that
 * has one. No filter by time meets them.
 */
export const untimed = (requests: Requests): Pager => {
  const { paging, path } = requests.stream
  const query = descending(requests.stream)
  const seen = new Set<string>()
  const isUntimed = (page: Page, row: number) => Number.isNaN(page.seconds(row))
  const pageOf = (page: Page, ended: boolean) => {
    const untimedRows = everyRow(page).filter((row) => isUntimed(page, row))
    const rows = untimedRows.filter((row) => !seen.has(page.key(row)))
    for (const row of rows) seen.add(page.key(row))
    return { page, rows, ended: ended || untimedRows.length < page.count }
  }

  if (paging.kind === "cursor") {
    const pager = byCursor({ requests, path, query, again: () => query, newRows: newKeys })
    return { next: Effect.map(pager.next, ({ page, ended }) => pageOf(page, ended)) }
  }
  const pages = new OffsetPages({ requests, path })
  const hasNew = newKeys()
  // A row that gets a time leaves its place to the next one.
  const startsKnown = (page: Page) => isUntimed(page, 0) && seen.has(page.key(0))
  const next = Effect.suspend(() =>
    Effect.flatMap(pages.next(query, startsKnown), (page): Pager["next"] => {
      const found = pageOf(page, page.following._tag !== "Next")
      const standstill = found.ended ? undefined : pages.standstill(page, hasNew(page))
      if (standstill !== undefined) return Effect.fail(standstill)
      pages.moveBehind(page)
      return Effect.succeed(found)
    })
  )
  return { next }
}
