import { describe, expect, it } from "vitest"
import { snapshot } from "../declare/changes.ts"
import * as c from "../declare/columns.ts"
import { singlePage } from "../declare/pagination.ts"
import { defineStream } from "../declare/stream.ts"
import { declaredForm, formOf, momentText, zonedMoment } from "./moment.ts"

describe("the form in which rows write a time", () => {
  it.each([
    ['"2026-01-10T12:34:56Z"', { isLocal: false, fraction: 0 }],
    ['"2026-01-10 12:34:56"', { isLocal: true, fraction: 0 }],
    ['"2026-01-10T12:34:56.123Z"', { isLocal: false, fraction: 3 }],
    ['"2026-01-10 12:34:56.123456"', { isLocal: true, fraction: 6 }]
  ])("is that of %s", (json, form) => expect(formOf(json)).toEqual(form))

  it.each([
    undefined,
    "null",
    '""',
    "20260110",
    '"2026-01-10"',
    '"2026-01-10T12:34Z"',
    '"2026-01-10T12:34:56+02:00"',
    '"x2026-01-10T12:34:56Z"',
    String.raw`"\"2026-01-10T12:34:56Z"`,
    '"2026-01-10T12:34:56.Z"',
    '"2026-01-10T12:34:56Z "'
  ])("is none of %s", (json) => expect(formOf(json)).toBeUndefined())

  it("is declared where no row has shown it", () => {
    const of = (columns: object, cursorField?: string) =>
      declaredForm(
        defineStream({
          name: "rows",
          path: "v1/rows",
          docs: "https://developers.pipedrive.com/docs/api/v1",
          tokens: 1,
          scope: "base",
          columns: { id: c.integer, ...columns },
          primaryKey: ["id"],
          paging: singlePage(),
          changes: snapshot(cursorField === undefined ? {} : { cursorField: cursorField as "id" })
        })
      )
    expect(of({ at: c.timestamp }, "at")).toEqual({ isLocal: false, fraction: 0 })
    expect(of({ at: c.localTimestamp }, "at")).toEqual({ isLocal: true, fraction: 0 })
    expect(of({ at: c.preciseTimestamp }, "at")).toEqual({ isLocal: false, fraction: 3 })
    expect(of({})).toEqual({ isLocal: false, fraction: 0 })
  })
})

describe("a moment in that form", () => {
  const ms = Date.UTC(2026, 0, 10, 12, 34, 56, 400)

  it.each([
    [ms, false, 0, "2026-01-10T12:34:57Z"],
    [ms - 400, false, 0, "2026-01-10T12:34:56Z"],
    [ms, true, 0, "2026-01-10 12:34:57"],
    [ms, false, 3, "2026-01-10T12:34:56.999Z"],
    [ms - 400, true, 6, "2026-01-10 12:34:56.999999"]
  ])("of %i (local: %s, fraction of %i) is no earlier than the moment: %s", (at, isLocal, fraction, text) =>
    expect(momentText(at, { isLocal, fraction })).toBe(text)
  )

  it("has a zone in the column of deletions", () => {
    expect(zonedMoment("2026-01-10 12:34:57")).toBe("2026-01-10T12:34:57Z")
    expect(zonedMoment("2026-01-10T12:34:57.999Z")).toBe("2026-01-10T12:34:57.999Z")
  })
})
