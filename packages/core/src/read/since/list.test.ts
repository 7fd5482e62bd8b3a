import { describe, expect, it } from "vitest"
import { Account, type Ran } from "../../../test/account.ts"
import { dayMs, ofChangedParents, since } from "../../declare/changes.ts"
import * as c from "../../declare/columns.ts"
import { cursorPages, seekPages, singlePage } from "../../declare/pagination.ts"
import { perParent } from "../../declare/parents.ts"
import { defineStream, type SourceStream } from "../../declare/stream.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"

const list = (more: Partial<SourceStream> = {}): SourceStream =>
  defineStream({
    name: "deals",
    path: "v2/deals",
    docs,
    tokens: 10,
    scope: "deals:read",
    columns: { id: c.integer, update_time: c.timestamp },
    primaryKey: ["id"],
    paging: cursorPages({ limit: 2 }),
    query: { sort_by: "update_time", sort_direction: "asc" },
    changes: since("update_time"),
    ...more
  })

const seats = defineStream({
  name: "seats",
  path: "v1/deals/{id}/seats",
  docs,
  tokens: 40,
  scope: "deals:read",
  columns: { id: c.integer, deal_id: c.integer },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: ofChangedParents({ sweep: "none" }),
  parents: perParent("deals", "deal_id")
})

const company = (size = 3) => {
  const account = new Account()
  account.serve(
    "v2/deals",
    Array.from({ length: size }, (_, i) => ({ id: i + 1, update_time: account.ago(9000 - i) }))
  )
  return account
}

const idsOf = (ran: Ran) => ran.of("deals").rows.map((row) => row["id"])
const ownOf = (ran: Ran) => ran.states.get("deals")?.["_ab"]
const sinceOf = (ran: Ran) =>
  ran.asked.filter(({ path }) => path === "v2/deals").map(({ query }) => query["updated_since"])

describe("a list read by update time", () => {
  it("keeps its last second as watermark, and asks from there on in the next run", async () => {
    const account = company()
    const first = await account.read([list()], ["deals"])
    expect(idsOf(first)).toEqual([1, 2, 3])
    expect(first.states.get("deals")).toEqual({ update_time: account.ago(8998), _ab: { v: 1 } })
    const second = await account.read([list()], ["deals"], { states: first.states })
    expect(sinceOf(second)).toEqual([account.ago(8998)])
    expect(second.of("deals").summary).toMatchObject({
      watermarkBefore: account.ago(8998),
      watermarkAfter: account.ago(8998),
      requests: 1,
      tokens: 10
    })
  })

  it("begins at the start date", async () => {
    const account = company()
    const ran = await account.read([list()], ["deals"], { config: { replication_start_date: account.ago(8999) } })
    expect(sinceOf(ran)[0]).toBe(account.ago(8999))
    expect(idsOf(ran)).toEqual([2, 3])
  })

  it("is read by a full refresh from the beginning, and goes on where that was cut short", async () => {
    const account = company(6)
    const first = await account.read([list()], ["deals"])
    const cut = await account.read([list()], ["deals"], {
      states: first.states,
      mode: "full_refresh",
      config: { num_workers: 1 },
      killedAfter: (event) => event._tag === "Checkpoint"
    })
    expect(idsOf(cut)).toEqual([1, 2])
    expect(ownOf(cut)).toMatchObject({ full: true })
    const resumed = await account.read([list()], ["deals"], { states: cut.states, mode: "full_refresh" })
    expect(idsOf(resumed)[0]).toBe(3)
    expect(new Set(idsOf(resumed))).toEqual(new Set([3, 4, 5, 6]))
    expect(resumed.states.get("deals")).toEqual({ __ab_full_refresh_sync_complete: true })
  })
})

describe("a list by update time alone", () => {
  const leads = list({
    name: "leads",
    path: "v1/leads",
    paging: seekPages({ limit: 3 }),
    query: { sort: "update_time ASC, id ASC" }
  })
  const office = () => {
    const account = new Account()
    account.serve(
      "v1/leads",
      Array.from({ length: 8 }, (_, i) => ({ id: i + 1, update_time: account.ago(9000 - i) }))
    )
    return account
  }

  it("keeps its last second as watermark", async () => {
    const account = office()
    const { states } = await account.read([leads], ["leads"])
    expect(states.get("leads")).toEqual({ update_time: account.ago(8993), _ab: { v: 1 } })
  })

  it("goes on after a kill from the second it has come to", async () => {
    const account = office()
    let stops = 0
    const cut = await account.read([leads], ["leads"], {
      killedAfter: (event) => event._tag === "Checkpoint" && ++stops === 2
    })
    expect(cut.of("leads").rows.map((row) => row["id"])).toEqual([1, 2, 3, 4, 5])
    expect(cut.states.get("leads")).toMatchObject({ update_time: account.ago(8996) })
    const resumed = await account.read([leads], ["leads"], { states: cut.states })
    expect(resumed.asked[0]?.query["updated_since"]).toBe(account.ago(8996))
  })
})

describe("an option of the config", () => {
  const optional = list({ optionalQuery: { mail_bodies: { include_body: "1" } } })

  it.each([
    [true, "1"],
    [false, undefined]
  ])("adds its parameter where it is on: %s", async (mail_bodies, parameter) => {
    const ran = await company().read([optional], ["deals"], { config: { mail_bodies } })
    const asked = ran.asked.find(({ path }) => path === "v2/deals")
    expect(asked?.query["include_body"]).toBe(parameter)
    expect(asked?.query["sort_by"]).toBe("update_time")
  })
})

describe("an answer that says no with status 200", () => {
  it.each([
    [{ errorCode: 403 }, "ConfigError"],
    [{ errorCode: 599 }, "TransientError"],
    [{ errorCode: 200 }, "TransientError"],
    [{ errorCode: 600 }, "TransientError"],
    [{}, "TransientError"]
  ])("is refused by the status it names, and asked for again where it names none: %j", async (named, tag) => {
    const account = company()
    account.instead = ({ path }) =>
      path === "v2/deals" ? { body: { success: false, error: "odd", ...named } } : undefined
    expect((await account.read([list()], ["deals"])).of("deals").error?._tag).toBe(tag)
  })
})

describe("a list without rows", () => {
  it("keeps the second up to which it is settled", async () => {
    const account = new Account()
    account.serve("v2/deals", [])
    const ran = await account.read([list()], ["deals"])
    expect(ran.states.get("deals")).toEqual({ update_time: account.ago(60), _ab: { v: 1 } })
  })
})

describe("a list that is read whole at times", () => {
  const weekly = list({ changes: since("update_time", { wholeEveryMs: 7 * dayMs }) })

  it("counts from the begin of its first read, and is read whole when that is so long ago", async () => {
    const account = company()
    const first = await account.read([weekly], ["deals"])
    expect(ownOf(first)).toEqual({ v: 1, whole: "2026-01-10T12:00:00Z" })
    account.nowMs += 7 * dayMs - 1000
    const early = await account.read([weekly], ["deals"], { states: first.states })
    expect(sinceOf(early)).toEqual(["2026-01-10T09:30:02Z"])
    expect(ownOf(early)).toEqual({ v: 1, whole: "2026-01-10T12:00:00Z" })
    account.nowMs += 1000
    const due = await account.read([weekly], ["deals"], { states: early.states })
    expect(sinceOf(due)[0]).toBeUndefined()
    expect(idsOf(due)).toEqual([1, 2, 3])
    expect(ownOf(due)).toEqual({ v: 1, whole: "2026-01-17T12:00:00Z" })
    expect(due.states.get("deals")?.["update_time"]).toBe("2026-01-10T09:30:02Z")
  })

  it("goes on with a whole read that was cut short, and does not begin another", async () => {
    const account = company(6)
    const first = await account.read([weekly], ["deals"])
    account.nowMs += 7 * dayMs
    const cut = await account.read([weekly], ["deals"], {
      states: first.states,
      config: { num_workers: 1 },
      killedAfter: (event) => event._tag === "Checkpoint"
    })
    expect(ownOf(cut)).toMatchObject({ reading: "2026-01-17T12:00:00Z", whole: "2026-01-10T12:00:00Z" })
    account.nowMs += 1000
    const resumed = await account.read([weekly], ["deals"], { states: cut.states })
    expect(idsOf(resumed)[0]).toBe(3)
    expect(new Set(idsOf(resumed))).toEqual(new Set([3, 4, 5, 6]))
    expect(ownOf(resumed)).toEqual({ v: 1, whole: "2026-01-17T12:00:00Z" })
  })

  it("begins no whole read where an earlier read was cut short", async () => {
    const account = company(6)
    const states = new Map([
      [
        "deals",
        {
          update_time: account.ago(8999),
          _ab: {
            v: 1,
            whole: account.ago(8 * 86_400),
            windows: [{ since: account.ago(8999), stop: account.ago(8997) }, { since: account.ago(8997) }]
          }
        }
      ]
    ])
    const ran = await account.read([weekly], ["deals"], { states })
    expect(sinceOf(ran)).not.toContain(undefined)
    expect(idsOf(ran)).toEqual([2, 3, 4, 5, 6])
    expect(ownOf(ran)).toMatchObject({ whole: account.ago(8 * 86_400) })
  })

  it("is read whole from the start date on", async () => {
    const account = company()
    const config = { replication_start_date: account.ago(8999) }
    const first = await account.read([weekly], ["deals"], { config })
    account.nowMs += 7 * dayMs
    const due = await account.read([weekly], ["deals"], { states: first.states, config })
    expect(idsOf(due)).toEqual([2, 3])
  })
})

describe("optional fields", () => {
  const fields = list({ includeFields: { always: ["a", "b"], planBound: ["c"] } })
  const asksOf = (ran: Ran) =>
    ran.asked.filter(({ path }) => path === "v2/deals").map(({ query }) => query["include_fields"])
  const refuse = (account: Account, field: string) => {
    account.instead = ({ query }) =>
      query["include_fields"]?.includes(field)
        ? { status: 400, body: { success: false, error: `no ${field}` } }
        : undefined
  }

  it("bound to a plan are left out where they are refused, for a day", async () => {
    const account = company(1)
    refuse(account, "c")
    const first = await account.read([fields], ["deals"])
    expect(asksOf(first)).toEqual(["a,b,c", "a,b"])
    expect(ownOf(first)).toEqual({ v: 1, include: { level: "always", at: "2026-01-10T12:00:00Z" } })
    expect(first.logs).toEqual([
      "WARN deals: Pipedrive would not give all optional fields (no c); those bound to a plan are left out and asked for again in a day."
    ])
    account.nowMs += dayMs
    const second = await account.read([fields], ["deals"], { states: first.states })
    expect(asksOf(second)).toEqual(["a,b"])
    expect(ownOf(second)).toEqual(ownOf(first))
    account.nowMs += 1000
    account.instead = () => undefined
    const third = await account.read([fields], ["deals"], { states: second.states })
    expect(asksOf(third)).toEqual(["a,b,c"])
    expect(ownOf(third)).toEqual({ v: 1 })
  })

  it("are all left out where the others are refused as well", async () => {
    const account = company(1)
    refuse(account, "a")
    const ran = await account.read([fields], ["deals"])
    expect(asksOf(ran)).toEqual(["a,b,c", "a,b", undefined])
    expect(ownOf(ran)).toEqual({ v: 1, include: { level: "none", at: "2026-01-10T12:00:00Z" } })
    expect(ran.logs.at(-1)).toContain("; they are left out and asked for again in a day.")
    expect(idsOf(ran)).toEqual([1])
  })
})

describe("optional fields of a list read for children", () => {
  it("are left out where they are refused, and remembered nowhere", async () => {
    const account = company(1)
    account.serve("v1/deals/{id}/seats", (id) => [{ id: Number(id) * 10 }])
    account.instead = ({ query }) =>
      query["include_fields"] === undefined ? undefined : { status: 400, body: { success: false, error: "no" } }
    const fields = list({ includeFields: { always: ["a"] } })
    const ran = await account.read([fields, seats], ["seats"])
    expect(ran.of("seats").error).toBeUndefined()
    expect(ran.of("seats").rows).toHaveLength(1)
    expect(ran.logs.some((line) => line.startsWith("WARN deals: Pipedrive would not give all optional"))).toBe(true)
  })
})

describe("a list and its children", () => {
  const both = [list(), seats]
  const names = ["deals", "seats"]
  const office = (size = 3) => {
    const account = company(size)
    account.serve("v1/deals/{id}/seats", (id) => [{ id: Number(id) * 10 }])
    return account
  }
  const parentsOf = (ran: Ran) => ran.of("seats").rows.map((row) => row["deal_id"])

  it("each go on from their own watermark over one read of the list", async () => {
    const account = office(4)
    const own = { update_time: account.ago(8999), _ab: { v: 1 } }
    const child = { _ab_changed_at: account.ago(9000), _ab: { v: 1, parents: { deals: { mark: account.ago(8998) } } } }
    const ran = await account.read(both, names, {
      states: new Map<string, unknown>([
        ["deals", own],
        ["seats", child]
      ])
    })
    expect(new Set(sinceOf(ran))).toEqual(new Set([account.ago(8999)]))
    expect(ran.asked.filter(({ path, query }) => path === "v2/deals" && query["cursor"] === undefined)).toHaveLength(1)
    expect(idsOf(ran)).toEqual([2, 3, 4])
    expect(parentsOf(ran)).toEqual([3, 4])
  })

  it("do not go back for children that lag behind, which read the list by themselves afterwards", async () => {
    const account = office(6)
    const states = new Map<string, unknown>([
      ["deals", { update_time: account.ago(8996), _ab: { v: 1 } }],
      ["seats", { _ab: { v: 1, parents: { deals: { mark: account.ago(9000) } } } }]
    ])
    const ran = await account.read(both, names, { states })
    expect(sinceOf(ran).slice(0, 2)).toEqual([account.ago(8996), account.ago(9000)])
    expect(idsOf(ran)).toEqual([5, 6])
    expect([...parentsOf(ran)].sort()).toEqual([1, 2, 3, 4, 5, 6])
    const again = await account.read(both, names, { states: ran.states })
    expect(sinceOf(again)).toEqual([account.ago(8995)])
    expect(parentsOf(again)).toEqual([])
  })

  it("that is read for children alone leave each its own watermark while another is behind it", async () => {
    const account = office(6)
    account.serve("v1/deals/{id}/desks", (id) => [{ id: Number(id) * 100 }])
    const desks = { ...seats, name: "desks", path: "v1/deals/{id}/desks" } as const
    const at = (watermark: string) => ({ _ab: { v: 1, parents: { deals: { mark: watermark } } } })
    const cut = await account.read([...both, desks], ["seats", "desks"], {
      states: new Map<string, unknown>([
        ["seats", at(account.ago(8996))],
        ["desks", at(account.ago(9000))]
      ]),
      config: { num_workers: 1 },
      killedAfter: (event) => event._tag === "Checkpoint" && event.stream === "desks"
    })
    expect(parentsOf(cut).every((id) => Number(id) >= 5)).toBe(true)
    const whole = await account.read([...both, desks], ["seats", "desks"], { states: cut.states })
    expect(new Set([...parentsOf(cut), ...parentsOf(whole)])).toEqual(new Set([5, 6]))
  })

  it("do not ask for the parents of the watermark's own second again, where these are known to be read", async () => {
    const account = office()
    const first = await account.read(both, names)
    expect(first.states.get("seats")).toMatchObject({ _ab: { parents: { deals: { through: true } } } })
    const second = await account.read(both, names, { states: first.states })
    expect(idsOf(second)).toEqual([3])
    expect(parentsOf(second)).toEqual([])
    const { through: _, ...deals } = { mark: account.ago(8998), through: true }
    const third = await account.read(both, names, {
      states: new Map<string, unknown>([...first.states, ["seats", { _ab: { v: 1, parents: { deals } } }]])
    })
    expect(parentsOf(third)).toEqual([3])
  })

  it("keep the child's cursor where it was until all parents have been read", async () => {
    const account = office(6)
    const states = new Map([["seats", { _ab_changed_at: account.ago(100_000) }]])
    const cut = await account.read(both, ["seats"], {
      states,
      config: { num_workers: 1 },
      killedAfter: (event) => event._tag === "Checkpoint"
    })
    expect(cut.states.get("seats")).toMatchObject({ _ab_changed_at: account.ago(100_000) })
    const whole = await account.read(both, ["seats"], { states: cut.states })
    expect(whole.states.get("seats")).toMatchObject({ _ab_changed_at: account.ago(8995) })
  })
})
