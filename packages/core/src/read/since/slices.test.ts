import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeExtension, encodeExtension } from "../../state/format.ts"
import { covers, positionOf, type Slice, Slices, union } from "./slices.ts"

// SPEC 2, 6, 7

const open = (since?: number, more: Partial<Slice> = {}): Slice => ({
  since,
  at: undefined,
  stop: undefined,
  cursor: undefined,
  ...more
})
const over = (slices: ReadonlyArray<Slice>, floor?: number, ceiling?: number) =>
  new Slices(new Map(slices.map((slice, id) => [id, slice])), floor, ceiling)

const again = (slices: Slices, start?: number) =>
  Slices.resume(decodeExtension(JSON.parse(JSON.stringify(encodeExtension(slices.toState())))), slices.watermark, start)

describe("the watermark", () => {
  it("is where the slowest slice stands", () => {
    let slices = over([open(100, { at: 150, stop: 200 }), open(200, { at: 900 })])
    expect(slices.watermark).toBe(150)
    slices = slices.advance(0, { since: 100, at: 180, cursor: "c" })
    expect(slices.watermark).toBe(180)
    slices = slices.finish(0)
    expect(slices.watermark).toBe(900)
  })

  it("is none while an unfiltered slice has given no row with a time, but never falls below the first", () => {
    expect(over([open()]).watermark).toBeUndefined()
    expect(over([open()], 50).watermark).toBe(50)
    expect(over([open(10)], 50).watermark).toBe(50)
    let slices = over([open()])
    slices = slices.advance(0, { since: undefined, at: 7, cursor: "c" })
    expect(slices.watermark).toBe(7)
  })

  it("stays below its ceiling, for the rest of the read and across a kill", () => {
    let slices = over([open(100)], 100)
    slices = slices.cap(500)
    slices = slices.advance(0, { since: 100, at: 560, cursor: "c" })
    slices = slices.cap(550)
    expect(slices.watermark).toBe(500)
    expect(again(slices).watermark).toBe(500)
    slices = slices.finish(0)
    expect(slices.watermark).toBe(500)
    expect(slices.toState()).toEqual({})
  })

  it("is where the open slice stood once nothing is left, whichever was finished last", () => {
    let slices = over([open(100, { at: 150, stop: 200 }), open(200, { at: 900 }), open(undefined, { nulls: true })])
    slices = slices.finish(1)
    expect([slices.watermark, slices.isThroughMark]).toEqual([150, false])
    slices = slices.finish(2).finish(0)
    expect([slices.watermark, slices.isThroughMark]).toEqual([900, true])
    slices = slices.cap(800)
    expect([slices.watermark, slices.isThroughMark]).toEqual([800, false])
  })

  it("does not wait for rows without a time", () => {
    const slices = over([open(100, { at: 300 }), open(undefined, { nulls: true })])
    expect(slices.watermark).toBe(300)
  })

  it("never falls while slices are advanced, split and finished in any order", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("advance", "split", "finish"), fc.nat(9), fc.nat(400)), {
      maxLength: 40
    })
    fc.assert(
      fc.property(steps, (all) => {
        let slices = over([open(0)], 0)
        let newId = 1
        for (const [what, which, by] of all) {
          const ids = [...slices.unfinished.keys()]
          const id = ids[which % Math.max(1, ids.length)]
          if (id === undefined) break
          const slice = slices.get(id) as Slice
          const at = (positionOf(slice) as number) + by
          const before = slices.watermark as number
          if (what === "advance" && at < (slice.stop ?? Number.POSITIVE_INFINITY)) {
            slices = slices.advance(id, { since: slice.since, at, cursor: `${at}` })
          }
          if (what === "split" && by > 0 && at < (slice.stop ?? Number.POSITIVE_INFINITY))
            slices = slices.split(id, at, newId++)
          if (what === "finish" && slice.stop !== undefined) slices = slices.finish(id)
          expect(slices.watermark as number).toBeGreaterThanOrEqual(before)
          // No gap and no overlap: every second from the watermark on is in one slice.
          const spans = [...slices.unfinished.values()].sort((a, b) => (a.since ?? 0) - (b.since ?? 0))
          for (const [i, span] of spans.entries()) {
            if (i > 0) expect(span.since as number).toBeGreaterThanOrEqual(spans[i - 1]?.stop as number)
          }
          expect(spans.at(-1)?.stop).toBeUndefined()
          expect(again(slices).toState()).toEqual(slices.toState())
          expect(again(slices).watermark).toBe(slices.watermark)
        }
      })
    )
  })
})

describe("resuming", () => {
  it("is one open slice from the watermark, or from the later start date", () => {
    expect([...Slices.resume({}, 100, undefined).unfinished.values()]).toEqual([open(100)])
    expect([...Slices.resume({}, 100, 500).unfinished.values()]).toEqual([open(500)])
    expect([...Slices.resume({}, 500, 100).unfinished.values()]).toEqual([open(500)])
    expect([...Slices.resume({}, undefined, undefined).unfinished.values()]).toEqual([open()])
    expect(Slices.resume({}, 100, 500).watermark).toBe(500)
  })

  it("drops what lies before the start date, and cursors whose filter no longer holds", () => {
    const slices = over([
      open(undefined, { at: 50, stop: 100, cursor: "a" }),
      open(100, { at: 150, stop: 300, cursor: "b" }),
      open(300, { cursor: "c" }),
      open(undefined, { nulls: true })
    ])
    const left = [...again(slices, 200).unfinished.values()]
    expect(left).toEqual([open(200, { stop: 300 }), open(300, { cursor: "c" })])
  })

  it.each([
    ["nothing", {}],
    ["closed slices alone", { windows: [{ since: 500, stop: 700 }] }],
    ["an empty list of slices", { windows: [], settle: 900 }]
  ])("from %s reads all there is from the watermark on", (_, own) => {
    const slices = Slices.resume(own, 1000, undefined)
    const spans = [...slices.unfinished.values()]
    expect(spans.some(({ since, stop }) => stop === undefined && (since ?? 0) <= 1000)).toBe(true)
  })
})

describe("union", () => {
  it("covers what any reader has left, and keeps a cursor all of them share", () => {
    const one = over([open(100, { at: 150, stop: 200, cursor: "a" }), open(200, { cursor: "b" })])
    expect(union([one])).toEqual([open(100, { at: 150, stop: 200, cursor: "a" }), open(200, { cursor: "b" })])
    const two = over([open(120)])
    const merged = union([one, two])
    for (let second = 120; second < 1000; second += 7) {
      expect(
        merged.some((each) => (positionOf(each) ?? 0) <= second && second < (each.stop ?? Number.POSITIVE_INFINITY))
      ).toBe(true)
    }
  })

  it("ends where the later of two overlapping slices ends, and is open where one of them is", () => {
    const of = (...slices: ReadonlyArray<Slice>) => union(slices.map((slice) => over([slice])))
    expect(of(open(100, { stop: 300 }), open(200, { stop: 250 }))).toEqual([open(100, { stop: 300 })])
    expect(of(open(100, { stop: 300 }), open(200, { stop: 400 }))).toEqual([open(100, { stop: 400 })])
    expect(of(open(100, { stop: 300 }), open(200))).toEqual([open(100)])
    expect(of(open(100), open(200, { stop: 400 }))).toEqual([open(100)])
    expect(of(open(100, { stop: 200 }), open(200, { stop: 400 }))).toEqual([
      open(100, { stop: 200 }),
      open(200, { stop: 400 })
    ])
  })

  it("asks again from a second at which two cursors stand, and for rows without a time where no filter was", () => {
    const at = (since: number | undefined, cursor: string) => over([open(since, { at: 150, cursor })])
    expect(union([at(100, "a"), at(100, "a")])).toEqual([open(100, { at: 150, cursor: "a" })])
    expect(union([at(100, "a"), at(120, "b")])).toEqual([open(150, { at: 150 })])
    const untimed = open(undefined, { nulls: true })
    expect(union([at(undefined, "a"), at(undefined, "b")])).toEqual([open(150, { at: 150 }), untimed])
    expect(union([at(undefined, "a"), over([open(undefined, { at: 150, cursor: "b" }), untimed])])).toEqual([
      open(150, { at: 150 }),
      untimed
    ])
  })

  it("covers every second of every reader", () => {
    const reader = fc
      .uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 6 })
      .map((cuts) => [...cuts].sort((a, b) => a - b))
      .chain((cuts) =>
        fc.tuple(fc.constant(cuts), fc.array(fc.boolean(), { minLength: cuts.length, maxLength: cuts.length }))
      )
      .map(([cuts, kept]) =>
        over(
          cuts
            .map((cut, i) => open(cut, { stop: cuts[i + 1] }))
            .filter((slice, i) => slice.stop === undefined || kept[i])
        )
      )
    const holds = (slices: Iterable<Slice>, second: number) =>
      [...slices].some((each) => (positionOf(each) ?? 0) <= second && second < (each.stop ?? Number.POSITIVE_INFINITY))
    fc.assert(
      fc.property(fc.array(reader, { minLength: 1, maxLength: 3 }), (readers) => {
        const merged = union(readers)
        for (let second = 0; second < 1100; second += 9) {
          const needed = readers.some((each) => holds(each.unfinished.values(), second))
          if (needed) expect(holds(merged, second)).toBe(true)
        }
        for (const [i, each] of merged.entries()) {
          if (i > 0)
            expect(positionOf(each) as number).toBeGreaterThanOrEqual(merged[i - 1]?.stop ?? Number.POSITIVE_INFINITY)
        }
      })
    )
  })
})

describe("covers", () => {
  const untimed = open(undefined, { nulls: true })

  it.each<[what: string, read: ReadonlyArray<Slice>, left: ReadonlyArray<Slice>, isCovered: boolean]>([
    ["nothing that is left", [], [], true],
    ["what is read by nobody", [], [open(100)], false],
    ["the same place", [open(100, { at: 150, cursor: "a" })], [open(120, { at: 150, cursor: "a" })], true],
    ["another cursor at the same second", [open(100, { at: 150, cursor: "a" })], [open(100, { at: 150 })], false],
    ["an earlier place", [open(100)], [open(100, { at: 150, cursor: "a" })], true],
    ["a later place", [open(200)], [open(100, { at: 150 })], false],
    ["all there is", [open()], [open(1)], true],
    ["less than all there is", [open(1)], [open()], false],
    ["an earlier end", [open(100, { stop: 200 })], [open(100, { stop: 300 })], false],
    ["the same end", [open(100, { stop: 300 })], [open(110, { stop: 300 })], true],
    ["a later end", [open(100)], [open(110, { stop: 300 })], true],
    ["no end", [open(100, { stop: 300 })], [open(110)], false],
    ["one of two slices", [open(100)], [open(50, { stop: 60 }), open(110)], false],
    ["two slices", [open(50, { stop: 60 }), open(100)], [open(55, { stop: 60 }), open(110)], true],
    ["rows without a time", [untimed], [untimed], true],
    ["rows without a time alone", [untimed], [open(100)], false],
    ["rows with a time alone", [open()], [untimed], false],
    ["rows with a time and others", [open(100), untimed], [open(110), untimed], true]
  ])("tells whether slices come by what another reader has left: %s", (_, read, left, isCovered) => {
    expect(covers(read, over(left))).toBe(isCovered)
  })
})
