import { describe, expect, it } from "vitest"
import { emulate, get } from "../test/client.ts"
import type { Emulator, EmulatorOptions } from "./index.ts"

const START = Date.UTC(2026, 5, 1)
const DAY_MS = 86_400_000
/** Lists that answer `ids`. */
const LISTS = ["v2/deals", "v2/deals/archived", "v2/persons", "v2/organizations", "v2/activities", "v2/products"]
/** Lists whose rows are asked for one by one. */
const SINGLES = ["v1/notes", "v1/files", "v1/leads"]

const company = (options: EmulatorOptions = {}): Promise<Emulator> => emulate({ timeZeroMs: START, ...options })
const withToken = (token: string) => ({ "x-api-token": token })
const idsAt = async (emulator: Emulator, path: string, headers = withToken(emulator.apiToken)): Promise<unknown[]> =>
  ((await get(emulator, path, headers)).json.data ?? []).map(({ id }: { id: unknown }) => id)
const someIds = (emulator: Emulator, path: string, count: number): number[] =>
  emulator.ids(path).slice(0, count) as number[]
const statusOf = async (emulator: Emulator, path: string): Promise<number> => (await get(emulator, path)).status

describe.each(LISTS)("ids of %s", (path) => {
  it("leave out what is gone, hidden or never was, without an error", async () => {
    const emulator = await company()
    const [kept, deleted, purged, hidden] = someIds(emulator, path, 4) as [number, number, number, number]
    emulator.remove(path, [deleted])
    emulator.purge(path, [purged])
    emulator.hide(path, [hidden])
    const { json, status } = await get(emulator, `${path}?limit=500&ids=${[kept, deleted, purged, hidden, 987_654]}`)
    expect(status).toBe(200)
    expect(json.data.map(({ id }: { id: number }) => id)).toEqual([kept])
    expect(json.additional_data.next_cursor).toBeNull()
  })

  it("are a hundred whole numbers at most", async () => {
    const emulator = await company()
    const numbers = (count: number): string => Array.from({ length: count }, (_, at) => at + 1).join(",")
    expect(await statusOf(emulator, `${path}?ids=${numbers(100)}`)).toBe(200)
    for (const ids of [numbers(101), "1,two", "", "1,,2"]) {
      const { json, status } = await get(emulator, `${path}?ids=${ids}`)
      expect([ids, status, json.code]).toEqual([ids, 400, "ERR_SCHEMA_VALIDATION_FAILED"])
    }
  })

  it("know of no parameter for deleted rows but the deals' own", async () => {
    const emulator = await company()
    expect(await statusOf(emulator, `${path}?ids=1&is_deleted=true`)).toBe(400)
    expect(await statusOf(emulator, `${path}?ids=1&status=deleted`)).toBe(path.startsWith("v2/deals") ? 200 : 400)
  })
})

describe.each(["v2/deals", "v2/deals/archived"])("deleted rows of %s", (path) => {
  const all = `${path}?limit=500&status=open,won,lost,deleted`

  it("can be listed and asked for by id for 30 days, unless purged, hidden or merged", async () => {
    const emulator = await company()
    const [id, hidden, purged, merged, survivor] = someIds(emulator, path, 5) as [
      number,
      number,
      number,
      number,
      number
    ]
    emulator.remove(path, [id, hidden, purged])
    emulator.hide(path, [hidden])
    emulator.purge(path, [purged])
    emulator.merge(path, [merged], survivor)
    const { json } = await get(emulator, `${all}&ids=${[id, hidden, purged, merged]}`)
    expect(json.data).toMatchObject([{ id, is_deleted: true, status: "deleted", update_time: "2026-06-01T00:00:00Z" }])
    expect(await idsAt(emulator, all)).toEqual(expect.arrayContaining([id, survivor]))
    emulator.clock.advance(31 * DAY_MS)
    expect(await idsAt(emulator, `${all}&ids=${[id, survivor]}`)).toEqual([survivor])
  })

  it("are in the archive or outside it, where they were", async () => {
    const emulator = await company()
    const [id] = someIds(emulator, path, 1) as [number]
    emulator.archive(path, [id], { out: path === "v2/deals/archived" })
    emulator.remove(path === "v2/deals" ? "v2/deals/archived" : "v2/deals", [id])
    expect(await idsAt(emulator, `${all}&ids=${id}`)).toEqual([])
    const other = path === "v2/deals" ? "v2/deals/archived" : "v2/deals"
    expect(await idsAt(emulator, `${other}?status=deleted&ids=${id}`)).toEqual([id])
  })
})

describe.each(SINGLES)("one row of %s", (path) => {
  it("is refused when it is deleted, purged or hidden", async () => {
    const emulator = await company()
    const [kept, deleted, purged, hidden] = someIds(emulator, path, 4)
    emulator.remove(path, [deleted as number])
    emulator.purge(path, [purged as number])
    emulator.hide(path, [hidden as number])
    const ids = [kept, deleted, purged, hidden]
    expect(await Promise.all(ids.map((id) => statusOf(emulator, `${path}/${id}`)))).toEqual([200, 404, 404, 403])
    const { json } = await get(emulator, `${path}/${hidden}`)
    expect(json).toMatchObject({ success: false, error: "You do not have permissions to do this.", data: null })
    expect(await idsAt(emulator, `${path}?limit=500`)).not.toContain(hidden)
  })

  it("is as good as gone when it is hidden, where the API says so", async () => {
    const emulator = await company({ switches: { hiddenSingle: "404" } })
    const [hidden] = someIds(emulator, path, 1)
    emulator.hide(path, [hidden as number])
    expect(await statusOf(emulator, `${path}/${hidden}`)).toBe(404)
  })
})

describe.each(["v1/notes", "v1/files"])("one deleted row of %s", (path) => {
  it("may come as inactive for 30 days, then is gone", async () => {
    const emulator = await company({ switches: { deletedSingle: "row" } })
    const [id, purged] = someIds(emulator, path, 2)
    emulator.remove(path, [id as number])
    emulator.purge(path, [purged as number])
    expect((await get(emulator, `${path}/${id}`)).json.data).toMatchObject({
      id,
      active_flag: false,
      update_time: "2026-06-01 00:00:00"
    })
    expect(await idsAt(emulator, `${path}?limit=500`)).not.toContain(id)
    expect(await statusOf(emulator, `${path}/${purged}`)).toBe(404)
    emulator.clock.advance(31 * DAY_MS)
    expect(await statusOf(emulator, `${path}/${id}`)).toBe(404)
    emulator.restore(path, [id as number])
    expect((await get(emulator, `${path}/${id}`)).json.data).toMatchObject({ id, active_flag: true })
  })

  it("may be gone by 410", async () => {
    const emulator = await company({ switches: { deletedSingle: "410" } })
    const [id] = someIds(emulator, path, 1)
    emulator.remove(path, [id as number])
    expect(await statusOf(emulator, `${path}/${id}`)).toBe(410)
  })
})

it("gives one archived lead as its own list has it", async () => {
  const emulator = await company()
  const [id] = emulator.ids("v1/leads") as [string]
  emulator.archive("v1/leads", [id])
  expect(await idsAt(emulator, "v1/leads?limit=500")).not.toContain(id)
  expect((await get(emulator, `v1/leads/${id}`)).json.data).toMatchObject({ id, is_archived: true })
})

it("deletes what is converted and makes what it became", async () => {
  const emulator = await company()
  const [lead] = emulator.ids("v1/leads") as [string]
  const [deal] = emulator.convert("v1/leads", [lead])
  expect(await statusOf(emulator, `v1/leads/${lead}`)).toBe(404)
  const { id } = JSON.parse(deal as string)
  expect(await idsAt(emulator, `v2/deals?ids=${id}`)).toEqual([id])
  emulator.convert("v2/deals", [id])
  expect(await idsAt(emulator, `v2/deals?ids=${id}&status=deleted`)).toEqual([id])
  expect(() => emulator.convert("v2/persons", [1])).toThrow(/cannot be converted/)
})

describe("another user's token", () => {
  it("does not see what is hidden from it, in lists, by id or below its parent", async () => {
    const emulator = await company({ tokens: ["first", "second"] })
    const other = withToken("second")
    const [deal] = emulator.ids("v2/deals").filter((id) => emulator.rows(`v2/deals/${id}/products`).length > 0) as [
      number
    ]
    const [note] = emulator.ids("v1/notes") as [number]
    emulator.hide("v2/deals", [deal], { from: "second" })
    emulator.hide("v1/notes", [note], { from: "second" })
    const seen = async (headers: { "x-api-token": string }) => [
      (await idsAt(emulator, `v2/deals?ids=${deal}`, headers)).length,
      (await get(emulator, `v2/deals/products?limit=500&deal_ids=${deal}`, headers)).json.data.length > 0,
      (await get(emulator, `v1/notes/${note}`, headers)).status
    ]
    expect(await seen(other)).toEqual([0, false, 403])
    expect(await seen(withToken("first"))).toEqual([1, true, 200])
    emulator.show("v2/deals", [deal])
    emulator.show("v1/notes", [note])
    expect(await seen(other)).toEqual([1, true, 200])
  })

  it("is told who its user is", async () => {
    const emulator = await company({ tokens: ["first", "second"] })
    const me = async (token: string) => (await get(emulator, "v1/users/me", withToken(token))).json.data
    expect([(await me("first")).id, (await me("second")).id]).toEqual(emulator.ids("v1/users").slice(0, 2))
    expect(await me("second")).toMatchObject({ is_you: true, company_id: (await me("first")).company_id })
  })
})

it.each([true, false])("brings rows back with or without a new update_time: %s", async (fresh) => {
  const emulator = await company()
  const path = "v2/persons"
  const [deleted, hidden] = emulator
    .ids(path)
    .filter((id) => JSON.parse(emulator.rows(path, { ids: String(id) })[0] as string).update_time !== null) as [
    number,
    number
  ]
  const times = async () =>
    (await get(emulator, `${path}?ids=${deleted},${hidden}`)).json.data.map(
      (row: { update_time: string }) => row.update_time
    )
  const before = await times()
  emulator.remove(path, [deleted])
  emulator.hide(path, [hidden])
  expect(await times()).toEqual([])
  emulator.clock.advance(3600_000)
  emulator.restore(path, [deleted], { keepTime: !fresh })
  emulator.show(path, [hidden], { touch: fresh })
  expect(await times()).toEqual(
    fresh ? ["2026-06-01T01:00:00Z", "2026-06-01T01:00:00Z"] : ["2026-06-01T00:00:00Z", before[1]]
  )
})

it("shows late writes late, with the time they were made at", async () => {
  const emulator = await company()
  const [id, gone] = emulator.ids("v2/persons") as [number, number]
  const read = async () => (await get(emulator, `v2/persons?ids=${id},${gone}`)).json.data
  const [before] = await read()
  emulator.late(30_000, () => {
    emulator.edit("v2/persons", [id], { name: "Late" })
    emulator.remove("v2/persons", [gone])
  })
  emulator.clock.advance(29_000)
  expect(await read()).toHaveLength(2)
  expect((await read())[0]).toEqual(before)
  emulator.clock.advance(1_500)
  expect(await read()).toMatchObject([{ id, name: "Late", update_time: "2026-06-01T00:00:00Z" }])
})

it("hides one child of a parent from one token alone, whoever asks first", async () => {
  const emulator = await company({ tokens: ["first", "second"] })
  const [deal] = emulator.ids("v2/deals").filter((id) => emulator.rows(`v2/deals/${id}/products`).length > 0) as [
    number
  ]
  const path = `v2/deals/${deal}/products`
  const all = emulator.ids(path)
  emulator.hide(path, all.slice(0, 1), { from: "second" })
  for (const token of ["second", "first", "second"]) {
    expect(await idsAt(emulator, path, withToken(token))).toEqual(token === "first" ? all : all.slice(1))
  }
})
