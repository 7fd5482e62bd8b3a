import { describe, expect, it } from "vitest"
import { Account, type Ran } from "../../test/account.ts"
import { newestFirst, ofChangedParents, since, snapshot } from "../declare/changes.ts"
import * as c from "../declare/columns.ts"
import { cursorPages, offsetPages, singlePage } from "../declare/pagination.ts"
import { perParent } from "../declare/parents.ts"
import { defineStream, type SourceStream } from "../declare/stream.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"
const list = (name: string, more: Partial<SourceStream>): SourceStream =>
  defineStream({
    name,
    path: `v2/${name}`,
    docs,
    tokens: 10,
    scope: "deals:read",
    columns: { id: c.integer, update_time: c.timestamp },
    primaryKey: ["id"],
    paging: cursorPages(),
    ...more
  })

const deals = list("deals", {
  query: { sort_by: "update_time", sort_direction: "asc" },
  changes: since("update_time")
})
const files = list("files", {
  path: "v1/files",
  paging: offsetPages(),
  changes: newestFirst("update_time", { descending: { sort: "update_time DESC" } })
})
const users = list("users", { changes: snapshot() })
const flow = list("flow", {
  path: "v1/deals/{id}/flow",
  paging: singlePage(),
  changes: ofChangedParents({ sweep: "none" }),
  parents: perParent("deals", "deal_id")
})
const seats = list("seats", {
  path: "v1/users/{id}/seats",
  paging: singlePage(),
  changes: ofChangedParents({ sweep: "none" }),
  parents: perParent("users", "user_id")
})
const all = [deals, files, users, flow, seats]
const names = all.map(({ name }) => name)

const company = () => {
  const account = new Account()
  const rows = [{ id: 1, update_time: account.ago(5000) }]
  for (const path of ["v2/deals", "v1/files", "v2/users"]) account.serve(path, rows)
  for (const path of ["v1/deals/{id}/flow", "v1/users/{id}/seats"])
    account.serve(path, (id) => [{ id: Number(id) * 10 }])
  return account
}
const given = (states: { readonly [stream: string]: unknown }) => ({ states: new Map(Object.entries(states)) })
const warnings = ({ logs }: Ran) => logs.filter((line) => line.startsWith("WARN"))

describe("a state that cannot be read", () => {
  it("ends its stream with an error, and no other", async () => {
    const ran = await company().read(all, names, given({ deals: { update_time: 5 }, users: [] }))
    expect(ran.of("deals").error?.message).toContain("The state of the stream deals cannot be read")
    expect(ran.of("users").error?._tag).toBe("ConfigError")
    expect(ran.of("files").error).toBeUndefined()
    expect(ran.of("flow").rows).toHaveLength(1)
    expect(names.every((name) => ran.of(name).ended)).toBe(true)
  })
})

describe("a state that says nothing", () => {
  it.each([
    ["deals", { unknown: 1 }],
    ["deals", { _ab: { v: 1, windows: [] }, odd: 1 }],
    ["files", { _ab: { v: 1 }, odd: 1 }],
    ["users", { odd: 1 }],
    ["flow", { odd: 1 }],
    ["seats", { _ab: { v: 1, parents: { users: { mark: "2025-01-01T00:00:00Z" } } } }]
  ])("of %s is warned of: %j", async (name, state) => {
    const ran = await company().read(all, [name], given({ [name]: state }))
    expect(warnings(ran)).toHaveLength(1)
    expect(warnings(ran)[0]).toContain(`${name}: its state holds nothing this source knows (`)
    expect(ran.of(name).rows).toHaveLength(1)
  })

  it.each([
    ["deals", {}],
    ["deals", { update_time: null, _ab: { v: 1 } }],
    ["deals", { __ab_no_cursor_state_message: true }],
    ["deals", { update_time: "2025-01-01T00:00:00Z" }],
    ["deals", { _ab: { v: 1, windows: [{ since: "2025-01-01T00:00:00Z" }] } }],
    ["files", { _ab: { v: 1, whole: "2025-01-01T00:00:00Z" } }],
    ["files", { _ab: { v: 1, at: {} } }],
    ["users", { _ab: { v: 1, hashes: {} } }],
    ["users", { update_time: "2025-01-01T00:00:00Z" }],
    ["flow", { update_time: "2025-01-01T00:00:00Z" }],
    ["flow", { _ab: { v: 1, parents: { deals: { mark: "2025-01-01T00:00:00Z" } } } }],
    ["seats", { _ab: { v: 1, parents: { users: { hashes: {} } } } }],
    ["seats", { _ab: { v: 1, parents: { users: { buckets: "" } } } }],
    ["flow", { _ab: { v: 1, parents: { deals: { windows: [{ since: "2025-01-01T00:00:00Z" }] } } } }]
  ])("new of %s is not warned of, nor one that says something: %j", async (name, state) => {
    expect(warnings(await company().read(all, [name], given({ [name]: state })))).toEqual([])
  })

  it("names three of its keys", async () => {
    const ran = await company().read(all, ["deals"], given({ deals: { a: 1, b: 2, c: 3, d: 4 } }))
    expect(warnings(ran)[0]).toContain("(a, b, c)")
  })

  it("to a full refresh is no matter", async () => {
    const ran = await company().read(all, ["users"], { ...given({ users: { odd: 1 } }), mode: "full_refresh" })
    expect(warnings(ran)).toEqual([])
  })
})

describe("a watermark ahead of the server's clock", () => {
  it("by a day at most counts as now", async () => {
    const account = company()
    const ran = await account.read(
      all,
      ["deals"],
      given({ deals: { update_time: account.ago(-86_400), _ab: { v: 1 } } })
    )
    expect(warnings(ran)).toEqual([])
    expect(ran.asked.map(({ query }) => query["updated_since"])).toEqual([undefined, account.ago(0)])
    expect(ran.states.get("deals")?.["update_time"]).toBe(account.ago(0))
  })

  it("by more is removed: nothing is read before the next run", async () => {
    const account = company()
    const ran = await account.read(all, ["deals", "users"], given({ deals: { update_time: account.ago(-86_401) } }))
    expect(ran.paths).not.toContain("v2/deals")
    expect(ran.of("deals").ended).toBe(true)
    expect(ran.of("deals").error).toBeUndefined()
    expect(ran.states.get("deals")).toEqual({})
    expect(warnings(ran)).toHaveLength(1)
    expect(warnings(ran)[0]).toContain("deals: its state has a watermark (update_time) that is more than a day ahead")
    expect(ran.of("users").rows).toHaveLength(1)
    const next = await account.read(all, ["deals"], { states: ran.states })
    expect(next.of("deals").rows).toHaveLength(1)
  })

  it("is read from the beginning by a full refresh", async () => {
    const account = company()
    const state = { update_time: account.ago(-100_000) }
    const ran = await account.read(all, ["deals"], { ...given({ deals: state }), mode: "full_refresh" })
    expect(ran.of("deals").rows).toHaveLength(1)
  })

  it("by our own clock alone is asked about once, and taken as it is", async () => {
    const account = company()
    account.aheadMs = -3_600_000
    const ran = await account.read(all, ["deals"], given({ deals: { update_time: account.ago(60) } }))
    expect(ran.asked.map(({ path, query }) => [path, query["updated_since"]])).toEqual([
      ["v1/users/me", undefined],
      ["v2/deals", account.ago(60)]
    ])
    expect(warnings(ran)).toEqual([])
  })

  it("ends its stream where nobody tells the server's clock, and no other", async () => {
    const account = company()
    account.instead = ({ path }) =>
      path === "v1/users/me" ? { status: 402, body: { success: false, error: "pay" } } : undefined
    const states = { deals: { update_time: account.ago(-10) }, users: { _ab: { v: 1, hashes: {} } } }
    const ran = await account.read(all, ["deals", "users"], given(states))
    expect(ran.of("deals").error?._tag).toBe("ConfigError")
    expect(ran.paths).not.toContain("v2/deals")
    expect(ran.of("users").error).toBeUndefined()
    expect(ran.of("users").rows).toHaveLength(1)
  })

  it("is told from other times, which are ignored", async () => {
    const account = company()
    const state = { update_time: account.ago(6000), _ab: { v: 1, whole: account.ago(-100_000) } }
    const ran = await account.read(all, ["deals"], given({ deals: state }))
    expect(ran.of("deals").rows).toHaveLength(1)
    expect(warnings(ran)).toHaveLength(1)
    expect(warnings(ran)[0]).toContain("are ignored (_ab.whole)")
  })
})

describe("a start date ahead of the server's clock", () => {
  it("lets streams that begin there read nothing and keep their state", async () => {
    const account = company()
    const states = given({ deals: { update_time: account.ago(6000) } })
    const config = { replication_start_date: account.ago(-60) }
    const ran = await account.read(all, names, { ...states, config })
    expect(ran.paths.filter((path) => path !== "v1/users/me")).toEqual(["v2/users", "v1/users/1/seats"])
    expect(ran.states.get("deals")).toEqual({ update_time: account.ago(6000) })
    expect(ran.of("users").rows).toHaveLength(1)
    expect(names.every((name) => ran.of(name).ended && ran.of(name).error === undefined)).toBe(true)
    expect(ran.logs.filter((line) => line.startsWith("INFO replication_start_date is"))).toHaveLength(1)
    const far = await account.read(all, names, { config: { replication_start_date: account.ago(-86_401) } })
    expect(far.logs.filter((line) => line.startsWith("WARN replication_start_date is"))).toHaveLength(1)
  })

  it("is no matter to streams that do not begin there", async () => {
    const account = company()
    const ran = await account.read(all, ["users"], { config: { replication_start_date: account.ago(-86_401) } })
    expect(ran.logs).toEqual([])
    expect(ran.of("users").rows).toHaveLength(1)
  })
})

describe("a selection", () => {
  it("of a stream that the source does not have is passed over", async () => {
    const ran = await company().read(all, ["nothing", "users"])
    expect(ran.of("nothing").ended).toBe(false)
    expect(ran.of("users").rows).toHaveLength(1)
  })

  it("is told of request by request where that is wanted", async () => {
    const debug = ({ logs }: Ran) => logs.filter((line) => line.startsWith("DEBUG"))
    expect(debug(await company().read(all, ["users"], { debug: true })).join("\n")).toMatch(/users: GET .*: 200, 0 ms/)
    expect(debug(await company().read(all, ["users"]))).toEqual([])
  })

  it("with a share of a daily budget that no answer tells is warned of it", async () => {
    const account = company()
    const config = { daily_budget_share: 50 }
    expect(warnings(await account.read(all, ["users"], { config }))).toHaveLength(1)
    expect(warnings(await account.read(all, ["users"]))).toEqual([])
    account.dailyTokens = 10_000
    expect(warnings(await account.read(all, ["users"], { config }))).toEqual([])
    expect(warnings(await account.read(all, [], { config }))).toEqual([])
  })
})
