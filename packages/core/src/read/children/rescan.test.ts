import { describe, expect, it } from "vitest"
import { Account, type Ran } from "../../../test/account.ts"
import { ofChangedParents, since } from "../../declare/changes.ts"
import * as c from "../../declare/columns.ts"
import { cursorPages, offsetPages, seekPages, singlePage } from "../../declare/pagination.ts"
import { perParent, perParents } from "../../declare/parents.ts"
import { defineStream, type SourceStream } from "../../declare/stream.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"
const columns = { id: c.integer, update_time: c.timestamp }

const deals = defineStream({
  name: "deals",
  path: "v2/deals",
  docs,
  tokens: 10,
  scope: "deals:read",
  columns,
  primaryKey: ["id"],
  paging: cursorPages({ limit: 3 }),
  query: { sort_by: "update_time", sort_direction: "asc" },
  changes: since("update_time")
})

const childOf = (name: string, sweep: "whole" | "rolling" | "none", parent = "deals"): SourceStream =>
  defineStream({
    name,
    path: `v1/${parent}/{id}/${name}`,
    docs,
    tokens: 40,
    scope: "deals:read",
    columns: { id: c.integer, of: c.integer },
    primaryKey: ["id"],
    paging: singlePage(),
    changes: ofChangedParents({ sweep }),
    parents: perParent(parent, "of")
  })

const rolling = childOf("followers", "rolling")
const whole = childOf("participants", "whole")

/** An account with so many deals, none changed within the last days, each with one child of each kind. */
const company = (size: number) => {
  const account = new Account()
  const rows = Array.from({ length: size }, (_, i) => ({ id: i + 1, update_time: account.ago(100_000 - i) }))
  account.serve("v2/deals", rows)
  for (const name of ["followers", "participants", "files"])
    account.serve(`v1/deals/{id}/${name}`, (id) => [{ id: Number(id) * 10 }])
  return { account, rows }
}

const DAY_MS = 86_400_000
const asked = ({ paths }: Ran, name = "followers") =>
  paths.filter((path) => path.endsWith(`/${name}`)).map((path) => Number(path.split("/")[2]))
const sweepOf = (ran: Ran, name = "followers") =>
  (ran.states.get(name)?.["_ab"] as { readonly sweep?: unknown } | undefined)?.sweep

describe("a rolling rescan", () => {
  const streams = [deals, rolling]
  /** Runs on the next days, one each. */
  const days = async (account: Account, first: Ran, count: number, names = ["followers"], config = {}) => {
    const runs: Array<Ran> = []
    let before = first
    for (let day = 0; day < count; day++) {
      account.nowMs += DAY_MS
      before = await account.read(streams, names, { states: before.states, config })
      runs.push(before)
    }
    return runs
  }

  it("spends a tenth of the company's daily tokens a day, parents in order of their ids", async () => {
    const { account } = company(5)
    account.dailyTokens = 1000
    const first = await account.read(streams, ["followers"])
    expect(asked(first)).toEqual([1, 2, 3, 4, 5])
    expect(sweepOf(first)).toEqual({ swept: "2026-01-10T12:00:00Z" })
    const runs = await days(account, first, 3)
    expect(runs.map((run) => asked(run))).toEqual([[1, 2], [3, 4], [5]])
    expect(runs[0]?.of("followers").rows.map((row) => row["of"])).toEqual([1, 2])
    expect(runs[0]?.asked.find(({ query }) => query["sort_by"] === "id")?.query).toEqual({
      sort_by: "id",
      sort_direction: "asc",
      limit: "3"
    })
  })

  it("keeps what a day's rescan has spent across runs", async () => {
    const { account } = company(5)
    account.dailyTokens = 1000
    const first = await account.read(streams, ["followers"])
    const [second] = (await days(account, first, 1)) as [Ran]
    expect(sweepOf(second)).toEqual({
      swept: "2026-01-10T12:00:00Z",
      began: "2026-01-11T12:00:00Z",
      parent: "deals",
      at: "2",
      day: "2026-01-11",
      spent: 80
    })
    account.nowMs += 3_600_000
    const third = await account.read(streams, ["followers"], { states: second.states })
    expect(asked(third)).toEqual([])
    expect(sweepOf(third)).toEqual(sweepOf(second))
  })

  it("keeps what it has spent when it comes to its end, and begins again a day after its beginning", async () => {
    const { account } = company(1)
    account.dailyTokens = 1000
    const first = await account.read(streams, ["followers"])
    account.nowMs += DAY_MS - 1000
    const early = await account.read(streams, ["followers"], { states: first.states })
    expect(asked(early)).toEqual([])
    account.nowMs += 1000
    const due = await account.read(streams, ["followers"], { states: early.states })
    expect(asked(due)).toEqual([1])
    expect(sweepOf(due)).toEqual({ swept: "2026-01-11T12:00:00Z", day: "2026-01-11", spent: 40 })
    account.nowMs += DAY_MS - 1
    const again = await account.read(streams, ["followers"], { states: due.states })
    expect(asked(again)).toEqual([])
  })

  it("goes on from where it was, page by page, and asks no parent twice", async () => {
    const { account } = company(8)
    account.dailyTokens = 1600
    const first = await account.read(streams, ["followers"])
    const runs = await days(account, first, 2)
    expect(runs.map((run) => asked(run))).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8]
    ])
    expect(sweepOf(runs[0] as Ran)).toMatchObject({ at: "4", cursor: "3", spent: 160 })
    expect(runs[1]?.asked.filter(({ query }) => query["sort_by"] === "id").map(({ query }) => query["cursor"])).toEqual(
      ["3", "6"]
    )
  })

  it("shares its tokens with other streams that rescan", async () => {
    const { account } = company(5)
    account.dailyTokens = 1600
    const both = [...streams, childOf("files", "rolling"), whole]
    const names = ["followers", "files", "participants"]
    const first = await account.read(both, names)
    account.nowMs += DAY_MS
    const second = await account.read(both, names, { states: first.states })
    expect(asked(second)).toEqual([1, 2])
    expect(asked(second, "files")).toEqual([1, 2])
    expect(asked(second, "participants")).toEqual([1, 2, 3, 4, 5])
  })

  it("may spend 3,000 tokens a day where the company's are not known", async () => {
    const { account } = company(80)
    const first = await account.read(streams, ["followers"])
    const [second] = (await days(account, first, 1)) as [Ran]
    expect(asked(second)).toHaveLength(75)
  })

  it("leaves the watermark where changes have brought it", async () => {
    const { account } = company(5)
    const first = await account.read(streams, ["followers"])
    const [second] = (await days(account, first, 1)) as [Ran]
    expect(second.states.get("followers")?.["_ab_changed_at"]).toBe(first.states.get("followers")?.["_ab_changed_at"])
  })

  it("passes over parents older than the start date", async () => {
    const { account } = company(5)
    const config = { replication_start_date: account.ago(99_998) }
    const first = await account.read(streams, ["followers"], { config })
    expect(asked(first)).toEqual([3, 4, 5])
    const [second] = (await days(account, first, 1, ["followers"], config)) as [Ran]
    expect(asked(second)).toEqual([3, 4, 5])
  })

  it("does not count parents that cannot have children", async () => {
    const { account, rows } = company(6)
    account.dailyTokens = 1000
    account.serve("v2/deals", () => rows.map((row) => ({ ...row, n: row.id % 2 })))
    const counted = defineStream({
      ...rolling,
      parents: perParent("deals", "of", { count: "n" })
    })
    const first = await account.read([deals, counted], ["followers"])
    expect(asked(first)).toEqual([1, 3, 5])
    account.nowMs += DAY_MS
    const second = await account.read([deals, counted], ["followers"], { states: first.states })
    expect(asked(second)).toEqual([1, 3])
    expect(sweepOf(second)).toMatchObject({ at: "3", spent: 80 })
  })

  it("is not part of a full refresh", async () => {
    const { account } = company(3)
    const first = await account.read(streams, ["followers"])
    account.nowMs += DAY_MS
    const second = await account.read(streams, ["followers"], { states: first.states, mode: "full_refresh" })
    expect(asked(second)).toEqual([1, 2, 3])
  })

  it("begins its list again where the place it kept is refused, and asks no parent twice", async () => {
    const { account } = company(8)
    account.dailyTokens = 1600
    const first = await account.read(streams, ["followers"])
    const [second] = (await days(account, first, 1)) as [Ran]
    let refusals = 0
    account.instead = ({ query }) =>
      query["cursor"] === "3" && refusals++ === 0
        ? { status: 400, body: { success: false, error: "bad cursor" } }
        : undefined
    account.nowMs += DAY_MS
    const third = await account.read(streams, ["followers"], { states: second.states })
    expect(third.of("followers").error).toBeUndefined()
    expect(asked(third)).toEqual([5, 6, 7, 8])
    expect(asked(second)).toEqual([1, 2, 3, 4])
  })

  it("that fails ends its stream by what went wrong, and other streams go on", async () => {
    const { account } = company(3)
    const first = await account.read(streams, ["deals", "followers"])
    account.nowMs += DAY_MS
    account.instead = ({ query }) =>
      query["sort_by"] === "id" ? { status: 403, body: { success: false, error: "not yours" } } : undefined
    const second = await account.read(streams, ["deals", "followers"], { states: first.states })
    expect(second.of("followers").error?._tag).toBe("ConfigError")
    expect(second.of("deals").error).toBeUndefined()
    expect(second.states.get("followers")).toEqual(first.states.get("followers"))
  })

  it("of a list that does not advance ends with an error", async () => {
    const { account, rows } = company(3)
    const first = await account.read(streams, ["followers"])
    account.nowMs += DAY_MS
    account.instead = ({ query }) =>
      query["sort_by"] === "id"
        ? { body: { success: true, data: rows, additional_data: { next_cursor: "same" } } }
        : undefined
    const second = await account.read(streams, ["followers"], { states: first.states })
    expect(second.of("followers").error?._tag).toBe("SystemError")
    expect(second.paths.filter((path) => path === "v2/deals").length).toBeLessThan(6)
  })
})

describe("a whole rescan", () => {
  const streams = [deals, whole]

  it("goes through all parents once a day, whatever it costs", async () => {
    const { account } = company(7)
    account.dailyTokens = 100_000
    const first = await account.read(streams, ["participants"])
    account.nowMs += DAY_MS - 1000
    const early = await account.read(streams, ["participants"], { states: first.states })
    expect(asked(early, "participants")).toEqual([])
    account.nowMs += 1000
    const due = await account.read(streams, ["participants"], { states: early.states })
    expect(asked(due, "participants")).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(sweepOf(due, "participants")).toEqual({ swept: "2026-01-11T12:00:00Z" })
  })

  it("does not take a page without data, where rows were promised, for the end of its list", async () => {
    const { account } = company(7)
    const first = await account.read(streams, ["participants"])
    account.nowMs += DAY_MS
    let damaged = 0
    account.instead = ({ query }) =>
      query["sort_by"] === "id" && query["cursor"] === "3" && damaged++ === 0
        ? { body: { success: true, data: null, additional_data: { next_cursor: null } } }
        : undefined
    const second = await account.read(streams, ["participants"], { states: first.states })
    expect(asked(second, "participants")).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it("goes on after a kill from the page it stood in", async () => {
    const { account } = company(7)
    const first = await account.read(streams, ["participants"])
    account.nowMs += DAY_MS
    const killed = await account.read(streams, ["participants"], {
      states: first.states,
      killedAfter: (event) => event._tag === "Checkpoint" && JSON.stringify(event.state).includes('"at":"3"')
    })
    expect(sweepOf(killed, "participants")).toMatchObject({ parent: "deals", at: "3", cursor: "3" })
    const resumed = await account.read(streams, ["participants"], { states: killed.states })
    expect(asked(resumed, "participants")).toEqual([4, 5, 6, 7])
    expect(sweepOf(resumed, "participants")).toEqual({ swept: "2026-01-11T12:00:00Z" })
  })

  it("goes through the parts of a list one after the other, and after a kill from the part it stood in", async () => {
    const account = new Account()
    const parted = defineStream({
      ...deals,
      name: "projects",
      path: "v2/projects",
      parts: [{}, { path: "v2/projects/archived", query: { archived: "1" } }]
    })
    const tasks = childOf("tasks", "whole", "projects")
    account.serve("v2/projects", [{ id: 1, update_time: account.ago(9000) }])
    account.serve("v2/projects/archived", [
      { id: 1, update_time: account.ago(8000) },
      { id: 2, update_time: account.ago(8000) }
    ])
    account.serve("v1/projects/{id}/tasks", (id) => [{ id: Number(id) * 10 }])
    const states = new Map([
      [
        "tasks",
        { _ab: { v: 1, parents: { projects: { mark: account.ago(60) } }, sweep: { swept: account.ago(86_400) } } }
      ]
    ])
    const killed = await account.read([parted, tasks], ["tasks"], {
      states,
      killedAfter: (event) => event._tag === "Checkpoint" && JSON.stringify(event.state).includes("projects#0")
    })
    const place = sweepOf(killed, "tasks") as { readonly [name: string]: unknown }
    expect(place).toMatchObject({ parent: "projects#0", at: "1" })
    const over = await account.read([parted, tasks], ["tasks"], {
      states: new Map([
        [
          "tasks",
          { _ab: { v: 1, parents: { projects: { mark: account.ago(60) } }, sweep: { ...place, parent: "projects#1" } } }
        ]
      ])
    })
    expect(asked(over, "tasks")).toEqual([2])
    const all = await account.read([parted, tasks], ["tasks"], { states })
    expect(asked(all, "tasks")).toEqual([1, 1, 2])
    expect(all.asked.filter(({ path }) => path.endsWith("archived")).at(-1)?.query).toMatchObject({
      archived: "1",
      sort_by: "id"
    })
  })

  it.each([
    ["seek", seekPages({ limit: 3 }), { sort: "update_time ASC, id ASC" }],
    ["offset", offsetPages({ limit: 3 }), {}]
  ] as const)("goes through a list by %s, pages overlapping by a row", async (kind, paging, query) => {
    const account = new Account()
    const leads = defineStream({
      name: "leads",
      path: "v1/leads",
      docs,
      tokens: 20,
      scope: "leads:read",
      columns,
      primaryKey: ["id"],
      paging,
      query,
      ...(kind === "seek" ? { changes: since("update_time") } : { changes: { kind: "snapshot" } as const })
    })
    const notes = childOf("notes", "whole", "leads")
    account.serve(
      "v1/leads",
      Array.from({ length: 7 }, (_, i) => ({ id: i + 1, update_time: account.ago(9000 - i) }))
    )
    account.serve("v1/leads/{id}/notes", (id) => [{ id: Number(id) * 10 }])
    const first = await account.read([leads, notes], ["notes"])
    expect(asked(first, "notes")).toEqual([1, 2, 3, 4, 5, 6, 7])
    account.nowMs += DAY_MS
    const second = await account.read([leads, notes], ["notes"], { states: first.states })
    expect(asked(second, "notes")).toEqual([1, 2, 3, 4, 5, 6, 7])
    const sweeping = second.asked.filter(
      ({ path, query: each }) => path === "v1/leads" && each["updated_since"] === undefined
    )
    expect(sweeping.slice(-3).map(({ query: each }) => each["start"])).toEqual([undefined, "2", "4"])
    if (kind === "seek") expect(sweeping[0]?.query["sort"]).toBe("id ASC")
  })

  it("does not take an empty page at an offset for the end of its list: rows may have moved", async () => {
    const account = new Account()
    const leads = defineStream({
      ...deals,
      name: "leads",
      path: "v1/leads",
      paging: seekPages({ limit: 3 }),
      query: { sort: "update_time ASC, id ASC" }
    })
    const notes = childOf("notes", "whole", "leads")
    let rows = [1, 2, 3, 4].map((id) => ({ id, update_time: account.ago(9000) }))
    account.serve("v1/leads", () => rows)
    account.serve("v1/leads/{id}/notes", (id) => [{ id: Number(id) * 10 }])
    const first = await account.read([leads, notes], ["notes"])
    account.nowMs += DAY_MS
    account.instead = ({ query }) => {
      if (query["sort"] === "id ASC" && query["start"] === "2") rows = rows.filter(({ id }) => id > 2)
      return undefined
    }
    const second = await account.read([leads, notes], ["notes"], { states: first.states })
    expect(asked(second, "notes")).toEqual([1, 2, 3, 4])
  })

  it.each([
    ["by page cursor", "v2/boards", cursorPages({ limit: 3 })],
    ["by offset", "v1/boards", offsetPages({ limit: 3 })]
  ] as const)("passes over no parent of a list in an order of its own: %s", async (_, path, paging) => {
    const account = new Account()
    account.dailyTokens = 800
    const order = [5, 3, 9, 4, 12, 1, 8]
    const boards = defineStream({
      ...{ name: "boards", path, docs, tokens: 10, scope: "deals:read", columns, primaryKey: ["id"], paging },
      changes: { kind: "snapshot" } as const
    })
    const phases = childOf("phases", "rolling", "boards")
    account.serve(
      path,
      order.map((id) => ({ id }))
    )
    account.serve("v1/boards/{id}/phases", (id) => [{ id: Number(id) * 10 }])
    const streams = [boards, phases]
    let before = await account.read(streams, ["phases"])
    const swept: Array<number> = []
    for (let day = 0; day < 4; day++) {
      account.nowMs += DAY_MS
      before = await account.read(streams, ["phases"], { states: before.states })
      swept.push(...asked(before, "phases"))
    }
    expect(swept).toEqual([5, 3, 9, 4, 12, 1, 8])
  })

  it("asks for children of many parents a request", async () => {
    const { account } = company(5)
    account.serve("v2/deals/installments", (_, { deal_ids: ids = "" }) =>
      ids.split(",").map((id) => ({ id: Number(id) * 10, deal_id: Number(id) }))
    )
    const installments = defineStream({
      ...whole,
      name: "installments",
      path: "v2/deals/installments",
      paging: cursorPages(),
      parents: perParents("deals", "deal_id", { parameter: "deal_ids", size: 2 })
    })
    const first = await account.read([deals, installments], ["installments"])
    account.nowMs += DAY_MS
    const second = await account.read([deals, installments], ["installments"], { states: first.states })
    expect(second.of("installments").rows.map((row) => row["deal_id"])).toEqual([1, 2, 3, 4, 5])
    expect(second.asked.flatMap(({ query }) => query["deal_ids"] ?? [])).toEqual(["1,2", "3,4", "5"])
  })
})

describe("a stream that is not rescanned", () => {
  it("keeps no place of a rescan", async () => {
    const { account } = company(3)
    const none = childOf("files", "none")
    const first = await account.read([deals, none], ["files"])
    account.nowMs += DAY_MS
    const second = await account.read([deals, none], ["files"], { states: first.states })
    expect(asked(second, "files")).toEqual([])
    expect(sweepOf(second, "files")).toBeUndefined()
  })
})
