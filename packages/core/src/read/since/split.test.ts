import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Page } from "../../page/page.ts"
import type { Requests } from "../pages/requests.ts"
import { type Slice, Slices } from "./slices.ts"
import { Splitter } from "./split.ts"

const NOW = 1_000_000

const pageOf = (times: ReadonlyArray<number>): Page => ({
  rows: { bytes: new Uint8Array(), spans: [] },
  count: times.length,
  text: () => undefined,
  says: () => false,
  seconds: (row) => times[row] ?? Number.NaN,
  key: String,
  id: (row) => row,
  hash: (row) => row,
  following: { _tag: "Next", cursor: "c", start: undefined },
  empty: 0,
  serverMs: NOW * 1000,
  exact: true
})

/** A list whose newest row is at a time, and how often it was asked for. */
const requestsOf = (newest: ReadonlyArray<number>, tokens = 10) => {
  const asked: Array<unknown> = []
  const requests = {
    stream: { path: "v2/deals", tokens },
    page: (...all: ReadonlyArray<unknown>) => {
      asked.push(all)
      return Effect.succeed(pageOf(newest))
    }
  } as unknown as Requests
  return { requests, asked }
}

const full = (from: number, to: number) => pageOf(Array.from({ length: 100 }, (_, i) => from + ((to - from) * i) / 99))
const windowsOf = (...slices: ReadonlyArray<Partial<Slice>>) =>
  new Slices(
    new Map(
      slices.map((each, id) => [id, { since: undefined, at: undefined, stop: undefined, cursor: undefined, ...each }])
    ),
    undefined
  )
const split = (splitter: Splitter, slices: Slices, line = NOW) => Effect.runSync(splitter.split(slices, line))

describe("the splitter", () => {
  it("waits for two pages, then looks once at the end of the list", () => {
    const { asked, requests } = requestsOf([NOW - 10])
    const splitter = new Splitter(requests, 4, { sort_direction: "desc" })
    const slices = windowsOf({ at: 1000 })
    splitter.saw(0, full(0, 500), 100, false)
    expect(split(splitter, slices)).toBeUndefined()
    expect(asked).toHaveLength(0)
    splitter.saw(0, full(500, 1000), 100, false)
    expect(split(splitter, slices)?.id).toBe(0)
    expect(asked).toEqual([["v2/deals", { sort_direction: "desc" }, { limit: 1 }]])
    splitter.saw(0, full(500, 1000), 100, false)
    split(splitter, slices)
    expect(asked).toHaveLength(1)
  })

  it("cuts inside the slice, behind its position, never beyond its stop, the safe watermark or the newest row", () => {
    for (const [stop, line, newest] of [
      [5000, NOW, NOW],
      [undefined, 3000, NOW],
      [undefined, NOW, 2500]
    ] as const) {
      const splitter = new Splitter(requestsOf([newest]).requests, 4, {})
      const slices = windowsOf({ at: 1000, stop })
      for (let i = 0; i < 6; i++) {
        splitter.saw(0, full(990, 1000), 100, false)
        const part = split(splitter, slices, line)
        if (part === undefined) continue
        expect(part.cut).toBeGreaterThan(1000)
        expect(part.cut).toBeLessThan(Math.min(stop ?? line, line, newest + 1))
      }
    }
  })

  it("takes the slice with the most pages left, not the longest", () => {
    const splitter = new Splitter(requestsOf([NOW]).requests, 4, {})
    const slices = windowsOf({ at: 1000, stop: 500_000 }, { since: 500_000, at: 500_100, stop: 510_000 })
    for (let i = 0; i < 2; i++) {
      splitter.saw(0, full(0, 100_000), 100, false)
      splitter.saw(1, full(500_000, 500_010), 100, false)
    }
    expect(split(splitter, slices)?.id).toBe(1)
  })

  it.each([
    ["one worker", 1, { at: 1000 }, NOW],
    ["a slice without a position", 4, {}, NOW],
    ["rows without a time", 4, { at: 1000, nulls: true as const }, NOW],
    ["less than two pages left", 4, { at: 1000, stop: 1500 }, NOW],
    ["a single second left", 4, { at: NOW - 1 }, NOW]
  ])("does not split %s", (_, workers, slice, line) => {
    const splitter = new Splitter(requestsOf([NOW]).requests, workers, {})
    for (let i = 0; i < 3; i++) splitter.saw(0, full(500, 1000), 100, false)
    expect(split(splitter, windowsOf(slice), line)).toBeUndefined()
  })

  it.each([
    [10, 10, 6, true],
    [3, 10, 6, false],
    [3, 10, 20, true],
    [3, 20, 20, false]
  ])(
    "asks more of a split for %i workers at %i tokens a page: %i pages left are enough: %s",
    (workers, tokens, pages, enough) => {
      const splitter = new Splitter(requestsOf([NOW], tokens).requests, workers, {})
      for (let i = 0; i < 3; i++) splitter.saw(0, full(0, 1000), 100, false)
      const part = split(splitter, windowsOf({ at: 1000, stop: 1000 + pages * 1000 }))
      expect(part !== undefined).toBe(enough)
    }
  )

  it("does not split what cannot be turned around", () => {
    const splitter = new Splitter(requestsOf([NOW]).requests, 4, undefined)
    for (let i = 0; i < 3; i++) splitter.saw(0, full(500, 1000), 100, false)
    expect(split(splitter, windowsOf({ at: 1000 }))).toBeUndefined()
  })

  it("stops when splits have cost what they may", () => {
    const splitter = new Splitter(requestsOf([NOW]).requests, 4, {})
    const slices = windowsOf({ at: 1000 })
    for (let i = 0; i < 2; i++) splitter.saw(0, full(990, 1000), 100, false)
    expect(split(splitter, slices)).toBeDefined()
    for (let i = 0; i < 10; i++) splitter.saw(0, full(990, 1000), 1, false)
    expect(split(splitter, slices)).toBeUndefined()
  })

  it("knows a list that ends on rows without a time", () => {
    for (const [newest, nullsLast] of [
      [[NOW], false],
      [[Number.NaN], true],
      [[], false]
    ] as const) {
      const splitter = new Splitter(requestsOf(newest).requests, 4, {})
      for (let i = 0; i < 2; i++) splitter.saw(0, full(500, 1000), 100, false)
      split(splitter, windowsOf({ at: 1000 }))
      expect(splitter.nullsLast).toBe(nullsLast)
    }
  })
})
