import * as c from "../src/declare/columns.ts"
import { idsIn } from "../src/deletions/id-set.ts"
import type { JsonObject } from "../src/events.ts"
import {
  byIds,
  byPath,
  cursorPages,
  dayMs,
  defineStream,
  newestFirst,
  offsetPages,
  type SourceStream,
  seekPages,
  since
} from "../src/index.ts"
import { type Account, type Ran, type Row, rowsOf } from "./account.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"
const common = { docs, tokens: 10, scope: "deals:read", primaryKey: ["id"] } as const
const columns = { id: c.integer, update_time: c.timestamp, is_deleted: c.boolean, title: c.text }
const byTime = { sort_by: "update_time", sort_direction: "asc" }
const query = { status: "open,won,lost,deleted", ...byTime }

export const deals = defineStream({
  ...common,
  name: "deals",
  path: "v2/deals",
  columns,
  paging: cursorPages({ limit: 5 }),
  query,
  changes: since("update_time"),
  lookup: byIds({ sibling: "deals_archived" })
})

export const dealsArchived = defineStream({
  ...common,
  name: "deals_archived",
  path: "v2/deals/archived",
  columns,
  paging: cursorPages({ limit: 5 }),
  query,
  changes: since("update_time", { wholeEveryMs: 7 * dayMs }),
  lookup: byIds({ sibling: "deals" })
})

export const persons = defineStream({
  ...common,
  name: "persons",
  path: "v2/persons",
  columns,
  paging: cursorPages({ limit: 50 }),
  query: byTime,
  changes: since("update_time"),
  lookup: byIds()
})

export const notes = defineStream({
  ...common,
  name: "notes",
  path: "v1/notes",
  columns: { id: c.integer, update_time: c.localTimestamp, active_flag: c.boolean },
  paging: seekPages({ limit: 5 }),
  query: { sort: "update_time ASC, id ASC" },
  changes: since("update_time"),
  lookup: byPath("v1/notes/{id}", { tokens: 2 })
})

const lead = { id: c.text, update_time: c.preciseTimestamp, is_archived: c.boolean }

export const leads = defineStream({
  ...common,
  name: "leads",
  path: "v1/leads",
  columns: lead,
  paging: seekPages({ limit: 5 }),
  query: { sort: "update_time ASC, id ASC" },
  changes: since("update_time"),
  lookup: byPath("v1/leads/{id}", { tokens: 2, within: { column: "is_archived", value: false } })
})

const leadsArchived = defineStream({
  ...common,
  name: "leads_archived",
  path: "v1/leads/archived",
  columns: lead,
  paging: offsetPages({ limit: 5 }),
  changes: newestFirst("update_time", {
    descending: { sort: "update_time DESC" },
    ascending: { by: "update_time", query: { sort: "update_time ASC, id ASC" } },
    wholeEveryMs: 7 * dayMs
  }),
  lookup: byPath("v1/leads/{id}", { tokens: 2, within: { column: "is_archived", value: true } })
})

export const files = defineStream({
  ...common,
  name: "files",
  path: "v1/files",
  columns: { id: c.integer, update_time: c.localTimestamp, active_flag: c.boolean },
  paging: offsetPages({ limit: 5 }),
  changes: newestFirst("update_time", {
    descending: { sort: "update_time DESC" },
    ascending: { by: "id", query: { sort: "id ASC" } }
  }),
  lookup: byPath("v1/files/{id}", { tokens: 2 })
})

export const all: ReadonlyArray<SourceStream> = [deals, dealsArchived, persons, notes, leads, leadsArchived, files]

export const on = { track_deletions: true }
export const DAY_MS = dayMs + 60_000

/** A list whose rows can be changed between reads. */
export class List {
  readonly account: Account
  readonly rows = new Map<number | string, Row>()

  constructor(account: Account, path: string, single?: string) {
    this.account = account
    account.serve(path, () => [...this.rows.values()])
    if (single !== undefined) account.serveEach(single, (id) => this.rows.get(/^\d+$/.test(id) ? Number(id) : id))
  }

  put(id: number | string, secondsAgo: number, more: Row = {}): this {
    this.rows.set(id, { id, update_time: this.account.ago(secondsAgo), ...more })
    return this
  }

  many(count: number, secondsAgo = 90_000): this {
    for (let id = 1; id <= count; id++) this.put(id, secondsAgo - id)
    return this
  }
}

/** Tombstones of a stream, by id. */
export const tombstonesOf = (ran: Ran, stream: string): ReadonlyMap<unknown, Row> =>
  new Map(ran.of(stream).rows.flatMap((row) => (row["_ab_cdc_deleted_at"] === undefined ? [] : [[row["id"], row]])))

/** Ids of a stream's rows that are no tombstones. */
export const livingIn = (ran: Ran, stream: string): ReadonlyArray<unknown> =>
  ran.of(stream).rows.flatMap((row) => (row["_ab_cdc_deleted_at"] === undefined ? [row["id"]] : []))

/** The ids that a state has in a set. */
export const idsOf = (
  stream: SourceStream,
  state: JsonObject | undefined,
  set: "known" | "doubt"
): ReadonlyArray<string> => {
  const kept = (state?.["_ab"] as JsonObject | undefined)?.["deletions"] as JsonObject | undefined
  return [...(idsIn(stream, String(kept?.[set] ?? "")) ?? [])]
}

/** What of a read breaks the rules of naming: rows that no state before them names, and known ids without a row. */
export const unnamedIn = (ran: Ran, stream: SourceStream, given?: JsonObject): ReadonlyArray<string> => {
  let state = given
  const sent = new Set(idsOf(stream, given, "known"))
  return ran.events.flatMap((event) => {
    if (event._tag === "Checkpoint" && event.stream === stream.name) {
      state = event.state
      return idsOf(stream, state, "known").flatMap((id) => (sent.has(id) ? [] : [`${id} is known and was not emitted`]))
    }
    if (event._tag !== "Records" || event.stream !== stream.name) return []
    const [known, doubt] = [idsOf(stream, state, "known"), idsOf(stream, state, "doubt")]
    return rowsOf(event).flatMap((row) => {
      const id = JSON.stringify(row["id"])
      const isDead = row["_ab_cdc_deleted_at"] !== undefined
      if (!isDead) sent.add(id)
      const isNamed = doubt.includes(id) || (!isDead && known.includes(id))
      return isNamed ? [] : [`${id} was emitted ${isDead ? "as a tombstone " : ""}before a state that names it`]
    })
  })
}
