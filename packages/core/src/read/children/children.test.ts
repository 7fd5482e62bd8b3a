import { describe, expect, it } from "vitest"
import { Account, type Ran, type Row } from "../../../test/account.ts"
import type { Said } from "../../../test/port.ts"
import { ofChangedParents, since, snapshot } from "../../declare/changes.ts"
import * as c from "../../declare/columns.ts"
import { cursorPages, offsetPages, singlePage } from "../../declare/pagination.ts"
import { perParent, perParents } from "../../declare/parents.ts"
import { defineStream, PERIOD, ROW_KEY, type SourceStream } from "../../declare/stream.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"

const deals = defineStream({
  name: "deals",
  path: "v2/deals",
  docs,
  tokens: 10,
  scope: "deals:read",
  columns: { id: c.integer, update_time: c.timestamp },
  primaryKey: ["id"],
  paging: cursorPages({ limit: 100 }),
  query: { sort_by: "update_time", sort_direction: "asc" },
  changes: since("update_time")
})

const base: SourceStream = defineStream({
  name: "children",
  path: "v1/deals/{id}/children",
  docs,
  tokens: 40,
  scope: "deals:read",
  columns: { id: c.integer, deal_id: c.integer },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: ofChangedParents({ sweep: "none" }),
  parents: perParent("deals", "deal_id")
})

/** Children of `size` parents a request. */
const bulk = (size: number, more: Partial<SourceStream> = {}): SourceStream => ({
  ...base,
  path: "v2/deals/children",
  paging: cursorPages({ limit: 100 }),
  parents: perParents("deals", "deal_id", { parameter: "deal_ids", size }),
  ...more
})

const company = (parents: ReadonlyArray<Row>) => {
  const account = new Account()
  const rows = parents.map((row, i) => ({ update_time: account.ago(9000 - i), ...row }))
  account.serve("v2/deals", rows)
  account.serve("v1/deals/{id}/children", (id) => [{ id: `child of ${id}` }])
  account.serve("v2/deals/children", (_, { deal_ids: ids = "" }) =>
    ids.split(",").map((id) => ({ id: `child of ${id}`, deal_id: Number(id) }))
  )
  return account
}
const ids = (count: number) => Array.from({ length: count }, (_, i) => ({ id: i + 1 }))

const read = (account: Account, stream: SourceStream, settings = {}) =>
  account.read([deals, stream], ["children"], settings)
const batches = (ran: Ran) => ran.asked.flatMap(({ query }) => query["deal_ids"] ?? [])
const parentsOf = (ran: Ran) => ran.of("children").rows.map((row) => row["deal_id"])
const no = (status: number, error = "no"): Said => ({ status, body: { success: false, error } })

const period = {
  start: { column: "span.start", parameter: "period.start" },
  end: { column: "span.end", parameter: "period.end" }
}

describe("which parents are asked for children", () => {
  it("are those that are not deleted", async () => {
    const ran = await read(company([{ id: 1 }, { id: 2, is_deleted: true }, { id: 3, is_deleted: false }]), base)
    expect(parentsOf(ran)).toEqual([1, 3])
    expect(ran.of("children").summary?.parentsSkipped).toBe(1)
  })

  it("are those that count children, where a column does", async () => {
    const parents = perParent("deals", "deal_id", { count: "n" })
    const ran = await read(company([{ id: 1, n: 0 }, { id: 2, n: 10 }, { id: 3 }, { id: 4, n: null }]), {
      ...base,
      parents
    })
    expect(parentsOf(ran)).toEqual([2, 3, 4])
    expect(ran.of("children").summary?.parentsSkipped).toBe(0)
  })

  it("are those with a value in a column that must not be null", async () => {
    const parents = perParent("deals", "deal_id", { only: "person" })
    const ran = await read(company([{ id: 1, person: null }, { id: 2, person: 0 }, { id: 3 }]), { ...base, parents })
    expect(parentsOf(ran)).toEqual([2])
  })

  it("are those that have a key, which is asked with as it is and added as the parent has it", async () => {
    const parents = perParent("deals", "deal_id", { key: "code" })
    const ran = await read(company([{ id: 1, code: "a b ü" }, { id: 2, code: null }, { id: 3 }, { id: 4, code: 7 }]), {
      ...base,
      parents
    })
    expect(ran.paths.filter((path) => path.endsWith("/children"))).toEqual([
      "v1/deals/a%20b%20%C3%BC/children",
      "v1/deals/7/children"
    ])
    expect(parentsOf(ran)).toEqual(["a b ü", 7])
  })

  it("are those whose period has begun, which is asked for up to today or its own end", async () => {
    const stream: SourceStream = {
      ...base,
      primaryKey: ["id", PERIOD],
      parents: perParent("deals", "deal_id", { period })
    }
    const ran = await read(
      company([
        { id: 1, span: { start: "2026-01-01", end: "2026-01-15" } },
        { id: 2, span: { start: "2026-01-01", end: null } },
        { id: 3, span: { start: "2026-02-01" } },
        { id: 4, span: { end: "2026-02-01" } },
        { id: 5, span: null },
        { id: 6, span: { start: "" } },
        { id: 7, span: { start: 5 } },
        { id: 8 }
      ]),
      stream
    )
    expect(
      ran.asked
        .filter(({ path }) => path.endsWith("/children"))
        .map(({ path, query }) => [path.split("/")[2], query["period.start"], query["period.end"]])
    ).toEqual([
      ["1", "2026-01-01", "2026-01-15"],
      ["2", "2026-01-01", "2026-01-10"],
      ["3", "2026-02-01", "2026-02-01"]
    ])
    expect(ran.of("children").rows.map((row) => row[PERIOD])).toEqual([
      "2026-01-01/2026-01-15",
      "2026-01-01/..",
      "2026-02-01/.."
    ])
    expect(ran.of("children").error?.message).toMatch(/ 1 parent: 7 /)
  })

  it("are asked for the same period again where they failed, or up to today where it goes on", async () => {
    const stream: SourceStream = {
      ...base,
      primaryKey: ["id", PERIOD],
      parents: perParent("deals", "deal_id", { period })
    }
    const account = company([
      { id: 1, span: { start: "2026-01-01", end: "2026-01-05" } },
      { id: 2, span: { start: "2026-01-01" } },
      { id: 3, span: { start: "2026-02-01" } },
      { id: 4, span: { start: "2026-01-01" } }
    ])
    const asked = (ran: Ran) =>
      ran.asked
        .filter(({ path }) => path.endsWith("/children"))
        .map(({ path, query }) => `${path.split("/")[2]}: ${query["period.start"]} to ${query["period.end"]}`)
    account.instead = ({ path }) => (/[123].children$/.test(path) ? no(400) : undefined)
    const first = await read(account, stream)
    expect(first.of("children").error?.message).toContain(" 3 parents: 1 ")
    account.instead = () => undefined
    account.nowMs += 10 * 86_400_000
    const second = await read(account, stream, { states: first.states })
    expect(second.of("children").error).toBeUndefined()
    expect(asked(second)).toEqual([
      "1: 2026-01-01 to 2026-01-05",
      "2: 2026-01-01 to 2026-01-20",
      "3: 2026-02-01 to 2026-02-01"
    ])
    expect(second.of("children").rows.map((row) => [row["deal_id"], row[PERIOD]])).toEqual([
      [1, "2026-01-01/2026-01-05"],
      [2, "2026-01-01/.."],
      [3, "2026-02-01/.."]
    ])
  })
})

describe("a period that is no date", () => {
  it.each([
    [{ start: "soon" }, "span.start is no date: soon"],
    [{ start: "2026-1-05" }, "span.start is no date: 2026-1-05"],
    [{ start: "2026-13-05" }, "span.start is no date: 2026-13-05"],
    [{ start: "2026-01-32" }, "span.start is no date: 2026-01-32"],
    [{ start: "2026-01-01T00" }, "span.start is no date: 2026-01-01T00"],
    [{ start: "2026-01-01", end: 7 }, "span.end is no date: 7"]
  ])("is not asked for, and said: %j", async (span, words) => {
    const stream: SourceStream = {
      ...base,
      primaryKey: ["id", PERIOD],
      parents: perParent("deals", "deal_id", { period })
    }
    const ran = await read(
      company([
        { id: 1, span },
        { id: 2, span: { start: "2026-01-29" } }
      ]),
      stream
    )
    expect(parentsOf(ran)).toEqual([2])
    expect([...ran.logs, ran.of("children").error?.message].join("\n")).toContain(words)
  })
})

describe("children of one parent a request", () => {
  it("are read whole, page by page", async () => {
    const account = company(ids(2))
    account.serve("v1/deals/{id}/children", (id) => Array.from({ length: 5 }, (_, i) => ({ id: Number(id) * 10 + i })))
    const ran = await read(account, { ...base, paging: offsetPages({ limit: 3 }) }, { config: { num_workers: 1 } })
    expect(ran.of("children").rows.map((row) => [row["deal_id"], row["id"]])).toEqual(
      [1, 2].flatMap((id) => [0, 1, 2, 3, 4].map((i) => [id, id * 10 + i]))
    )
  })

  it("keep the parent's key that they have themselves", async () => {
    const account = company(ids(1))
    account.serve("v1/deals/{id}/children", () => [{ id: 1, deal_id: 99 }, { id: 2 }])
    expect(parentsOf(await read(account, base))).toEqual([99, 1])
  })

  it("are asked for part by part", async () => {
    const account = company(ids(2))
    account.serve("v1/deals/{id}/others", (id) => [{ id: `other of ${id}` }])
    const parts = [{ query: { kind: "a" } }, { path: "v1/deals/{id}/others" as const }]
    const ran = await read(account, { ...base, parts }, { config: { num_workers: 1 } })
    expect(ran.of("children").rows.map((row) => row["id"])).toEqual([
      "child of 1",
      "other of 1",
      "child of 2",
      "other of 2"
    ])
    expect(ran.asked.find(({ path }) => path.endsWith("1/children"))?.query).toEqual({ kind: "a" })
    expect(ran.asked.find(({ path }) => path.endsWith("1/others"))?.query).toEqual({})
  })

  it("get a key of their own where they have none, equal ones a different one", async () => {
    const account = company(ids(2))
    account.serve("v1/deals/{id}/children", () => [{ text: "same" }, { text: "same" }, { text: "other" }])
    const stream: SourceStream = { ...base, primaryKey: [ROW_KEY] }
    const first = await read(account, stream)
    const keys = first.of("children").rows.map((row) => row[ROW_KEY])
    expect(new Set(keys).size).toBe(6)
    const again = await read(account, stream)
    expect(again.of("children").rows.map((row) => row[ROW_KEY])).toEqual(keys)
  })

  it("of several parents are given once a run, where a child can have many", async () => {
    const account = company(ids(3))
    account.serve("v1/deals/{id}/children", (id) => [{ id: "shared" }, { id: `own ${id}` }])
    const shared: SourceStream = { ...base, parents: perParent("deals", "deal_id", { shared: true }) }
    const ran = await read(account, shared, { config: { num_workers: 1 } })
    expect(ran.of("children").rows.map((row) => row["id"])).toEqual(["shared", "own 1", "own 2", "own 3"])
    expect((await read(account, base)).of("children").rows).toHaveLength(6)
  })

  it("that are a snapshot are given where they are new", async () => {
    const account = company(ids(2))
    const stream: SourceStream = { ...base, changes: snapshot() }
    const whole: SourceStream = { ...deals, query: {}, changes: snapshot() }
    const first = await account.read([whole, stream], ["children"])
    expect(first.of("children").rows).toHaveLength(2)
    account.nowMs += 60_000
    account.serve("v1/deals/{id}/children", (id) => [
      { id: `child of ${id}` },
      ...(id === "2" ? [{ id: "child of 1" }] : [])
    ])
    const second = await account.read([whole, stream], ["children"], { states: first.states })
    expect(second.of("children").rows.map((row) => [row["deal_id"], row["id"]])).toEqual([[2, "child of 1"]])
    expect(second.states.get("children")?.["_ab_changed_at"]).toBe(account.ago(0))
  })
})

describe("children of many parents a request, of an add-on", () => {
  it.each([402, 403, 404])("are none where the company lacks it (%i), which one parent shows", async (status) => {
    const account = company(ids(7))
    account.instead = ({ path }) => (path.endsWith("/children") ? no(status, "closed") : undefined)
    const ran = await read(account, bulk(3, { addOn: "Products" }), { config: { num_workers: 1 } })
    expect(ran.of("children").error).toBeUndefined()
    expect(batches(ran)).toEqual(status === 402 ? ["1,2,3"] : ["1,2,3", "1"])
    expect(ran.logs.filter((line) => line.startsWith("WARN"))).toEqual([
      `WARN children is empty: this Pipedrive account does not include it (${status}: closed). It belongs to: Products.`
    ])
  })
})

describe("children of many parents a request", () => {
  it("are asked for in batches that fill up over pages", async () => {
    const account = company(ids(7))
    const paged: SourceStream = { ...deals, paging: cursorPages({ limit: 2 }) }
    const ran = await account.read([paged, bulk(3)], ["children"], { config: { num_workers: 1 } })
    expect(batches(ran)).toEqual(["1,2,3", "4,5,6", "7"])
    expect(parentsOf(ran)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it.each([400, 403, 404, 410, 414])("are asked for in halves where a batch is refused with %i", async (status) => {
    const account = company(ids(8))
    account.instead = ({ query: { deal_ids } }) =>
      deal_ids?.split(",").includes("3") && deal_ids !== "3" ? no(status) : undefined
    const ran = await read(account, bulk(8), { config: { num_workers: 1 } })
    expect(batches(ran)).toEqual(["1,2,3,4,5,6,7,8", "1,2,3,4", "1,2", "3,4", "3", "4", "5,6,7,8"])
    expect(ran.of("children").error).toBeUndefined()
    expect(parentsOf(ran)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it("are not asked for in halves where the whole token lacks a scope", async () => {
    const account = company(ids(8))
    account.instead = ({ query: { deal_ids } }) => (deal_ids === undefined ? undefined : no(403, "Scope mismatch"))
    const ran = await read(account, bulk(8))
    expect(batches(ran)).toHaveLength(1)
    expect(ran.of("children").error?._tag).toBe("ConfigError")
  })

  it("of an add-on are asked for one parent first, where a batch is refused before any was answered", async () => {
    const account = company(ids(8))
    account.instead = ({ query: { deal_ids } }) => (deal_ids === undefined ? undefined : no(402, "pay"))
    const lacking = await read(account, bulk(8, { addOn: "Products" }))
    expect(lacking.of("children").error).toBeUndefined()
    expect(lacking.of("children").rows).toEqual([])
    expect(lacking.logs.some((line) => line.startsWith("WARN children is empty"))).toBe(true)

    account.instead = ({ query: { deal_ids } }) => (deal_ids === "1,2,3,4,5,6,7,8" ? no(403) : undefined)
    const having = await read(account, bulk(8, { addOn: "Products" }), { config: { num_workers: 1 } })
    expect(batches(having)).toEqual(["1,2,3,4,5,6,7,8", "1", "2,3,4,5,6,7,8"])
    expect(parentsOf(having)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it("go on to the next page where the answer names one", async () => {
    const ran = await read(company(ids(5)), bulk(5, { paging: cursorPages({ limit: 2 }) }))
    expect(batches(ran)).toEqual(["1,2,3,4,5", "1,2,3,4,5", "1,2,3,4,5"])
    expect(parentsOf(ran)).toEqual([1, 2, 3, 4, 5])
  })

  describe("of an endpoint that declares no pages", () => {
    /** Answers without a next page, cut at the limit. */
    const cut = (account: Account, limit: number, childrenOf: (id: number) => number) => {
      account.instead = ({ query: { deal_ids: asked } }) => {
        if (asked === undefined) return undefined
        const rows = asked
          .split(",")
          .flatMap((id) =>
            Array.from({ length: childrenOf(Number(id)) }, (_, i) => ({ id: `${id}/${i}`, deal_id: Number(id) }))
          )
        return { body: { success: true, data: rows.slice(0, limit) } }
      }
    }
    const undeclared = (size: number, limit: number) => bulk(size, { paging: cursorPages({ limit, declared: false }) })

    it("are asked for in halves while a page is full", async () => {
      const account = company(ids(4))
      cut(account, 3, () => 1)
      const ran = await read(account, undeclared(4, 3), { config: { num_workers: 1 } })
      expect(batches(ran)).toEqual(["1,2,3,4", "1,2", "3,4"])
      expect(ran.of("children").rows.map((row) => row["id"])).toEqual(["1/0", "2/0", "3/0", "4/0"])
    })

    it("are an error where one parent alone fills a page", async () => {
      const account = company(ids(2))
      cut(account, 3, (id) => (id === 2 ? 3 : 1))
      const ran = await read(account, undeclared(2, 3), { config: { num_workers: 1 } })
      expect(batches(ran)).toEqual(["1,2", "1", "2"])
      expect(ran.of("children").error?._tag).toBe("SystemError")
      expect(ran.of("children").error?.message).toMatch(/parent: 2 \(more rows than a page holds \(3\)/)
    })

    it("go on to the next page all the same where the answer names one", async () => {
      const ran = await read(company(ids(5)), undeclared(5, 2))
      expect(parentsOf(ran).sort()).toEqual([1, 2, 3, 4, 5])
    })
  })

  it("are read once a batch at a time by as many workers as there are, and after a kill from the last whole wave", async () => {
    const account = company(ids(12))
    const ran = await read(account, bulk(2), {
      config: { num_workers: 2 },
      killedAfter: (event: { _tag: string }) => event._tag === "Checkpoint"
    })
    expect(batches(ran)).toEqual(["1,2", "3,4"])
    const resumed = await read(account, bulk(2), { states: ran.states, config: { num_workers: 2 } })
    expect(resumed.of("children").rows.map((row) => row["deal_id"])).toEqual([5, 6, 7, 8, 9, 10, 11, 12])
  })
})

describe("parents that refuse", () => {
  it("are passed over where others answer, and counted", async () => {
    const account = company(ids(4))
    account.instead = ({ path }) =>
      path === "v1/deals/2/children" ? no(404, "gone") : path === "v1/deals/3/children" ? no(410, "gone") : undefined
    const ran = await read(account, base)
    expect(parentsOf(ran)).toEqual([1, 4])
    expect(ran.of("children").error).toBeUndefined()
    expect(ran.of("children").summary?.parentsSkipped).toBe(2)
  })

  it("with another status end the stream", async () => {
    const account = company(ids(4))
    account.instead = ({ path }) => (path === "v1/deals/2/children" ? no(418, "tea") : undefined)
    const ran = await read(account, base)
    expect(ran.of("children").error?._tag).toBe("SystemError")
    expect(ran.of("children").error?.message).toContain("418: tea")
  })

  const refuseAll = (account: Account, status: number, but: ReadonlyArray<number> = []) => {
    account.instead = ({ path }) =>
      path.endsWith("/children") && !but.some((id) => path === `v1/deals/${id}/children`)
        ? no(status, "closed")
        : undefined
  }
  const warnings = (ran: Ran) => ran.logs.filter((line) => line.startsWith("WARN"))
  const askedFor = (ran: Ran) => ran.paths.filter((path) => path.endsWith("/children")).length

  it.each([
    [2, "1 parent may", "was"],
    [4, "3 parents may", "were"]
  ])("with 403 are warned of where others answer: of %i all but one", async (count, words, verb) => {
    const account = company(ids(count))
    refuseAll(account, 403, [count])
    const ran = await read(account, base)
    expect(ran.of("children").error).toBeUndefined()
    expect(warnings(ran)).toEqual([
      `WARN children: ${words} not be read by this user (403: closed) and ${verb} passed over.`
    ])
    expect(JSON.stringify(ran.states.get("children"))).toContain(account.ago(9000 - count + 1))
  })

  it.each([
    [1, "1 parent"],
    [9, "9 parents"]
  ])("all, where they are few, are asked for again in the next run: %i", async (count, words) => {
    const account = company(ids(count))
    refuseAll(account, 403)
    const ran = await read(account, base)
    expect(ran.of("children").error).toBeUndefined()
    expect(warnings(ran)[0]).toContain(`all ${words} asked for refused (403: closed). The watermark stays`)
    account.instead = () => undefined
    expect((await read(account, base, { states: ran.states })).of("children").rows).toHaveLength(count)
  })

  it("all, where they are many, end the stream", async () => {
    const account = company(ids(10))
    refuseAll(account, 403)
    const ran = await read(account, base)
    expect(ran.of("children").error?._tag).toBe("ConfigError")
    expect(ran.of("children").error?.message).toContain("every parent asked for refused (10 times 403: closed)")
  })

  it("all are not asked for to the last, where there are hundreds", async () => {
    const account = company(ids(250))
    refuseAll(account, 403)
    const ran = await read(account, base, { config: { num_workers: 1 } })
    expect(ran.of("children").error?._tag).toBe("ConfigError")
    expect(askedFor(ran)).toBe(100)
    refuseAll(account, 403, [1])
    const some = await read(account, base, { config: { num_workers: 1 } })
    expect(some.of("children").error).toBeUndefined()
    expect(askedFor(some)).toBe(250)
  })

  it.each([
    [9, 0],
    [10, 1]
  ])("all, as they have nothing, are warned of where they are many: %i", async (count, warned) => {
    const account = company(ids(count))
    refuseAll(account, 404)
    const ran = await read(account, base)
    expect(ran.of("children").error).toBeUndefined()
    expect(warnings(ran)).toHaveLength(warned)
    expect(ran.of("children").summary?.parentsSkipped).toBe(count)
    expect(askedFor(await read(account, base, { states: ran.states }))).toBe(0)
  })

  it.each([403, 404])("with %i leave a stream of an add-on empty, after ten where it is 403", async (status) => {
    const account = company(ids(30))
    refuseAll(account, status)
    const stream = { ...base, addOn: "Products" }
    const ran = await read(account, stream, { config: { num_workers: 1 } })
    expect(ran.of("children").error).toBeUndefined()
    expect(warnings(ran)).toEqual([
      `WARN children is empty: this Pipedrive account does not include it (${status}: closed). It belongs to: Products.`
    ])
    expect(askedFor(ran)).toBe(status === 403 ? 10 : 30)
    expect(ran.states.get("children")).toEqual({})
  })

  it("with 401 end the stream, however few they are", async () => {
    const account = company(ids(1))
    account.instead = ({ path }) => (path.endsWith("/children") ? no(401, "who") : undefined)
    const ran = await read(account, base)
    expect(ran.of("children").error?._tag).toBe("ConfigError")
  })
})

describe("children of a list without changes", () => {
  it("are asked for with all of its parents, every run", async () => {
    const account = company(ids(3))
    const { changes: _, ...whole } = { ...deals, query: {} }
    const first = await account.read([whole, base], ["deals", "children"])
    expect(parentsOf(first)).toEqual([1, 2, 3])
    expect(first.of("children").error).toBeUndefined()
    expect(first.of("deals").rows).toHaveLength(3)
  })
})
