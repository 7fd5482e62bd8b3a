import { Effect } from "effect"
import { type ReadError, SystemError } from "../errors.ts"
import type { Path, Query } from "../stream.ts"
import type { RefusedError } from "../transport.ts"
import type { Page } from "./page.ts"
import type { Requests } from "./requests.ts"

type Failure = ReadError | RefusedError

/** Takes the rows of a page that were not there before. */
export type OnPage = (page: Page, rows: ReadonlyArray<number>) => Effect.Effect<void, ReadError>

const everyRow = (page: Page): ReadonlyArray<number> => Array.from({ length: page.count }, (_, row) => row)

/** The error of a list that gives the same page cursor twice. */
export const stuck = (stream: string): SystemError =>
  new SystemError({
    message: `Stopped at ${stream}: Pipedrive named the same next page twice, so the list does not advance. What has been read is kept; the next sync goes on from there.`
  })

/** A whole list that names its next page. */
const byCursor = Effect.fnUntraced(function* (requests: Requests, path: Path, ask: Query, onPage: OnPage) {
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

/** How often a list whose order does not hold still is read before it is called incomplete. */
const MOST_PASSES = 3

/**
 * A whole list by offsets. Every page begins with the last row of the one before; where it does not, something moved,
 * and the reader goes back a page, then twice that, down to the start.
 */
const byOffset = Effect.fnUntraced(function* (requests: Requests, path: Path, ask: Query, onPage: OnPage) {
  const { paging, name } = requests.stream
  const declared = paging.kind !== "offset" || paging.declared
  const seen = new Set<string>()
  for (let pass = 1; ; pass++) {
    let start = 0
    let overlapping = false
    let back = 0
    let moved = false
    let fresh = 0
    for (;;) {
      const page: Page = yield* requests.page(path, start === 0 ? ask : { ...ask, start: String(start) })
      const keys = everyRow(page).map((row) => page.key(row))
      if (overlapping && start > 0 && (keys[0] === undefined || !seen.has(keys[0]))) {
        moved = true
        back = back === 0 ? Math.max(page.count, 1) : back * 2
        start = Math.max(0, start - back)
        continue
      }
      back = 0
      const rows = everyRow(page).filter((row) => !seen.has(keys[row] as string))
      for (const row of rows) seen.add(keys[row] as string)
      fresh += rows.length
      yield* onPage(page, rows)
      const goesOn = declared ? page.more === true : page.count > 0 && (rows.length > 0 || !overlapping)
      if (!goesOn) break
      if (declared && page.count === 0) return yield* stuck(name)
      overlapping = page.count > 1
      start += Math.max(1, page.count - 1)
    }
    if (!moved || (pass > 1 && fresh === 0)) return
    if (pass === MOST_PASSES) {
      return yield* new SystemError({
        message: `${name} is not complete: its list kept changing its order while it was read ${pass} times. Sync again at a quieter time.`
      })
    }
  }
})

/** Reads a list from its first row to its last, however its endpoint pages. */
export const readList = (requests: Requests, path: Path, ask: Query, onPage: OnPage): Effect.Effect<void, Failure> => {
  switch (requests.stream.paging.kind) {
    case "cursor":
      return byCursor(requests, path, ask, onPage)
    case "offset":
    case "seek":
    case "single":
      return byOffset(requests, path, ask, onPage)
  }
}
