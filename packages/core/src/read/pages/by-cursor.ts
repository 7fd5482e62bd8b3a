/**
 * The pager of lists whose pages name the next one by a cursor.
 *
 * A cursor is a hint. One that the API refuses is thrown away, and the list is begun again with the parameters that its
 * rows have led to by then: a filter from the last second, or none. Twice with the same parameters would be a circle, so
 * the second refusal is an error.
 *
 *   saved cursor ──▶ page ──▶ cursor ──▶ page ──▶ … ──▶ the last page
 *        │ refused     ▲        │ refused
 *        └─────────────┴────────┘ begun again, without a cursor
 */
import { Effect } from "effect"
import type { Path, Query } from "../../declare/stream.ts"
import { mayBeAbout } from "../../http/statuses.ts"
import { everyRow } from "../../page/page.ts"
import { Advance, type NewRows } from "./advance.ts"
import type { Pager, PagerError, PagerPage } from "./pager.ts"
import type { Requests, Resumed } from "./requests.ts"

/** A page of a list whose pages name the next one by a cursor. */
export interface CursorPage extends PagerPage {
  /** Cursor of the page after this one; undefined at the end. */
  readonly cursor: string | undefined
  /** Cursor this page was asked for with. */
  readonly askedWith: string | undefined
  /** Whether a cursor was refused, and the list begun again with this page. */
  readonly begunAgain: boolean
}

interface CursorPagerOptions {
  readonly requests: Requests
  readonly path: Path
  /** All parameters but the cursor. */
  readonly query: Query
  /** The cursor at which to go on, as a state remembers it. */
  readonly saved?: string | undefined
  /** Parameters with which to begin again where a cursor is refused. Without them a refusal is an error. */
  readonly again?: () => Query
  readonly newRows: () => NewRows
}

/** Goes through a list whose pages name the next one by a cursor. */
export const byCursor = (options: CursorPagerOptions): Pager<CursorPage> => {
  const { requests, path, again, newRows } = options
  const { name } = requests.stream
  let { query, saved } = options
  let cursor = saved
  let begunAgainWith: string | undefined
  const known = new Set<string>()
  const isKnown = (next: string) => known.has(next)
  let advance = new Advance(name)
  let hasNew = newRows()

  const mayBeginAgain = (error: PagerError): boolean =>
    error._tag === "RefusedError" &&
    mayBeAbout("parameters", error) &&
    cursor !== undefined &&
    again !== undefined &&
    JSON.stringify(again()) !== begunAgainWith

  const beginAgain = (): void => {
    query = again?.() ?? query
    begunAgainWith = JSON.stringify(query)
    known.clear()
    advance = new Advance(name)
    hasNew = newRows()
  }

  const fetch = (): Effect.Effect<Resumed, PagerError> => {
    if (saved !== undefined) {
      const place = { ...query, cursor: saved }
      const without = again?.() ?? query
      saved = undefined
      return Effect.tap(requests.resume(path, place, without, { isKnown }), ({ isThere }) => {
        if (!isThere) query = without
        return Effect.void
      })
    }
    const place = cursor === undefined ? query : { ...query, cursor }
    return requests.page(path, place, { promised: cursor !== undefined, isKnown }).pipe(
      Effect.map((page) => ({ page, isThere: true })),
      Effect.catchIf(mayBeginAgain, () => {
        beginAgain()
        return Effect.map(requests.page(path, query, { isKnown }), (page) => ({ page, isThere: false }))
      })
    )
  }

  const next = Effect.suspend(() =>
    Effect.flatMap(fetch(), ({ page, isThere }): Pager<CursorPage>["next"] => {
      const askedWith = isThere ? cursor : undefined
      const standstill = advance.saw(page, hasNew(page))
      if (standstill !== undefined) return Effect.fail(standstill)
      cursor = page.following._tag === "Next" ? page.following.cursor : undefined
      if (cursor !== undefined) known.add(cursor)
      return Effect.succeed({
        page,
        rows: everyRow(page),
        cursor,
        askedWith,
        ended: cursor === undefined,
        begunAgain: !isThere
      })
    })
  )
  return { next }
}
