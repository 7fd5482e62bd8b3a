import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import * as c from "../src/declare/columns.ts"
import {
  cursorPages,
  dayMs,
  defineStream,
  newestFirst,
  ofChangedParents,
  offsetPages,
  perParent,
  perParents,
  seekPages,
  since,
  singlePage,
  snapshot
} from "../src/index.ts"
import { Account, type Ran, type Row } from "./account.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"
const common = { docs, tokens: 10, scope: "deals:read", primaryKey: ["id"] } as const
const columns = { id: c.integer, update_time: c.timestamp, is_deleted: c.boolean }
const query = { status: "open,won,lost,deleted", sort_by: "update_time", sort_direction: "asc" }

const streams = [
  defineStream({
    ...common,
    name: "deals",
    path: "v2/deals",
    columns,
    paging: cursorPages({ limit: 3 }),
    query,
    changes: since("update_time")
  }),
  defineStream({
    ...common,
    name: "deals_archived",
    path: "v2/deals/archived",
    columns,
    paging: cursorPages({ limit: 3 }),
    query,
    changes: since("update_time", { wholeEveryMs: 7 * dayMs })
  }),
  defineStream({
    ...common,
    name: "notes",
    path: "v1/notes",
    columns,
    paging: seekPages({ limit: 3 }),
    query: { sort: "update_time ASC, id ASC" },
    changes: since("update_time")
  }),
  defineStream({
    ...common,
    name: "files",
    path: "v1/files",
    columns,
    paging: offsetPages({ limit: 3 }),
    changes: newestFirst("update_time", {
      descending: { sort: "update_time DESC" },
      ascending: { by: "id", query: { sort: "id ASC" } }
    })
  }),
  defineStream({
    ...common,
    name: "boards",
    path: "v1/boards",
    columns: { id: c.integer, name: c.text },
    paging: singlePage(),
    changes: snapshot()
  }),
  defineStream({
    ...common,
    name: "phases",
    path: "v1/boards/{id}/phases",
    columns: { id: c.integer, board_id: c.integer },
    paging: singlePage(),
    changes: snapshot(),
    parents: perParent("boards", "board_id")
  }),
  defineStream({
    ...common,
    name: "deal_products",
    path: "v2/deals/products",
    columns: { id: c.integer, deal_id: c.integer, update_time: c.timestamp },
    paging: cursorPages(),
    changes: ofChangedParents({ cursorField: "update_time", sweep: "whole" }),
    parents: perParents(["deals", "deals_archived"], "deal_id", { parameter: "deal_ids", size: 2 })
  })
]
const names = streams.map(({ name }) => name)

const rowsOf = (account: Account, from: number, to: number, more: Row = {}): ReadonlyArray<Row> =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    id: from + i,
    update_time: account.ago(90_000 - from - i),
    ...more
  }))

const tell = ({ asked, events }: Ran): ReadonlyArray<string> => [
  ...asked.map(({ path, query: parameters }) => `${path} ${JSON.stringify(parameters)}`),
  ...events.map((event) => {
    if (event._tag !== "Records") return JSON.stringify(event)
    const { added, bytes, spans } = event.rows
    const rows = Array.from({ length: spans.length / 2 }, (_, row) =>
      [new TextDecoder().decode(bytes.subarray(spans[2 * row], spans[2 * row + 1])), added?.[row] ?? ""].join("+")
    )
    return `${event.stream}: ${rows.join(" ")}`
  })
]

/** Three reads of an account from which rows go meanwhile, a day apart, the first one killed. */
const history = async (config: object): Promise<ReadonlyArray<string>> => {
  const account = new Account()
  const deals = rowsOf(account, 1, 8)
  const gone = { ...deals[1], is_deleted: true, update_time: account.ago(70_000) }
  account.serve("v2/deals", deals)
  account.serve("v2/deals/archived", rowsOf(account, 21, 22))
  account.serve("v1/notes", rowsOf(account, 1, 5))
  account.serve("v1/files", rowsOf(account, 1, 5))
  account.serve("v1/boards", [
    { id: 1, name: "one" },
    { id: 2, name: "two" }
  ])
  account.serve("v1/boards/{id}/phases", (board) => [{ id: Number(board) * 10 }])
  account.serve("v2/deals/products", (_, { deal_ids = "" }) =>
    deal_ids.split(",").map((id) => ({ id: Number(id) + 100, deal_id: Number(id), update_time: account.ago(95_000) }))
  )
  let seen = 0
  const killedAfter = (event: { readonly _tag: string }) => event._tag === "Records" && ++seen === 6
  const first = await account.read(streams, names, { config, killedAfter })
  const second = await account.read(streams, names, { config, states: first.states })
  account.nowMs += dayMs + 1000
  account.serve("v2/deals", [deals[0] as Row, gone, ...deals.slice(3)])
  account.serve("v1/files", rowsOf(account, 2, 4))
  account.serve("v1/boards", [{ id: 2, name: "new" }])
  const third = await account.read(streams, names, { config, states: second.states })
  return [first, second, third].flatMap(tell)
}

const kept = new URL("kept/untracked.json", import.meta.url)

describe("without track_deletions", () => {
  it("requests, records, states and logs are those of a source that knows nothing of deletions", async () => {
    expect(await history({})).toEqual(JSON.parse(readFileSync(kept, "utf8")))
  })
})
