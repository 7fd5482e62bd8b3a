/**
 * The comparison of a whole list with the ids that are known: what it does not show is gone or hidden, and what it
 * shows though it was not known has come back, or was never shown before.
 */
import { Effect } from "effect"
import type { Query } from "../declare/stream.ts"
import type { ReadError } from "../errors.ts"
import type { RefusedError } from "../http/client.ts"
import { everyRow, type Page } from "../page/page.ts"
import { Advance } from "../read/pages/advance.ts"
import { readList } from "../read/pages/list.ts"
import type { Requests } from "../read/pages/requests.ts"
import { type IdSet, noIds } from "./id-set.ts"
import { withoutDeleted } from "./option.ts"
import { saysDeleted } from "./tombstones.ts"
import type { Tracking } from "./tracking.ts"

type Failure = ReadError | RefusedError

interface ListOptions {
  readonly requests: Requests
  readonly tracking: Tracking
  /** Rows older than it that are not known are left alone, in epoch seconds. */
  readonly start: number | undefined
  /** Emits the stream's state. */
  readonly checkpoint: Effect.Effect<void>
}

/** What a list has shown. */
interface Shown {
  readonly ids: IdSet
  /** The server's clock at its first answer. */
  readonly beganMs: number | undefined
}

/** Rows that are alive, by id, which does not move. */
const askOf = ({ stream }: Requests): Query => ({
  ...withoutDeleted(stream),
  ...(stream.paging.kind === "cursor" ? { sort_by: "id", sort_direction: "asc" } : { sort: "id ASC" })
})

type OnPage = (page: Page, rows: ReadonlyArray<number>) => Effect.Effect<void>

/** All pages of a list that names its next page. Where one is refused the list is begun again, once. */
const byCursor = Effect.fnUntraced(function* (requests: Requests, ask: Query, onPage: OnPage) {
  const { stream } = requests
  for (let isLast = false; ; isLast = true) {
    const passed = noIds(stream)
    const cursors = new Set<string>()
    const isKnown = (next: string) => cursors.has(next)
    const advance = new Advance(stream.name)
    let cursor: string | undefined
    let isRefused = false
    do {
      const place = { ...ask, ...(cursor !== undefined && { cursor }) }
      const isPlace = cursor !== undefined && !isLast
      const page: Page | undefined = yield* requests
        .page(stream.path, place, { promised: cursor !== undefined, isKnown })
        .pipe(
          Effect.catchIf(
            (error) => error._tag === "RefusedError" && error.status === 400 && isPlace,
            () => Effect.undefined
          )
        )
      isRefused = page === undefined
      if (page === undefined) break
      yield* onPage(page, everyRow(page))
      const before = passed.size
      for (let row = 0; row < page.count; row++) passed.add(page.id(row))
      const standstill = advance.saw(page, passed.size > before)
      if (standstill !== undefined) return yield* standstill
      cursor = page.following._tag === "Next" ? page.following.cursor : undefined
      if (cursor !== undefined) cursors.add(cursor)
    } while (cursor !== undefined)
    if (!isRefused) return
  }
})

/** Reads a list of living rows whole, and emits those that are not known. */
export const showList = ({ checkpoint, requests, start, tracking }: ListOptions): Effect.Effect<Shown, Failure> =>
  Effect.gen(function* () {
    const { stream } = requests
    const ids = noIds(stream)
    let beganMs: number | undefined
    const isEarlier = (seconds: number) => start !== undefined && !(seconds >= start)
    const onPage: OnPage = (page, rows) =>
      Effect.suspend(() => {
        beganMs ??= page.serverMs
        tracking.learn(page)
        const unknown = rows.filter((row) => {
          if (tracking.asksForDeleted && saysDeleted(page, row)) return false
          const id = page.id(row)
          ids.add(id)
          // A key that is no id of the stream is in no set: its row was emitted by the stream's own read.
          return ids.has(id) && !tracking.ids.known.has(id) && !isEarlier(page.seconds(row))
        })
        return unknown.length === 0
          ? Effect.void
          : tracking.emitter.covered(tracking.rowsOf({ page, live: unknown, dead: [] }, page.serverMs), checkpoint)
      })
    const ask = askOf(requests)
    yield* stream.paging.kind === "cursor"
      ? byCursor(requests, ask, onPage)
      : readList(requests, stream.path, ask, onPage)
    return { ids, beganMs }
  })
