/**
 * Goes through a slice by the pager that fits its list, and tells of each page what the plan has to know: by cursor, by
 * time, or among rows without a time.
 */
import { Effect } from "effect"
import { everyRow, type Page, safeWatermarkAt } from "../../page/page.ts"
import { laterRows } from "../pages/advance.ts"
import { byCursor } from "../pages/by-cursor.ts"
import { byTime, sinceQuery } from "../pages/by-time.ts"
import type { Pager, PagerPage } from "../pages/pager.ts"
import type { Requests } from "../pages/requests.ts"
import { untimed } from "../pages/untimed.ts"
import type { PageFacts } from "./commands.ts"
import { positionOf, type Slice } from "./slices.ts"

/** A page of a slice. */
export interface SlicePage extends PagerPage {
  /** What the plan is told of it. */
  readonly facts: PageFacts
  /** What this page was asked for with. */
  readonly asked: Pick<Slice, "since" | "cursor">
}

const UNFILTERED: Pick<Slice, "since" | "cursor"> = { since: undefined, cursor: undefined }

const timesOf = (page: Page): ReadonlyArray<number> => everyRow(page).map(page.seconds)

const latest = (times: ReadonlyArray<number>, before: number | undefined): number | undefined => {
  const last = times.findLast(Number.isFinite)
  return last === undefined ? before : Math.max(last, before ?? last)
}

const slicePage = (
  { page, rows, ended }: PagerPage,
  asked: SlicePage["asked"],
  known: Pick<PageFacts, "times" | "at" | "next" | "isFilteredAnew">
): SlicePage => ({ page, rows, ended, asked, facts: { rows, ended, safeWatermark: safeWatermarkAt(page), ...known } })

/** By page cursor. Where one is refused, the slice goes on with a filter from the second of its last row. */
const sliceByCursor = (requests: Requests, slice: Slice): Pager<SlicePage> => {
  let { since, at } = slice
  const pager = byCursor({
    requests,
    path: requests.stream.path,
    query: sinceQuery(since),
    saved: slice.cursor,
    again: () => sinceQuery(at ?? since),
    newRows: laterRows
  })
  return {
    next: Effect.map(pager.next, (found) => {
      const wasUnfiltered = since === undefined
      if (found.begunAgain) since = at ?? since
      const times = timesOf(found.page)
      at = latest(times, at)
      return slicePage(
        found,
        { since, cursor: found.askedWith },
        {
          times,
          at,
          next: { since, cursor: found.cursor },
          isFilteredAnew: found.begunAgain && wasUnfiltered && since !== undefined
        }
      )
    })
  }
}

const sliceByTime = (requests: Requests, slice: Slice, safeWatermark: () => number): Pager<SlicePage> => ({
  next: Effect.map(byTime(requests, positionOf(slice), safeWatermark).next, (found) => {
    const { page, askedFrom, at } = found
    const known = { times: timesOf(page), at, next: { since: at, cursor: undefined }, isFilteredAnew: false }
    return slicePage(found, { since: askedFrom, cursor: undefined }, known)
  })
})

const untimedSlice = (requests: Requests): Pager<SlicePage> => ({
  next: Effect.map(untimed(requests).next, (found) => {
    const known = { times: timesOf(found.page), at: undefined, next: UNFILTERED, isFilteredAnew: false }
    return slicePage(found, UNFILTERED, known)
  })
})

/**
 * Goes through a slice, from where it stands, however the list pages. Where it stops is for the plan to say.
 *
 * @param safeWatermark epoch second before which rows do not change any more
 */
export const slicePager = (requests: Requests, slice: Slice, safeWatermark: () => number): Pager<SlicePage> => {
  if (slice.nulls) return untimedSlice(requests)
  return requests.stream.paging.kind === "seek"
    ? sliceByTime(requests, slice, safeWatermark)
    : sliceByCursor(requests, slice)
}
