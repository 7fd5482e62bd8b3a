import { Result } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ofChangedParents, since } from "../../declare/changes.ts"
import * as columns from "../../declare/columns.ts"
import { cursorPages } from "../../declare/pagination.ts"
import { perParent } from "../../declare/parents.ts"
import { defineStream, type SourceStream } from "../../declare/stream.ts"
import type { JsonObject } from "../../events.ts"
import { zonedText } from "../../state/cursor.ts"
import { type DecodedState, decodeState } from "../../state/legacy.ts"
import { SinceProgress } from "../since/progress.ts"
import { ChildProgress } from "./progress.ts"

// SPEC 18, 26

const declare = (part: Partial<SourceStream>): SourceStream =>
  defineStream({
    name: "deals",
    path: "v2/deals",
    docs: "https://developers.pipedrive.com/docs/api/v1",
    tokens: 10,
    scope: "deals:read",
    columns: { id: columns.integer, update_time: columns.timestamp },
    primaryKey: ["id"],
    paging: cursorPages(),
    changes: since("update_time"),
    ...part
  } as SourceStream)

const deals = declare({})
const lists = ["deals", "deals_archived"]
const followers = declare({
  name: "deal_followers",
  path: "v2/deals/{id}/followers",
  changes: ofChangedParents(),
  parents: perParent(["deals", "deals_archived"], "deal_id")
})

const second = fc.integer({ min: 0, max: 4_000_000_000 })
const time = second.map(zonedText)
const some = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined })

/** What is left to read: closed windows, the open one, and rows without a time. */
const windows = fc
  .record({
    cuts: fc.uniqueArray(second, { maxLength: 6 }),
    cursors: fc.array(some(fc.string()), { minLength: 8, maxLength: 8 }),
    nulls: fc.boolean()
  })
  .map(({ cuts, cursors, nulls }) => {
    const sorted = [...cuts].sort((a, b) => a - b).map(zonedText)
    const spans = [undefined, ...sorted].map((from, at) => ({ since: from, stop: sorted[at], cursor: cursors[at] }))
    return nulls ? [...spans, { nulls: true }] : spans
  })

/** What a state file holds of a value. */
const json = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value))

describe("a state that is read back is the state that was written", () => {
  it("of a stream that asks for its own changes", () => {
    const own = fc.record({
      v: fc.constant(1),
      windows,
      settle: some(time),
      whole: some(time),
      reading: some(time),
      include: some(fc.record({ level: fc.constantFrom("always", "none"), at: time }))
    })
    fc.assert(
      fc.property(own, some(time), (_ab, update_time) => {
        const progress = (state: JsonObject) =>
          new SinceProgress(deals, Result.getOrThrow(decodeState(deals, json(state))), undefined)
        const written = progress({ update_time, _ab }).state()
        expect(json(progress(written).state())).toEqual(json(written))
        expect(written["_ab"]).toMatchObject(json(_ab))
      })
    )
  })

  it("of children", () => {
    const parent = fc.record({
      mark: some(time),
      through: some(fc.constant(true)),
      windows,
      settle: some(time),
      pass: some(
        fc.constant([
          { at: "2025-06-15T15:06:40Z", ids: "9,2" },
          { ids: "3", keys: ['"a-b"'] }
        ])
      ),
      hashes: fc.dictionary(
        fc.string().map((rest) => `k${rest}`),
        fc.string()
      )
    })
    const sweep = fc.record({
      swept: some(time),
      began: some(time),
      parent: some(fc.constantFrom(...lists)),
      at: some(fc.string()),
      cursor: some(fc.string()),
      day: some(fc.constant("2026-01-01")),
      spent: some(fc.nat())
    })
    const own = fc.record({
      v: fc.constant(1),
      parents: fc.record({ deals: parent, deals_archived: parent }),
      sweep: some(sweep)
    })
    fc.assert(
      fc.property(own, some(time), (_ab, mark) => {
        const progress = (state: JsonObject) =>
          new ChildProgress(followers, lists, Result.getOrThrow(decodeState(followers, json(state))), undefined)
        const written = progress({ ...(mark !== undefined && { _ab_changed_at: mark }), _ab }).state()
        expect(json(progress(written).state())).toEqual(json(written))
        const { sweep: given, parents } = _ab
        if (given !== undefined && Object.values(given).some((value) => value !== undefined))
          expect(written["_ab"]).toMatchObject({ sweep: json(given) })
        for (const [name, { hashes, pass, windows: left }] of Object.entries(parents)) {
          if (pass !== undefined) expect(written["_ab"]).toMatchObject({ parents: { [name]: { pass } } })
          expect(written["_ab"]).toMatchObject({ parents: { [name]: json({ windows: left }) } })
          if (Object.keys(hashes).length > 0)
            expect(written["_ab"]).toMatchObject({ parents: { [name]: { hashes: json(hashes) } } })
        }
      })
    )
  })
})

describe("how far the children of several lists have been emitted", () => {
  const T = (seconds: number) => zonedText(seconds)
  const progressOf = (decoded: DecodedState = {}, start?: number) => new ChildProgress(followers, lists, decoded, start)
  /** The lists as a state has them, and the cursor beside. */
  const kept = (progress: ChildProgress): JsonObject => {
    const { _ab, ...rest } = json(progress.state()) as { readonly _ab: JsonObject }
    return { ...(_ab["parents"] as JsonObject), cursor: Object.values(rest)[0] }
  }
  const whole = (mark: number) => ({ parents: { deals: { mark }, deals_archived: { mark: 500 } } })

  it("is where a list stood, by the newest form of its state", () => {
    expect([progressOf().watermark("deals"), progressOf().lowest]).toEqual([undefined, undefined])
    expect(progressOf({ watermark: 70 }).watermark("deals")).toBe(70)
    const older = progressOf({ watermark: 70, parents: { deals: 50 } })
    expect([older.watermark("deals"), older.watermark("deals_archived"), older.lowest]).toEqual([50, 70, 50])
    const newest = progressOf({ watermark: 70, extension: { parents: { deals: { mark: 60 }, deals_archived: {} } } })
    expect([newest.watermark("deals"), newest.watermark("deals_archived")]).toEqual([60, undefined])
    expect(progressOf({ watermark: 70 }, 100).slices("deals").unfinished.get(0)?.since).toBe(100)
  })

  it("rises with a list that is read newest first, and never falls", () => {
    const progress = progressOf({ extension: whole(100) })
    progress.reach("deals", { watermark: 90, through: true })
    expect(progress.watermark("deals")).toBe(100)
    progress.reach("deals", { watermark: 200, through: false })
    expect([progress.watermark("deals"), progress.lowest]).toEqual([200, 200])
    progress.reach("deals", { watermark: 600, through: true })
    expect([progress.watermark("deals"), progress.lowest]).toEqual([600, 500])
    expect(kept(progress)).toMatchObject({ deals: { mark: T(600), through: true } })
    expect(kept(progress)["deals"]).not.toHaveProperty("windows")
    expect(kept(progress)["deals_archived"]).toHaveProperty("windows")
  })

  it("moves the cursor for others once every list has been read to its end", () => {
    const progress = progressOf({ watermark: 50, extension: whole(100) })
    expect(kept(progress).cursor).toBe(T(50))
    progress.reach("deals_archived", { watermark: 700, through: false })
    expect(kept(progress).cursor).toBe(T(50))
    progress.reachPartly("deals", 90)
    expect(progress.watermark("deals")).toBe(100)
    progress.reachPartly("deals", 150)
    expect([progress.watermark("deals"), kept(progress).cursor]).toEqual([150, T(50)])
    progress.reach("deals", { watermark: 300, through: false })
    expect(kept(progress).cursor).toBe(T(300))
  })

  it("stays with a list that rests, whose last read is kept", () => {
    const progress = progressOf({
      extension: { parents: { deals: { mark: 100, read: 90 }, deals_archived: { read: 5 } } }
    })
    expect([progress.lastRead("deals"), progress.lastRead("deals_archived")]).toEqual([90, undefined])
    progress.rest("deals")
    progress.rest("deals_archived")
    expect([progress.watermarks.get("deals"), progress.watermarks.has("deals_archived")]).toEqual([100, false])
    expect(kept(progress)["deals"]).toEqual({ mark: T(100), read: T(90) })
    progress.beginRead("deals")
    expect(kept(progress)["deals"]).toEqual({ mark: T(100) })
    progress.endRead("deals", 120)
    expect([progress.lastRead("deals"), kept(progress)["deals"]]).toEqual([120, { mark: T(100), read: T(120) }])
  })

  it("knows the second that is through, as long as the watermark is in it", () => {
    const progress = progressOf({ extension: { parents: { deals: { mark: 100, through: true }, deals_archived: {} } } })
    expect([progress.through("deals"), progress.through("deals_archived")]).toEqual([100, undefined])
    expect(kept(progress)["deals"]).toMatchObject({ through: true })
    progress.reach("deals", { watermark: 101, through: false })
    expect(kept(progress)["deals"]).toEqual({ mark: T(101) })
  })

  it("knows what a list held that is read whole", () => {
    const progress = progressOf({ extension: { parents: { deals: { hashes: { "1": "a" } }, deals_archived: {} } } })
    expect(kept(progress)["deals"]).toMatchObject({ hashes: { "1": "a" } })
    expect(kept(progress)["deals_archived"]).not.toHaveProperty("hashes")
    progress.content.set("deals", { toState: (lists) => ({ hashes: { "2": `of ${lists}` } }) })
    expect(kept(progress)["deals"]).toMatchObject({ hashes: { "2": "of 2" } })
  })
})
