import { Effect } from "effect"
import { type ReadError, SystemError } from "../errors.ts"
import type { Path, Query } from "../stream.ts"
import type { RefusedError } from "../transport.ts"
import { everyRow, type Page } from "./page.ts"
import type { Requests } from "./requests.ts"
import { Seam } from "./seam.ts"

type Failure = ReadError | RefusedError

/** Takes the rows of a page that were not there before. */
export type OnPage<E> = (page: Page, rows: ReadonlyArray<number>) => Effect.Effect<void, E>

/** The error of a list that gives the same page cursor twice. */
export const stuck = (stream: string): SystemError =>
  new SystemError({
    message: `Stopped at ${stream}: Pipedrive named the same next page twice, so the list does not advance. What has been read is kept; the next sync goes on from there.`
  })

/** A whole list that names its next page. */
const byCursor = Effect.fnUntraced(function* <E>(requests: Requests, path: Path, ask: Query, onPage: OnPage<E>) {
  const seen = new Set<string>()
  let cursor: string | undefined
  do {
    const page: Page = yield* requests.page(path, cursor === undefined ? ask : { ...ask, cursor }, {
      promised: cursor !== undefined
    })
    yield* onPage(page, everyRow(page))
    cursor = page.cursor
    if (cursor !== undefined && seen.has(cursor)) return yield* stuck(requests.stream.name)
    if (cursor !== undefined) seen.add(cursor)
  } while (cursor !== undefined)
})

const unsteady = (stream: string): SystemError =>
  new SystemError({
    message: `${stream} is not complete: its list kept changing its order while it was read. What has been read is kept; sync again at a quieter time.`
  })

/** How often a list whose order does not hold still is read before it is called incomplete. */
const MOST_PASSES = 3

/** A whole list by offsets, seam by seam; read again where its order changed, until a pass shows no new row. */
const byOffset = Effect.fnUntraced(function* <E>(requests: Requests, path: Path, ask: Query, onPage: OnPage<E>) {
  const { paging, name } = requests.stream
  const declared = paging.kind !== "offset" || paging.declared
  const seen = new Map<string, number>()
  for (let pass = 1; ; pass++) {
    const seam = new Seam()
    let fresh = 0
    for (;;) {
      const page: Page = yield* requests.page(path, { ...ask, ...seam.query })
      const rows = everyRow(page)
      const keys = rows.map((row) => page.key(row))
      if (!seam.fits(keys[0] !== undefined && seen.has(keys[0]), page.count)) {
        if (seam.isLost) return yield* unsteady(name)
        continue
      }
      const unseen = rows.filter((row) => !seen.has(keys[row] as string)).length
      const sent = rows.filter((row) => seen.get(keys[row] as string) !== page.hash(row))
      for (const row of sent) seen.set(keys[row] as string, page.hash(row))
      fresh += unseen
      yield* onPage(page, sent)
      const goesOn = declared ? page.more === true : seam.goesOn(page.count, unseen)
      if (!goesOn) {
        if (!seam.moved || (pass > 1 && fresh === 0)) return
        break
      }
      if (declared && page.count === 0) return yield* stuck(name)
      seam.pass(page.count)
    }
    if (pass === MOST_PASSES) return yield* unsteady(name)
  }
})

/** Reads a list from its first row to its last, however its endpoint pages. */
export const readList = <E>(
  requests: Requests,
  path: Path,
  ask: Query,
  onPage: OnPage<E>
): Effect.Effect<void, Failure | E> => {
  switch (requests.stream.paging.kind) {
    case "cursor":
      return byCursor(requests, path, ask, onPage)
    case "offset":
    case "seek":
    case "single":
      return byOffset(requests, path, ask, onPage)
  }
}
