/**
 * The pager of lists by offset that are sorted newest first: one pass from the newest row down to a time. Rows that
 * change meanwhile come to the front and push the others under the offset, so that pages may bring nothing new though
 * the list advances: before it is given up, its front is looked at.
 *
 *   page ──▶ new rows ─────────────────────────────────────▶ handed over
 *     └────▶ several pages without ──▶ the front has changed ──┘
 *                                └───▶ it has not: error
 */
import { Effect } from "effect"
import type { Path, Query } from "../../declare/stream.ts"
import type { SystemError } from "../../errors.ts"
import { everyRow, type Page } from "../../page/page.ts"
import { OffsetPages } from "./offset-pages.ts"
import type { Pager, PagerError, PagerPage } from "./pager.ts"
import type { Requests } from "./requests.ts"

/** A page of a pass from the newest row down. */
export interface DownwardPage extends PagerPage {
  /** Safe watermark of the first answer of this pass, in epoch seconds. */
  readonly began: number
  /** Requests of this pass so far. */
  readonly requestsMade: number
}

interface DownwardOptions {
  readonly requests: Requests
  readonly path: Path
  /** Parameters that sort the list newest first. */
  readonly query: Query
  /** Epoch second at which to stop: rows older than it are not handed over. */
  readonly until: number | undefined
}

/** Keys and contents of a page's rows, in order. */
const contentOf = (page: Page): string =>
  everyRow(page)
    .map((row) => `${page.key(row)} ${page.hash(row)}`)
    .join("\n")

/** Goes through a list from its newest row down, once. */
export const downward = ({ requests, path, query, until }: DownwardOptions): Pager<DownwardPage> => {
  const { paging } = requests.stream
  const tellsItsEnd = paging.kind !== "offset" || paging.declared
  const pages = new OffsetPages({ requests, path })
  let seen = new Set<string>()
  /** The first page as it was when the pass, or the latest look at it, began. */
  let front = ""
  const startsKnown = (page: Page) => seen.has(page.key(0))
  const isOlder = (seconds: number) => until !== undefined && seconds < until

  /** Fails with the standstill, unless the front shows that the list has changed. */
  const forgiven = (standstill: SystemError): Effect.Effect<void, PagerError> =>
    Effect.flatMap(pages.front(query), (page) => {
      const now = contentOf(page)
      if (now === front) return Effect.fail(standstill)
      front = now
      pages.allowStandstill()
      return Effect.void
    })

  const take = (page: Page): Pager<DownwardPage>["next"] =>
    Effect.gen(function* () {
      const keys = everyRow(page).map((row) => page.key(row))
      const wanted = everyRow(page).filter((row) => !isOlder(page.seconds(row)))
      const rows = wanted.filter((row) => !seen.has(keys[row] as string))
      if (pages.start === 0) {
        seen = new Set()
        front = contentOf(page)
      }
      for (const key of keys) seen.add(key)
      const isPast = wanted.length < page.count
      const goesOn = page.following._tag === "Next" || (!tellsItsEnd && pages.goesOn(page, rows.length))
      const ended = isPast || !goesOn
      if (!ended) {
        const standstill = pages.standstill(page, rows.length > 0)
        if (standstill !== undefined) yield* forgiven(standstill)
        pages.moveBehind(page)
      }
      return { page, rows, ended, began: pages.began, requestsMade: pages.requestsMade }
    })

  return { next: Effect.suspend(() => Effect.flatMap(pages.next(query, startsKnown), take)) }
}
