import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { newestFirst, ofChangedParents, since, snapshot } from "../declare/changes.ts"
import * as c from "../declare/columns.ts"
import { cursorPages, offsetPages } from "../declare/pagination.ts"
import { defineStream, type SourceStream } from "../declare/stream.ts"
import { cursorText, hasLocalCursor, localText, secondsAt, secondsOf, zonedText } from "./cursor.ts"

// SPEC 5, 26

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const at = (text: string): number => secondsAt(bytesOf(text), 0, text.length)

describe("secondsOf", () => {
  it.each([
    ["1970-01-01T00:00:00Z", 0],
    ["2024-01-03T00:00:00Z", 1_704_240_000],
    ["2017-06-01 10:10:10", 1_496_311_810],
    ["2017-01-25 00:00:00Z", 1_485_302_400],
    ["2017-01-25", 1_485_302_400],
    ["2017-01-25T00:00", 1_485_302_400],
    ["2017-01-25 00:00:00", 1_485_302_400],
    ["2017-01-25T00:00:00", 1_485_302_400],
    ["2017-01-25T00:00:00.000Z", 1_485_302_400],
    ["2017-01-25T00:00:00.999999Z", 1_485_302_400],
    ["2017-01-25 00:00:00.5", 1_485_302_400],
    ["2017-01-25T02:00:00+02:00", 1_485_302_400],
    ["2017-01-25T02:00:00+0200", 1_485_302_400],
    ["2017-01-24T18:30:00-05:30", 1_485_302_400],
    ["2017-01-25T00:00:00.123456+00:00", 1_485_302_400],
    ["1969-12-31T23:59:59.9Z", -1],
    ["2000-02-29T00:00:00Z", 951_782_400],
    ["2024-02-29", 1_709_164_800],
    ["2217-06-26 21:20:07", 7_809_859_207],
    ["0001-01-01", -62_135_596_800],
    ["9999-12-31T23:59:59Z", 253_402_300_799]
  ])("reads %s", (text, seconds) => expect(secondsOf(text)).toBe(seconds))

  it.each([
    "",
    " ",
    "0000-00-00 00:00:00",
    "0000-00-00",
    "2017/01/25",
    "25-01-2017",
    "2017-1-5",
    "2017-02-29",
    "1900-02-29",
    "2017-04-31",
    "2017-13-01",
    "2017-00-10",
    "2017-01-00",
    "2017-01-25T24:00:00Z",
    "2017-01-25T00:60:00Z",
    "2017-01-25T00:00:60Z",
    "2017-01-25T00:00:00+24:00",
    "2017-01-25T00:00:00+01:60",
    "2017-01-25Z",
    "2017-01-25T00:00:00 Z",
    "2017-01-25T00:00:00Z ",
    "2017-01-25\n",
    "2017-01-25t00:00:00z",
    "2017-01-25T00:00:00.Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-00:01",
    "1704240000",
    "yesterday"
  ])("takes %j for no time", (text) => expect(secondsOf(text)).toBeNaN())
})

describe("secondsAt", () => {
  it.each([
    ["2024-01-03T00:00:00Z", 1_704_240_000],
    ["2024-01-03 00:00:00", 1_704_240_000],
    ['"2024-01-03T00:00:00Z"', 1_704_240_000],
    ['"2024-01-03 00:00:00"', 1_704_240_000],
    ['"2024-01-03T00:00:00.123Z"', 1_704_240_000],
    ['"2024-01-03T01:00:00+01:00"', 1_704_240_000],
    ['"2024-01-03"', 1_704_240_000]
  ])("reads %s", (text, seconds) => expect(at(text)).toBe(seconds))

  it.each([
    "",
    '""',
    "null",
    "ul",
    "1704240000",
    "1704240000000",
    '"0000-00-00 00:00:00"',
    '"2024-02-30 00:00:00"',
    '"2024-01-03T00:00:0xZ"',
    '"2024-01-03 00:00:00Z extra"',
    '"20-4-01-03 00:00:00"',
    '"2024-01-03X00:00:00Z"',
    '"é024-01-03 00:00:00"'
  ])("takes %s for no time", (text) => expect(at(text)).toBeNaN())

  it("takes an absent span for no time", () => expect(secondsAt(bytesOf('{"id":1}'), -1, -1)).toBeNaN())

  it("reads a span in the middle of a page", () => {
    const page = '{"id":1,"update_time":"2024-01-03 00:00:01","x":"2020-01-01 00:00:00"}'
    expect(secondsAt(bytesOf(page), page.indexOf('"2024'), page.indexOf(',"x"'))).toBe(1_704_240_001)
    expect(secondsAt(bytesOf(page), page.indexOf("2024"), page.indexOf('","x"'))).toBe(1_704_240_001)
  })
})

const second = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 })

describe("round trips", () => {
  it("reads what it writes, and agrees with Date", () => {
    fc.assert(
      fc.property(second, (seconds) => {
        expect(secondsOf(zonedText(seconds))).toBe(seconds)
        expect(secondsOf(localText(seconds))).toBe(seconds)
        expect(at(zonedText(seconds))).toBe(seconds)
        expect(at(`"${localText(seconds)}"`)).toBe(seconds)
        expect(secondsOf(zonedText(seconds))).toBe(Date.parse(zonedText(seconds)) / 1000)
      }),
      { numRuns: 1000 }
    )
  })

  it("cuts fractions downwards and takes offsets away", () => {
    fc.assert(
      fc.property(
        second.filter((seconds) => Math.abs(seconds) < 62_000_000_000),
        fc.stringMatching(/^[0-9]{1,9}$/),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (seconds, fraction, offset) => {
          const minutes = Math.abs(offset)
          const zone = [Math.trunc(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":")
          const text = `${zonedText(seconds + offset * 60).slice(0, -1)}.${fraction}${offset < 0 ? "-" : "+"}${zone}`
          expect(secondsOf(text)).toBe(seconds)
          expect(at(text)).toBe(seconds)
        }
      )
    )
  })

  it("reads bytes and text alike, whatever they hold", () => {
    const piece = fc.constantFrom(..."0123456789-: TZ.+".split(""), "2024-02-", "00:00", "29")
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 22 }).map((pieces) => pieces.join("")),
          fc.tuple(second, fc.nat(18), piece).map(([s, i, p]) => {
            const text = localText(s)
            return text.slice(0, i) + p.slice(0, 1) + text.slice(i + 1)
          })
        ),
        (text) => {
          expect(at(text)).toBe(secondsOf(text))
        }
      ),
      { numRuns: 2000 }
    )
  })
})

const declare = (name: string, part: Partial<SourceStream>): SourceStream =>
  defineStream({
    name,
    path: "v1/any",
    docs: "https://developers.pipedrive.com/docs/api/v1",
    tokens: 1,
    scope: "base",
    columns: { id: c.integer, update_time: c.localTimestamp },
    primaryKey: ["id"],
    paging: offsetPages(),
    ...part
  } as SourceStream)

const zoned = { id: c.integer, update_time: c.timestamp }

describe("cursorText", () => {
  it.each([
    ["deals", declare("deals", { columns: zoned, paging: cursorPages(), changes: since("update_time") })],
    ["notes", declare("notes", { changes: since("update_time") })],
    ["pipelines", declare("pipelines", { columns: zoned, changes: snapshot({ cursorField: "update_time" }) })],
    [
      "leads_archived",
      declare("leads_archived", { columns: zoned, changes: newestFirst("update_time", { descending: {} }) })
    ],
    ["roles", declare("roles", { changes: snapshot() })],
    ["deal_fields", declare("deal_fields", {})]
  ])("has a zone for %s", (_, stream) => {
    expect(hasLocalCursor(stream)).toBe(false)
    expect(cursorText(stream, 1_704_240_000)).toBe("2024-01-03T00:00:00Z")
  })

  it.each([
    ["files", declare("files", { changes: newestFirst("update_time", { descending: {} }) })],
    [
      "deal_flow",
      declare("deal_flow", {
        columns: { log_time: c.text },
        changes: ofChangedParents({ cursorField: "log_time", globalCursor: true })
      })
    ],
    [
      "users",
      declare("users", { columns: { modified: c.localTimestamp }, changes: snapshot({ cursorField: "modified" }) })
    ]
  ])("has none for %s", (_, stream) => {
    expect(hasLocalCursor(stream)).toBe(true)
    expect(cursorText(stream, 1_704_240_000)).toBe("2024-01-03 00:00:00")
  })
})
