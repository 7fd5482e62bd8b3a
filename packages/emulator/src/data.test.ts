import { expect, it } from "vitest"
import { emulate, get, walk } from "../test/client.ts"
import { type Emulator, listEndpoints, raw, type Shape, TABLES } from "./index.ts"

const START = Date.UTC(2026, 5, 1)
const ALL = { status: "open,won,lost,deleted" }
// biome-ignore lint/suspicious/noExplicitAny: rows of every shape are looked into
const parsed = (rows: ReadonlyArray<string>): any[] => rows.map((row) => JSON.parse(row))

/** Lists that hold the parents of an endpoint. */
const PARENTS: Readonly<Record<string, string>> = {
  users: "v1/users",
  filters: "v1/filters",
  goals: "v1/goals/find?type.name=deals_won",
  mailThreads: "v1/mailbox/mailThreads",
  mailMessages: "v1/mailbox/mailThreads/1/mailMessages",
  roles: "v1/roles",
  permissionSets: "v1/permissionSets",
  legacyTeams: "v1/legacyTeams",
  notes: "v1/notes",
  files: "v1/files",
  leads: "v1/leads"
}

function rowsOf(emulator: Emulator, path: string): string[] {
  const segments = path.split("/")
  const at = segments.indexOf("{id}")
  if (at < 0) return emulator.rows(path)
  const parent = segments[at - 1] as string
  return emulator
    .ids(PARENTS[parent] ?? `v2/${parent}`)
    .flatMap((id) => emulator.rows(path.replace("{id}", String(id))))
}

it.each(listEndpoints().map(({ path, paging }) => [path, paging] as const))(
  "has rows behind %s",
  async (path, paging) => {
    const emulator = await emulate()
    const rows = rowsOf(emulator, path)
    expect(rows.length).toBeGreaterThanOrEqual(paging === "object" ? 1 : 3)
    for (const row of rows) JSON.parse(row)
  }
)

it("makes the same bytes of the same seed and others of another", async () => {
  const [one, same, other] = await Promise.all([
    emulate({ timeZeroMs: START, seed: 7 }),
    emulate({ timeZeroMs: START, seed: 7 }),
    emulate({ timeZeroMs: START, seed: 8 })
  ])
  const deals = (emulator: Emulator) => [...emulator.rows("v2/deals"), ...emulator.rows("v1/leads")]
  expect(deals(same as Emulator)).toEqual(deals(one as Emulator))
  expect(deals(other as Emulator)).not.toEqual(deals(one as Emulator))
})

it("sends exactly the bytes that rows() tells", async () => {
  const emulator = await emulate()
  const text = (await get(emulator, "v2/deals?limit=500&include_fields=notes_count")).text
  expect(text).toContain(`"data":[${emulator.rows("v2/deals", { include_fields: "notes_count" }).join(",")}],`)
})

it("holds texts and numbers that careless readers spoil", async () => {
  const emulator = await emulate()
  const text = emulator.rows("v2/deals").join("\n")
  for (const awkward of ["\u2028", "\u2029", "\u0085", "🚀", '\\"', "\\\\", "\\n", "\\ud83d", "}],"]) {
    expect(text).toContain(awkward)
  }
  for (const number of ["9007199254740993", "1.10", "0.10", "1e3", "12345678901234567890.123456789"]) {
    expect(text).toMatch(new RegExp(`"value":${number.replace(".", "\\.")},`))
  }
})

it("counts children truly, also after they were added and removed", async () => {
  const emulator = await emulate()
  const check = () => {
    const include_fields =
      "products_count,followers_count,participants_count,email_messages_count,notes_count,files_count"
    for (const deal of parsed(emulator.rows("v2/deals", { include_fields }))) {
      const count = (path: string) => emulator.rows(path).length
      expect(deal).toMatchObject({
        products_count: count(`v2/deals/${deal.id}/products`),
        followers_count: count(`v2/deals/${deal.id}/followers`),
        participants_count: count(`v1/deals/${deal.id}/participants`),
        email_messages_count: count(`v1/deals/${deal.id}/mailMessages`),
        notes_count: count(`v1/notes?deal_id=${deal.id}`),
        files_count: count(`v1/deals/${deal.id}/files`)
      })
    }
  }
  check()
  emulator.insert("v2/deals/2/products", 2)
  emulator.insert("v2/deals/2/followers", 1)
  emulator.remove("v1/deals/1/participants", emulator.ids("v1/deals/1/participants"))
  check()
  const [person] = parsed(emulator.rows("v2/persons", { ids: "4", include_fields: "followers_count,notes_count" }))
  expect(person.followers_count).toBe(emulator.rows("v2/persons/4/followers").length)
  expect(person.notes_count).toBe(emulator.rows("v1/notes?person_id=4").length)
})

it("tells of followers who come and go in the changelog", async () => {
  const emulator = await emulate()
  const path = "v2/deals/2/followers"
  const before = emulator.rows(`${path}/changelog`).length
  emulator.insert(path, 1, { user_id: 13000004 })
  emulator.remove(path, [emulator.ids(path).at(-1) as number])
  expect(parsed(emulator.rows(`${path}/changelog`)).slice(before)).toMatchObject([
    { action: "added", follower_user_id: 13000004 },
    { action: "removed", follower_user_id: 13000004 }
  ])
})

it("edits rows: now, something changed, the rest as it was", async () => {
  const emulator = await emulate({ timeZeroMs: START })
  const [before] = emulator.rows("v2/deals", { ids: "3" })
  const [after] = emulator.edit("v2/deals", [3])
  expect(emulator.rows("v2/deals", { ids: "3" })).toEqual([after])
  const [old, now] = parsed([before as string, after as string])
  expect(now.update_time).toBe("2026-06-01T00:00:00Z")
  expect(now.title).not.toBe(old.title)
  expect({ ...now, title: "", update_time: "", close_time: "", won_time: "" }).toMatchObject({
    id: 3,
    custom_fields: old.custom_fields
  })
  const [patched] = emulator.edit("v2/deals", [3], {
    value: raw("1.10"),
    update_time: "2020-01-02T03:04:05Z",
    extra: "é"
  })
  expect(patched).toContain('"value":1.10,')
  expect(patched).toContain('"update_time":"2020-01-02T03:04:05Z"')
  expect(patched).toContain('"extra":"é"')
  const oldest = (await walk(emulator, "v2/deals?sort_by=update_time&limit=10", 1)).filter(
    (row) => row.update_time !== null
  )
  expect(oldest[0]?.id).toBe(3)
})

it("deletes as the API does", async () => {
  const emulator = await emulate()
  const [id] = emulator.ids("v2/deals") as [number]
  emulator.remove("v2/deals", [id])
  expect(emulator.ids("v2/deals")).not.toContain(id)
  const deleted = parsed(emulator.rows("v2/deals", { status: "deleted" })).find((row) => row.id === id)
  expect(deleted).toMatchObject({ is_deleted: true, status: "deleted" })
  expect((await get(emulator, `v2/deals/${id}/followers`)).status).toBe(404)
  emulator.clock.advance(31 * 86_400_000)
  expect(emulator.ids("v2/deals", ALL)).not.toContain(id)

  emulator.remove("v2/persons", [5])
  expect(emulator.ids("v2/persons")).not.toContain(5)
  expect((await get(emulator, "v2/persons/5")).status).toBe(404)

  const [user] = emulator.ids("v1/users").slice(1) as [number]
  emulator.remove("v1/users", [user])
  expect(parsed(emulator.rows("v1/users")).find((row) => row.id === user)).toMatchObject({ active_flag: false })

  emulator.remove("v2/projects", emulator.ids("v2/projects").slice(0, 1))
  expect(emulator.rows("v2/projects", { status: "deleted" }).length).toBeGreaterThan(0)
})

it("brings deleted rows back", async () => {
  const emulator = await emulate({ timeZeroMs: START })
  const [id] = emulator.ids("v2/deals") as [number]
  for (const [path, row] of [
    ["v2/deals", id],
    ["v2/persons", 5],
    ["v2/pipelines", 1],
    ["v2/deals/1/products", emulator.ids("v2/deals/1/products")[0] as number]
  ] as const) {
    const before = emulator.ids(path)
    emulator.remove(path, [row])
    expect(emulator.ids(path)).not.toContain(row)
    emulator.restore(path, [row])
    expect(emulator.ids(path)).toEqual(before)
  }
  expect(parsed(emulator.rows("v2/persons", { ids: "5" }))[0].update_time).toBe("2026-06-01T00:00:00Z")
  emulator.edit("v2/deals", [id], { status: "deleted" })
  expect(parsed(emulator.rows("v2/deals", { ids: String(id), status: "deleted" }))[0].is_deleted).toBe(true)
  expect(() => emulator.restore("v2/deals", [99_999])).toThrow()
})

it("moves archived rows between lists", async () => {
  const emulator = await emulate({ switches: { archivingTouches: false }, timeZeroMs: START })
  const [before] = parsed(emulator.rows("v2/deals", { ids: "1" }))
  emulator.edit("v2/deals", [1], { is_archived: true })
  expect(emulator.ids("v2/deals")).not.toContain(1)
  const [after] = parsed(emulator.rows("v2/deals/archived", { ids: "1" }))
  expect(after).toMatchObject({ is_archived: true, update_time: before.update_time })
  const [inserted] = emulator.insert("v1/leads/archived", 1)
  expect(emulator.rows("v1/leads/archived")).toContain(inserted)
})

it("keeps lists of pipelines without deleted ones unless switched", async () => {
  for (const deletedPipelinesListed of [true, false]) {
    const emulator = await emulate({ switches: { deletedPipelinesListed } })
    emulator.remove("v2/pipelines", [2])
    expect(emulator.ids("v2/pipelines").includes(2)).toBe(deletedPipelinesListed)
  }
})

it("touches the parent of a changed child only when switched", async () => {
  for (const childTouchesParent of [true, false]) {
    const emulator = await emulate({ switches: { childTouchesParent }, timeZeroMs: START })
    emulator.insert("v2/deals/1/products", 1)
    const [deal] = parsed(emulator.rows("v2/deals", { ids: "1" }))
    expect(deal.update_time === "2026-06-01T00:00:00Z").toBe(childTouchesParent)
  }
})

it("writes a change into flow and changelog when its parent is edited, and the other way round", async () => {
  const emulator = await emulate({ timeZeroMs: START })
  const flow = () => emulator.rows("v1/deals/1/flow", { items: "dealChange", all_changes: "1" })
  const before = flow().length
  emulator.edit("v2/deals", [1])
  expect(flow()).toHaveLength(before + 1)
  expect(emulator.rows("v1/deals/1/changelog")).toHaveLength(before + 1)
  expect(parsed(flow())[0]).toMatchObject({ object: "dealChange", timestamp: "2026-06-01 00:00:00" })
  emulator.insert("v1/deals/2/flow", 1)
  expect(parsed(emulator.rows("v2/deals", { ids: "2" }))[0].update_time).toBe("2026-06-01T00:00:00Z")
  const kinds = new Set(
    emulator.ids("v2/deals").flatMap((id) => parsed(emulator.rows(`v1/deals/${id}/flow`)).map(({ object }) => object))
  )
  expect([...kinds].sort()).toEqual(["activity", "dealChange", "file", "mailMessage", "note"])
})

it("shows goals as their parameters say", async () => {
  const emulator = await emulate({ switches: { goalsWithoutMetric: true } })
  const mine = parsed(emulator.rows("v1/goals/find"))
  const owners = new Set(mine.map(({ owner_id }) => owner_id))
  expect([...owners]).toEqual([13000001])
  const ids = new Set<string>()
  const types = ["deals_won", "deals_progressed", "activities_completed", "activities_added", "deals_started"]
  for (const type of types) {
    for (const is_active of ["true", "false"]) {
      for (const goal of parsed(emulator.rows("v1/goals/find", { "type.name": type, is_active }))) {
        expect(goal).toMatchObject({ is_active: is_active === "true", type: { name: type } })
        ids.add(goal.id)
      }
    }
  }
  expect(ids.size).toBe(20)
  const { json } = await get(emulator, "v1/goals/find?type.name=deals_progressed")
  expect(json).toMatchObject({ statusCode: 20000, service: "statistics-goals-api" })
  expect(
    json.data.goals.some((goal: { expected_outcome: object }) => !("tracking_metric" in goal.expected_outcome))
  ).toBe(true)
})

it("keeps one thread in two folders and sees a relation from both ends", async () => {
  const emulator = await emulate()
  const inbox = emulator.ids("v1/mailbox/mailThreads", { folder: "inbox" })
  expect(emulator.ids("v1/mailbox/mailThreads", { folder: "sent" }).some((id) => inbox.includes(id))).toBe(true)
  const seen = new Map<number, number>()
  for (const org of emulator.ids("v2/organizations")) {
    for (const { id } of parsed(emulator.rows("v1/organizationRelationships", { org_id: String(org) }))) {
      seen.set(id, (seen.get(id) ?? 0) + 1)
    }
  }
  expect([...seen.values()].every((times) => times === 2)).toBe(true)
})

it("ties many rows to one second and spreads times as asked", async () => {
  const tied = await emulate({ size: { leads: 200, deals: 300 }, tie: { table: "leads", rows: 90 } })
  const times = new Map<string, number>()
  for (const { update_time } of [...parsed(tied.rows("v1/leads")), ...parsed(tied.rows("v1/leads/archived"))]) {
    times.set(update_time, (times.get(update_time) ?? 0) + 1)
  }
  expect(Math.max(...times.values())).toBe(90)
  const shapes: Shape[] = ["even", "recent", "dead", "lone", "denseDay", "clumps", "oneSecond"]
  for (const shape of shapes) {
    const emulator = await emulate({ shape, timeZeroMs: START })
    const last = parsed(emulator.rows("v2/organizations?sort_by=update_time")).at(-1).update_time
    expect(last < "2026-06-01").toBe(true)
    expect(shape === "dead" ? last < "2023" : last > "2023").toBe(true)
  }
})

it("lets rows change while they are read", async () => {
  const emulator = await emulate({ timeZeroMs: START })
  const stop = emulator.onRequest(({ path, index }) => {
    if (path === "v2/deals" && index === 1) emulator.edit("v2/deals", [1], { title: "late" })
  })
  const first = await get(emulator, "v2/deals?limit=1&ids=1")
  const second = await get(emulator, "v2/deals?limit=1&ids=1")
  stop()
  expect(first.json.data[0].title).not.toBe("late")
  expect(second.json.data[0].title).toBe("late")
})

it("narrows and labels custom fields, which leads carry at their root", async () => {
  const emulator = await emulate()
  const all = parsed(emulator.rows("v2/deals"))
  const keys = Object.keys(all[0].custom_fields)
  expect(keys.length).toBeGreaterThan(15)
  for (const key of keys.slice(0, 16)) expect(all.some((deal) => deal.custom_fields[key] !== null)).toBe(true)
  expect(all[0].custom_fields).toSatisfy(
    (fields: object) => Object.values(fields).filter((value) => value === null).length > 5
  )
  const [narrow] = parsed(emulator.rows("v2/deals", { custom_fields: keys.slice(0, 2).join(",") }))
  expect(Object.keys(narrow.custom_fields)).toEqual(keys.slice(0, 2))
  const labelled = emulator.rows("v2/deals", { include_option_labels: "true", include_labels: "true" }).join("\n")
  expect(labelled).toContain('"label":"High €"')
  expect(labelled).toContain('"labels":[{"id"')
  const fields = parsed(emulator.rows("v1/dealFields")).map(({ key }) => key)
  for (const key of keys) expect(fields).toContain(key)
  const lead = parsed(emulator.rows("v1/leads")).find((row) => keys.some((key) => key in row))
  expect(lead).toBeDefined()
})

it("changes lists that follow from other rows too", async () => {
  const emulator = await emulate()
  for (const path of [
    "v1/userSettings",
    "v1/roles/2/settings",
    "v1/users/13000001/roleAssignments",
    "v1/roles/1/pipelines?visible=false"
  ]) {
    const before = emulator.rows(path)
    const [after] = emulator.edit(path, emulator.ids(path).slice(0, 1))
    expect(after).not.toBe(before[0])
    const { json } = await get(emulator, path)
    expect(Array.isArray(json.data) ? json.data[0] : json.data).toEqual(JSON.parse(after as string))
  }
  emulator.remove("v1/billing/subscriptions/addons", [0, 2])
  expect(emulator.rows("v1/billing/subscriptions/addons")).toHaveLength(2)
})

it("stands empty tables", async () => {
  const size = Object.fromEntries(TABLES.filter((name) => name !== "users").map((name) => [name, 0]))
  const emulator = await emulate({ size })
  for (const { path, paging } of listEndpoints()) {
    if (path.includes("{") || paging === "object") continue
    for (const row of emulator.rows(path)) JSON.parse(row)
  }
  expect((await get(emulator, "v2/deals?sort_by=update_time")).json).toEqual({
    success: true,
    data: [],
    additional_data: { next_cursor: null }
  })
})

it.each([
  ["deals", { deals: 300, persons: 0 }],
  ["persons", { persons: 40, organizations: 0, users: 1 }],
  ["activities", { activities: 60, deals: 0 }]
] as const)("fills %s without what they point at", async (name, size) => {
  const emulator = await emulate({ size })
  for (const row of parsed(emulator.rows(`v2/${name}`))) expect(row.org_id === null || row.org_id > 0).toBe(true)
})

it("compresses for clients that want it", async () => {
  const emulator = await emulate({ gzip: true })
  const { headers, json } = await get(emulator, "v2/deals?limit=500")
  expect(headers.get("content-encoding")).toBe("gzip")
  expect(json.data.length).toBeGreaterThan(50)
})
