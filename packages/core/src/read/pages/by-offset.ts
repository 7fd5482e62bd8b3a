/**
 * The pager of whole lists by offset. Such a list is complete only if its order held still while it was read: where a
 * page did not fit to the one before it, the list is read again.
 *
 *   pass ──▶ every page fitted, or it was a later pass without a new row ──▶ the end
 *    ▲  └──▶ rows have moved ──▶ three passes? error: not complete
 *    └────────── once more ──────────┘
 */
import { Effect } from "effect"
import type { Path, Query } from "../../declare/stream.ts"
import { SystemError } from "../../errors.ts"
import { everyRow, type Page } from "../../page/page.ts"
import { newKeys } from "./advance.ts"
import { OffsetPages } from "./offset-pages.ts"
import type { Pager } from "./pager.ts"
import type { Requests } from "./requests.ts"

/** How often a list whose order does not hold still is read before it is called incomplete. */
const MAX_PASSES = 3

const unsteady = (stream: string): SystemError =>
  new SystemError({
    message: `${stream} is not complete: its list kept changing its order while it was read. What has been read is kept; sync again at a quieter time.`,
    answered: "its list kept changing its order while it was read"
  })

/**
 * Goes through a whole list by offset, and through it again where its order changed, until a pass shows no new row. A row
 * whose content has changed since it was handed over is handed over again.
 */
export const byOffset = (requests: Requests, path: Path, query: Query): Pager => {
  const { paging, name } = requests.stream
  const tellsItsEnd = paging.kind !== "offset" || paging.declared
  /** Hashes of all rows handed over, by key. */
  const seen = new Map<string, number>()
  const startsKnown = (page: Page) => seen.has(page.key(0))
  const beginPass = () => ({
    pages: new OffsetPages({ requests, path, unsteady: unsteady(name) }),
    hasNew: newKeys(),
    unseen: 0,
    ended: false
  })
  let pass = beginPass()
  let passes = 1

  const take = (page: Page): Pager["next"] => {
    const keys = everyRow(page).map((row) => page.key(row))
    const unseen = keys.filter((key) => !seen.has(key)).length
    const rows = everyRow(page).filter((row) => seen.get(keys[row] as string) !== page.hash(row))
    for (const row of rows) seen.set(keys[row] as string, page.hash(row))
    pass.unseen += unseen
    if (page.following._tag === "Next" || (!tellsItsEnd && pass.pages.goesOn(page, unseen))) {
      const standstill = pass.pages.standstill(page, pass.hasNew(page))
      if (standstill !== undefined) return Effect.fail(standstill)
      pass.pages.moveBehind(page)
      return Effect.succeed({ page, rows, ended: false })
    }
    pass.ended = true
    return Effect.succeed({ page, rows, ended: !pass.pages.moved || (passes > 1 && pass.unseen === 0) })
  }

  const next = Effect.suspend((): Pager["next"] => {
    if (pass.ended) {
      if (passes === MAX_PASSES) return Effect.fail(unsteady(name))
      passes++
      pass = beginPass()
    }
    return Effect.flatMap(pass.pages.next(query, startsKnown), take)
  })
  return { next }
}
