import { expect, it } from "vitest"
import { emulate, get, idsOf, walk } from "../test/client.ts"

const ALL = "status=open,won,lost,deleted"
const parsed = (rows: ReadonlyArray<string>) => rows.map((row) => JSON.parse(row) as Record<string, unknown>)

it.each([1, 2, 7, 500])("visits every row once when paging by %i", async (limit) => {
  const emulator = await emulate({ maxPageSize: limit })
  for (const path of ["v2/persons?limit=500", `v2/deals?limit=500&${ALL}&sort_by=update_time&sort_direction=desc`]) {
    const rows = await walk(emulator, path)
    expect(rows).toEqual(parsed(emulator.rows(path)))
    expect(new Set(idsOf(rows)).size).toBe(rows.length)
  }
})

it.each(["first", "last"] as const)("puts rows without update_time %s in ascending order", async (nulls) => {
  const emulator = await emulate({ switches: { nulls } })
  const ascending = await walk(emulator, "v2/persons?sort_by=update_time&limit=9")
  const descending = await walk(emulator, "v2/persons?sort_by=update_time&sort_direction=desc&limit=9")
  expect(ascending.some(({ update_time }) => update_time === null)).toBe(true)
  expect(ascending.at(nulls === "first" ? 0 : -1)?.update_time).toBeNull()
  expect(idsOf(descending)).toEqual(idsOf(ascending).reverse())
  const times = ascending.map(({ update_time }) => update_time).filter((time) => time !== null)
  expect(times).toEqual([...times].sort())
})

it("reads windows of update time, inclusive at the beginning and exclusive at the end", async () => {
  const emulator = await emulate({ nullUpdateTimes: false })
  const rows = await walk(emulator, "v2/persons?sort_by=update_time&limit=500")
  const middle = String(rows[40]?.update_time)
  const later = await walk(emulator, `v2/persons?sort_by=update_time&limit=500&updated_since=${middle}`)
  const earlier = await walk(emulator, `v2/persons?sort_by=update_time&limit=500&updated_until=${middle}`)
  expect(later.every(({ update_time }) => String(update_time) >= middle)).toBe(true)
  expect(idsOf([...earlier, ...later])).toEqual(idsOf(rows))
})

it("goes on behind the last row when it was edited, deleted or joined by others", async () => {
  const emulator = await emulate({ nullUpdateTimes: false })
  const path = "v2/organizations?sort_by=update_time&limit=10"
  const before = idsOf(parsed(emulator.rows(path)))
  const first = await get(emulator, path)
  const seen = idsOf(first.json.data) as number[]
  emulator.edit("v2/organizations", [seen.at(-1) as number, seen[0] as number])
  emulator.remove("v2/organizations", [before[10] as number])
  emulator.insert("v2/organizations", 2)
  const rest = await get(emulator, `${path.replace("10", "500")}&cursor=${first.json.additional_data.next_cursor}`)
  // Other filters than the cursor's are refused; `limit` is none.
  expect(rest.status).toBe(200)
  const last = before.length + 2
  expect(idsOf(rest.json.data)).toEqual([...before.slice(11), seen.at(-1), seen[0], last - 1, last])
})

it("refuses a cursor that is malformed, of other filters, of another list or too old", async () => {
  const emulator = await emulate({ switches: { cursorExpiryMs: 60_000 } })
  const { json } = await get(emulator, "v2/deals?limit=5&sort_by=update_time")
  const cursor = json.additional_data.next_cursor
  for (const path of [
    "v2/deals?limit=5&sort_by=update_time&cursor=nonsense",
    `v2/deals?limit=5&cursor=${cursor}`,
    `v2/deals?limit=5&sort_by=update_time&status=open&cursor=${cursor}`,
    `v2/persons?limit=5&sort_by=update_time&cursor=${cursor}`
  ]) {
    const answer = await get(emulator, path)
    expect(answer.status).toBe(400)
    expect(answer.json.code).toBe("ERR_SCHEMA_VALIDATION_FAILED")
  }
  const path = `v2/deals?limit=50&sort_by=update_time&cursor=${cursor}`
  expect((await get(emulator, path)).status).toBe(200)
  emulator.clock.advance(61_000)
  expect((await get(emulator, path)).status).toBe(400)
})

it("pages v1 by offset, nested or flat, with null or an array for nothing", async () => {
  const nested = await emulate()
  const { json } = await get(nested, "v1/notes?limit=25&start=25&sort=update_time%20ASC,id%20ASC")
  expect(json.additional_data.pagination).toEqual({
    start: 25,
    limit: 25,
    more_items_in_collection: true,
    next_start: 50
  })
  const wanted = parsed(nested.rows("v1/notes?sort=update_time ASC,id ASC"))
  expect(json.data).toEqual(wanted.slice(25, 50))
  const beyond = await get(nested, "v1/notes?start=5000")
  expect(beyond.json.data).toBeNull()
  expect(beyond.json.additional_data.pagination.more_items_in_collection).toBe(false)

  const flat = await emulate({ switches: { v1Paging: "flat", emptyV1: "array" } })
  const answer = await get(flat, "v1/notes?start=5000")
  expect(answer.json.data).toEqual([])
  expect(answer.json.additional_data).toEqual({ start: 5000, limit: 100, more_items_in_collection: false })
})

it("sends no paging where the API declares none", async () => {
  const emulator = await emulate()
  const [set] = emulator.ids("v1/permissionSets")
  for (const path of [
    "v1/mailbox/mailThreads?folder=inbox&limit=2",
    `v1/permissionSets/${set}/assignments`,
    "v2/deals/installments?deal_ids=1,2,3"
  ]) {
    const { json } = await get(emulator, path)
    expect(json).not.toHaveProperty("additional_data")
    expect(json.success).toBe(true)
  }
})

it("clamps or refuses a limit over the maximum", async () => {
  const clamping = await emulate({ size: { files: 150 } })
  expect((await get(clamping, "v1/files?limit=500")).json.data).toHaveLength(100)
  const refusing = await emulate({ switches: { overLimit: "400" } })
  expect((await get(refusing, "v2/deals?limit=501")).status).toBe(400)
  expect((await get(refusing, "v1/files?limit=101")).status).toBe(400)
  expect((await get(refusing, "v2/deals?limit=0")).status).toBe(400)
})

it("reads children of many deals in one request, with the ids joined or repeated", async () => {
  const emulator = await emulate()
  const ids = emulator.ids("v2/deals").slice(0, 60).join(",")
  const repeated = ids
    .split(",")
    .map((id) => `deal_ids=${id}`)
    .join("&")
  const joined = await get(emulator, `v2/deals/products?deal_ids=${ids}&sort_by=deal_id`)
  expect(joined.json.data.length).toBeGreaterThan(3)
  expect((await get(emulator, `v2/deals/products?${repeated}&sort_by=deal_id`)).json.data).toEqual(joined.json.data)
  const deals = joined.json.data.map((row: { deal_id: number }) => row.deal_id)
  expect(deals).toEqual([...deals].sort((a, b) => a - b))
  const limited = await walk(emulator, `v2/deals/products?deal_ids=${ids}&sort_by=deal_id&limit=4`)
  expect(limited).toEqual(joined.json.data)
})
