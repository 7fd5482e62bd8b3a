import { describe, expect, it } from "vitest"
import { Account, type Ran, type Row } from "../../../test/account.ts"
import { newestFirst, ofChangedParents, since, snapshot } from "../../declare/changes.ts"
import * as c from "../../declare/columns.ts"
import { cursorPages, offsetPages, singlePage } from "../../declare/pagination.ts"
import { perParent, perParents } from "../../declare/parents.ts"
import { defineStream, type SourceStream } from "../../declare/stream.ts"
import type { JsonObject } from "../../events.ts"

// SPEC 3, 18, 19, 38

const DAY_MS = 86_400_000

const list = (name: string, more: Partial<SourceStream> = {}): SourceStream =>
  defineStream({
    name,
    path: `v2/${name}`,
    docs: "https://developers.pipedrive.com/docs/api/v1",
    tokens: 10,
    scope: "deals:read",
    columns: { id: c.integer, update_time: c.timestamp },
    primaryKey: ["id"],
    paging: cursorPages(),
    query: { sort_by: "update_time", sort_direction: "asc" },
    changes: since("update_time"),
    ...more
  })

const child = (name: string, parent: string, more: Partial<SourceStream> = {}): SourceStream =>
  defineStream({
    name,
    path: `v1/${parent}/{id}/${name}`,
    docs: "https://developers.pipedrive.com/docs/api/v1",
    tokens: 20,
    scope: "deals:read",
    columns: { id: c.integer, of: c.integer },
    primaryKey: ["id"],
    paging: singlePage(),
    changes: ofChangedParents({ sweep: "none" }),
    parents: perParent(parent, "of"),
    ...more
  })

const threads = list("threads", {
  path: "v1/threads",
  tokens: 20,
  paging: offsetPages({ limit: 100, declared: false }),
  query: {},
  parts: [{ query: { folder: "inbox" } }, { query: { folder: "sent" } }],
  changes: newestFirst("update_time", { descending: { sort: "update_time DESC" } })
})
const projects = list("projects", { query: {}, changes: snapshot({ freshnessMs: 3_600_000 }) })
const users = list("users", { path: "v1/users", tokens: 20, query: {}, paging: singlePage(), changes: snapshot() })
const deals = list("deals")
const persons = list("persons")
const ofUsers = { tokens: 10, changes: snapshot({ freshnessMs: DAY_MS }) }
const roles = child("roles", "users", ofUsers)
const permissions = child("permissions", "users", ofUsers)
const mail = child("mail", "threads")
const changelog = child("changelog", "projects", { tokens: 10 })
const groups = child("groups", "projects")
const flow = child("flow", "deals", { tokens: 40 })
const followers = child("followers", "deals")
const notes = child("notes", "persons")
const products = child("products", "deals", {
  path: "v2/products",
  tokens: 10,
  paging: cursorPages(),
  parents: perParents("deals", "of", { parameter: "deal_ids", size: 100 })
})
const all = [threads, projects, users, deals, persons, mail, changelog, groups, roles, permissions, flow, followers]
const streams = [...all, notes, products]

const range = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

/** An account with so many rows in a list; each parent has a row in every child stream of it. */
const company = (
  sizes: { readonly [list: string]: number },
  timeOf = (id: number): number | undefined => 900_000 - id
) => {
  const account = new Account()
  const lists = new Map<string, Array<Row>>()
  for (const [name, size] of Object.entries(sizes)) {
    const rows = range(size).map((id): Row => {
      const ago = timeOf(id)
      return { id, update_time: ago === undefined ? null : account.ago(ago) }
    })
    lists.set(name, rows)
    const { path } = streams.find((stream) => stream.name === name) as SourceStream
    account.serve(path, (_, { folder }) =>
      rows.filter(({ id }) => folder === undefined || (folder === "sent") === (Number(id) % 2 === 0))
    )
  }
  for (const stream of streams) {
    if (stream.parents === undefined || stream === products) continue
    account.serve(stream.path, (id) => [{ id: Number(id) * 10, of: Number(id) }])
  }
  account.serve("v2/products", (_, { deal_ids: ids = "" }) =>
    ids.split(",").map((id) => ({ id: Number(id) * 10, of: Number(id) }))
  )
  account.priceOf = ({ path }) =>
    streams.find((stream) => new RegExp(`^${stream.path.replace("{id}", "[^/]+")}$`).test(path))?.tokens ?? 2
  return { account, lists }
}

interface Days {
  readonly runs: ReadonlyArray<Ran>
  /** Ids of all rows sent, of a stream. */
  readonly ids: (stream: string) => ReadonlyArray<number>
}

/** Reads on a daily budget, a run a day, until a day on which every stream is complete. */
const readDays = async (
  account: Account,
  names: ReadonlyArray<string>,
  tokens: number,
  {
    most,
    states = new Map(),
    onDay = () => {},
    told = true
  }: {
    readonly most: number
    readonly states?: ReadonlyMap<string, unknown>
    readonly onDay?: (day: number) => void
    readonly told?: boolean
  }
): Promise<Days> => {
  const runs: Array<Ran> = []
  for (let before = states; ; before = (runs.at(-1) as Ran).states) {
    account.tokensLeft = tokens
    account.dailyTokens = told ? tokens : undefined
    onDay(runs.length)
    const ran = await account.read(streams, names, { states: before })
    runs.push(ran)
    if (names.every((name) => ran.of(name).error === undefined)) break
    for (const name of names) {
      const { error } = ran.of(name)
      if (error !== undefined) expect(error._tag).toBe("TransientError")
    }
    expect(runs.length, `complete: ${names.filter((name) => ran.of(name).error === undefined)}`).toBeLessThan(most)
    account.nowMs += DAY_MS
  }
  return { runs, ids: (stream) => runs.flatMap((ran) => ran.of(stream).rows.map(({ id }) => Number(id))) }
}

const unique = (ids: ReadonlyArray<number>) => [...new Set(ids)].sort((a, b) => a - b)
const childIds = (count: number) => range(count).map((id) => id * 10)

describe("on a daily budget that does not reach", () => {
  it.each([true, false])("mails of threads are complete after some days (budget told: %s)", async (told) => {
    const { account } = company({ threads: 1200 })
    const { ids, runs } = await readDays(account, ["threads", "mail"], 3000, { most: 15, told })
    expect(unique(ids("mail"))).toEqual(childIds(1200))
    expect(unique(ids("threads"))).toEqual(range(1200))
    expect(runs.length).toBeGreaterThan(7)
    // Those of a wave in which a day ended.
    expect(ids("mail").length).toBeLessThan(1200 + 10 * runs.length)
  })

  it("threads that change meanwhile are read again, and those of one second or none do not hold the others", async () => {
    const { account, lists } = company({ threads: 400 }, (id) =>
      id <= 150 ? 900_000 : id <= 300 ? undefined : 800_000 - id
    )
    const rows = lists.get("threads") as Array<Row>
    const versions = new Map<number, number>()
    account.serve(mail.path, (id) => [{ id: Number(id) * 10, of: Number(id), version: versions.get(Number(id)) ?? 0 }])
    const onDay = (day: number) => {
      if (day === 0 || day > 3) return
      versions.set(day, day)
      rows[day - 1] = { id: day, update_time: account.ago(3600) }
    }
    const { ids, runs } = await readDays(account, ["mail"], 1500, { most: 14, onDay })
    expect(unique(ids("mail"))).toEqual(childIds(400))
    const last = new Map(runs.flatMap((ran) => ran.of("mail").rows).map((row) => [row["of"], row["version"]]))
    expect([1, 2, 3].map((id) => last.get(id))).toEqual([1, 2, 3])
    expect(ids("mail").length).toBeLessThan(403 + 10 * runs.length)
  })

  it("children of projects are complete after some days, all streams taking turns", async () => {
    const { account } = company({ projects: 1200 })
    const { ids, runs } = await readDays(account, ["projects", "changelog", "groups"], 3000, { most: 20 })
    for (const name of ["changelog", "groups"]) {
      expect(unique(ids(name))).toEqual(childIds(1200))
      expect(runs[0]?.of(name).rows.length, name).toBeGreaterThan(50)
      expect(ids(name).length).toBeLessThan(1200 + 10 * runs.length)
    }
  })

  it("children that are a snapshot are complete after some days, and rest as long before they begin again", async () => {
    const { account } = company({ users: 150 })
    const names = ["users", "roles", "permissions"]
    const { ids, runs } = await readDays(account, names, 600, { most: 10 })
    for (const name of ["roles", "permissions"]) {
      expect(unique(ids(name))).toEqual(childIds(150))
      expect(ids(name).length).toBeLessThan(150 + 10 * runs.length)
    }
    expect(runs.length).toBeGreaterThan(4)
    const end = runs.at(-1) as Ran
    const own = end.states.get("roles")?.["_ab"] as JsonObject
    expect(own["pass"]).toBeUndefined()
    expect(Object.keys(own["hashes"] as JsonObject)).toHaveLength(150)
    account.tokensLeft = 100_000
    account.nowMs += 3 * DAY_MS - 1000
    const resting = await account.read(streams, names, { states: end.states })
    expect(resting.paths.filter((path) => path.endsWith("/roles"))).toEqual([])
    account.nowMs += DAY_MS
    const again = await account.read(streams, names, { states: resting.states })
    expect(again.paths.filter((path) => path.endsWith("/roles"))).toHaveLength(150)
    expect(again.of("roles").rows).toEqual([])
    expect(again.states.get("roles")?.["_ab"]).not.toHaveProperty("took")
  })

  it("children of a list that is not selected take turns", async () => {
    for (const [size, names] of [
      [{ projects: 300 }, ["changelog", "groups"]],
      [{ users: 150 }, ["roles", "permissions"]],
      [{ deals: 300 }, ["flow", "followers"]]
    ] as const) {
      const { account } = company(size)
      const count = Object.values(size)[0] as number
      const { ids, runs } = await readDays(account, names, 700, { most: 40 })
      for (const name of names) {
        expect(unique(ids(name)), name).toEqual(childIds(count))
        expect(runs[0]?.of(name).rows.length, name).toBeGreaterThan(5)
      }
    }
  })

  it("lists go on before any child of theirs, however far it is behind", async () => {
    const { account } = company({ deals: 25_000, persons: 6000 })
    const names = ["deals", "persons", "flow", "notes"]
    const states = new Map<string, JsonObject>()
    let before: ReadonlyMap<string, unknown> = states
    let days = 0
    const sent = new Map<string, Set<number>>(["deals", "persons", "flow"].map((name) => [name, new Set()]))
    for (; (sent.get("deals")?.size ?? 0) < 25_000 || (sent.get("persons")?.size ?? 0) < 6000; days++) {
      expect(days).toBeLessThan(3)
      account.tokensLeft = 400
      account.dailyTokens = 400
      const ran = await account.read(streams, names, { states: before })
      for (const [name, ids] of sent) for (const { id } of ran.of(name).rows) ids.add(Number(id))
      before = ran.states
      account.nowMs += DAY_MS
    }
    // From then on the day is the children's.
    for (let day = 0; day < 3; day++) {
      account.tokensLeft = 400
      const flows = sent.get("flow")?.size ?? 0
      const ran = await account.read(streams, names, { states: before })
      for (const { id } of ran.of("flow").rows) sent.get("flow")?.add(Number(id))
      expect(ran.of("deals").error).toBeUndefined()
      expect(ran.paths.filter((path) => path === "v2/deals").length).toBeLessThan(4)
      expect(sent.get("flow")?.size).toBeGreaterThan(flows)
      before = ran.states
      account.nowMs += DAY_MS
    }
  })

  it("children that many parents share a request for, added later, do not hold their list", async () => {
    const { account, lists } = company({ deals: 6000 })
    const first = await account.read(streams, ["deals"])
    const rows = lists.get("deals") as Array<Row>
    rows.push({ id: 6001, update_time: account.ago(600) })
    const { ids, runs } = await readDays(account, ["deals", "products"], 300, { most: 8, states: first.states })
    expect(runs[0]?.of("deals").error).toBeUndefined()
    expect(runs[0]?.of("deals").rows.map(({ id }) => id)).toContain(6001)
    expect(unique(ids("products"))).toEqual(childIds(6001))
  })

  it.each([
    ["of one second", 900_000],
    ["without a time", undefined]
  ])("children of many parents %s are complete, though the day ends in a wave", async (_, ago) => {
    const { account } = company({ deals: 100 }, () => ago)
    const { ids, runs } = await readDays(account, ["deals", "flow"], 150, { most: 60 })
    expect(unique(ids("flow"))).toEqual(childIds(100))
    expect(ids("flow").length).toBeLessThan(100 + 2 * runs.length)
  })
})
