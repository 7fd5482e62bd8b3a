/**
 * The comparison of a whole list with the ids that are known: what it does not show is gone or hidden, and what it
 * shows though it was not known has come back, or was never shown before.
 */
import { Effect } from "effect"
import type { Query } from "../declare/stream.ts"
import type { ReadError } from "../errors.ts"
import type { RefusedError } from "../http/client.ts"
import { mostlyHigherIds } from "../read/pages/advance.ts"
import { byCursor } from "../read/pages/by-cursor.ts"
import { byOffset } from "../read/pages/by-offset.ts"
import { type OnPage, turnPages } from "../read/pages/list.ts"
import type { Pager } from "../read/pages/pager.ts"
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

/** Goes through the list. Where one of its page cursors is refused it is begun again, once. */
const pagerOf = (requests: Requests): Pager => {
  const { stream } = requests
  const query = askOf(requests)
  if (stream.paging.kind !== "cursor") return byOffset(requests, stream.path, query)
  return byCursor({ requests, path: stream.path, query, again: () => query, newRows: mostlyHigherIds })
}

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
    yield* turnPages(pagerOf(requests), onPage)
    return { ids, beganMs }
  })
