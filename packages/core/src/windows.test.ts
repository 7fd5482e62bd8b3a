import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { positionOf, union, type Window, Windows } from "./windows.ts"

// SPEC 2, 6, 7

const open = (since?: number, more: Partial<Window> = {}): Window => ({
  since,
  at: undefined,
  stop: undefined,
  cursor: undefined,
  ...more
})
const over = (windows: ReadonlyArray<Window>, floor?: number, settled?: number) =>
  new Windows(new Map(windows.map((window, id) => [id, window])), floor, settled)

const again = (windows: Windows, start?: number) =>
  Windows.resume(JSON.parse(JSON.stringify(windows.toState())), windows.mark, start)

describe("the mark", () => {
  it("is where the slowest window stands", () => {
    const windows = over([open(100, { at: 150, stop: 200 }), open(200, { at: 900 })])
    expect(windows.mark).toBe(150)
    windows.advance(0, { since: 100, at: 180, cursor: "c" })
    expect(windows.mark).toBe(180)
    windows.finish(0)
    expect(windows.mark).toBe(900)
  })

  it("is none while an unfiltered window has given no row with a time, but never falls below the first", () => {
    expect(over([open()]).mark).toBeUndefined()
    expect(over([open()], 50).mark).toBe(50)
    expect(over([open(10)], 50).mark).toBe(50)
    const windows = over([open()])
    windows.advance(0, { since: undefined, at: 7, cursor: "c" })
    expect(windows.mark).toBe(7)
  })

  it("stays at what is settled, for the rest of the read and across a kill", () => {
    const windows = over([open(100)], 100)
    windows.settle(500)
    windows.advance(0, { since: 100, at: 560, cursor: "c" })
    windows.settle(550)
    expect(windows.mark).toBe(500)
    expect(again(windows).mark).toBe(500)
    windows.finish(0)
    expect(windows.mark).toBe(500)
    expect(windows.toState()).toEqual({})
  })

  it("does not wait for rows without a time", () => {
    const windows = over([open(100, { at: 300 }), open(undefined, { nulls: true })])
    expect(windows.mark).toBe(300)
  })

  it("never falls while windows are advanced, split and finished in any order", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("advance", "split", "finish"), fc.nat(9), fc.nat(400)), {
      maxLength: 40
    })
    fc.assert(
      fc.property(steps, (all) => {
        const windows = over([open(0)], 0)
        let newId = 1
        for (const [what, which, by] of all) {
          const ids = [...windows.unfinished.keys()]
          const id = ids[which % Math.max(1, ids.length)]
          if (id === undefined) break
          const window = windows.get(id) as Window
          const at = (positionOf(window) as number) + by
          const before = windows.mark as number
          if (what === "advance" && at < (window.stop ?? Number.POSITIVE_INFINITY)) {
            windows.advance(id, { since: window.since, at, cursor: `${at}` })
          }
          if (what === "split" && by > 0 && at < (window.stop ?? Number.POSITIVE_INFINITY))
            windows.split(id, at, newId++)
          if (what === "finish" && window.stop !== undefined) windows.finish(id)
          expect(windows.mark as number).toBeGreaterThanOrEqual(before)
          // No gap and no overlap: every second from the mark on is in one window.
          const spans = [...windows.unfinished.values()].sort((a, b) => (a.since ?? 0) - (b.since ?? 0))
          for (const [i, span] of spans.entries()) {
            if (i > 0) expect(span.since as number).toBeGreaterThanOrEqual(spans[i - 1]?.stop as number)
          }
          expect(spans.at(-1)?.stop).toBeUndefined()
          expect(again(windows).toState()).toEqual(windows.toState())
          expect(again(windows).mark).toBe(windows.mark)
        }
      })
    )
  })
})

describe("resuming", () => {
  it("is one open window from the mark, or from the later start date", () => {
    expect([...Windows.resume({}, 100, undefined).unfinished.values()]).toEqual([open(100)])
    expect([...Windows.resume({}, 100, 500).unfinished.values()]).toEqual([open(500)])
    expect([...Windows.resume({}, 500, 100).unfinished.values()]).toEqual([open(500)])
    expect([...Windows.resume({}, undefined, undefined).unfinished.values()]).toEqual([open()])
    expect(Windows.resume({}, 100, 500).mark).toBe(500)
  })

  it("drops what lies before the start date, and cursors whose filter no longer holds", () => {
    const windows = over([
      open(undefined, { at: 50, stop: 100, cursor: "a" }),
      open(100, { at: 150, stop: 300, cursor: "b" }),
      open(300, { cursor: "c" }),
      open(undefined, { nulls: true })
    ])
    const left = [...again(windows, 200).unfinished.values()]
    expect(left).toEqual([open(200, { stop: 300 }), open(300, { cursor: "c" })])
  })

  it.each([
    ["nothing", {}],
    ["no list", { windows: 7 }],
    ["closed windows alone", { windows: [{ since: "2024-01-01T00:00:00Z", stop: "2024-01-02T00:00:00Z" }] }],
    ["times that are none", { windows: [{ since: "x", stop: "y" }], settle: "z" }]
  ])("from %s reads all there is from the mark on", (_, own) => {
    const windows = Windows.resume(own, 1000, undefined)
    const spans = [...windows.unfinished.values()]
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
            .filter((window, i) => window.stop === undefined || kept[i])
        )
      )
    const holds = (windows: Iterable<Window>, second: number) =>
      [...windows].some((each) => (positionOf(each) ?? 0) <= second && second < (each.stop ?? Number.POSITIVE_INFINITY))
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
