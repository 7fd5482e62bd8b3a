import { describe, expect, it } from "vitest"
import { FieldNotices } from "./notices.ts"

const warned = (met: (notices: FieldNotices) => void): ReadonlyArray<string> => {
  const notices = new FieldNotices("deals", "X")
  met(notices)
  return notices.warnings
}

const unknown = (ids: string, values: string) =>
  `deals: ${values} of X named options that Pipedrive no longer defines (${ids}). They are sent as their ids.`

describe("what was met in the values of a field", () => {
  it("is nothing to be told of where all fit", () => {
    expect(warned(() => {})).toEqual([])
  })

  it("counts a row once, however many of its columns do not fit", () => {
    const misfits = (rows: ReadonlyArray<number>) =>
      warned((notices) => {
        for (const row of rows) notices.misfit(row)
      })
    expect(misfits([0])).toEqual([expect.stringContaining("deals: 1 value of X did not fit")])
    expect(misfits([1])).toEqual([expect.stringContaining("deals: 1 value of X did not fit")])
    expect(misfits([0, 0, 1, 1, 4])).toEqual([expect.stringContaining("deals: 3 values of X did not fit")])
  })

  it("counts ids without a definition, and names five of them", () => {
    const ids = (...met: ReadonlyArray<string>) =>
      warned((notices) => {
        for (const id of met) notices.unknown(id)
      })
    expect(ids("7")).toEqual([unknown("7", "1 value")])
    expect(ids("7", "7", "8")).toEqual([unknown("7, 8", "3 values")])
    expect(ids("1", "2", "3", "4", "5")).toEqual([unknown("1, 2, 3, 4, 5", "5 values")])
    expect(ids("1", "2", "3", "4", "5", "6")).toEqual([unknown("1, 2, 3, 4, 5 …", "6 values")])
    expect(ids("1", "2", "3", "4", "5", "6", "7")).toEqual([unknown("1, 2, 3, 4, 5 …", "7 values")])
  })
})
