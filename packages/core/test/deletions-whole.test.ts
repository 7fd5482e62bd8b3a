import { describe, expect, it } from "vitest"
import * as c from "../src/declare/columns.ts"
import type { Event, JsonObject } from "../src/events.ts"
import {
  cursorPages,
  defineStream,
  ofChangedParents,
  perParent,
  perParents,
  singlePage,
  snapshot
} from "../src/index.ts"
import { Account, type Ran, type Row } from "./account.ts"
import { DAY_MS, deals, dealsArchived, idsOf, List, livingIn, on, tombstonesOf, unnamedIn } from "./deletions.ts"

// SPEC 33, 34

const docs = "https://developers.pipedrive.com/docs/api/v1"
const common = { docs, tokens: 10, scope: "deals:read", primaryKey: ["id"] } as const
const config = on

const filters = defineStream({
  ...common,
  name: "filters",
  path: "v1/filters",
  columns: { id: c.integer, update_time: c.localTimestamp, name: c.text },
  paging: singlePage(),
  changes: snapshot({ cursorField: "update_time" })
})
const roles = defineStream({
  ...common,
  name: "roles",
  path: "v1/roles",
  columns: { id: c.integer, name: c.text },
  paging: singlePage(),
  changes: snapshot()
})
const assignments = defineStream({
  ...common,
  name: "role_assignments",
  path: "v1/roles/{id}/assignments",
  columns: { user_id: c.integer, role_id: c.integer, kind: c.text },
  primaryKey: ["user_id", "role_id"],
  paging: singlePage(),
  changes: snapshot(),
  parents: perParent("roles", "role_id")
})
const projects = defineStream({
  ...common,
  name: "projects",
  path: "v2/projects",
  columns: { id: c.integer, update_time: c.text, status: c.text },
  paging: cursorPages(),
  parts: [{ query: { status: "open,completed,canceled,deleted" } }],
  changes: snapshot({ cursorField: "update_time" })
})
const products = defineStream({
  ...common,
  name: "deal_products",
  path: "v2/deals/products",
  columns: { id: c.integer, deal_id: c.integer, update_time: c.timestamp },
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "update_time", sweep: "whole" }),
  parents: perParents(["deals", "deals_archived"], "deal_id", { parameter: "deal_ids", size: 3 })
})
const all = [filters, roles, assignments, projects, deals, dealsArchived, products]

const hashesOf = (ran: Ran, stream: string): JsonObject =>
  ((ran.states.get(stream)?.["_ab"] as JsonObject | undefined)?.["hashes"] ?? {}) as JsonObject

/** Ends a run with the n-th event of a kind of a stream. */
const at = (stream: string, tag: Event["_tag"], n: number) => {
  let seen = 0
  return (event: Event) => event._tag === tag && "stream" in event && event.stream === stream && ++seen === n
}

describe("a snapshot", () => {
  const time = "2026-01-09 10:00:00"
  const shelf = async (count = 5) => {
    const account = new Account()
    const list = new List(account, "v1/filters")
    for (let id = 1; id <= count; id++) list.rows.set(id, { id, update_time: time, name: `f${id}` })
    const first = await account.read(all, ["filters"], { config })
    const read = (before: Ran, more: object = {}) =>
      account.read(all, ["filters"], { config, states: before.states, ...more })
    return { account, list, first, read }
  }

  it("names its keys before their first rows", async () => {
    const { first } = await shelf()
    const [naming, final] = first.of("filters").states
    expect(naming).toEqual({ _ab: { v: 1, hashes: { 1: "", 2: "", 3: "", 4: "", 5: "" } } })
    expect(Object.values(hashesOf(first, "filters"))).not.toContain("")
    expect(final).toEqual(first.states.get("filters"))
    expect(first.events.filter(({ _tag }) => _tag !== "Log").map(({ _tag }) => _tag)).toEqual([
      "Started",
      "Checkpoint",
      "Records",
      "Checkpoint",
      "Ended"
    ])
  })

  it("that lacks a key is the proof, after a state that has it in doubt", async () => {
    const { account, first, list, read } = await shelf()
    list.rows.delete(3)
    account.nowMs += 90_000
    const moment = account.ago(0)
    const ran = await read(first)
    expect(ran.of("filters").rows).toEqual([
      { id: 3, update_time: moment.replace("T", " ").replace("Z", ""), _ab_cdc_deleted_at: moment }
    ])
    expect(ran.of("filters").states[0]).toMatchObject({ _ab: { hashes: { 3: "" } } })
    expect(Object.keys(hashesOf(ran, "filters"))).toEqual(["1", "2", "4", "5"])
    expect((await read(ran)).of("filters").rows).toEqual([])
  })

  it("names nothing in its states but its keys, and none before a row that is known already", async () => {
    const { list, first, read } = await shelf()
    list.rows.set(2, { id: 2, update_time: time, name: "renamed" })
    const edited = await read(first)
    expect(livingIn(edited, "filters")).toEqual([2])
    expect(edited.of("filters").states).toHaveLength(1)
    list.rows.delete(3)
    const cut = await read(edited, { killedAfter: at("filters", "Records", 1) })
    expect(Object.keys(hashesOf(cut, "filters"))).toEqual(["1", "2", "3", "4", "5"])
    const ran = await read(cut)
    expect([...tombstonesOf(ran, "filters").keys()]).toEqual([3])
    expect(Object.keys(hashesOf(ran, "filters"))).toEqual(["1", "2", "4", "5"])
  })

  it.each(["row", "tombstone"])("tells again what a kill left in doubt: a %s", async (what) => {
    const { list, first, read } = await shelf()
    if (what === "row") list.rows.set(9, { id: 9, update_time: time, name: "new" })
    else list.rows.delete(3)
    const cut = await read(first, { killedAfter: at("filters", "Records", 1) })
    expect(hashesOf(cut, "filters")[what === "row" ? 9 : 3]).toBe("")
    list.rows.delete(9)
    list.rows.set(3, { id: 3, update_time: time, name: "f3" })
    const ran = await read(cut)
    expect([...tombstonesOf(ran, "filters").keys()]).toEqual(what === "row" ? [9] : [])
    expect(livingIn(ran, "filters")).toEqual(what === "row" ? [] : [3])
  })

  it("that loses all of its 60 rows is not believed, unless it is told to", async () => {
    const { first, list, read } = await shelf(60)
    list.rows.clear()
    const held = await read(first)
    expect(held.of("filters").error?.message).toContain("60 of 60 rows")
    expect(held.of("filters").rows).toEqual([])
    expect(Object.keys(hashesOf(held, "filters"))).toHaveLength(60)
    const allowed = await read(held, { config: { ...config, allow_mass_deletions: true } })
    expect(tombstonesOf(allowed, "filters").size).toBe(60)
  })

  it("keeps what it knew where answers tell no time", async () => {
    const { account, first, list, read } = await shelf()
    list.rows.delete(3)
    account.instead = () => ({ body: { success: true, data: [...list.rows.values()] }, headers: { date: "" } })
    const blind = await read(first)
    expect(blind.of("filters").rows).toEqual([])
    expect(blind.logs.join()).toContain("tell no time")
    account.instead = () => undefined
    expect([...tombstonesOf(await read(blind), "filters").keys()]).toEqual([3])
  })

  it("without a time of its own gets the column it has: the moment", async () => {
    const account = new Account()
    const list = new List(account, "v1/roles")
    list.rows.set(1, { id: 1, name: "a" }).set(2, { id: 2, name: "b" })
    const first = await account.read(all, ["roles"], { config })
    list.rows.delete(1)
    account.nowMs += 60_000
    const moment = account.ago(0)
    const ran = await account.read(all, ["roles"], { config, states: first.states })
    expect(ran.of("roles").rows).toEqual([{ id: 1, _ab_changed_at: moment, _ab_cdc_deleted_at: moment }])
  })

  it("whose rows say that they are deleted sends them once, and drops them in silence", async () => {
    const account = new Account()
    const list = new List(account, "v2/projects")
    const row = (id: number, status: string): Row => ({ id, update_time: `2026-01-0${id}T10:00:00.000Z`, status })
    list.rows.set(1, row(1, "open")).set(2, row(2, "open"))
    const first = await account.read(all, ["projects"], { config })
    list.rows.set(2, row(2, "deleted"))
    const second = await account.read(all, ["projects"], { config, states: first.states })
    expect(second.of("projects").rows).toEqual([
      { ...row(2, "deleted"), _ab_cdc_deleted_at: row(2, "")["update_time"] }
    ])
    expect(second.of("projects").states).toHaveLength(2)
    const third = await account.read(all, ["projects"], { config, states: second.states })
    expect(third.of("projects").rows).toEqual([])
    list.rows.delete(2)
    const fourth = await account.read(all, ["projects"], { config, states: third.states })
    expect(fourth.of("projects").rows).toEqual([])
    expect(Object.keys(hashesOf(fourth, "projects"))).toEqual(["1"])
  })

  it("does not count rows that said that they are deleted among those it may lose", async () => {
    const account = new Account()
    const list = new List(account, "v2/projects")
    const put = (id: number, status: string) =>
      list.rows.set(id, { id, update_time: "2026-01-01T10:00:00.000Z", status })
    for (let id = 1; id <= 31; id++) put(id, "open")
    const first = await account.read(all, ["projects"], { config })
    for (let id = 12; id <= 31; id++) put(id, "deleted")
    const second = await account.read(all, ["projects"], { config, states: first.states })
    expect(tombstonesOf(second, "projects").size).toBe(20)
    list.rows.clear()
    const held = await account.read(all, ["projects"], { config, states: second.states })
    expect(held.of("projects").error?.message).toContain("11 of 11 rows are not listed any more, all of them")
    expect(held.of("projects").rows).toEqual([])
  })

  it("of an API with an empty list is not taken for empty where null stands in its place", async () => {
    const account = new Account()
    const list = new List(account, "v2/projects")
    list.rows.set(1, { id: 1, update_time: "2026-01-01T10:00:00.000Z", status: "open" })
    const first = await account.read(all, ["projects"], { config })
    account.instead = ({ path }) => (path === "v2/projects" ? { body: { success: true, data: null } } : undefined)
    const ran = await account.read(all, ["projects"], { config, states: first.states })
    expect(ran.of("projects").error?._tag).toBe("TransientError")
    expect(ran.of("projects").rows).toEqual([])
    const untracked = await account.read(all, ["projects"], { states: first.states })
    expect(untracked.of("projects").error).toBeUndefined()
  })

  it("of which only groups of rows are known is not tracked, with a warning", async () => {
    const account = new Account()
    const list = new List(account, "v1/filters")
    for (let id = 1; id <= 14_000; id++) list.rows.set(id, { id, update_time: time, name: "f" })
    const first = await account.read(all, ["filters"], { config })
    list.rows.delete(7)
    const ran = await account.read(all, ["filters"], { config, states: first.states })
    for (const { logs } of [first, ran]) expect(logs.filter((line) => line.includes("too long"))).toHaveLength(1)
    expect(tombstonesOf(ran, "filters").size).toBe(0)
    expect(ran.of("filters").error).toBeUndefined()
  })

  it("of children names the whole key, and nothing where a parent refuses", async () => {
    const account = new Account()
    const list = new List(account, "v1/roles")
    list.rows.set(1, { id: 1, name: "a" }).set(2, { id: 2, name: "b" })
    const users = new Map([
      ["1", [7, 8]],
      ["2", [7]]
    ])
    account.serve("v1/roles/{id}/assignments", (role) =>
      (users.get(role) ?? []).map((user_id) => ({ user_id, kind: "x" }))
    )
    const first = await account.read(all, ["role_assignments"], { config })
    expect(first.of("role_assignments").rows).toHaveLength(3)
    users.set("1", [8])
    account.instead = ({ path }) =>
      path === "v1/roles/2/assignments" ? { status: 403, body: { success: false, error: "no" } } : undefined
    account.nowMs += 60_000
    const refused = await account.read(all, ["role_assignments"], { config, states: first.states })
    expect(refused.of("role_assignments").rows).toEqual([])
    account.instead = () => undefined
    account.nowMs += 60_000
    const moment = account.ago(0)
    const ran = await account.read(all, ["role_assignments"], { config, states: refused.states })
    expect(ran.of("role_assignments").rows).toEqual([
      { user_id: 7, role_id: 1, _ab_changed_at: moment, _ab_cdc_deleted_at: moment }
    ])
  })
})

describe("children of a list that are a snapshot", () => {
  const office = async () => {
    const account = new Account()
    const list = new List(account, "v1/roles")
    list.rows.set(1, { id: 1, name: "a" }).set(2, { id: 2, name: "b" })
    account.serve("v1/roles/{id}/assignments", (role) => [{ user_id: Number(role) + 6, kind: "x" }])
    const first = await account.read(all, ["role_assignments"], { config })
    account.nowMs += 60_000
    const read = () => account.read(all, ["role_assignments"], { config, states: first.states })
    const answer = (said: (path: string) => { readonly status: number } | undefined) => {
      account.instead = ({ path }) => {
        const status = path.endsWith("/assignments") ? said(path)?.status : undefined
        return status === undefined ? undefined : { status, body: { success: false, error: "no" } }
      }
    }
    return { list, read, answer }
  }
  const gone = (ran: Ran) => ran.of("role_assignments").rows.map((row) => [row["role_id"], row["user_id"]])

  it("are gone with a parent that is gone while others answer", async () => {
    const { answer, read } = await office()
    answer((path) => (path === "v1/roles/2/assignments" ? { status: 404 } : undefined))
    expect(gone(await read())).toEqual([[2, 8]])
  })

  it("are not gone where every parent is said to be", async () => {
    const { answer, read } = await office()
    answer(() => ({ status: 404 }))
    const ran = await read()
    expect(gone(ran)).toEqual([])
    expect(Object.keys(hashesOf(ran, "role_assignments"))).toHaveLength(2)
  })

  it("are not gone with a parent that cannot be read", async () => {
    const { answer, read } = await office()
    answer((path) => (path === "v1/roles/2/assignments" ? { status: 500 } : undefined))
    const ran = await read()
    expect(ran.of("role_assignments").error?._tag).toBe("TransientError")
    expect(gone(ran)).toEqual([])
    expect(Object.keys(hashesOf(ran, "role_assignments"))).toHaveLength(2)
  })

  it("are gone where their list is empty", async () => {
    const { list, read } = await office()
    list.rows.clear()
    expect(gone(await read())).toEqual([
      [1, 7],
      [2, 8]
    ])
  })
})

describe("children that cannot be asked for", () => {
  const names = ["deals", "deal_products"]
  const shop = async () => {
    const account = new Account()
    new List(account, "v2/deals").many(7)
    account.serve("v2/deals/archived", [])
    const gone = new Set<number>()
    account.serve("v2/deals/products", (_, { deal_ids = "" }) =>
      deal_ids
        .split(",")
        .map((id): Row => ({ id: Number(id) + 100, deal_id: Number(id), update_time: "2026-01-09T11:00:00Z" }))
        .filter(({ id }) => !gone.has(Number(id)))
    )
    const read = (before: Ran, more: object = {}) =>
      account.read(all, names, { config, states: before.states, ...more })
    const first = await account.read(all, names, { config })
    return { account, gone, first, read }
  }

  it("are gone when two rescans in a row lack them", async () => {
    const { account, first, gone, read } = await shop()
    expect(idsOf(products, first.states.get("deal_products"), "known")).toHaveLength(7)
    expect(unnamedIn(first, products)).toEqual([])
    gone.add(103)
    account.nowMs += DAY_MS
    const once = await read(first)
    expect(tombstonesOf(once, "deal_products").size).toBe(0)
    expect(idsOf(products, once.states.get("deal_products"), "doubt")).toEqual(["103"])
    const same = await read(once)
    expect(tombstonesOf(same, "deal_products").size).toBe(0)
    account.nowMs += DAY_MS
    const moment = account.ago(0)
    const twice = await read(same)
    expect(twice.of("deal_products").error).toBeUndefined()
    expect([...tombstonesOf(twice, "deal_products").values()]).toEqual([
      { id: 103, update_time: moment, _ab_cdc_deleted_at: moment }
    ])
    expect(unnamedIn(twice, products, same.states.get("deal_products"))).toEqual([])
    expect(idsOf(products, twice.states.get("deal_products"), "doubt")).toEqual([])
    expect(idsOf(products, twice.states.get("deal_products"), "known")).toHaveLength(6)
  })

  it("leave doubt where the second rescan shows them", async () => {
    const { account, first, gone, read } = await shop()
    gone.add(103)
    account.nowMs += DAY_MS
    const once = await read(first)
    gone.clear()
    account.nowMs += DAY_MS
    const twice = await read(once)
    expect(tombstonesOf(twice, "deal_products").size).toBe(0)
    expect(idsOf(products, twice.states.get("deal_products"), "doubt")).toEqual([])
  })

  it("are not told by a rescan that took two runs, nor by one that met a refused parent", async () => {
    const { account, first, gone, read } = await shop()
    gone.add(103)
    account.nowMs += DAY_MS
    let rescan = 0
    const cut = await read(first, {
      config: { ...config, num_workers: 1 },
      killedAfter: (event: Event) =>
        event._tag === "Checkpoint" &&
        event.stream === "deal_products" &&
        JSON.stringify(event.state).includes('"began"') &&
        ++rescan === 1
    })
    expect(rescan).toBe(1)
    const resumed = await read(cut)
    expect(idsOf(products, resumed.states.get("deal_products"), "doubt")).toEqual([])
    account.nowMs += DAY_MS
    account.instead = ({ path, query }) =>
      path === "v2/deals/products" && query["deal_ids"]?.split(",").includes("5")
        ? { status: 403, body: { success: false, error: "no" } }
        : undefined
    const refused = await read(resumed)
    expect(idsOf(products, refused.states.get("deal_products"), "doubt")).toEqual([])
    expect(idsOf(products, refused.states.get("deal_products"), "known")).toHaveLength(7)
    account.instead = () => undefined
    account.nowMs += DAY_MS
    const once = await read(refused)
    expect(idsOf(products, once.states.get("deal_products"), "doubt")).toEqual(["103"])
    account.nowMs += DAY_MS
    expect([...tombstonesOf(await read(once), "deal_products").keys()]).toEqual([103])
  })

  it("are not told by a rescan whose answers tell no time", async () => {
    const { account, first, gone, read } = await shop()
    gone.add(103)
    account.nowMs += DAY_MS
    const once = await read(first)
    expect(idsOf(products, once.states.get("deal_products"), "doubt")).toEqual(["103"])
    account.nowMs += DAY_MS
    const said = (data: ReadonlyArray<Row>) => ({
      body: { success: true, data, additional_data: { next_cursor: null } },
      headers: { date: "" }
    })
    account.instead = ({ path, query }) => {
      if (path === "v2/deals/products")
        return said(
          [101, 102, 104, 105, 106, 107].map((id) => ({ id, deal_id: id - 100, update_time: account.ago(1) }))
        )
      const isRescan = path === "v2/deals" && query["sort_by"] === "id"
      return said(isRescan ? [1, 2, 3, 4, 5, 6, 7].map((id) => ({ id, update_time: account.ago(200_000) })) : [])
    }
    const blind = await read(once)
    expect(blind.of("deal_products").error).toBeUndefined()
    expect(blind.logs.filter((line) => line.includes("tell no time"))).toHaveLength(1)
    expect(tombstonesOf(blind, "deal_products").size).toBe(0)
    expect(idsOf(products, blind.states.get("deal_products"), "doubt")).toEqual(["103"])
    account.instead = () => undefined
    account.nowMs += DAY_MS
    expect([...tombstonesOf(await read(blind), "deal_products").keys()]).toEqual([103])
  })

  it("begin anew with a later start date, which passes older parents over", async () => {
    const { account, first, read } = await shop()
    account.nowMs += DAY_MS
    const later = { ...config, replication_start_date: account.ago(DAY_MS / 1000 + 89_995) }
    const once = await read(first, { config: later })
    account.nowMs += DAY_MS
    const twice = await read(once, { config: later })
    for (const ran of [once, twice]) expect(tombstonesOf(ran, "deal_products").size).toBe(0)
    expect(idsOf(products, twice.states.get("deal_products"), "doubt")).toEqual([])
  })

  it("that all vanish at once are not believed to be gone", async () => {
    const { account, first, gone, read } = await shop()
    for (let id = 101; id <= 107; id++) gone.add(id)
    new List(account, "v2/deals").many(30)
    account.nowMs += DAY_MS
    const more = await read(first)
    for (let id = 101; id <= 130; id++) gone.add(id)
    account.nowMs += DAY_MS
    const held = await read(more)
    expect(held.of("deal_products").error?._tag).toBe("ConfigError")
    expect(tombstonesOf(held, "deal_products").size).toBe(0)
    expect(held.of("deals").error).toBeUndefined()
  })
})

describe("a snapshot of the children of a list", () => {
  it("whose pass takes two runs, cut anywhere, marks no living row and finds each that is gone with its next pass", async () => {
    for (let cut = 1; cut <= 24; cut++) {
      const account = new Account()
      const users = new Map(Array.from({ length: 6 }, (_, i) => [i + 1, [10, 20]]))
      account.serve("v1/roles", () => [...users.keys()].map((id) => ({ id, name: `r${id}` })))
      account.serve("v1/roles/{id}/assignments", (id) =>
        (users.get(Number(id)) ?? []).map((user) => ({ user_id: user, role_id: Number(id), kind: "x" }))
      )
      const warehouse = new Map<string, boolean>()
      const take = (ran: Ran) => {
        for (const row of ran.of("role_assignments").rows) {
          const { _ab_cdc_deleted_at: deletedAt = null, role_id: role, user_id: user } = row
          const isThere = users.get(Number(role))?.includes(Number(user)) === true
          expect([cut, role, user, deletedAt !== null && isThere]).toEqual([cut, role, user, false])
          if (deletedAt === null) warehouse.set(`${role}|${user}`, true)
          else warehouse.delete(`${role}|${user}`)
        }
        return ran.states
      }
      const settings = { config: { ...config, num_workers: 1 } }
      let states = take(await account.read(all, ["role_assignments"], settings))
      users.set(2, [20])
      users.set(5, [10])
      users.set(6, [10, 20, 30])
      account.nowMs += DAY_MS
      let seen = 0
      const killedAfter = () => ++seen === cut
      states = take(await account.read(all, ["role_assignments"], { ...settings, states, killedAfter }))
      users.delete(1)
      for (let run = 0; run < 3; run++) {
        account.nowMs += DAY_MS
        states = take(await account.read(all, ["role_assignments"], { ...settings, states }))
      }
      expect([cut, ...[...warehouse.keys()].sort()]).toEqual([
        cut,
        ...[...users].flatMap(([role, ids]) => ids.map((user) => `${role}|${user}`)).sort()
      ])
    }
  })
})
