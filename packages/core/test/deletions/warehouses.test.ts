import { describe, expect, it } from "vitest"
import { type Line, type Warehouse, warehouses } from "./warehouses.ts"

/** `row(key, cursor)` and `tombstone(key, cursor)`, each emitted a moment after the one before. */
let emittedMs = 0
const row = (key: string, cursor: string | null, version = 1): Line => ({
  key,
  cursor,
  emittedMs: emittedMs++,
  deletedAt: null,
  version
})
const tombstone = (key: string, cursor: string | null): Line => ({
  ...row(key, cursor),
  deletedAt: "2026-01-09T00:00:00Z",
  version: undefined
})

/** What each warehouse has of one key: `1` for version 1, `flagged` for a row marked deleted, `-` for none. */
const keptOf = (batches: ReadonlyArray<ReadonlyArray<Line>>, key = "a"): { readonly [name: string]: string } =>
  Object.fromEntries(
    warehouses().map((warehouse: Warehouse) => {
      for (const batch of batches) warehouse.take(batch)
      const kept = warehouse.table.get(key)
      return [warehouse.name, kept === undefined ? "-" : kept.deletedAt === null ? String(kept.version) : "flagged"]
    })
  )

const all = (kept: string) => ({
  "cursor-guarded hard delete": kept,
  "cursor-guarded soft delete": kept,
  "unconditional delete": kept,
  "latest by cursor": kept,
  "merge by key": kept
})
const deleted = { ...all("flagged"), "cursor-guarded hard delete": "-", "unconditional delete": "-" }

describe("a tombstone", () => {
  it.each([
    ["later than the row", "2026-01-02", "2026-01-03"],
    ["of the row's own second", "2026-01-02", "2026-01-02"]
  ])("%s takes it away, or flags it", (_, first, second) => {
    expect(keptOf([[row("a", first)], [tombstone("a", second)]])).toEqual(deleted)
    expect(keptOf([[row("a", first), tombstone("a", second)]])).toEqual(deleted)
  })

  it("older than the row does nothing where the cursor is a guard", () => {
    expect(keptOf([[row("a", "2026-01-03")], [tombstone("a", "2026-01-02")]])).toEqual({
      ...all("1"),
      "unconditional delete": "-",
      "merge by key": "flagged"
    })
  })

  it("of a key that was never sent leaves a flagged row in soft ones alone", () => {
    expect(keptOf([[tombstone("a", "2026-01-02")]])).toEqual(deleted)
  })

  it("without a cursor deletes nothing where one is compared, and breaks what needs one", () => {
    const [hard, , , clickHouse] = warehouses() as [Warehouse, Warehouse, Warehouse, Warehouse]
    hard.take([row("a", "2026-01-02")])
    hard.take([tombstone("a", null)])
    expect(hard.table.get("a")?.deletedAt).toBeNull()
    expect(() => clickHouse.take([tombstone("a", null)])).toThrow("cannot be null")
  })
})

describe("a row that came back", () => {
  it("with a later cursor is there everywhere", () => {
    const lines = [[row("a", "2026-01-01")], [tombstone("a", "2026-01-02")], [row("a", "2026-01-03", 2)]]
    expect(keptOf(lines)).toEqual(all("2"))
  })

  it("with an older one stays flagged where the cursor decides", () => {
    const lines = [[row("a", "2026-01-01")], [tombstone("a", "2026-01-02")], [row("a", "2026-01-01")]]
    expect(keptOf(lines)).toEqual({
      ...all("1"),
      "cursor-guarded soft delete": "flagged",
      "latest by cursor": "flagged"
    })
  })
})

it("keeps keys apart", () => {
  const lines = [[row("a", "2026-01-01"), row("b", "2026-01-01", 7)], [tombstone("a", "2026-01-02")]]
  expect(keptOf(lines, "b")).toEqual(all("7"))
})
