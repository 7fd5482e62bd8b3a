import { describe, expect, it } from "vitest"
import { Account, type Ran, type Row } from "../../../test/account.ts"
import { dayMs, newestFirst, ofChangedParents } from "../../declare/changes.ts"
import * as c from "../../declare/columns.ts"
import { offsetPages, singlePage } from "../../declare/pagination.ts"
import { perParent } from "../../declare/parents.ts"
import { defineStream, type SourceStream } from "../../declare/stream.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"
const descending = { sort: "update_time DESC" }

const list = (more: Partial<Parameters<typeof newestFirst>[1]> = {}): SourceStream =>
  defineStream({
    name: "files",
    path: "v1/files",
    docs,
    tokens: 10,
    scope: "deals:read",
    columns: { id: c.integer, update_time: c.timestamp },
    primaryKey: ["id"],
    paging: offsetPages({ limit: 3 }),
    changes: newestFirst("update_time", { descending, ...more })
  })

const remarks: SourceStream = defineStream({
  name: "remarks",
  path: "v1/files/{id}/remarks",
  docs,
  tokens: 40,
  scope: "deals:read",
  columns: { id: c.integer, file_id: c.integer },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: ofChangedParents({ sweep: "none" }),
  parents: perParent("files", "file_id")
})

const company = (size = 5) => {
  const account = new Account()
  const rows: Array<Row> = Array.from({ length: size }, (_, i) => ({ id: i + 1, update_time: account.ago(9000 - i) }))
  account.serve("v1/files", () => rows)
  account.serve("v1/files/{id}/remarks", (id) => [{ id: Number(id) * 10 }])
  return { account, rows }
}

const idsOf = (ran: Ran) =>
  ran
    .of("files")
    .rows.map((row) => Number(row["id"]))
    .sort((a, b) => a - b)
const parentsOf = (ran: Ran) =>
  ran
    .of("remarks")
    .rows.map((row) => Number(row["file_id"]))
    .sort((a, b) => a - b)

describe("a list read newest first", () => {
  it("is read down to its watermark, and keeps the time of its newest row", async () => {
    const { account, rows } = company()
    const first = await account.read([list()], ["files"])
    expect(idsOf(first)).toEqual([1, 2, 3, 4, 5])
    expect(first.states.get("files")).toEqual({ update_time: account.ago(8996), _ab: { v: 1 } })
    expect(first.of("files").summary?.watermarkAfter).toBe(account.ago(8996))
    expect(first.of("files").summary?.watermarkBefore).toBeUndefined()
    rows.push({ id: 6, update_time: account.ago(500) })
    const second = await account.read([list()], ["files"], { states: first.states })
    expect(idsOf(second)).toEqual([5, 6])
    expect(second.of("files").summary).toMatchObject({
      watermarkBefore: account.ago(8996),
      watermarkAfter: account.ago(500)
    })
  })

  it("is asked for no further than its watermark", async () => {
    const { account } = company(60)
    const first = await account.read([list(), remarks], ["files", "remarks"])
    const second = await account.read([list(), remarks], ["files", "remarks"], { states: first.states })
    expect(second.paths).toEqual(["v1/files"])
  })

  it("keeps its watermark where nothing stands above it", async () => {
    const { account } = company()
    const states = new Map([["files", { update_time: account.ago(100), _ab: { v: 1 } }]])
    const ran = await account.read([list()], ["files"], { states })
    expect(idsOf(ran)).toEqual([])
    expect(ran.states.get("files")).toEqual({ update_time: account.ago(100), _ab: { v: 1 } })
  })

  it("is read from the start date on, or from a later watermark", async () => {
    const { account } = company()
    const config = { replication_start_date: account.ago(8998) }
    const first = await account.read([list()], ["files"], { config })
    expect(idsOf(first)).toEqual([3, 4, 5])
    const earlier = new Map([["files", { update_time: account.ago(9000), _ab: { v: 1 } }]])
    expect(idsOf(await account.read([list()], ["files"], { config, states: earlier }))).toEqual([3, 4, 5])
    const later = new Map([["files", { update_time: account.ago(8997), _ab: { v: 1 } }]])
    expect(idsOf(await account.read([list()], ["files"], { config, states: later }))).toEqual([4, 5])
  })

  it("gives rows without a time wherever they stand among those that are read", async () => {
    const { account, rows } = company(2)
    rows.push({ id: 9, update_time: null })
    expect(idsOf(await account.read([list()], ["files"]))).toEqual([1, 2, 9])
  })

  it("is read whole again after so long", async () => {
    const { account } = company()
    const weekly = list({ wholeEveryMs: 7 * dayMs })
    const first = await account.read([weekly], ["files"])
    expect(first.states.get("files")?.["_ab"]).toEqual({ v: 1, whole: "2026-01-10T12:00:00Z" })
    account.nowMs += 7 * dayMs - 1000
    const early = await account.read([weekly], ["files"], { states: first.states })
    expect(idsOf(early)).toEqual([5])
    expect(early.states.get("files")).toEqual(first.states.get("files"))
    account.nowMs += 1000
    const due = await account.read([weekly], ["files"], { states: early.states })
    expect(idsOf(due)).toEqual([1, 2, 3, 4, 5])
    expect(due.states.get("files")).toEqual({
      ...first.states.get("files"),
      _ab: { v: 1, whole: "2026-01-17T12:00:00Z" }
    })
  })

  it("goes up with checkpoints first, where it can be sorted so, and goes on after a kill", async () => {
    const { account } = company(7)
    const upward = list({ ascending: { by: "id", query: { sort: "id ASC" } } })
    const cut = await account.read([upward], ["files"], { killedAfter: (event) => event._tag === "Checkpoint" })
    expect(idsOf(cut)).toEqual([1, 2, 3])
    expect(cut.states.get("files")?.["_ab"]).toMatchObject({ at: { start: 2, last: "3" }, began: account.ago(60) })
    const resumed = await account.read([upward], ["files"], { states: cut.states })
    expect(idsOf(resumed)).toEqual([4, 5, 6, 7])
    expect(resumed.states.get("files")).toEqual({ update_time: account.ago(8994), _ab: { v: 1 } })
  })
})

describe("a state of a read on its way up", () => {
  const upward = list({ ascending: { by: "id", query: { sort: "id ASC" } } })
  const began = "2026-01-10T11:00:00Z"
  it.each([
    [{ at: { start: 2, last: "3" }, began }, "2"],
    [{ at: { start: 2, last: "3" } }, undefined],
    [{ at: { start: 2, last: "3" }, began: "odd" }, undefined],
    [{ at: { start: "2", last: "3" }, began }, undefined],
    [{ at: { start: 2 }, began }, undefined]
  ])("goes on where it says all that it takes: %j", async (own, start) => {
    const { account } = company(7)
    const states = new Map([["files", { _ab: { v: 1, ...own } }]])
    const ran = await account.read([upward], ["files"], { states })
    const error = ran.of("files").error
    expect(error === undefined ? ran.asked[0]?.query["start"] : undefined).toBe(start)
  })
})

describe("children of a list read newest first", () => {
  const both = [list(), remarks]

  it("are asked for with the parents above the child's own watermark", async () => {
    const { account, rows } = company()
    const first = await account.read(both, ["files", "remarks"])
    expect(parentsOf(first)).toEqual([1, 2, 3, 4, 5])
    expect(first.states.get("remarks")).toMatchObject({
      _ab: { parents: { files: { mark: account.ago(8996), through: true } } }
    })
    rows.push({ id: 6, update_time: account.ago(500) })
    const second = await account.read(both, ["files", "remarks"], { states: first.states })
    expect(idsOf(second)).toEqual([5, 6])
    expect(parentsOf(second)).toEqual([6])
  })

  it("keep a watermark of their own, with the lower of the two the list is read down to", async () => {
    const { account } = company()
    const states = new Map<string, unknown>([
      ["files", { update_time: account.ago(8997), _ab: { v: 1 } }],
      ["remarks", { _ab: { v: 1, parents: { files: { mark: account.ago(8999) } } } }]
    ])
    const ran = await account.read(both, ["files", "remarks"], { states })
    expect(idsOf(ran)).toEqual([4, 5])
    expect(parentsOf(ran)).toEqual([2, 3, 4, 5])
  })

  it("are read for a list that nobody selected", async () => {
    const { account } = company()
    const config = { replication_start_date: account.ago(8998) }
    const ran = await account.read(both, ["remarks"], { config })
    expect(parentsOf(ran)).toEqual([3, 4, 5])
    expect(ran.of("files").rows).toEqual([])
  })

  it("do not reach parents of a second that is not settled yet", async () => {
    const { account, rows } = company(2)
    rows.push({ id: 3, update_time: account.ago(10) })
    const first = await account.read(both, ["remarks"])
    expect(first.states.get("remarks")).toMatchObject({ _ab: { parents: { files: { mark: account.ago(60) } } } })
    expect(JSON.stringify(first.states.get("remarks"))).not.toContain("through")
    account.nowMs += 300_000
    expect(parentsOf(await account.read(both, ["remarks"], { states: first.states }))).toEqual([3])
  })
})
