/**
 * The pager of lists that are gone through over several runs, whatever may happen to them in between. It begins at a
 * place that a state remembers, a page cursor or an offset, and tells the place of each page. A page by offset need not
 * begin with a known row, as days may lie between two of them, but it must have one: an empty page is no end. A row that
 * slips through is met when the list is read again.
 */
import { Effect } from "effect"
import type { Path, Query } from "../../declare/stream.ts"
import { everyRow } from "../../page/page.ts"
import { mostlyHigherIds } from "./advance.ts"
import { byCursor } from "./by-cursor.ts"
import { OffsetPages } from "./offset-pages.ts"
import type { Pager, PagerPage } from "./pager.ts"
import type { Requests } from "./requests.ts"

/** A page of a list that is gone through over several runs. */
export interface PlacedPage extends PagerPage {
  /** Where it stands; undefined for the first page of the list. */
  readonly place: string | undefined
  /** Where the page after it stands; undefined at the end. */
  readonly next: string | undefined
  /** Whether it is the first page, as another place was refused. */
  readonly begunAgain: boolean
}

interface FromPlaceOptions {
  readonly requests: Requests
  readonly path: Path
  readonly query: Query
  /** The place at which to go on. */
  readonly saved: string | undefined
}

const byOffset = ({ requests, path, query, saved }: FromPlaceOptions): Pager<PlacedPage> => {
  const pages = new OffsetPages({ requests, path, saved: Number(saved) || 0 })
  const hasNew = mostlyHigherIds()
  let asked = saved
  const next = Effect.suspend(() =>
    Effect.flatMap(
      pages.next(query, () => true),
      (page): Pager<PlacedPage>["next"] => {
        const standstill = pages.standstill(page, hasNew(page))
        if (standstill !== undefined) return Effect.fail(standstill)
        const place = pages.start > 0 ? String(pages.start) : undefined
        const begunAgain = asked !== undefined && place === undefined
        const ended = page.following._tag !== "Next"
        if (!ended) pages.moveBehind(page)
        asked = ended ? undefined : String(pages.start)
        return Effect.succeed({ page, rows: everyRow(page), place, next: asked, begunAgain, ended })
      }
    )
  )
  return { next }
}

/** Goes through a list from a place on, to its end. */
export const fromPlace = (options: FromPlaceOptions): Pager<PlacedPage> => {
  const { requests, query } = options
  const { kind } = requests.stream.paging
  if (kind === "seek" || kind === "offset") return byOffset(options)
  const pager = byCursor({ ...options, again: () => query, newRows: mostlyHigherIds })
  return { next: Effect.map(pager.next, (page) => ({ ...page, place: page.askedWith, next: page.cursor })) }
}
