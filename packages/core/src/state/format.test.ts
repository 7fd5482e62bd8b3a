import { describe, expect, it } from "vitest"
import { keptStates, play, sceneNames } from "../../test/states.ts"
import type { JsonObject } from "../events.ts"
import { BUCKETS, decodeExtension, encodeExtension, extensionFlaw } from "./format.ts"

/** An example of each kind of extension: those that reads left, and what only large or rare reads leave. */
const examples: ReadonlyArray<readonly [string, JsonObject]> = [
  ...sceneNames.flatMap((name) =>
    Object.entries(keptStates(name)).map(([stream, { _ab }]) => [`${name}: ${stream}`, _ab] as const)
  ),
  ["since, without optional fields", { v: 1, include: { level: "always", at: "2026-01-10T12:00:00Z" } }],
  ["since, in a whole read", { v: 1, windows: [{}], reading: "2026-01-10T12:00:00Z" }],
  ["since, behind rows without a time", { v: 1, windows: [{ nulls: true }], settle: "2026-01-10T11:59:00Z" }],
  ["a snapshot of children, in a pass", { v: 1, began: "2026-01-10T12:00:00Z", pass: [{ ids: "7,1*6" }], hashes: {} }],
  ["a snapshot that took long", { v: 1, read: "2026-01-10T12:00:00Z", took: 90, hashes: {} }],
  [
    "children in a pass",
    { v: 1, parents: { files: { pass: [{ at: "2026-01-10T09:31:00Z", ids: "7" }, { keys: ['"a"'] }] } } }
  ],
  ["a long snapshot", { v: 1, buckets: ",".repeat(BUCKETS - 1), width: 64, from: 1 }],
  [
    "children in a rescan",
    {
      v: 1,
      parents: { deals: { mark: "2026-01-10T09:31:00Z" } },
      empty: [{ id: "3", of: "deals" }],
      sweep: { began: "2026-01-10T12:00:00Z", parent: "deals", at: "500", cursor: "c", day: "2026-01-10", spent: 40 }
    }
  ]
]

describe("the extension of a state", () => {
  it.each(examples)("is written again as it was read: %s", (_, json) => {
    expect(extensionFlaw(json)).toBeUndefined()
    expect(Object.keys(decodeExtension(json))).toEqual(expect.arrayContaining(Object.keys(json)))
    expect(encodeExtension(decodeExtension(json))).toEqual(json)
  })

  it("knows times as seconds", () => {
    expect(decodeExtension({ whole: "1970-01-02T00:00:00Z", windows: [{ at: "1970-01-01T00:00:01Z" }] })).toEqual({
      whole: 86_400,
      windows: [{ at: 1 }]
    })
  })

  it("leaves out what is null, and members that no version wrote", () => {
    expect(decodeExtension({ v: 1, read: null, odd: "x", sweep: { swept: null } })).toEqual({ v: 1, sweep: {} })
  })

  it.each([
    [{ buckets: 5 }, "_ab.buckets", "is not a string of 4096 hashes"],
    [{ hashes: { "1": 5 } }, "_ab.hashes.1", "is not a string"],
    [{ at: { start: "x", last: "1" }, began: "2024-01-01" }, "_ab.at.start", "is not a whole number from 0 on"],
    [{ at: { start: 1, last: "1" } }, "_ab.began", "is missing"],
    [{ sweep: { swept: "garbage" } }, "_ab.sweep.swept", "is not a date and time"],
    [{ parents: { deals: { windows: [{ at: 5 }] } } }, "_ab.parents.deals.windows[0].at", "is not a string"],
    [{ failed: [{ of: "deals" }] }, "_ab.failed[0].id", "is missing"],
    [{ include: { level: "some", at: "2024-01-01" } }, "_ab.include.level", 'is neither "always" nor "none"']
  ])("says which member is not as it was written: %j", (json, field, words) => {
    expect(extensionFlaw(json)).toEqual({ field, words })
  })
})

/** Members that came later, which the versions before them pass over. */
const LATER = ["pass", "took"]

const withoutLaterMembers = (states: object): string =>
  JSON.stringify(states, (name, value) => (LATER.includes(name) ? undefined : value))

describe("a state of an earlier version", () => {
  it.each(sceneNames)("is what this version writes, too: %s", async (name) => {
    const { states } = await play(name)
    expect(withoutLaterMembers(states)).toBe(JSON.stringify(keptStates(name)))
  })

  it.each(sceneNames)("is gone on from as from one of this version: %s", async (name) => {
    const kept = await play(name, keptStates(name))
    expect(kept).toEqual(await play(name))
    expect(kept.logs).toEqual([])
    for (const ids of Object.values(kept.rows)) expect(new Set(ids).size).toBe(7)
  })
})
