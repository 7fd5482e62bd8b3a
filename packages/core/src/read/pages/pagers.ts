import { Effect } from "effect"
import type { Query } from "../../declare/stream.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import { mayBeAbout } from "../../http/statuses.ts"
import { everyRow, type Page } from "../../page/page.ts"
import { zonedText } from "../../state/cursor.ts"
import { positionOf, type Slice } from "../since/slices.ts"
import { Advance, stuck } from "./advance.ts"
import { Ascending } from "./ascending.ts"
import { PageOverlap } from "./overlap.ts"
import type { Requests, Resumed } from "./requests.ts"

/** A page of a slice on its way, and where it leads. */
export interface Step {
  readonly page: Page
  /** Rows that have not been written before. */
  readonly rows: ReadonlyArray<number>
  /** Second of the last row so far. */
  readonly at: number | undefined
  /** The filter under which `cursor` holds. */
  readonly since: number | undefined
  readonly cursor: string | undefined
  /** What the page itself was asked with. */
  readonly from: { readonly since: number | undefined; readonly cursor: string | undefined }
  readonly ended: boolean
  /** The slice was begun again with a filter, so rows without a time may have been left behind. */
  readonly restarted: boolean
}

/** A way through a slice, a page at a time. It knows pages that were fetched; what has been emitted is the business of the slices. */
export interface Walk {
  readonly next: Effect.Effect<Step, ReadError | RefusedError>
}

const sinceQuery = (since: number | undefined): Query =>
  since === undefined ? {} : { updated_since: zonedText(since) }

const lastSecond = (page: Page, before: number | undefined): number | undefined => {
  for (let row = page.count - 1; row >= 0; row--) {
    const seconds = page.seconds(row)
    if (Number.isFinite(seconds)) return Math.max(seconds, before ?? seconds)
  }
  return before
}

/** By page cursor, ascending. A cursor that is refused is thrown away, and the slice goes on from the last second. */
export const walkByCursor = (requests: Requests, slice: Slice): Walk => {
  const { path, name } = requests.stream
  let { since, at, cursor } = slice
  let isSaved = cursor !== undefined
  let isBegunAgain = false
  const known = new Set<string>()
  const isKnown = (next: string) => known.has(next)
  let advance = new Advance(name)
  let ascending = new Ascending()

  /** The page at the cursor, or the first one behind the last row where the cursor is refused. */
  const fetch = (): Effect.Effect<Resumed, ReadError | RefusedError> => {
    const place = { ...sinceQuery(since), ...(cursor !== undefined && { cursor }) }
    const without = sinceQuery(at ?? since)
    if (isSaved) return requests.resume(path, place, without, { isKnown })
    return requests.page(path, place, { promised: cursor !== undefined, isKnown }).pipe(
      Effect.map((page) => ({ page, isThere: true })),
      Effect.catchIf(
        (error) => error._tag === "RefusedError" && mayBeAbout("parameters", error) && cursor !== undefined,
        () =>
          Effect.suspend(() => {
            known.clear()
            return Effect.map(requests.page(path, without), (page) => ({ page, isThere: false }))
          })
      )
    )
  }

  const next: Walk["next"] = Effect.suspend(() =>
    Effect.flatMap(fetch(), ({ page, isThere }): Walk["next"] => {
      const isUnfiltered = since === undefined
      if (!isThere) {
        since = at ?? since
        cursor = undefined
        if (since === undefined && !isSaved && !isBegunAgain) {
          isBegunAgain = true
          advance = new Advance(name)
          ascending = new Ascending()
        }
      }
      isSaved = false
      const from = { since, cursor }
      const standstill = advance.saw(page, ascending.goesBeyond(page))
      if (standstill !== undefined) return Effect.fail(standstill)
      at = lastSecond(page, at)
      cursor = page.following._tag === "Next" ? page.following.cursor : undefined
      if (cursor !== undefined) known.add(cursor)
      return Effect.succeed({
        page,
        rows: everyRow(page),
        at,
        since,
        cursor,
        from,
        ended: cursor === undefined,
        restarted: !isThere && isUnfiltered && since !== undefined
      })
    })
  )
  return { next }
}

/**
 * By update time, for API v1: the next request starts at the second of the last row, so that no offset can slide. Only
 * inside a second that fills a page offsets are used, each page beginning with the last row of the one before.
 */
export const walkBySeek = (requests: Requests, slice: Slice, settled: () => number): Walk => {
  let since = slice.at ?? slice.since
  let at = positionOf(slice)
  const overlap = new PageOverlap()
  const advance = new Advance(requests.stream.name)
  const ascending = new Ascending()
  /** Rows of the second at which the filter stands, or of the unfiltered list, by key: their time and content. */
  let seen = new Map<string, number>()

  const next: Walk["next"] = Effect.suspend(() => {
    const asked = since
    return Effect.flatMap(
      requests.page(requests.stream.path, { ...sinceQuery(since), ...overlap.query }),
      (page): Walk["next"] => {
        const more = page.following._tag === "Next"
        if (page.count === 0 && more) {
          const standstill = advance.saw(page, false, overlap.start)
          if (standstill !== undefined) return Effect.fail(standstill)
          overlap.skip(page)
          return next
        }
        const rows = everyRow(page)
        const keys = rows.map((row) => page.key(row))
        const first = keys[0]
        const isFirstSeen = first !== undefined && seen.has(first) && Object.is(seen.get(first), page.seconds(0))
        if (!overlap.fits(isFirstSeen, page.count))
          return overlap.isLost ? Effect.fail(stuck(requests.stream.name)) : next
        const standstill = advance.saw(page, ascending.goesBeyond(page), overlap.start)
        if (standstill !== undefined) return Effect.fail(standstill)
        const fresh = rows.filter((row) => {
          const seconds = page.seconds(row)
          const written = seen.has(keys[row] as string) && Object.is(seen.get(keys[row] as string), seconds)
          return !(written && (Number.isNaN(seconds) || seconds < settled()))
        })
        const last = lastSecond(page, undefined)
        const moves = last !== undefined && last !== since
        if (moves) seen = new Map()
        for (const row of rows) {
          const seconds = page.seconds(row)
          if (moves && seconds !== last) continue
          seen.set(keys[row] as string, seconds)
        }
        if (moves) {
          since = last
          overlap.reset()
          advance.refiltered()
        } else if (more) overlap.pass(page.count)
        at = last === undefined ? at : Math.max(last, at ?? last)
        return Effect.succeed({
          page,
          rows: fresh,
          at,
          since: at,
          cursor: undefined,
          from: { since: asked, cursor: undefined },
          ended: !more,
          restarted: false
        })
      }
    )
  })
  return { next }
}

/** Rows without a time where the server lists them last: from the end of the list up to the first row that has one. */
export const walkNulls = (requests: Requests, descending: Query): Walk => {
  const { name, paging, path } = requests.stream
  let cursor: string | undefined
  const byCursor = paging.kind === "cursor"
  const overlap = new PageOverlap()
  const seen = new Set<string>()
  let passed = new Set<string>()
  let isBegunAgain = false
  let advance = new Advance(name)
  const known = new Set<string>()
  const isKnown = (inputState: string) => known.has(inputState)
  const page = () =>
    requests.page(path, { ...descending, ...(cursor !== undefined && { cursor }), ...overlap.query }, { isKnown })
  const next: Walk["next"] = Effect.suspend(() =>
    page().pipe(
      Effect.catchIf(
        (error) =>
          error._tag === "RefusedError" && mayBeAbout("parameters", error) && cursor !== undefined && !isBegunAgain,
        () => {
          cursor = undefined
          isBegunAgain = true
          advance = new Advance(name)
          passed = new Set()
          known.clear()
          return page()
        }
      ),
      Effect.flatMap((found): Walk["next"] => {
        const isMore = found.following._tag === "Next"
        const start = byCursor ? undefined : overlap.start
        if (found.count === 0 && isMore && !byCursor) {
          const standstill = advance.saw(found, false, start)
          if (standstill !== undefined) return Effect.fail(standstill)
          overlap.skip(found)
          return next
        }
        const rows = everyRow(found).filter((row) => Number.isNaN(found.seconds(row)))
        // A row that gets a time leaves its place to the next one.
        if (!byCursor && !overlap.fits(rows[0] === 0 && seen.has(found.key(0)), found.count)) {
          return overlap.isLost ? Effect.fail(stuck(name)) : next
        }
        const fresh = rows.filter((row) => !seen.has(found.key(row)))
        const before = passed.size
        for (const row of rows) {
          seen.add(found.key(row))
          passed.add(found.key(row))
        }
        cursor = found.following._tag === "Next" ? found.following.cursor : undefined
        if (cursor !== undefined) known.add(cursor)
        const goesOn = rows.length === found.count && isMore
        const standstill = goesOn ? advance.saw(found, passed.size > before, start) : undefined
        if (standstill !== undefined) return Effect.fail(standstill)
        if (!byCursor) overlap.pass(found.count)
        return Effect.succeed({
          page: found,
          rows: fresh,
          at: undefined,
          since: undefined,
          cursor: undefined,
          from: { since: undefined, cursor: undefined },
          ended: !goesOn,
          restarted: false
        })
      })
    )
  )
  return { next }
}
