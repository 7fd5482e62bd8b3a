import { expect, it } from "vitest"
import { type Folder, initFolder, openCompany } from "./folder.ts"

const STREAMS = "deals,deals_archived,persons,organizations,activities,notes,files,pipelines,stages,deal_products"

const tokensOf = async (folder: Folder, ...args: ReadonlyArray<string>): Promise<number> =>
  (await folder.json("plan", ...args)).total.tokens

it.each([
  ["dense ids", () => false],
  ["three of ten missing", (index: number) => index % 10 < 3],
  ["half of the older third missing", (index: number, all: number) => index < all / 3 && index % 2 === 0]
])("plan says what a first read spends, and one that goes on: %s", async (_, isGone) => {
  const emulator = await openCompany({ size: { deals: 9000, persons: 9000, activities: 5000 } })
  for (const path of ["v2/persons", "v2/activities"]) {
    const ids = emulator.ids(path)
    emulator.remove(
      path,
      ids.filter((_, index) => isGone(index, ids.length))
    )
  }
  const folder = await initFolder(emulator, STREAMS)
  const first = await tokensOf(folder)
  const spending = async (): Promise<number> => {
    const before = emulator.tokensSpent()
    await folder.json("sync", "--to", "x.duckdb")
    // Of these two tell whose token it is.
    return emulator.tokensSpent() - before - 2
  }
  const spent = await spending()
  expect(Math.abs(first - spent) / spent).toBeLessThan(0.2)
  emulator.edit("v2/deals", emulator.ids("v2/deals").slice(0, 20))
  const next = await tokensOf(folder, "--to", "x.duckdb")
  const spentNext = await spending()
  expect(Math.abs(next - spentNext)).toBeLessThanOrEqual(Math.max(10, spentNext * 0.05))
})
