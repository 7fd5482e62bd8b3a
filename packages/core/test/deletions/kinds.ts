import { newestFirst, ofChangedParents, since, snapshot } from "../../src/declare/changes.ts"
import * as c from "../../src/declare/columns.ts"
import { cursorPages, offsetPages, seekPages, singlePage } from "../../src/declare/pagination.ts"
import { perParents } from "../../src/declare/parents.ts"
import { defineStream, type SourceStream } from "../../src/declare/stream.ts"
import { byIds, byPath } from "../../src/deletions/lookup.ts"
import type { Chance } from "../table.ts"
import type { Nature } from "./company.ts"

/** Streams over one kind of rows, and in which list each of them looks. */
export interface Kind {
  readonly streams: ReadonlyArray<{ readonly stream: SourceStream; readonly list: "list" | "archive" }>
  /** Streams that are read with them and not looked at. */
  readonly parents?: ReadonlyArray<SourceStream>
  /** How a row is seen to be gone: it is asked for, by many ids or one by one, or a whole read lacks it. */
  readonly proof: "ids" | "singles" | "whole" | "sweeps"
  readonly nature: (chance: Chance) => Nature
}

const docs = "https://developers.pipedrive.com/docs/api/v1/Deals#getDeals"
const scope = "deals:read"
const columns = { id: c.integer, update_time: c.timestamp, version: c.integer }
const dealColumns = { ...columns, status: c.text, is_deleted: c.boolean, is_archived: c.boolean }
const noteColumns = { id: c.integer, update_time: c.localTimestamp, version: c.integer, active_flag: c.boolean }
const leadColumns = { id: c.text, update_time: c.preciseTimestamp, version: c.integer, is_archived: c.boolean }
const byTime = { sort_by: "update_time", sort_direction: "asc" }
const bySort = { sort: "update_time ASC, id ASC" }
const hourMs = 3_600_000

const deals = (limit: number): SourceStream =>
  defineStream({
    ...{ name: "deals", path: "v2/deals", docs, tokens: 10, scope, columns: dealColumns, primaryKey: ["id"] },
    paging: cursorPages({ limit }),
    query: { ...byTime, status: "open,won,lost,deleted" },
    changes: since("update_time"),
    lookup: byIds({ sibling: "deals_archived" })
  })

const dealsArchived = (limit: number): SourceStream =>
  defineStream({
    ...{ name: "deals_archived", path: "v2/deals/archived", docs, tokens: 20, scope, columns: dealColumns },
    primaryKey: ["id"],
    paging: cursorPages({ limit }),
    query: { ...byTime, status: "open,won,lost,deleted" },
    changes: since("update_time", { wholeEveryMs: 7 * 24 * hourMs }),
    lookup: byIds({ sibling: "deals" })
  })

const persons = (limit: number): SourceStream =>
  defineStream({
    ...{ name: "persons", path: "v2/persons", docs, tokens: 10, scope, columns, primaryKey: ["id"] },
    paging: cursorPages({ limit }),
    query: byTime,
    changes: since("update_time"),
    lookup: byIds()
  })

const leads = (limit: number): SourceStream =>
  defineStream({
    ...{ name: "leads", path: "v1/leads", docs, tokens: 20, scope, columns: leadColumns, primaryKey: ["id"] },
    paging: seekPages({ limit }),
    query: bySort,
    changes: since("update_time"),
    lookup: byPath("v1/leads/{id}", { tokens: 2, within: { column: "is_archived", value: false } })
  })

const leadsArchived = (limit: number): SourceStream =>
  defineStream({
    ...{ name: "leads_archived", path: "v1/leads/archived", docs, tokens: 40, scope, columns: leadColumns },
    primaryKey: ["id"],
    paging: offsetPages({ limit }),
    changes: newestFirst("update_time", {
      descending: { sort: "update_time DESC" },
      ascending: { by: "update_time", query: bySort },
      wholeEveryMs: 7 * 24 * hourMs
    }),
    lookup: byPath("v1/leads/{id}", { tokens: 2, within: { column: "is_archived", value: true } })
  })

const notes = (limit: number): SourceStream =>
  defineStream({
    ...{ name: "notes", path: "v1/notes", docs, tokens: 20, scope, columns: noteColumns, primaryKey: ["id"] },
    paging: seekPages({ limit }),
    query: bySort,
    changes: since("update_time"),
    lookup: byPath("v1/notes/{id}", { tokens: 2 })
  })

const files = (limit: number): SourceStream =>
  defineStream({
    ...{ name: "files", path: "v1/files", docs, tokens: 20, scope, columns: noteColumns, primaryKey: ["id"] },
    paging: offsetPages({ limit }),
    changes: newestFirst("update_time", {
      descending: { sort: "update_time DESC" },
      ascending: { by: "id", query: { sort: "id ASC" } }
    }),
    lookup: byPath("v1/files/{id}", { tokens: 2 })
  })

const tasks = (limit: number): SourceStream =>
  defineStream({
    ...{ name: "tasks", path: "v2/tasks", docs, tokens: 10, scope, columns, primaryKey: ["id"] },
    paging: cursorPages({ limit }),
    changes: snapshot({ cursorField: "update_time" })
  })

const filters = (): SourceStream =>
  defineStream({
    ...{ name: "filters", path: "v1/filters", docs, tokens: 20, scope, columns: noteColumns, primaryKey: ["id"] },
    paging: singlePage(),
    changes: snapshot({ cursorField: "update_time" })
  })

const dealProducts = (limit: number): SourceStream =>
  defineStream({
    ...{ name: "deal_products", path: "v2/deals/products", docs, tokens: 10, scope, primaryKey: ["id"] },
    columns: { ...columns, deal_id: c.integer },
    paging: cursorPages({ limit }),
    changes: ofChangedParents({ cursorField: "update_time", sweep: "whole" }),
    parents: perParents(["deals"], "deal_id", { parameter: "deal_ids", size: 100 })
  })

const nature =
  (fixed: Partial<Nature>) =>
  (chance: Chance): Nature => ({
    times: "v2",
    ids: "integers",
    tellsDeleted: false,
    archives: false,
    archivingTouches: chance.is(0.5),
    restoringTouches: chance.is(0.6),
    deletedSingle: chance.pick(["404", "410", "row"]),
    hiddenSingle: chance.pick([403, 404]),
    cursors: chance.pick(["kept", "refused"]),
    ...fixed
  })

/** Every way of reading a tracked stream. */
export const KINDS: { readonly [name: string]: (limit: number) => Kind } = {
  deals: (limit) => ({
    streams: [
      { stream: deals(limit), list: "list" },
      { stream: dealsArchived(limit), list: "archive" }
    ],
    proof: "ids",
    nature: nature({ tellsDeleted: true, archives: true })
  }),
  persons: (limit) => ({ streams: [{ stream: persons(limit), list: "list" }], proof: "ids", nature: nature({}) }),
  leads: (limit) => ({
    streams: [
      { stream: leads(limit), list: "list" },
      { stream: leadsArchived(limit), list: "archive" }
    ],
    proof: "singles",
    nature: nature({ times: "millis", ids: "uuids", archives: true, deletedSingle: "404" })
  }),
  notes: (limit) => ({
    streams: [{ stream: notes(limit), list: "list" }],
    proof: "singles",
    nature: nature({ times: "v1" })
  }),
  files: (limit) => ({
    streams: [{ stream: files(limit), list: "list" }],
    proof: "singles",
    nature: nature({ times: "v1" })
  }),
  pagedSnapshot: (limit) => ({
    streams: [{ stream: tasks(limit), list: "list" }],
    proof: "whole",
    nature: nature({})
  }),
  snapshot: () => ({ streams: [{ stream: filters(), list: "list" }], proof: "whole", nature: nature({ times: "v1" }) }),
  children: (limit) => ({
    streams: [{ stream: dealProducts(limit), list: "list" }],
    parents: [deals(limit)],
    proof: "sweeps",
    nature: nature({})
  })
}
