import { Effect } from "effect"
import type { Path, Query } from "../../declare/stream.ts"
import { type ReadError, SystemError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import { everyRow, type Page } from "../../page/page.ts"
import { Advance } from "./advance.ts"
import { PageOverlap } from "./overlap.ts"
import type { Requests } from "./requests.ts"

type Failure = ReadError | RefusedError

/** Takes the rows of a page that were not there before. */
export type OnPage<E> = (page: Page, rows: ReadonlyArray<number>) => Effect.Effect<void, E>

/** A whole list that names its next page. */
const byCursor = Effect.fnUntraced(function* <E>(requests: Requests, path: Path, ask: Query, onPage: OnPage<E>) {
  const known = new Set<string>()
  /** Rows so far, by key and content: some have no key of their own. */
  const seen = new Set<string>()
  const advance = new Advance(requests.stream.name)
  const isKnown = (cursor: string) => known.has(cursor)
  let cursor: string | undefined
  do {
    const page: Page = yield* requests.page(path, cursor === undefined ? ask : { ...ask, cursor }, {
      promised: cursor !== undefined,
      isKnown
    })
    const rows = everyRow(page)
    yield* onPage(page, rows)
    const before = seen.size
    for (const row of rows) seen.add(`${page.key(row)} ${page.hash(row)}`)
    const standstill = advance.saw(page, seen.size > before)
    if (standstill !== undefined) return yield* standstill
    cursor = page.following._tag === "Next" ? page.following.cursor : undefined
    if (cursor !== undefined) known.add(cursor)
  } while (cursor !== undefined)
})

const unsteady = (stream: string): SystemError =>
  new SystemError({
    message: `${stream} is not complete: its list kept changing its order while it was read. What has been read is kept; sync again at a quieter time.`,
    answered: "its list kept changing its order while it was read"
  })

/** How often a list whose order does not hold still is read before it is called incomplete. */
const MOST_PASSES = 3

/** A whole list by offsets, overlap by overlap; read again where its order changed, until a pass shows no new row. */
const byOffset = Effect.fnUntraced(function* <E>(requests: Requests, path: Path, ask: Query, onPage: OnPage<E>) {
  const { paging, name } = requests.stream
  const declared = paging.kind !== "offset" || paging.declared
  const seen = new Map<string, number>()
  for (let pass = 1; ; pass++) {
    const overlap = new PageOverlap()
    const advance = new Advance(name)
    const passed = new Set<string>()
    let fresh = 0
    for (;;) {
      const page: Page = yield* requests.page(path, { ...ask, ...overlap.query })
      if (page.count === 0 && page.following._tag === "Next") {
        const standstill = advance.saw(page, false, overlap.start)
        if (standstill !== undefined) return yield* standstill
        overlap.skip(page)
        continue
      }
      const rows = everyRow(page)
      const keys = rows.map((row) => page.key(row))
      if (!overlap.fits(keys[0] !== undefined && seen.has(keys[0]), page.count)) {
        if (overlap.isLost) return yield* unsteady(name)
        continue
      }
      const unseen = rows.filter((row) => !seen.has(keys[row] as string)).length
      const sent = rows.filter((row) => seen.get(keys[row] as string) !== page.hash(row))
      for (const row of sent) seen.set(keys[row] as string, page.hash(row))
      fresh += unseen
      yield* onPage(page, sent)
      const before = passed.size
      for (const key of keys) passed.add(key)
      const standstill = advance.saw(page, passed.size > before, overlap.start)
      const goesOn = page.following._tag === "Next" || (!declared && overlap.goesOn(page.count, unseen))
      if (!goesOn) {
        if (!overlap.moved || (pass > 1 && fresh === 0)) return
        break
      }
      if (standstill !== undefined) return yield* standstill
      overlap.pass(page.count)
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
