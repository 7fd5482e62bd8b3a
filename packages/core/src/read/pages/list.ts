/**
 * Whole lists, page by page, however their endpoint pages.
 */
import { Effect } from "effect"
import type { Path, Query } from "../../declare/stream.ts"
import type { Page } from "../../page/page.ts"
import { newContents } from "./advance.ts"
import { byCursor } from "./by-cursor.ts"
import { byOffset } from "./by-offset.ts"
import type { Pager, PagerError } from "./pager.ts"
import type { Requests } from "./requests.ts"

/** Takes the rows of a page that were not there before. */
export type OnPage<E = never> = (page: Page, rows: ReadonlyArray<number>) => Effect.Effect<void, E>

/** Goes through a list from its first row to its last, however its endpoint pages. */
const wholeList = (requests: Requests, path: Path, query: Query): Pager => {
  switch (requests.stream.paging.kind) {
    case "cursor":
      return byCursor({ requests, path, query, newRows: newContents })
    case "offset":
    case "seek":
    case "single":
      return byOffset(requests, path, query)
  }
}

/** Hands over all pages of a list. */
export const turnPages = Effect.fnUntraced(function* <E>(
  pager: Pager,
  onPage: OnPage<E>
): Effect.fn.Return<void, PagerError | E> {
  for (;;) {
    const { page, rows, ended } = yield* pager.next
    yield* onPage(page, rows)
    if (ended) return
  }
})

/** Reads a list from its first row to its last. */
export const readAllPages = <E>(
  requests: Requests,
  path: Path,
  query: Query,
  onPage: OnPage<E>
): Effect.Effect<void, PagerError | E> => Effect.suspend(() => turnPages(wholeList(requests, path, query), onPage))
