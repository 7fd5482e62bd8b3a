import { describe, expect, it } from "vitest"
import { noIds } from "../src/deletions/id-set.ts"
import type { Event } from "../src/events.ts"
import { Account, type Ran, type Row } from "./account.ts"
import {
  all,
  DAY_MS,
  deals,
  dealsArchived,
  files,
  idsOf,
  List,
  leads,
  livingIn,
  notes,
  on,
  persons,
  tombstonesOf,
  unnamedIn
} from "./deletions.ts"

// SPEC 29, 30, 31, 32, 34, 35

const config = on
const isTombstone = (row: Row): boolean => row["_ab_cdc_deleted_at"] !== undefined

/** Ends a run with the n-th event of a kind of a stream. */
const at = (stream: string, tag: Event["_tag"], n: number) => {
  let seen = 0
  return (event: Event) => event._tag === tag && "stream" in event && event.stream === stream && ++seen === n
}

/** Ends a run with the state that has an id of persons in doubt. */
const inDoubt = (id: string) => (event: Event) =>
  event._tag === "Checkpoint" && idsOf(persons, event.state, "doubt").includes(id)

/** An account whose persons have been read, a day ago. */
const office = async (count = 12) => {
  const account = new Account()
  const list = new List(account, "v2/persons").many(count)
  const first = await account.read(all, ["persons"], { config })
  account.nowMs += DAY_MS
  const read = (before: Ran, more: object = {}) =>
    account.read(all, ["persons"], { config, states: before.states, ...more })
  return { account, list, first, read }
}

describe("a row that is gone", () => {
  it("is sent as its key, the moment of the last read, and the column, once", async () => {
    const { account, first, list, read } = await office()
    expect(first.paths).toEqual(["v2/persons"])
    list.rows.delete(3)
    const moment = account.ago(0)
    const second = await read(first)
    expect(second.of("persons").error).toBeUndefined()
    expect([...tombstonesOf(second, "persons").values()]).toEqual([
      { id: 3, update_time: moment, _ab_cdc_deleted_at: moment }
    ])
    expect(unnamedIn(second, persons, first.states.get("persons"))).toEqual([])
    const third = await read(second)
    expect(third.paths).toEqual(["v2/persons"])
    expect(third.of("persons").rows.filter(isTombstone)).toEqual([])
  })

  it("is asked for a minute after the own read, and has its last answer's time", async () => {
    const { account, first, list, read } = await office()
    list.rows.delete(3)
    const began = account.nowMs
    const times: Array<number> = []
    account.instead = ({ query }) => {
      if (query["ids"] !== undefined) times.push(account.nowMs - began)
      return undefined
    }
    const ran = await read(first)
    expect(times).toEqual([60_000])
    expect(tombstonesOf(ran, "persons").get(3)?.["update_time"]).toBe(new Date(began).toISOString().replace(".000", ""))
  })

  it("has the time of the run that settles it, where the run that missed it was cut", async () => {
    const { account, first, list, read } = await office()
    list.rows.delete(3)
    const cut = await read(first, { killedAfter: inDoubt("3") })
    expect(idsOf(persons, cut.states.get("persons"), "doubt")).toEqual(["3"])
    account.nowMs += 5000_000
    const moment = account.ago(0)
    const ran = await read(cut)
    expect(tombstonesOf(ran, "persons").get(3)?.["update_time"]).toBe(moment)
    // Settling needs no comparison.
    expect(ran.asked.map(({ query }) => query["sort_by"])).toEqual(["update_time", "update_time"])
  })

  it("is a tombstone as well where the run was killed between its row and the state that covers it", async () => {
    const account = new Account()
    const list = new List(account, "v2/persons").many(12)
    const cut = await account.read(all, ["persons"], { config, killedAfter: at("persons", "Records", 1) })
    expect(livingIn(cut, "persons")).toHaveLength(12)
    expect(idsOf(persons, cut.states.get("persons"), "doubt")).toHaveLength(12)
    list.rows.delete(5)
    account.nowMs += 120_000
    const ran = await account.read(all, ["persons"], { config, states: cut.states })
    expect([...tombstonesOf(ran, "persons").keys()]).toEqual([5])
    expect(idsOf(persons, ran.states.get("persons"), "doubt")).toEqual([])
  })

  it("stays in no set, and what is sent stays in none of doubt", async () => {
    const { first, list, read } = await office()
    expect(idsOf(persons, first.states.get("persons"), "known")).toHaveLength(12)
    expect(idsOf(persons, first.states.get("persons"), "doubt")).toEqual([])
    list.rows.delete(3)
    const state = (await read(first)).states.get("persons")
    expect(idsOf(persons, state, "known")).not.toContain("3")
    expect(idsOf(persons, state, "doubt")).toEqual([])
  })

  it("is known already where it was edited: no state names it again", async () => {
    const { account, first, list, read } = await office()
    account.nowMs -= DAY_MS
    account.nowMs += 3_600_000
    list.put(3, 60)
    const ran = await read(first)
    expect(livingIn(ran, "persons")).toContain(3)
    expect(ran.of("persons").states.flatMap((state) => idsOf(persons, state, "doubt"))).toEqual([])
    expect(unnamedIn(ran, persons, first.states.get("persons"))).toEqual([])
  })

  it("is named in a state before its tombstone", async () => {
    const { first, list, read } = await office()
    list.rows.delete(3)
    const cut = await read(first, { killedAfter: at("persons", "Records", 2) })
    expect(tombstonesOf(cut, "persons").size).toBe(1)
    expect(idsOf(persons, cut.states.get("persons"), "doubt")).toEqual(["3"])
    list.put(3, 200_000)
    const ran = await read(cut)
    expect(livingIn(ran, "persons")).toContain(3)
  })
})

describe("a row that is not gone", () => {
  it("is never marked deleted where only the list left it out", async () => {
    const { account, first, list, read } = await office()
    const row = list.rows.get(3) as Row
    account.instead = ({ query }) => {
      if (query["sort_by"] === "id") list.rows.delete(3)
      if (query["ids"] !== undefined) list.rows.set(3, row)
      return undefined
    }
    const ran = await read(first)
    expect(tombstonesOf(ran, "persons").size).toBe(0)
    // It may have been edited before it was hidden, so it is sent, though it was known.
    expect(livingIn(ran, "persons")).toContain(3)
    expect(idsOf(persons, ran.states.get("persons"), "known")).toContain("3")
  })

  it("is never marked deleted where only the list left it out, several at once", async () => {
    const { account, first, list, read } = await office()
    const rows = [3, 4, 7].map((id) => list.rows.get(id) as Row)
    account.instead = ({ query }) => {
      for (const row of rows) {
        if (query["sort_by"] === "id") list.rows.delete(row["id"] as number)
        if (query["ids"] !== undefined && row["id"] !== 7) list.rows.set(row["id"] as number, row)
      }
      return undefined
    }
    const ran = await read(first)
    expect([...tombstonesOf(ran, "persons").keys()]).toEqual([7])
    expect(livingIn(ran, "persons")).toEqual(expect.arrayContaining([3, 4]))
    expect(idsOf(persons, ran.states.get("persons"), "known")).toEqual(expect.arrayContaining(["3", "4"]))
    expect(idsOf(persons, ran.states.get("persons"), "doubt")).toEqual([])
  })

  it("comes again where it was hidden and is shown, its time unchanged", async () => {
    const { account, first, list, read } = await office()
    const row = list.rows.get(3) as Row
    list.rows.delete(3)
    const hidden = await read(first)
    expect([...tombstonesOf(hidden, "persons").keys()]).toEqual([3])
    list.rows.set(3, row)
    account.nowMs += DAY_MS
    const shown = await read(hidden)
    expect(livingIn(shown, "persons")).toContain(3)
    expect(unnamedIn(shown, persons, hidden.states.get("persons"))).toEqual([])
  })

  it("that is older than the start date is sent neither by the list nor as a tombstone", async () => {
    const { account, first, list } = await office()
    list.put(99, 9_000_000)
    list.rows.set(98, { id: 98, update_time: null })
    const ran = await account.read(all, ["persons"], {
      config: { ...config, replication_start_date: account.ago(4_000_000) },
      states: first.states
    })
    expect(ran.asked.some(({ query }) => query["sort_by"] === "id")).toBe(true)
    expect(ran.of("persons").rows.filter(({ id }) => id === 99 || id === 98)).toEqual([])
  })

  it("is sent once by the first list where the option is switched on over an old state", async () => {
    const { account, list } = await office()
    const off = await account.read(all, ["persons"], {})
    const first = await account.read(all, ["persons"], { config, states: off.states })
    expect(new Set(livingIn(first, "persons")).size).toBe(12)
    list.rows.delete(3)
    account.nowMs += DAY_MS
    const second = await account.read(all, ["persons"], { config, states: first.states })
    expect([...tombstonesOf(second, "persons").keys()]).toEqual([3])
  })
})

describe("lists", () => {
  it("are compared when the hours have passed, at the price of their pages and two tokens", async () => {
    const { account, first, read } = await office()
    account.nowMs -= DAY_MS
    account.nowMs += 23 * 3_600_000
    const early = await read(first)
    expect(early.paths).toEqual(["v2/persons"])
    account.nowMs += 2 * 3_600_000
    const due = await read(early)
    expect(due.paths).toEqual(["v2/persons", "v2/persons", "v1/users/me"])
    expect(due.asked[1]?.query).toEqual({ sort_by: "id", sort_direction: "asc", limit: "50" })
    const often = await read(due, { config: { ...config, deletion_check_hours: 1 } })
    expect(often.paths).toHaveLength(1)
    account.nowMs += 3_600_000
    expect((await read(often, { config: { ...config, deletion_check_hours: 1 } })).paths).toHaveLength(3)
  })

  it("wait for another sync where the day's tokens do not reach", async () => {
    const { account, first, list, read } = await office()
    list.rows.delete(3)
    account.dailyTokens = 24
    const short = await read(first, { config: { ...config, daily_budget_share: 40 } })
    expect(short.of("persons").error).toBeUndefined()
    expect(short.logs.join()).toContain("INFO persons: its list is searched for deletions in a later sync")
    account.dailyTokens = undefined
    expect([...tombstonesOf(await read(short), "persons").keys()]).toEqual([3])
  })

  it("are begun again where a page cursor is refused, once", async () => {
    const account = new Account()
    const list = new List(account, "v2/deals").many(12)
    const first = await account.read(all, ["deals"], { config })
    account.nowMs += DAY_MS
    list.rows.delete(3)
    let refusals = 1
    account.instead = ({ query }) =>
      query["sort_by"] === "id" && query["cursor"] === "10" && refusals-- > 0
        ? { status: 400, body: { success: false, error: "cursor" } }
        : undefined
    account.serve("v2/deals/archived", [])
    const ran = await account.read(all, ["deals"], { config, states: first.states })
    expect([...tombstonesOf(ran, "deals").keys()]).toEqual([3])
    refusals = 2
    account.nowMs += DAY_MS
    const failed = await account.read(all, ["deals"], { config, states: ran.states })
    expect(failed.of("deals").error?._tag).toBe("SystemError")
    expect(failed.of("deals").rows.filter(isTombstone)).toEqual([])
  })

  it("are not begun again where their first page is refused", async () => {
    const { account, first, read } = await office()
    account.instead = ({ query }) =>
      query["sort_by"] === "id" ? { status: 400, body: { success: false, error: "sort" } } : undefined
    const ran = await read(first)
    expect(ran.of("persons").error?._tag).toBe("SystemError")
    expect(ran.asked.filter(({ query }) => query["sort_by"] === "id")).toHaveLength(1)
    expect(tombstonesOf(ran, "persons").size).toBe(0)
  })

  it("ask once more for a page that names a page they have been to", async () => {
    const account = new Account()
    const list = new List(account, "v2/deals").many(12)
    account.serve("v2/deals/archived", [])
    const first = await account.read(all, ["deals"], { config })
    account.nowMs += DAY_MS
    list.rows.delete(3)
    let odd = 1
    account.instead = ({ query }) => {
      if (query["sort_by"] !== "id" || query["cursor"] !== "10" || odd-- <= 0) return undefined
      const data = [...list.rows.values()].sort((a, b) => Number(a["id"]) - Number(b["id"])).slice(10, 15)
      return { body: { success: true, data, additional_data: { next_cursor: "5" } } }
    }
    const ran = await account.read(all, ["deals"], { config, states: first.states })
    expect(ran.of("deals").error).toBeUndefined()
    expect(ran.asked.flatMap(({ query }) => (query["sort_by"] === "id" ? [query["cursor"]] : []))).toEqual([
      undefined,
      "5",
      "10",
      "10"
    ])
    expect([...tombstonesOf(ran, "deals").keys()]).toEqual([3])
  })

  it("do not end with a page of null where rows were promised", async () => {
    const account = new Account()
    const list = new List(account, "v2/deals").many(12)
    account.serve("v2/deals/archived", [])
    const first = await account.read(all, ["deals"], { config })
    account.nowMs += DAY_MS
    list.rows.delete(3)
    account.instead = ({ query }) =>
      query["sort_by"] === "id" && query["cursor"] !== undefined
        ? { body: { success: true, data: null, additional_data: { next_cursor: null } } }
        : undefined
    const ran = await account.read(all, ["deals"], { config, states: first.states })
    expect(ran.of("deals").error?._tag).toBe("TransientError")
    expect(ran.asked.filter(({ query }) => query["ids"] !== undefined)).toEqual([])
    account.instead = () => undefined
    const next = await account.read(all, ["deals"], { config, states: ran.states })
    expect([...tombstonesOf(next, "deals").keys()]).toEqual([3])
  })

  it("that are empty end with their first page", async () => {
    const { account, first, list, read } = await office(3)
    list.rows.clear()
    account.instead = ({ query }) =>
      query["sort_by"] === "id"
        ? { body: { success: true, data: null, additional_data: { next_cursor: null } } }
        : undefined
    const ran = await read(first)
    expect(ran.of("persons").error).toBeUndefined()
    expect([...tombstonesOf(ran, "persons").keys()]).toEqual([1, 2, 3])
  })

  it("are read anew after a kill, and nothing of them is in the state", async () => {
    const account = new Account()
    const list = new List(account, "v2/deals").many(12)
    account.serve("v2/deals/archived", [])
    const first = await account.read(all, ["deals"], { config })
    account.nowMs += DAY_MS
    list.rows.delete(11)
    list.put(40, 95_000)
    const cut = await account.read(all, ["deals"], {
      config,
      states: first.states,
      killedAfter: at("deals", "Records", 2)
    })
    expect(livingIn(cut, "deals")).toContain(40)
    const ran = await account.read(all, ["deals"], { config, states: cut.states })
    expect([...tombstonesOf(ran, "deals").keys()]).toEqual([11])
  })

  it("and rows that may be gone wait for a sync whose answers tell the time", async () => {
    const { account, first, list, read } = await office()
    list.rows.delete(3)
    account.instead = ({ query }) => {
      const body = {
        success: true,
        data: query["ids"] === undefined && query["updated_since"] === undefined ? [...list.rows.values()] : [],
        additional_data: { next_cursor: null }
      }
      return { body, headers: { date: "" } }
    }
    const blind = await read(first)
    expect(blind.paths).toHaveLength(1)
    expect(blind.logs.filter((line) => line.includes("tell no time"))).toHaveLength(1)
    account.instead = () => undefined
    expect([...tombstonesOf(await read(blind), "persons").keys()]).toEqual([3])
  })
})

describe("deals", () => {
  const desk = () => {
    const account = new Account()
    return { account, open: new List(account, "v2/deals").many(8), archived: new List(account, "v2/deals/archived") }
  }
  const both = ["deals", "deals_archived"]

  it("that say deleted are tombstones of their own time, named before", async () => {
    const { account, open } = desk()
    const first = await account.read(all, ["deals"], { config })
    open.put(3, 50, { is_deleted: true, title: "x" })
    const ran = await account.read(all, ["deals"], { config, states: first.states })
    const time = open.rows.get(3)?.["update_time"]
    expect(tombstonesOf(ran, "deals").get(3)).toEqual({
      id: 3,
      update_time: time,
      is_deleted: true,
      title: "x",
      _ab_cdc_deleted_at: time
    })
    expect(unnamedIn(ran, deals, first.states.get("deals"))).toEqual([])
    expect(idsOf(deals, ran.states.get("deals"), "known")).not.toContain("3")
  })

  it("that are archived are tombstones with the archived row in one list, and rows in the other", async () => {
    const { account, archived, open } = desk()
    const first = await account.read(all, both, { config })
    account.nowMs += DAY_MS
    const row = { ...(open.rows.get(3) as Row), title: "moved" }
    open.rows.delete(3)
    archived.rows.set(3, row)
    const moment = account.ago(0)
    const ran = await account.read(all, both, { config, states: first.states })
    expect(tombstonesOf(ran, "deals").get(3)).toEqual({ ...row, _ab_cdc_deleted_at: moment })
    expect(livingIn(ran, "deals_archived")).toEqual([3])
    expect(unnamedIn(ran, dealsArchived, first.states.get("deals_archived"))).toEqual([])
  })

  it("are asked for among the archived ones first: one that comes back meanwhile is alive", async () => {
    const { account, archived, open } = desk()
    const first = await account.read(all, ["deals"], { config })
    account.nowMs += DAY_MS
    const row = open.rows.get(3) as Row
    open.rows.delete(3)
    archived.rows.set(3, row)
    account.instead = ({ path, query }) => {
      if (query["ids"] === undefined) return undefined
      // It is moved between the two questions, whichever comes first.
      if (path === "v2/deals/archived") {
        queueMicrotask(() => {
          archived.rows.delete(3)
          open.rows.set(3, row)
        })
      }
      return undefined
    }
    const ran = await account.read(all, ["deals"], { config, states: first.states })
    const asked = ran.asked.filter(({ query }) => query["ids"] !== undefined).map(({ path }) => path)
    expect(asked).toEqual(["v2/deals/archived", "v2/deals"])
    expect(tombstonesOf(ran, "deals").size).toBe(0)
    expect(livingIn(ran, "deals")).toContain(3)
  })

  it.each([
    ["null", { body: { success: true, data: null, additional_data: { next_cursor: null } } }, "TransientError"],
    [
      "rows nobody asked for",
      { body: { success: true, data: [{ id: 1 }], additional_data: { next_cursor: null } } },
      "SystemError"
    ],
    ["a missing scope", { status: 403, body: { success: false, error: "Scope and URL mismatch" } }, "ConfigError"],
    [
      "the edge network's page",
      { status: 403, body: "<html>", headers: { "content-type": "text/html" } },
      "ConfigError"
    ],
    ["a server error", { status: 503, body: {} }, "TransientError"]
  ])("are not told to be gone by %s", async (_, said, tag) => {
    const { account, open } = desk()
    const first = await account.read(all, ["deals"], { config })
    account.nowMs += DAY_MS
    open.rows.delete(3)
    account.instead = ({ path, query }) => (query["ids"] !== undefined && path === "v2/deals" ? said : undefined)
    const ran = await account.read(all, ["deals"], { config, states: first.states })
    expect(ran.of("deals").error?._tag).toBe(tag)
    expect(tombstonesOf(ran, "deals").size).toBe(0)
    expect(idsOf(deals, ran.states.get("deals"), "doubt")).toEqual(["3"])
    account.instead = () => undefined
    const next = await account.read(all, ["deals"], { config, states: ran.states })
    expect([...tombstonesOf(next, "deals").keys()]).toEqual([3])
  })
})

describe("rows asked for one by one", () => {
  const path = "v1/notes"
  const local = (text: unknown) => String(text).replace("T", " ").replace("Z", "")
  const pad = async () => {
    const account = new Account()
    const list = new List(account, path, "v1/notes/{id}")
    for (let id = 1; id <= 6; id++)
      list.rows.set(id, { id, update_time: local(account.ago(90_000 - id)), active_flag: true })
    // The account compares texts with a zone.
    account.serve(path, (_, { updated_since: since }) =>
      [...list.rows.values()].filter(({ update_time }) => since === undefined || String(update_time) >= local(since))
    )
    const first = await account.read(all, ["notes"], { config })
    account.nowMs += DAY_MS
    return { account, list, first }
  }

  it("have a tombstone in their own form of time", async () => {
    const { account, first, list } = await pad()
    list.rows.delete(2)
    const moment = account.ago(0)
    const ran = await account.read(all, ["notes"], { config, states: first.states })
    expect(ran.of("notes").error).toBeUndefined()
    expect(tombstonesOf(ran, "notes").get(2)).toEqual({ id: 2, update_time: local(moment), _ab_cdc_deleted_at: moment })
    expect(ran.paths.at(-1)).toBe("v1/notes/2")
    expect(unnamedIn(ran, notes, first.states.get("notes"))).toEqual([])
  })

  it("say that they are deleted, or may not be read", async () => {
    const { account, first, list } = await pad()
    const dead: Row = { ...(list.rows.get(2) as Row), active_flag: false }
    for (const id of [2, 3, 4, 5]) list.rows.delete(id)
    account.instead = (asked) =>
      asked.path === "v1/notes/2"
        ? { body: { success: true, data: dead } }
        : asked.path === "v1/notes/5"
          ? { body: { success: true, data: { id: 5, update_time: null, active_flag: false } } }
          : asked.path === "v1/notes/3"
            ? { status: 403, body: { success: false, error: "You do not have permissions to do this." } }
            : undefined
    const moment = account.ago(0)
    const ran = await account.read(all, ["notes"], { config, states: first.states })
    const found = tombstonesOf(ran, "notes")
    expect(found.get(5)).toEqual({ id: 5, update_time: local(moment), _ab_cdc_deleted_at: moment })
    expect(found.get(2)).toEqual({ ...dead, _ab_cdc_deleted_at: `${String(dead["update_time"]).replace(" ", "T")}Z` })
    expect([...found.keys()].sort()).toEqual([2, 3, 4, 5])
  })

  it.each([
    ["null", { body: { success: true, data: null } }, "TransientError"],
    ["another row", { body: { success: true, data: { id: 5 } } }, "SystemError"],
    ["a missing scope", { status: 403, body: { success: false, error: "Scope and URL mismatch" } }, "ConfigError"],
    ["a page for people", { status: 404, body: "<html>", headers: { "content-type": "text/html" } }, "TransientError"]
  ])("are not told to be gone by %s, and nothing of their batch is sent", async (_, said, tag) => {
    const { account, first, list } = await pad()
    for (const id of [2, 3]) list.rows.delete(id)
    account.instead = (asked) => (asked.path === "v1/notes/3" ? said : undefined)
    const ran = await account.read(all, ["notes"], { config, states: first.states })
    expect(ran.of("notes").error?._tag).toBe(tag)
    expect(tombstonesOf(ran, "notes").size).toBe(0)
    expect(idsOf(notes, ran.states.get("notes"), "doubt")).toEqual(["2", "3"])
  })

  it("stand in the sibling list where they say so: leads", async () => {
    const account = new Account()
    const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`
    const rows = [1, 2, 3].map(
      (n): Row => ({ id: id(n), update_time: `2026-01-09T11:00:0${n}.123Z`, is_archived: false })
    )
    let shown = rows
    account.serve("v1/leads", () => shown)
    account.serveEach("v1/leads/{id}", (asked) =>
      asked === id(2) ? { ...rows[1], is_archived: true } : asked === id(1) ? rows[0] : undefined
    )
    const first = await account.read(all, ["leads"], { config })
    expect(idsOf(leads, first.states.get("leads"), "known")).toEqual(rows.map((row) => JSON.stringify(row["id"])))
    account.nowMs += DAY_MS
    shown = rows.slice(0, 0)
    const moment = account.ago(0).replace("Z", ".999Z")
    const ran = await account.read(all, ["leads"], { config, states: first.states })
    expect(tombstonesOf(ran, "leads").get(id(2))).toMatchObject({ is_archived: true, _ab_cdc_deleted_at: moment })
    expect(tombstonesOf(ran, "leads").get(id(3))).toEqual({
      id: id(3),
      update_time: moment,
      _ab_cdc_deleted_at: moment
    })
    expect(livingIn(ran, "leads")).toContain(id(1))
  })
})

describe("settling", () => {
  it("stops between batches where the day's tokens do not reach, and goes on in the next sync", async () => {
    const { account, first, list, read } = await office(600)
    for (let id = 1; id <= 150; id++) list.rows.delete(id)
    let batches = 0
    account.instead = ({ query }) => {
      if (query["ids"] !== undefined && ++batches === 2) account.dailyTokens = 5
      return undefined
    }
    const short = await read(first)
    expect(short.of("persons").error).toBeUndefined()
    expect(tombstonesOf(short, "persons").size).toBe(100)
    expect(short.logs.join()).toContain("INFO persons: 50 rows that may be gone are asked for in a later sync")
    expect(idsOf(persons, short.states.get("persons"), "doubt")).toHaveLength(50)
    account.dailyTokens = undefined
    account.instead = () => undefined
    expect(tombstonesOf(await read(short), "persons").size).toBe(50)
  })
})

describe("files, newest first", () => {
  it("are compared by offset, and their tombstones have their own form of time", async () => {
    const account = new Account()
    const list = new List(account, "v1/files", "v1/files/{id}")
    const local = (text: string) => text.replace("T", " ").replace("Z", "")
    for (let id = 1; id <= 12; id++) list.rows.set(id, { id, update_time: local(account.ago(90_000 - id)) })
    const first = await account.read(all, ["files"], { config })
    expect(unnamedIn(first, files)).toEqual([])
    account.nowMs += DAY_MS
    list.rows.delete(4)
    const moment = account.ago(0)
    const ran = await account.read(all, ["files"], { config, states: first.states })
    expect(ran.of("files").error).toBeUndefined()
    expect([...tombstonesOf(ran, "files").values()]).toEqual([
      { id: 4, update_time: local(moment), _ab_cdc_deleted_at: moment }
    ])
    expect(idsOf(files, ran.states.get("files"), "known")).toHaveLength(11)
  })
})

describe("ids that do not fit a state", () => {
  it("are given up until the stream is reset, with one warning; the stream goes on", async () => {
    const account = new Account()
    const id = (n: number) => `${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`
    const rows = Array.from(
      { length: 12 },
      (_, n): Row => ({ id: id(n), update_time: `2026-01-09T11:00:${10 + n}.000Z` })
    )
    account.serve("v1/leads", () => rows)
    const known = noIds(leads)
    for (let n = 100; n < 49_248; n++) known.add(JSON.stringify(id(n)))
    const state = { update_time: "2026-01-01T00:00:00Z", _ab: { v: 1, deletions: { known: known.toText(true) } } }
    const first = await account.read(all, ["leads"], { config, states: new Map([["leads", state]]) })
    expect(livingIn(first, "leads")).toHaveLength(12)
    expect(first.of("leads").error).toBeUndefined()
    expect(first.logs.filter((line) => line.includes("are not tracked any more"))).toHaveLength(1)
    expect(first.states.get("leads")).toMatchObject({ _ab: { deletions: { off: "size" } } })
    const second = await account.read(all, ["leads"], { config, states: first.states })
    expect(second.logs).toEqual([])
    expect(second.paths).toEqual(["v1/leads"])
    for (const state of second.of("leads").states) expect(state).toMatchObject({ _ab: { deletions: { off: "size" } } })
    expect(second.of("leads").states).toHaveLength(1)
  })
})

describe("the guard", () => {
  /** Reads persons again after a change, a day later. */
  const after = async (count: number, change: (list: List, account: Account) => void, more: object = {}) => {
    const { account, first, list, read } = await office(count)
    account.nowMs += DAY_MS
    const listed = await read(first)
    account.nowMs += DAY_MS
    change(list, account)
    const ran = await read(listed, { config: { ...config, ...more } })
    return { account, list, ran, read }
  }
  const keep = (list: List, ids: ReadonlyArray<number>) => {
    for (const id of [...list.rows.keys()]) if (!ids.includes(Number(id))) list.rows.delete(id)
  }
  const half = (list: List) =>
    keep(
      list,
      [...list.rows.keys()].map(Number).filter((id) => id % 2 === 0)
    )

  it("believes no loss of half the rows: a token may have lost its rights", async () => {
    const { account, list, ran, read } = await after(400, half)
    expect(ran.of("persons").error?._tag).toBe("ConfigError")
    expect(ran.of("persons").error?.message).toMatch(
      /^persons: 200 of 400 rows are not listed any more.*rights.*archived on purpose.*allow_mass_deletions/
    )
    expect(tombstonesOf(ran, "persons").size).toBe(0)
    const state = ran.states.get("persons")
    expect(idsOf(persons, state, "known")).toHaveLength(400)
    expect(idsOf(persons, state, "doubt")).toEqual([])
    // The next search comes after the hours, and finds the rights restored.
    const soon = await read(ran)
    expect(soon.of("persons").error).toBeUndefined()
    expect(soon.paths).toHaveLength(1)
    for (let id = 1; id <= 400; id++) list.put(id, 300_000 - id)
    account.nowMs += DAY_MS
    const restored = await read(soon)
    expect(restored.of("persons").error).toBeUndefined()
    expect(tombstonesOf(restored, "persons").size).toBe(0)
  })

  it("lets a list of 60 rows that comes empty pass only where it is told to", async () => {
    const { account, ran, read } = await after(60, (list) => keep(list, []))
    expect(ran.of("persons").error?.message).toContain("60 of 60 rows are not listed any more, all of them")
    account.nowMs += DAY_MS
    const allowed = await read(ran, { config: { ...config, allow_mass_deletions: true } })
    expect(allowed.of("persons").error).toBeUndefined()
    expect(tombstonesOf(allowed, "persons").size).toBe(60)
  })

  it("believes no loss of more than ten rows to another user's token", async () => {
    const change = (list: List, account: Account) => {
      keep(list, [...list.rows.keys()].map(Number).slice(11))
      account.userId = 2
    }
    const { account, ran, read } = await after(60, change)
    expect(ran.of("persons").error?.message).toContain("another user")
    account.nowMs += DAY_MS
    account.userId = 1
    expect(tombstonesOf(await read(ran), "persons").size).toBe(11)
  })

  it("compares users with the one of the last search that was believed", async () => {
    const { account, ran, read } = await after(60, (_, account) => {
      account.userId = 2
    })
    expect(ran.of("persons").error).toBeUndefined()
    account.nowMs += DAY_MS
    const same = await read(ran)
    expect(same.of("persons").error).toBeUndefined()
    expect(JSON.stringify(same.states.get("persons"))).toContain('"user":2')
  })

  it.each([
    [300, 100],
    [330, 110],
    [60, 20],
    [10, 10]
  ])("believes of %i rows a loss of %i", async (count, lost) => {
    const { ran } = await after(count, (list) => keep(list, [...list.rows.keys()].map(Number).slice(lost)))
    expect(ran.of("persons").error).toBeUndefined()
    expect(tombstonesOf(ran, "persons").size).toBe(lost)
  })
})

describe("a stream", () => {
  it("whose schema lacks the column is read as without the option, and forgets its ids", async () => {
    const { account, first } = await office()
    const ran = await account.read(all, ["persons", "notes"], { config, states: first.states, columns: ["id"] })
    const warnings = ran.logs.filter((line) => line.startsWith("WARN track_deletions"))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/no column _ab_cdc_deleted_at for persons, notes: refresh the source schema/)
    expect(JSON.stringify(ran.states.get("persons"))).not.toContain("deletions")
    expect(ran.paths).toEqual(expect.not.arrayContaining(["v1/users/me"]))
  })

  it("that is read in full keeps no ids", async () => {
    const { account } = await office()
    const ran = await account.read(all, ["persons"], { config, mode: "full_refresh" })
    expect(
      ran
        .of("persons")
        .states.map((state) => JSON.stringify(state))
        .join()
    ).not.toContain("deletions")
    expect(ran.logs).toEqual([])
  })

  it("forgets its ids where its read fails before anything is printed", async () => {
    const { account, first } = await office()
    account.instead = () => ({ status: 503, body: {} })
    const ran = await account.read(all, ["persons"], { states: first.states })
    expect(ran.of("persons").error?._tag).toBe("TransientError")
    expect(JSON.stringify(ran.states.get("persons"))).not.toContain("deletions")
  })

  it.each([
    ["known", "%%%", "_ab.deletions.known is not a set of ids"],
    ["doubt", 5, "_ab.deletions.doubt is not a string"],
    ["swept", "yesterday", "_ab.deletions.swept is not a date and time"],
    ["off", "other", '_ab.deletions.off is not "size"'],
    ["user", "me", "_ab.deletions.user is not a whole number"]
  ])("whose state has a damaged %s is not read", async (name, value, words) => {
    const { account, first } = await office()
    const state = first.states.get("persons") as { readonly _ab: { readonly deletions: object } }
    const damaged = { ...state, _ab: { ...state._ab, deletions: { ...state._ab.deletions, [name]: value } } }
    const ran = await account.read(all, ["persons"], { config, states: new Map([["persons", damaged]]) })
    expect(ran.of("persons").error?._tag).toBe("ConfigError")
    expect(ran.of("persons").error?.message).toContain(words)
    expect(ran.asked).toEqual([])
  })
})
