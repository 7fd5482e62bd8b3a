/**
 * The pager of lists by offset that are sorted so that new and changed rows come last: from the oldest row up, or from
 * where an earlier run left off.
 */
import { Effect } from "effect"
import type { Changes } from "../../declare/changes.ts"
import { everyRow, type Page } from "../../page/page.ts"
import { higherIds, idOf, laterRows } from "./advance.ts"
import { OffsetPages } from "./offset-pages.ts"
import type { Pager, PagerPage } from "./pager.ts"
import type { Requests } from "./requests.ts"

/** How a list is asked for so that new and changed rows come last. */
export type UpwardOrder = NonNullable<Extract<Changes, { kind: "newestFirst" }>["ascending"]>

/** How far up a list has been read. */
export interface UpwardPlace {
  /** Offset of the last row. */
  readonly start: number
  /** Its key. */
  readonly last: string
}

/** A page on the way from the oldest row up. */
export interface UpwardPage extends PagerPage {
  /** Safe watermark of the first answer of this run, in epoch seconds. */
  readonly began: number
  /** The place from which the list goes on; undefined at its end. */
  readonly place: UpwardPlace | undefined
}

/** Goes through a list from its oldest row up, once. */
export const upward = (requests: Requests, { by, query }: UpwardOrder, saved?: UpwardPlace): Pager<UpwardPage> => {
  const pages = new OffsetPages({ requests, path: requests.stream.path, saved: saved?.start })
  const hasNew = by === "id" ? higherIds() : laterRows()
  let last = saved?.last ?? ""
  /** Keys of the page before. */
  let before = new Set([last])
  const startsKnown = (page: Page) => {
    const first = page.key(0)
    return (by === "id" && idOf(first) <= idOf(last)) || before.has(first)
  }

  const take = (page: Page): Pager<UpwardPage>["next"] => {
    const ended = page.following._tag !== "Next"
    const standstill = ended ? undefined : pages.standstill(page, hasNew(page))
    if (standstill !== undefined) return Effect.fail(standstill)
    const keys = everyRow(page).map((row) => page.key(row))
    const rows = everyRow(page).filter((row) => !before.has(keys[row] as string))
    last = keys.at(-1) ?? last
    before = new Set(keys)
    if (!ended) pages.moveBehind(page)
    const place = ended ? undefined : { start: pages.lastRow, last }
    return Effect.succeed({ page, rows, ended, began: pages.began, place })
  }

  return { next: Effect.suspend(() => Effect.flatMap(pages.next(query, startsKnown), take)) }
}
