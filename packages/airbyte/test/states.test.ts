import type { JsonObject } from "@pipedrive-source/core/reader"
import { crm } from "@pipedrive-source/crm"
import fc from "fast-check"
import { type Emulator, startEmulator } from "pipedrive-emulator"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Reading, readOnce } from "./reading.ts"

// SPEC 26

const streams = ["deals", "files", "pipelines", "note_comments"] as const
type Name = (typeof streams)[number]

let emulator: Emulator
let whole: Reading
beforeAll(async () => {
  emulator = await startEmulator({
    burstLimit: 1_000_000,
    dailyTokens: 100_000_000,
    nullUpdateTimes: false,
    size: { deals: 20, files: 12, notes: 8, noteComments: 20, pipelines: 4 }
  })
  whole = await readOnce({ emulator, plugins: [crm], streams })
})
afterAll(() => emulator.close())

const read = (name: Name, state: unknown) =>
  readOnce({ emulator, plugins: [crm], streams: [name], states: new Map([[name, state]]) })

const count = (reading: Reading, name: Name): number => reading.rows.get(name)?.length ?? 0
const hashesOf = (name: Name): unknown => {
  const own = whole.states.get(name)?._ab
  return typeof own === "object" && own !== null && "hashes" in own ? own.hashes : undefined
}
const recent = () => new Date(emulator.clock.now() - 3_600_000).toISOString().replace(/\..*/, "Z")

describe("a state", () => {
  it.each<[Name, JsonObject]>([
    ["deals", { parent_state: { deals: { update_time: "2026-01-01" } } }],
    ["deals", { states: [{ partition: { parent_id: 1 }, cursor: { update_time: "2026-01-01" } }] }],
    ["deals", { __ab_x: 1, cursor: "2026-01-01" }],
    ["deals", { _ab: { v: 1, hashes: { "1": "x" } } }],
    ["deals", { __ab_full_refresh_sync_complete: true, updated_at: "2026-01-01" }],
    ["files", { _ab: { v: 1, windows: [{ since: "2026-01-01" }] } }],
    ["pipelines", { _ab_changed_at: "2026-01-01", _ab: { v: 1 }, cursor: 1 }],
    ["note_comments", { _ab: { v: 1, parents: { deals: { mark: "2026-01-01" } } } }],
    ["note_comments", { _ab: { v: 1, windows: [{ since: "2026-01-01" }] } }]
  ])("that tells %s nothing is warned of: %j", async (name, state) => {
    const reading = await read(name, state)
    expect(count(reading, name)).toBe(count(whole, name))
    expect(reading.warnings).toEqual([expect.stringMatching(`^${name}: its state holds nothing this source knows`)])
  })

  it.each<[Name, () => JsonObject]>([
    ["deals", () => ({ state: { update_time: recent() } })],
    ["deals", () => ({ use_global_cursor: true, states: [{}], state: { update_time: recent() }, parent_state: {} })],
    ["deals", () => ({ __ab_full_refresh_sync_complete: true, update_time: recent() })],
    ["files", () => ({ state: { update_time: recent() } })]
  ])("of a framework that wraps the cursor is taken by %s", async (name, state) => {
    const reading = await read(name, state())
    expect([count(reading, name), reading.warnings, reading.errors]).toEqual([0, [], new Map()])
  })

  it.each<[Name, JsonObject, string]>([
    ["pipelines", { _ab: { v: 1, buckets: 5 } }, "_ab.buckets is not a string of 4096 hashes"],
    ["pipelines", { _ab: { v: 1, buckets: "x" } }, "_ab.buckets is not a string of 4096 hashes"],
    ["pipelines", { _ab: { v: 1, hashes: { "1": 5 } } }, "_ab.hashes.1 is not a string"],
    ["pipelines", { _ab: { v: 1, read: "" } }, "_ab.read is not a date and time"],
    ["files", { _ab: { v: 1, at: { start: "x" } } }, "_ab.at.start is not a whole number from 0 on"],
    ["files", { _ab: { v: 1, at: { start: "x", last: "1" } } }, "_ab.at.start is not a whole number from 0 on"],
    ["files", { _ab: { v: 1, at: { start: 1, last: 1 } } }, "_ab.at.last is not a string"],
    ["files", { _ab: { v: 1, at: { start: 1, last: "1" } } }, "_ab.began is missing"],
    ["deals", { _ab: { v: 1, windows: [{ cursor: 5 }] } }, "_ab.windows[0].cursor is not a string"],
    ["deals", { _ab: { v: 1, include: { level: "some", at: "2026-01-01" } } }, "_ab.include.level is neither"],
    ["note_comments", { _ab: { v: 1, sweep: { swept: "garbage" } } }, "_ab.sweep.swept is not a date and time"],
    ["note_comments", { _ab: { v: 1, parents: { notes: 5 } } }, "_ab.parents.notes is not an object"],
    ["note_comments", { _ab: { v: 1, parents: { notes: { through: 1 } } } }, "_ab.parents.notes.through is not true"],
    ["deals", { state: { update_time: 5 } }, "state.update_time is not a string"]
  ])("of %s that is not as it was written is refused: %j", async (name, state, words) => {
    const reading = await read(name, state)
    expect(reading.errors.get(name)).toContain(`The state of the stream ${name} cannot be read: ${words}`)
    expect(count(reading, name)).toBe(0)
  })

  it("is never passed over without a word", async () => {
    const mark = fc.constant(recent())
    const odd = fc.constantFrom<unknown>("garbage", 5, true, [], {}, [5], { update_time: 5 })
    const cursor = fc.oneof(mark, odd)
    const some = (value: fc.Arbitrary<unknown>) => fc.option(value, { nil: undefined, freq: 2 })
    const hashes = fc.constantFrom<unknown>(hashesOf("pipelines"), { "1": 5 }, 5)
    const windows = fc.oneof(fc.tuple(fc.record({ since: mark })), odd)
    const own = fc.record({
      v: fc.constantFrom<unknown>(1, 1, 1, null, "1", 2),
      windows: some(windows),
      at: some(odd),
      read: some(cursor),
      hashes: some(hashes),
      buckets: some(odd),
      parents: some(fc.oneof(odd, fc.dictionary(fc.constantFrom("notes", "deals"), fc.record({ mark: cursor })))),
      sweep: some(fc.oneof(odd, fc.record({ swept: cursor })))
    })
    const names = ["update_time", "updated_at", "cursor", "modified", "__ab_x", "state", "parent_state", "slices"]
    const wrapped = fc.oneof(cursor, fc.record({ update_time: cursor }))
    const members = fc.dictionary(fc.constantFrom(...names), wrapped, { maxKeys: 3 })
    const state = fc
      .tuple(members, some(fc.oneof(own, odd)))
      .map(([all, _ab]) => JSON.parse(JSON.stringify({ ...all, _ab })))
    let honoured = 0
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...streams), state, async (name, given: JsonObject) => {
        const isEmpty = Object.entries(given).every(
          ([key, value]) => key === "_ab" && Object.keys(value as object).every((each) => each === "v")
        )
        const reading = await read(name, given)
        if (isEmpty || reading.errors.size > 0 || reading.warnings.length > 0) return
        // A list that is no longer read by time tells that it is sent once, and then goes on by content.
        if (name === "pipelines" && given._ab === undefined) return
        expect(count(reading, name), JSON.stringify(given)).toBeLessThan(count(whole, name))
        honoured++
      }),
      { numRuns: 400 }
    )
    expect(honoured).toBeGreaterThan(0)
  })
})
