import { describe, expect, it } from "vitest"
import { Account, type Ran, type Row } from "../../../test/account.ts"
import { ofChangedParents, snapshot } from "../../declare/changes.ts"
import * as c from "../../declare/columns.ts"
import { offsetPages, singlePage } from "../../declare/pagination.ts"
import { perParent } from "../../declare/parents.ts"
import { defineStream, ROW_KEY, type SourceStream } from "../../declare/stream.ts"
import type { Event, JsonObject } from "../../events.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"

const list = (more: Partial<SourceStream> = {}): SourceStream =>
  defineStream({
    name: "things",
    path: "v1/things",
    docs,
    tokens: 10,
    scope: "deals:read",
    columns: { id: c.integer, update_time: c.timestamp },
    primaryKey: ["id"],
    paging: offsetPages({ limit: 5000 }),
    changes: snapshot(),
    ...more
  })

const accountOf = (rows: ReadonlyArray<Row>) => {
  const account = new Account()
  account.serve("v1/things", rows)
  return account
}
const idsOf = (ran: Ran) => ran.of("things").rows.map((row) => row["id"])
const names = ["things"]

describe("a short list", () => {
  it("gives rows whose content is new, with the time at which they were seen", async () => {
    const account = accountOf([
      { id: 1, name: "a" },
      { id: 2, name: "b" }
    ])
    const first = await account.read([list()], names)
    expect(first.of("things").rows).toEqual([
      { id: 1, name: "a", _ab_changed_at: "2026-01-10T12:00:00Z" },
      { id: 2, name: "b", _ab_changed_at: "2026-01-10T12:00:00Z" }
    ])
    account.nowMs += 60_000
    account.serve("v1/things", [
      { id: 1, name: "a" },
      { id: 2, name: "c" },
      { id: 3, name: "d" }
    ])
    const second = await account.read([list()], names, { states: first.states })
    expect(second.of("things").rows).toEqual([
      { id: 2, name: "c", _ab_changed_at: "2026-01-10T12:01:00Z" },
      { id: 3, name: "d", _ab_changed_at: "2026-01-10T12:01:00Z" }
    ])
    expect(second.states.get("things")).toMatchObject({
      _ab_changed_at: "2026-01-10T12:01:00Z",
      _ab: { v: 1, read: "2026-01-10T12:01:00Z" }
    })
  })

  it("forgets rows that are gone: back again they are new", async () => {
    const account = accountOf([{ id: 1 }, { id: 2 }])
    const first = await account.read([list()], names)
    account.serve("v1/things", [{ id: 1 }])
    const second = await account.read([list()], names, { states: first.states })
    expect(idsOf(second)).toEqual([])
    account.serve("v1/things", [{ id: 1 }, { id: 2 }])
    expect(idsOf(await account.read([list()], names, { states: second.states }))).toEqual([2])
  })

  it("ends with the row that the list ends with where two have one key", async () => {
    const account = accountOf([
      { id: 1, name: "a" },
      { id: 1, name: "b" }
    ])
    const first = await account.read([list()], names)
    account.serve("v1/things", [
      { id: 1, name: "c" },
      { id: 1, name: "b" }
    ])
    const second = await account.read([list()], names, { states: first.states })
    expect(second.of("things").rows.map(({ name }) => name)).toEqual(["c", "b"])
    account.serve("v1/things", [{ id: 1, name: "b" }])
    expect(idsOf(await account.read([list()], names, { states: second.states }))).toEqual([])
  })

  it("gives a row twice where its content changed between two parts, and once where it did not", async () => {
    const account = accountOf([{ id: 1 }, { id: 2 }])
    account.serve("v1/others", [{ id: 1 }, { id: 2, name: "b" }])
    const parts = [{}, { path: "v1/others" as const, query: { kind: "a" } }]
    const ran = await account.read([list({ parts })], names)
    expect(idsOf(ran)).toEqual([1, 2, 2])
    expect(ran.asked.find(({ path }) => path === "v1/others")?.query["kind"]).toBe("a")
  })

  it("has the greatest time of its rows as watermark, which neither falls nor is ahead of the read", async () => {
    const timed = list({ changes: snapshot({ cursorField: "update_time" }) })
    const account = accountOf([])
    const at = (seconds: number) => ({ id: seconds, update_time: account.ago(seconds) })
    account.serve("v1/things", [at(500), at(400), { id: 7, update_time: null }, at(600)])
    const first = await account.read([timed], names)
    expect(first.states.get("things")?.["update_time"]).toBe(account.ago(400))
    account.serve("v1/things", [at(600)])
    const second = await account.read([timed], names, { states: first.states })
    expect(second.states.get("things")?.["update_time"]).toBe(account.ago(400))
    account.serve("v1/things", [at(-90)])
    const third = await account.read([timed], names, { states: second.states })
    expect(third.states.get("things")?.["update_time"]).toBe(account.ago(0))
  })

  it("whose state has a watermark alone is sent whole, once, and says so", async () => {
    const timed = list({ changes: snapshot({ cursorField: "update_time" }) })
    const account = accountOf([{ id: 1, update_time: "2026-01-01T00:00:00Z" }])
    const states = new Map([["things", { update_time: "2026-01-09T00:00:00Z" }]])
    const first = await account.read([timed], names, { states })
    expect(idsOf(first)).toEqual([1])
    expect(first.logs.filter((line) => line.startsWith("INFO things: its state comes from"))).toHaveLength(1)
    const second = await account.read([timed], names, { states: first.states })
    expect(idsOf(second)).toEqual([])
    expect(second.logs).toEqual([])
  })

  it("is sent whole by every full refresh, which keeps no state", async () => {
    const account = accountOf([{ id: 1 }])
    const first = await account.read([list()], names)
    const full = await account.read([list()], names, { states: first.states, mode: "full_refresh" })
    expect(idsOf(full)).toEqual([1])
    expect(full.states.get("things")).toEqual({ __ab_no_cursor_state_message: true })
  })

  it("without changes is a full refresh in every mode", async () => {
    const { changes: _, ...plain } = list()
    const account = accountOf([{ id: 1 }])
    const ran = await account.read([plain], names, { states: new Map([["things", { update_time: "x" }]]) })
    expect(ran.of("things").rows).toEqual([{ id: 1 }])
    expect(ran.states.get("things")).toEqual({ __ab_no_cursor_state_message: true })
  })

  it("of one row without a key has the stream's name for one", async () => {
    const account = accountOf([])
    account.instead = ({ path }) =>
      path === "v1/things" ? { body: { success: true, data: { name: "a" } } } : undefined
    const ran = await account.read([list({ primaryKey: [ROW_KEY], paging: singlePage() })], names)
    expect(ran.of("things").rows).toMatchObject([{ name: "a", [ROW_KEY]: "things" }])
  })
})

describe("a long list", () => {
  const rows = (size: number, name: (id: number) => string) =>
    Array.from({ length: size }, (_, i) => ({ id: i + 1, name: name(i + 1) }))
  const SIZE = 14_000

  it("keeps few hashes, and gives the rows of those that are not what they were", async () => {
    const account = accountOf(rows(SIZE, () => "a"))
    const first = await account.read([list()], names)
    expect(first.of("things").rows).toHaveLength(SIZE)
    const state = first.states.get("things")?.["_ab"] as { buckets?: string; hashes?: object }
    expect(state.hashes).toBeUndefined()
    expect(state.buckets?.split(",")).toHaveLength(4096)
    expect(JSON.stringify(state).length).toBeLessThan(64 * 1024)

    account.serve("v1/things", rows(SIZE, (id) => (id === 77 ? "b" : "a")).reverse())
    const second = await account.read([list()], names, { states: first.states })
    const ids = idsOf(second)
    expect(ids).toContain(77)
    expect(ids.length).toBeLessThan(30)
    const third = await account.read([list()], names, { states: second.states })
    expect(idsOf(third)).toEqual([])
  })

  it("that has become short keeps a hash for each row again", async () => {
    const account = accountOf(rows(SIZE, () => "a"))
    const first = await account.read([list()], names)
    account.serve(
      "v1/things",
      rows(3, () => "a")
    )
    const second = await account.read([list()], names, { states: first.states })
    const state = second.states.get("things")?.["_ab"] as { buckets?: string; hashes?: object }
    expect(Object.keys(state.hashes ?? {})).toEqual(["1", "2", "3"])
    expect(state.buckets).toBeUndefined()
  })
})

describe("parents in a short list", () => {
  const child: SourceStream = defineStream({
    name: "parts",
    path: "v1/things/{id}/parts",
    docs,
    tokens: 10,
    scope: "deals:read",
    columns: { id: c.integer, of: c.integer },
    primaryKey: ["id"],
    paging: singlePage(),
    changes: ofChangedParents({ sweep: "none" }),
    parents: perParent("things", "of")
  })
  const office = (size: number) => {
    const account = accountOf(Array.from({ length: size }, (_, i) => ({ id: i + 1 })))
    account.serve("v1/things/{id}/parts", (id) => [{ id: Number(id) * 10 }])
    return account
  }
  const parentsOf = (ran: Ran) => ran.of("parts").rows.map((row) => row["of"])
  const config = { num_workers: 1 }

  it("are not asked for again after a kill, once their children have been emitted", async () => {
    const account = office(4)
    let states = 0
    const cut = await account.read([list(), child], ["parts"], {
      config,
      killedAfter: (event) => event._tag === "Checkpoint" && ++states === 2
    })
    expect(parentsOf(cut)).toEqual([1, 2])
    const resumed = await account.read([list(), child], ["parts"], { config, states: cut.states })
    expect(parentsOf(resumed)).toEqual([3, 4])
  })

  it("of which groups alone are known are asked group by group, and go on after a kill", async () => {
    const account = accountOf([
      { id: 1 },
      { id: 2, is_deleted: true },
      ...[3, 4, 5, 6, 7, 8].map((id) => ({ id })),
      { id: 9, is_deleted: true },
      // With it four ids make a group.
      { id: 16_000 }
    ])
    account.serve("v1/things/{id}/parts", (id) => [{ id: Number(id) * 10 }])
    const known = { buckets: ",".repeat(4095), width: 4, from: 1 }
    const states = new Map([["parts", { _ab: { v: 1, parents: { things: known } } }]])
    const read = (given: ReadonlyMap<string, unknown>, more: object = {}) =>
      account.read([list(), child], ["parts"], { config, states: given, ...more })
    const whole = await read(states)
    expect(parentsOf(whole)).toEqual([1, 3, 4, 5, 6, 7, 8, 16_000])
    expect(whole.of("parts").summary?.parentsSkipped).toBe(2)
    let seen = 0
    const cut = await read(states, { killedAfter: ({ _tag }: Event) => _tag === "Checkpoint" && ++seen === 1 })
    expect(parentsOf(cut)).toEqual([1, 3, 4])
    const resumed = await read(cut.states)
    expect(parentsOf(resumed)).toEqual([5, 6, 7, 8, 16_000])
    for (const { states: after } of [whole, resumed]) expect(parentsOf(await read(after))).toEqual([])
  })

  it("so many that a state of them is large are kept a page at a time", async () => {
    const account = office(502)
    const first = await account.read([list({ paging: offsetPages({ limit: 502 }) }), child], ["parts"], { config })
    expect(first.of("parts").rows).toHaveLength(502)
    expect(first.of("parts").states.length).toBeGreaterThan(490)
    expect(first.of("parts").states.length).toBeLessThan(505)
  })
})

describe("children that are a snapshot", () => {
  const HOUR_MS = 3_600_000
  const seats: SourceStream = defineStream({
    name: "seats",
    path: "v1/things/{id}/seats",
    docs,
    tokens: 10,
    scope: "deals:read",
    columns: { id: c.integer, of: c.integer },
    primaryKey: ["id"],
    paging: singlePage(),
    changes: snapshot({ freshnessMs: 24 * HOUR_MS }),
    parents: perParent("things", "of")
  })
  const streams = [list(), seats]
  const office = () => {
    const account = accountOf([{ id: 1 }, { id: 2 }, { id: 3 }])
    const gone = new Set<number>()
    const edited = new Set<number>()
    account.serve("v1/things/{id}/seats", (id) =>
      [Number(id) * 10, Number(id) * 10 + 1].flatMap((seat) =>
        gone.has(seat) ? [] : [{ id: seat, edited: edited.has(seat) }]
      )
    )
    const read = (before?: Ran, more: object = {}) =>
      account.read(streams, ["seats"], {
        config: { num_workers: 1 },
        ...(before && { states: before.states }),
        ...more
      })
    return { account, edited, gone, read }
  }
  const askedFor = ({ paths }: Ran) => paths.filter((path) => path.endsWith("/seats")).map((path) => path.split("/")[2])
  const keysOf = (ran: Ran) =>
    Object.keys((ran.states.get("seats") as { readonly _ab: { readonly hashes: JsonObject } })._ab.hashes)
  const all = ["1|10", "1|11", "2|20", "2|21", "3|30", "3|31"]
  const refusing = (account: Account) => {
    account.instead = ({ path }) =>
      path === "v1/things/2/seats" ? { status: 400, body: { success: false, error: "no" } } : undefined
  }

  it("are asked for again of the parents that failed alone, while the others are fresh", async () => {
    const { account, read } = office()
    refusing(account)
    const first = await read()
    expect(first.of("seats").error?.message).toContain("1 parent: 2 ")
    expect(keysOf(first)).toEqual(["1|10", "1|11", "3|30", "3|31"])
    account.instead = () => undefined
    account.nowMs += 24 * HOUR_MS - 1000
    const second = await read(first)
    expect(askedFor(second)).toEqual(["2"])
    expect(second.of("seats").rows.map(({ id }) => id)).toEqual([20, 21])
    expect(keysOf(second).sort()).toEqual(all)
    account.nowMs += 1000
    const third = await read(second)
    expect(askedFor(third)).toEqual(["1", "2", "3"])
    expect(third.of("seats").rows).toEqual([])
  })

  it("are asked for once of a parent that failed, where all are due, and known meanwhile to be what they were", async () => {
    const { account, read } = office()
    const first = await read()
    account.nowMs += 25 * HOUR_MS
    refusing(account)
    const second = await read(first)
    expect(keysOf(second).sort()).toEqual(all)
    account.instead = () => undefined
    account.nowMs += 25 * HOUR_MS
    const third = await read(second)
    expect(askedFor(third)).toEqual(["1", "2", "3"])
    expect(third.of("seats").rows).toEqual([])
  })

  it("are forgotten, where they are gone, with the parent that lacks them", async () => {
    const { account, edited, gone, read } = office()
    const first = await read()
    account.nowMs += 25 * HOUR_MS
    for (const seat of [11, 31]) gone.add(seat)
    edited.add(10)
    const cut = await read(first, { killedAfter: ({ _tag }: Event) => _tag === "Checkpoint" })
    expect(askedFor(cut)).toEqual(["1"])
    expect(keysOf(cut).sort()).toEqual(["1|10", "2|20", "2|21", "3|30", "3|31"])
    const rest = await read(cut)
    expect(askedFor(rest)).toEqual(["2", "3"])
    expect(keysOf(rest).sort()).toEqual(["1|10", "2|20", "2|21", "3|30"])
    gone.clear()
    account.nowMs += 25 * HOUR_MS
    expect((await read(rest)).of("seats").rows.map(({ id }) => id)).toEqual([11, 31])
  })
})
