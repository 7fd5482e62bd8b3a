import { describe, expect, it } from "vitest"
import { secondsOf } from "./cursor.ts"
import { latestIn, withoutFuture } from "./future.ts"

const NOW = secondsOf("2026-01-10T12:00:00Z")
const known = ["update_time", "_ab"]

describe("latestIn", () => {
  it.each<[unknown, number]>([
    ["2026-01-10T12:00:00Z", NOW],
    [" 2026-01-10 12:00:00 ", NOW],
    [{ a: "2026-01-10T12:00:00Z", b: "2026-01-10T11:00:00Z" }, NOW],
    [{ a: [{ b: "2026-01-10T11:00:00Z" }, { c: "2026-01-10T12:00:00Z" }] }, NOW],
    [{ hashes: { a: "2026-01-10T12:00:00Z" }, cursor: "2026-01-10", partition: { a: "2026-01-10" } }, -Infinity],
    ["odd", -Infinity],
    [NOW, -Infinity],
    [null, -Infinity],
    [{}, -Infinity]
  ])("of %j", (value, latest) => expect(latestIn(value)).toBe(latest))

  it("looks into eight levels", () => {
    const nested = (depth: number): unknown => (depth === 0 ? "2026-01-10T12:00:00Z" : { a: nested(depth - 1) })
    expect(latestIn(nested(9))).toBe(NOW)
    expect(latestIn(nested(10))).toBe(-Infinity)
  })
})

describe("withoutFuture", () => {
  const of = (state: Parameters<typeof withoutFuture>[0]) => withoutFuture(state, known, NOW)

  it("leaves a state as it is in which nothing lies ahead", () => {
    const state = {
      update_time: "2026-01-10T12:00:00Z",
      _ab: { v: 1, windows: [{ since: "2026-01-01T00:00:00Z" }], spent: 5, nothing: null, text: "odd" }
    }
    expect(of(state)).toEqual({ state, watermarks: [], times: [] })
  })

  it.each([
    ["2026-01-10T12:00:01Z", "2026-01-10T12:00:00Z"],
    ["2026-01-11T12:00:00Z", "2026-01-10T12:00:00Z"],
    ["2026-01-11 11:00:00", "2026-01-10 12:00:00"],
    ["2026-01-11T11:00:00", "2026-01-10T12:00:00"],
    ["2026-01-11T11:00:00+00:00", "2026-01-10T12:00:00Z"],
    ["2026-01-11", "2026-01-10"],
    [" 2026-01-11T11:00:00Z ", "2026-01-10T12:00:00Z"]
  ])("sets %j, ahead by a day at most, to now in the same form", (text, now) => {
    expect(of({ update_time: text })).toEqual({ state: { update_time: now }, watermarks: [], times: [] })
  })

  it("takes out a watermark that lies further ahead, and names it", () => {
    expect(
      of({ update_time: "2026-01-11T12:00:01Z", _ab: { v: 1, parents: { deals: { mark: "2030-01-01" } } } })
    ).toEqual({
      state: { _ab: { v: 1, parents: { deals: {} } } },
      watermarks: ["update_time", "_ab.parents.deals.mark"],
      times: []
    })
  })

  it.each(["read", "whole", "reading", "began", "day", "settle"])("tells a watermark from the time of %s", (name) => {
    const path = `_ab.${name}`
    expect(of({ _ab: { [name]: "2030-01-01" } })).toEqual({ state: { _ab: {} }, watermarks: [], times: [path] })
  })

  it("tells a watermark from the times of a rescan and of refused fields", () => {
    const { times, watermarks } = of({ _ab: { sweep: { swept: "2030-01-01" }, include: { at: "2030-01-01" } } })
    expect(times).toEqual(["_ab.sweep.swept", "_ab.include.at"])
    expect(watermarks).toEqual([])
  })

  it("leaves lists as they are of which none lies ahead, whatever else does", () => {
    const kept = { windows: [{ since: "2025-01-01" }], parents: { deals: { windows: [{ at: "2025-01-01" }] } } }
    expect(of({ _ab: { read: "2030-01-01", began: "2030-01-01", ...kept } })).toEqual({
      state: { _ab: kept },
      watermarks: [],
      times: ["_ab.read", "_ab.began"]
    })
  })

  it("takes out a whole list of slices of which one lies ahead", () => {
    expect(of({ _ab: { windows: [{ since: "2025-01-01" }, { since: "2030-01-01" }], v: 1 } })).toEqual({
      state: { _ab: { v: 1 } },
      watermarks: [],
      times: ["_ab.windows[1].since"]
    })
  })

  it("looks into eight levels of objects and lists, and leaves deeper ones as they are", () => {
    const objects = (depth: number): unknown => (depth === 0 ? "2030-01-01" : { a: objects(depth - 1) })
    const lists = (depth: number): unknown => (depth === 0 ? "2030-01-01" : [lists(depth - 1)])
    expect(of({ _ab: objects(8) }).watermarks).toEqual([`_ab${".a".repeat(8)}`])
    expect(of({ _ab: lists(8) })).toEqual({ state: {}, watermarks: [`_ab${"[0]".repeat(8)}`], times: [] })
    for (const state of [{ _ab: objects(9) }, { _ab: lists(9) }])
      expect(of(state)).toEqual({ state, watermarks: [], times: [] })
  })

  it("sets the latest time of rows to now, however far it lies ahead", () => {
    expect(of({ _ab: { at: { greatest: "2030-01-01T00:00:00Z" } } })).toEqual({
      state: { _ab: { at: { greatest: "2026-01-10T12:00:00Z" } } },
      watermarks: [],
      times: []
    })
  })

  it("looks into no texts of others, and at the top into what it knows alone", () => {
    const state = {
      other: "2030-01-01",
      _ab: { hashes: { a: "2030-01-01" }, buckets: "2030-01-01", cursor: "2030-01-01" }
    }
    expect(of(state)).toEqual({ state, watermarks: [], times: [] })
  })
})
