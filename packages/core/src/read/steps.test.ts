import { describe, expect, it } from "vitest"
import { Account, type Ran } from "../../test/account.ts"
import type { Said } from "../../test/port.ts"
import { ofChangedParents, since, snapshot } from "../declare/changes.ts"
import * as c from "../declare/columns.ts"
import { cursorPages, offsetPages, singlePage } from "../declare/pagination.ts"
import { perParent, perParents } from "../declare/parents.ts"
import { defineStream, type SourceStream } from "../declare/stream.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"

const list = (name: string, more: Partial<SourceStream> = {}): SourceStream =>
  defineStream({
    name,
    path: `v2/${name}`,
    docs,
    tokens: 10,
    scope: "deals:read",
    columns: { id: c.integer, update_time: c.timestamp },
    primaryKey: ["id"],
    paging: cursorPages({ limit: 3 }),
    query: { sort_by: "update_time", sort_direction: "asc" },
    changes: since("update_time"),
    ...more
  })

const child = (name: string, parents: SourceStream["parents"], more: Partial<SourceStream> = {}): SourceStream =>
  defineStream({
    name,
    path: `v1/${parents?.streams[0] ?? ""}/{id}/${name}`,
    docs,
    tokens: 40,
    scope: "deals:read",
    columns: { id: c.integer, parent_id: c.integer },
    primaryKey: ["id"],
    paging: offsetPages({ limit: 3 }),
    changes: ofChangedParents({ sweep: "none" }),
    ...(parents !== undefined && { parents }),
    ...more
  })

const deals = list("deals")
const archived = list("deals_archived", { path: "v2/deals/archived" })
const persons = list("persons")
const flow = child("flow", perParent(["deals", "deals_archived"], "parent_id"))
const files = child("files", perParent("persons", "parent_id"))
const products = child("products", perParents("deals", "parent_id", { parameter: "deal_ids", size: 2 }), {
  path: "v2/deals/products",
  paging: cursorPages()
})
const all = [deals, archived, persons, flow, files, products]

const company = () => {
  const account = new Account()
  const rowsOf = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: from + i, update_time: account.ago(9000 - i * 10) }))
  account.serve("v2/deals", rowsOf(1, 5))
  account.serve("v2/deals/archived", rowsOf(101, 2))
  account.serve("v2/persons", rowsOf(201, 2))
  account.serve("v1/deals/{id}/flow", (id) => [{ id: Number(id) * 10 }])
  account.serve("v1/persons/{id}/files", (id) => [{ id: Number(id) * 10, parent_id: Number(id) }])
  account.serve("v2/deals/products", (_, { deal_ids: ids = "" }) =>
    ids.split(",").map((id) => ({ id: Number(id) * 10, parent_id: Number(id) }))
  )
  return account
}

const parentsOf = (ran: Ran, stream: string) =>
  ran
    .of(stream)
    .rows.map((row) => row["parent_id"])
    .sort()
const refuse = (account: Account, path: string, said: Said) => {
  account.instead = (asked) => (asked.path === path ? said : undefined)
}
const no = (status: number, error = "no"): Said => ({ status, body: { success: false, error } })

describe("lists with children", () => {
  it("are read once for all, with the key of the parent in rows that lack it", async () => {
    const ran = await company().read(all, ["deals", "flow", "products"])
    expect(ran.of("deals").rows).toHaveLength(5)
    expect(parentsOf(ran, "flow")).toEqual([1, 101, 102, 2, 3, 4, 5])
    expect(parentsOf(ran, "products")).toEqual([1, 2, 3, 4, 5])
    expect(ran.paths.filter((path) => path === "v2/deals")).toHaveLength(2)
    expect(ran.asked.flatMap(({ query }) => query["deal_ids"] ?? [])).toEqual(["1,2", "3,4", "5"])
    for (const name of ["deals", "flow", "products"]) {
      expect(ran.of(name).ended).toBe(true)
      expect(ran.of(name).error).toBeUndefined()
    }
  })

  it("are all read before any child that costs a request a parent", async () => {
    const { paths } = await company().read(all, ["deals", "persons", "flow", "files", "deals_archived"])
    const last = Math.max(...["v2/deals", "v2/persons", "v2/deals/archived"].map((path) => paths.lastIndexOf(path)))
    expect(paths.findIndex((path) => path.startsWith("v1/"))).toBeGreaterThan(last)
  })

  it("that are not selected are read for children alone, and give no event of their own", async () => {
    const ran = await company().read(all, ["flow"])
    expect(parentsOf(ran, "flow")).toEqual([1, 101, 102, 2, 3, 4, 5])
    expect(new Set(ran.events.flatMap((event) => ("stream" in event ? [event.stream] : [])))).toEqual(new Set(["flow"]))
    expect(ran.of("flow").summary).toMatchObject({ rows: 7, parentsSkipped: 0 })
  })

  it("give children of the parents that changed, once each", async () => {
    const account = company()
    const first = await account.read(all, ["deals", "flow", "products"])
    account.nowMs += 600_000
    account.serve("v2/deals", [
      { id: 2, update_time: account.ago(9570) },
      { id: 6, update_time: account.ago(200) }
    ])
    const second = await account.read(all, ["deals", "flow", "products"], { states: first.states })
    expect(second.of("deals").rows.map((row) => row["id"])).toEqual([6])
    expect(parentsOf(second, "flow")).toEqual([6])
    expect(parentsOf(second, "products")).toEqual([6])
  })

  it("leave a watermark for each list, and the lowest for the stream", async () => {
    const account = company()
    const { states } = await account.read(all, ["flow"])
    expect(states.get("flow")).toEqual({
      _ab_changed_at: account.ago(8990),
      _ab: {
        v: 1,
        parents: {
          deals: { mark: account.ago(8960), through: true },
          deals_archived: { mark: account.ago(8990), through: true }
        }
      }
    })
  })

  it("have the cursor of Airbyte's own connector beside it where they are declared to", async () => {
    const account = company()
    const dealFlow = child("deal_flow", perParent(["deals", "deals_archived"], "parent_id"), {
      path: "v1/deals/{id}/flow",
      changes: ofChangedParents({ globalCursor: true })
    })
    const local = (zoned: string) => zoned.replace("T", " ").replace("Z", "")
    const streams = [deals, archived, dealFlow]
    const killed = await account.read(streams, ["deal_flow"], {
      config: { num_workers: 1 },
      killedAfter: (event) => event._tag === "Checkpoint"
    })
    expect(killed.states.get("deal_flow")).toMatchObject({ use_global_cursor: true, parent_state: expect.anything() })
    expect(killed.states.get("deal_flow")).not.toHaveProperty("state")
    const { states } = await account.read(streams, ["deal_flow"])
    expect(states.get("deal_flow")).toMatchObject({
      _ab_changed_at: local(account.ago(8990)),
      use_global_cursor: true,
      state: { _ab_changed_at: local(account.ago(8990)) },
      parent_state: {
        deals: { update_time: account.ago(8960) },
        deals_archived: { update_time: account.ago(8990) }
      }
    })
  })

  it("tell where the watermark stood before and after", async () => {
    const account = company()
    const first = await account.read(all, ["deals", "flow"])
    expect(first.of("deals").summary).toMatchObject({ watermarkAfter: account.ago(8960), rows: 5 })
    expect(first.of("deals").summary?.watermarkBefore).toBeUndefined()
    const before = [account.ago(8960), account.ago(8990)]
    account.nowMs += 600_000
    account.serve("v2/deals", [{ id: 6, update_time: account.ago(200) }])
    account.serve("v2/deals/archived", [{ id: 7, update_time: account.ago(100) }])
    const second = await account.read(all, ["deals", "flow"], { states: first.states })
    expect(second.of("deals").summary).toMatchObject({ watermarkBefore: before[0], watermarkAfter: account.ago(200) })
    expect(second.of("flow").summary).toMatchObject({ watermarkBefore: before[1], watermarkAfter: account.ago(200) })
  })

  it("are read from the beginning by a full refresh, whose state says that it is complete", async () => {
    const account = company()
    const first = await account.read(all, ["flow", "deals"])
    const second = await account.read(all, ["flow", "deals"], { states: first.states, mode: "full_refresh" })
    expect(second.of("flow").rows).toHaveLength(7)
    expect(second.of("deals").rows).toHaveLength(5)
    expect(second.states.get("flow")).toEqual({ __ab_full_refresh_sync_complete: true })
    const third = await account.read(all, ["flow", "deals"], { states: second.states, mode: "full_refresh" })
    expect(third.paths).toEqual([])
    expect(third.of("flow").ended).toBe(true)
  })

  it("are gone on with after a kill: children that have been emitted are not asked for again", async () => {
    const account = company()
    const killed = await account.read(all, ["flow"], {
      config: { num_workers: 1 },
      killedAfter: (event) => event._tag === "Checkpoint" && JSON.stringify(event.state).includes(account.ago(8980))
    })
    expect(killed.of("flow").ended).toBe(false)
    const done = parentsOf(killed, "flow")
    const resumed = await account.read(all, ["flow"], { states: killed.states, config: { num_workers: 1 } })
    expect(new Set([...done, ...parentsOf(resumed, "flow")])).toEqual(new Set([1, 2, 3, 4, 5, 101, 102]))
    expect(resumed.of("flow").rows.length).toBeLessThan(7)
    expect(resumed.states.get("flow")).toEqual((await account.read(all, ["flow"])).states.get("flow"))
  })
})

describe("a list that cannot be read", () => {
  it("ends its children by the same kind of error, in the child's own name", async () => {
    const account = company()
    refuse(account, "v2/deals", no(403, "not yours"))
    const ran = await account.read(all, ["deals", "flow", "products"])
    const own = ran.of("deals").error
    for (const name of ["flow", "products"]) {
      expect(ran.of(name).error?._tag).toBe("ConfigError")
      expect(ran.of(name).error?.message).toBe(`${name} needs deals. ${own?.message}`)
    }
  })

  it("with nobody but children to read it for ends these, and leaves their state as it was", async () => {
    const account = company()
    const first = await account.read(all, ["flow", "products"])
    refuse(account, "v2/deals", no(400, "odd"))
    account.nowMs += 600_000
    const ran = await account.read(all, ["flow", "products"], { states: first.states })
    expect(ran.of("flow").error?._tag).toBe("SystemError")
    expect(ran.of("products").error?._tag).toBe("SystemError")
    expect(ran.states.get("products")).toEqual(first.states.get("products"))
  })

  it("where the day's budget is spent tells its children when it is back", async () => {
    const account = company()
    refuse(account, "v2/persons", {
      status: 429,
      body: { error: "daily request budget exceeded" },
      headers: { "retry-after": "7200" }
    })
    const ran = await account.read(all, ["files"])
    const { error } = ran.of("files")
    expect(error?._tag).toBe("TransientError")
    expect(error).toMatchObject({ quotaResetMs: account.nowMs + 7_200_000 })
    expect(ran.events.filter(({ _tag }) => _tag === "RateLimited")).toEqual([
      { _tag: "RateLimited", stream: "files", resetMs: account.nowMs + 7_200_000 }
    ])
  })

  it("for no usable answer is a transient error of its children, which says nothing of a budget", async () => {
    const account = company()
    refuse(account, "v2/persons", no(503))
    const ran = await account.read(all, ["persons", "files"])
    expect(ran.of("files").error?._tag).toBe("TransientError")
    expect(ran.of("files").error).not.toHaveProperty("quotaResetMs")
    expect(ran.of("files").error?.message).toMatch(/^files needs persons\. /)
    expect(ran.events.some(({ _tag }) => _tag === "RateLimited")).toBe(false)
  })

  it("of an add-on that the company lacks leaves its children empty, with a warning", async () => {
    const account = company()
    const projects = list("projects", { addOn: "Projects" })
    const tasks = child("tasks", perParent("projects", "parent_id"))
    const ran = await account.read([projects, tasks], ["projects", "tasks"])
    for (const name of ["projects", "tasks"]) {
      expect(ran.of(name).error).toBeUndefined()
      expect(ran.of(name).ended).toBe(true)
      expect(ran.of(name).states).toEqual([{}])
    }
    expect(ran.logs.filter((line) => line.startsWith("WARN") && line.includes("Projects"))).toHaveLength(2)
  })

  it("takes nothing from streams that do not need it, nor from the other lists of its child", async () => {
    const account = company()
    refuse(account, "v2/deals/archived", no(403))
    const ran = await account.read(all, ["deals", "deals_archived", "flow", "persons", "files"])
    expect(ran.of("deals").error).toBeUndefined()
    expect(ran.of("persons").error).toBeUndefined()
    expect(ran.of("files").error).toBeUndefined()
    expect(ran.of("files").rows).toHaveLength(2)
    expect(ran.of("flow").error?.message).toMatch(/^flow needs deals_archived\. /)
    expect(parentsOf(ran, "flow")).toEqual([1, 2, 3, 4, 5])
  })
})

describe("a list that is a snapshot", () => {
  const boards = list("boards", { paging: singlePage(), query: {}, changes: snapshot() })
  const phases = child("phases", perParent("boards", "parent_id"), { path: "v1/phases/{id}" })
  const streams = [boards, phases]
  const office = (names: ReadonlyArray<string>) => {
    const account = new Account()
    const rows = names.map((name, i) => ({ id: i + 1, name }))
    account.serve("v2/boards", rows)
    account.serve("v1/phases/{id}", (id) => [{ id: Number(id) * 10 }])
    return account
  }

  it("gives the children of parents whose content is new", async () => {
    const account = office(["a", "b", "c"])
    const first = await account.read(streams, ["boards", "phases"])
    expect(parentsOf(first, "phases")).toEqual([1, 2, 3])
    account.nowMs += 60_000
    account.serve("v2/boards", [
      { id: 1, name: "a" },
      { id: 2, name: "other" },
      { id: 4, name: "d" }
    ])
    const second = await account.read(streams, ["boards", "phases"], { states: first.states })
    expect(second.of("boards").rows.map((row) => row["id"])).toEqual([2, 4])
    expect(parentsOf(second, "phases")).toEqual([2, 4])
    const [, kept] = /"hashes":\{([^}]*)\}/.exec(JSON.stringify(second.states.get("phases"))) ?? []
    expect([...(kept ?? "").matchAll(/"(\d+)":/g)].map(([, key]) => key)).toEqual(["1", "2", "4"])
    account.nowMs += 60_000
    const third = await account.read(streams, ["boards", "phases"], { states: second.states })
    expect(third.of("phases").rows).toEqual([])
    expect(third.of("boards").rows).toEqual([])
  })

  it("is not read again while it is fresh, nor for its children", async () => {
    const account = office(["a"])
    const daily = list("boards", { paging: singlePage(), query: {}, changes: snapshot({ freshnessMs: 86_400_000 }) })
    const names = ["boards", "phases"]
    const first = await account.read([daily, phases], names)
    account.nowMs += 86_399_000
    const second = await account.read([phases, daily], names, { states: first.states })
    expect(second.paths.filter((path) => !path.endsWith("users/me"))).toEqual([])
    for (const name of names) {
      expect(second.of(name).ended).toBe(true)
      expect(second.states.get(name)).toEqual(first.states.get(name))
      expect(second.logs.some((line) => line.startsWith(`INFO ${name}: `) && line.includes("24 h"))).toBe(true)
    }
    account.nowMs += 1000
    const third = await account.read([daily, phases], names, { states: first.states })
    expect(third.paths).toContain("v2/boards")
    expect(third.of("phases").summary?.rows).toBe(0)
    const full = await account.read([daily, phases], names, { states: second.states, mode: "full_refresh" })
    expect(full.of("boards").rows).toHaveLength(1)
    expect(full.of("phases").rows).toHaveLength(1)
  })

  it("that is fresh does not keep children without changes from being read whole", async () => {
    const account = office(["a"])
    const daily = list("boards", { paging: singlePage(), query: {}, changes: snapshot({ freshnessMs: 86_400_000 }) })
    const { changes: _, ...whole } = phases
    const states = new Map([["phases", { _ab: { v: 1, parents: { boards: { mark: account.ago(60) } } } }]])
    expect((await account.read([daily, phases], ["phases"], { states })).of("phases").rows).toEqual([])
    expect((await account.read([daily, whole], ["phases"], { states })).of("phases").rows).toHaveLength(1)
  })

  it("is read again where the state's last read is ahead of the server's clock", async () => {
    const account = office(["a"])
    account.aheadMs = 3_600_000
    const daily = list("boards", { paging: singlePage(), query: {}, changes: snapshot({ freshnessMs: 86_400_000 }) })
    const states = (seconds: number) =>
      new Map([["boards", { _ab: { v: 1, read: account.ago(-seconds), hashes: {} } }]])
    expect((await account.read([daily], ["boards"], { states: states(60) })).paths).not.toContain("v2/boards")
    expect((await account.read([daily], ["boards"], { states: states(61) })).paths).toContain("v2/boards")
  })
})

describe("a list read for children alone", () => {
  const users = list("users", { changes: since("update_time", { freshnessForChildrenMs: 3_600_000 }) })
  const seats = child("seats", perParent("users", "parent_id"))
  const office = () => {
    const account = new Account()
    account.serve("v2/users", [{ id: 1, update_time: account.ago(9000) }])
    account.serve("v1/users/{id}/seats", (id) => [{ id: Number(id) * 10 }])
    return account
  }

  it("is read to its end, however many parents it has", async () => {
    const account = new Account()
    const rows = Array.from({ length: 5001 }, (_, i) => ({ id: i + 1, update_time: account.ago(9000 - i) }))
    account.serve("v2/deals", rows)
    account.serve("v1/deals/{id}/flow", (id) => [{ id: Number(id) }])
    const deals = list("deals", { paging: cursorPages({ limit: 500 }) })
    const flow = child("flow", perParent("deals", "parent_id"))
    const ran = await account.read([deals, flow], ["flow"], { config: { num_workers: 10 } })
    expect(ran.of("flow").rows).toHaveLength(5001)
  })

  it("rests while its last read is fresh", async () => {
    const account = office()
    const first = await account.read([users, seats], ["seats"])
    expect(first.states.get("seats")).toMatchObject({ _ab: { parents: { users: { read: account.ago(60) } } } })
    account.nowMs += 3_539_000
    const second = await account.read([users, seats], ["seats"], { states: first.states })
    expect(second.paths).not.toContain("v2/users")
    expect(second.states.get("seats")).toEqual(first.states.get("seats"))
    account.nowMs += 1000
    const third = await account.read([users, seats], ["seats"], { states: second.states })
    expect(third.paths).toContain("v2/users")
    expect(third.of("seats").error).toBeUndefined()
  })

  it("is read where its last read is ahead of the server's clock", async () => {
    const account = office()
    account.aheadMs = 3_600_000
    const states = (seconds: number) => {
      const users = { mark: account.ago(9000), read: account.ago(seconds) }
      return new Map([["seats", { _ab: { v: 1, parents: { users } } }]])
    }
    const ahead = await account.read([users, seats], ["seats"], { states: states(-1) })
    expect(ahead.paths).toContain("v2/users")
    const now = await account.read([users, seats], ["seats"], { states: states(0) })
    expect(now.paths).not.toContain("v2/users")
  })

  it("is read where it is selected itself, or by a full refresh", async () => {
    const account = office()
    const first = await account.read([users, seats], ["seats"])
    const second = await account.read([users, seats], ["users", "seats"], { states: first.states })
    expect(second.paths).toContain("v2/users")
    expect(JSON.stringify(second.states.get("seats"))).not.toContain('"read"')
    const third = await account.read([users, seats], ["seats"], { states: first.states, mode: "full_refresh" })
    expect(third.of("seats").rows).toHaveLength(1)
  })
})

describe("children of children", () => {
  it("are asked for with the keys of those between, which give no rows", async () => {
    const account = company()
    const threads = list("threads", { changes: snapshot(), query: {} })
    const mails = child("mails", perParent("threads", "thread_id"))
    const bodies = child("bodies", perParent("mails", "mail_id"), { path: "v1/mails/{id}/bodies" })
    account.serve("v2/threads", [{ id: 1 }, { id: 2 }])
    account.serve("v1/threads/{id}/mails", (id) => [{ id: Number(id) * 10 }, { id: Number(id) * 10 + 1 }])
    account.serve("v1/mails/{id}/bodies", (id) => [{ id: Number(id) * 10 }])
    const ran = await account.read([threads, mails, bodies], ["bodies"])
    expect(
      ran
        .of("bodies")
        .rows.map((row) => [row["mail_id"], row["id"]])
        .sort()
    ).toEqual([
      [10, 100],
      [11, 110],
      [20, 200],
      [21, 210]
    ])
    expect(ran.of("mails").rows).toEqual([])
    expect(ran.of("bodies").summary?.requests).toBe(7)
  })
})
