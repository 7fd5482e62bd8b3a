import { expect, it } from "vitest"
import * as c from "../declare/columns.ts"
import { isZeroDate } from "./zero-dates.ts"

it("the JSON text of a column is a zero date where the column is a date", () => {
  for (const text of ['"0000-00-00"', '"0000-00-00 00:00:00"', '"\\u0030000-00-00T00:00:00Z"']) {
    for (const column of [c.date, c.timestamp, c.localTimestamp, c.anyOf("date", "timestamp")])
      expect(isZeroDate(column, text)).toBe(true)
    for (const column of [undefined, c.text, c.listOf(c.date), c.anyOf("date", "text")])
      expect(isZeroDate(column, text)).toBe(false)
  }
  for (const text of ['"2024-01-01"', '"0000-00-001"', '"x0000-00-00"', "0", "null", '["0000-00-00"]', '""'])
    expect(isZeroDate(c.date, text)).toBe(false)
})
