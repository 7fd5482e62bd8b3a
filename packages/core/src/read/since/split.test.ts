import { describe, expect, it } from "vitest"
import { type Slice, Slices } from "./slices.ts"
import { Splitter } from "./split.ts"

const NOW = 1_000_000

/** A splitter of a list whose newest row is at a time, and how often it asked for a look at it. */
const splitterOf = (newest: ReadonlyArray<number>, workers: number, tokens = 10) => {
  const splitter = new Splitter({ tokens, workers })
  const looks = { count: 0 }
  const split = (slices: Slices, line = NOW) => {
    if (!splitter.mayChoose(slices)) return undefined
    if (splitter.mustLook(line)) {
      looks.count++
      splitter.sawEnd(newest[0])
    }
    return splitter.choose(slices, line)
  }
  return { splitter, split, looks }
}

const full = (from: number, to: number) => Array.from({ length: 100 }, (_, i) => from + ((to - from) * i) / 99)
const slicesOf = (...slices: ReadonlyArray<Partial<Slice>>) =>
  new Slices(
    new Map(
      slices.map((each, id) => [id, { since: undefined, at: undefined, stop: undefined, cursor: undefined, ...each }])
    ),
    undefined
  )

describe("the splitter", () => {
  it("waits for two pages, then looks once at the end of the list", () => {
    const { splitter, split, looks } = splitterOf([NOW - 10], 4)
    const slices = slicesOf({ at: 1000 })
    splitter.saw(0, full(0, 500), 100, false)
    expect(split(slices)).toBeUndefined()
    expect(looks.count).toBe(0)
    splitter.saw(0, full(500, 1000), 100, false)
    expect(split(slices)?.id).toBe(0)
    expect(looks.count).toBe(1)
    splitter.saw(0, full(500, 1000), 100, false)
    split(slices)
    expect(looks.count).toBe(1)
  })

  it("cuts inside the slice, behind its position, never beyond its stop, the safe watermark or the newest row", () => {
    for (const [stop, line, newest] of [
      [5000, NOW, NOW],
      [undefined, 3000, NOW],
      [undefined, NOW, 2500]
    ] as const) {
      const { splitter, split } = splitterOf([newest], 4)
      const slices = slicesOf({ at: 1000, stop })
      for (let i = 0; i < 6; i++) {
        splitter.saw(0, full(990, 1000), 100, false)
        const part = split(slices, line)
        if (part === undefined) continue
        expect(part.cut).toBeGreaterThan(1000)
        expect(part.cut).toBeLessThan(Math.min(stop ?? line, line, newest + 1))
      }
    }
  })

  it("takes the slice with the most pages left, not the longest", () => {
    const { splitter, split } = splitterOf([NOW], 4)
    const slices = slicesOf({ at: 1000, stop: 500_000 }, { since: 500_000, at: 500_100, stop: 510_000 })
    for (let i = 0; i < 2; i++) {
      splitter.saw(0, full(0, 100_000), 100, false)
      splitter.saw(1, full(500_000, 500_010), 100, false)
    }
    expect(split(slices)?.id).toBe(1)
  })

  it.each([
    ["one worker", 1, { at: 1000 }, NOW],
    ["a slice without a position", 4, {}, NOW],
    ["rows without a time", 4, { at: 1000, nulls: true as const }, NOW],
    ["less than two pages left", 4, { at: 1000, stop: 1500 }, NOW],
    ["a single second left", 4, { at: NOW - 1 }, NOW]
  ])("does not split %s", (_, workers, slice, line) => {
    const { splitter, split } = splitterOf([NOW], workers)
    for (let i = 0; i < 3; i++) splitter.saw(0, full(500, 1000), 100, false)
    expect(split(slicesOf(slice), line)).toBeUndefined()
  })

  it.each([
    [10, 10, 6, true],
    [3, 10, 6, false],
    [3, 10, 20, true],
    [3, 20, 20, false]
  ])(
    "asks more of a split for %i workers at %i tokens a page: %i pages left are enough: %s",
    (workers, tokens, pages, enough) => {
      const { splitter, split } = splitterOf([NOW], workers, tokens)
      for (let i = 0; i < 3; i++) splitter.saw(0, full(0, 1000), 100, false)
      const part = split(slicesOf({ at: 1000, stop: 1000 + pages * 1000 }))
      expect(part !== undefined).toBe(enough)
    }
  )

  it("splits no slice of less than three seconds", () => {
    for (const [stop, isSplit] of [
      [1003, true],
      [1002, false]
    ] as const) {
      const { splitter, split } = splitterOf([NOW], 100)
      for (let i = 0; i < 3; i++) splitter.saw(0, full(999.5, 1000), 100, false)
      expect(split(slicesOf({ at: 1000, stop })) !== undefined).toBe(isSplit)
    }
  })

  it("stops when splits have cost what they may", () => {
    const { splitter, split } = splitterOf([NOW], 4)
    const slices = slicesOf({ at: 1000 })
    for (let i = 0; i < 2; i++) splitter.saw(0, full(990, 1000), 100, false)
    expect(split(slices)).toBeDefined()
    for (let i = 0; i < 10; i++) splitter.saw(0, full(990, 1000), 1, false)
    expect(split(slices)).toBeUndefined()
  })

  it("knows a list that ends on rows without a time", () => {
    for (const [newest, endsUntimed] of [
      [[NOW], false],
      [[Number.NaN], true],
      [[], false]
    ] as const) {
      const { splitter, split } = splitterOf(newest, 4)
      for (let i = 0; i < 2; i++) splitter.saw(0, full(500, 1000), 100, false)
      split(slicesOf({ at: 1000 }))
      expect(splitter.endsUntimed).toBe(endsUntimed)
    }
  })
})
