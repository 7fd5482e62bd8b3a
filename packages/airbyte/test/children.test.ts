import {
  columns as c,
  cursorPages,
  definePlugin,
  defineStream,
  ofChangedParents,
  perParent
} from "@pipedrive-source/core"
import type { JsonObject } from "@pipedrive-source/core/reader"
import { crm } from "@pipedrive-source/crm"
import { products } from "@pipedrive-source/products"
import { type Emulator, startEmulator } from "pipedrive-emulator"
import { expect, it, onTestFinished } from "vitest"
import { reader } from "./reader.ts"

const HOUR_MS = 3_600_000

it.each(["first", "last"] as const)(
  "children of rows without a time come after any state, where those stand %s",
  async (nulls) => {
    const emulator = await startEmulator({
      burstLimit: 1_000_000,
      dailyTokens: 1_000_000,
      switches: { nulls },
      size: { notes: 20, noteComments: 60 }
    })
    onTestFinished(() => emulator.close())
    const notes = emulator.ids("v1/notes")
    emulator.edit("v1/notes", notes.slice(0, 7), { update_time: null })
    const whole = notes.flatMap((id) => emulator.ids(`v1/notes/${id}/comments`)).length
    const stops: Array<{ readonly state: JsonObject; readonly uuids: ReadonlyArray<unknown> }> = []
    const first = reader(emulator, [crm], new Map(), (state, rows) =>
      stops.push({ state, uuids: rows.map(({ uuid }) => uuid) })
    )
    expect(new Set((await first("note_comments")).map(({ uuid }) => uuid)).size).toBe(whole)
    for (const { state, uuids } of stops) {
      const rest = await reader(emulator, [crm], new Map([["note_comments", state]]))("note_comments")
      expect(new Set([...uuids, ...rest.map(({ uuid }) => uuid)]).size).toBe(whole)
    }
    expect(stops.length).toBeGreaterThan(1)
  }
)

const startAccount = async (): Promise<Emulator> => {
  const emulator = await startEmulator({
    burstLimit: 1_000_000,
    dailyTokens: 20_000,
    switches: { childTouchesParent: false },
    size: { deals: 150, dealFollowers: 90, dealProducts: 120 }
  })
  onTestFinished(() => emulator.close())
  return emulator
}

it("children in bulk whose deals stay as they are come with the day's sweep, and only with it", async () => {
  const emulator = await startAccount()
  const read = reader(emulator, [crm, products])
  const first = await read("deal_products")
  const victim = first[0] as { readonly id: number; readonly deal_id: number }
  emulator.edit(`v2/deals/products?deal_ids=${victim.deal_id}`, [victim.id], { comments: "changed in silence" })
  expect(await read("deal_products")).toEqual([])
  emulator.clock.advance(25 * HOUR_MS)
  const swept = await read("deal_products")
  expect(swept.find(({ id }) => id === victim.id)).toMatchObject({ comments: "changed in silence" })
  expect(await read("deal_products")).toEqual([])
})

it("children that are asked for one by one are swept day by day, within a tenth of the day's tokens", async () => {
  const emulator = await startAccount()
  const read = reader(emulator, [crm])
  const first = await read("deal_followers")
  const deal = first[0]?.["deal_id"]
  const [added] = emulator.insert(`v2/deals/${deal}/followers`, 1).map((row) => JSON.parse(row))
  expect(await read("deal_followers")).toEqual([])
  let found = false
  for (let day = 0; day < 4 && !found; day++) {
    emulator.clock.advance(25 * HOUR_MS)
    emulator.clearRequests()
    const rows = await read("deal_followers")
    const spent = emulator.requests
      .filter(({ path }) => path.endsWith("/followers"))
      .reduce((sum, { tokens }) => sum + tokens, 0)
    expect(spent).toBeLessThanOrEqual(2_000)
    found = rows.some((row) => row["deal_id"] === deal && row["user_id"] === added.user_id)
  }
  expect(found).toBe(true)
})

it("children of children are read, resumed and read again where their list changed", async () => {
  const emulator = await startAccount()
  const productFollowers = defineStream({
    name: "followers_of_sold_products",
    path: "v2/products/{id}/followers",
    docs: "https://developers.pipedrive.com/docs/api/v1/Products#getProductFollowers",
    tokens: 10,
    scope: "products:read",
    columns: { sold_product_id: c.integer, user_id: c.integer, add_time: c.timestamp },
    primaryKey: ["sold_product_id", "user_id"],
    paging: cursorPages(),
    changes: ofChangedParents({ sweep: "none" }),
    parents: perParent("deal_products", "sold_product_id", { key: "product_id" })
  })
  const read = reader(emulator, [crm, products, definePlugin({ name: "mine", streams: [productFollowers] })])
  const sold = new Set(
    ["v2/deals", "v2/deals/archived"].flatMap((path) =>
      emulator
        .rows(path, { status: "open,won,lost" })
        .map((row) => JSON.parse(row).id)
        .flatMap((id) => emulator.rows(`v2/deals/products?deal_ids=${id}`).map((row) => JSON.parse(row).product_id))
    )
  )
  const truth = [...sold].flatMap((id) =>
    emulator.rows(`v2/products/${id}/followers`).map((row) => `${id}/${JSON.parse(row).user_id}`)
  )
  const keys = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
    new Set(rows.map((row) => `${row["sold_product_id"]}/${row["user_id"]}`))
  expect(truth.length).toBeGreaterThan(0)
  expect(keys(await read("followers_of_sold_products"))).toEqual(new Set(truth))
  expect(await read("followers_of_sold_products")).toEqual([])
})
