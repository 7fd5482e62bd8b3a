import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chanceOf } from "../../test/table.ts"
import * as c from "../declare/columns.ts"
import { defineStream, singlePage } from "../index.ts"
import { base64Of, bytesInBase64 } from "./base64.ts"
import { type IdSet, idsIn, noIds } from "./id-set.ts"

// SPEC 29

const streamOf = (id: c.Column) =>
  defineStream({
    name: "rows",
    path: "v1/rows",
    docs: "https://developers.pipedrive.com/docs/api/v1",
    tokens: 1,
    scope: "base",
    columns: { id },
    primaryKey: ["id"],
    paging: singlePage()
  })
const integers = streamOf(c.integer)
const uuids = streamOf(c.text)

const uuid = (number: number): string =>
  `"${number.toString(16).padStart(8, "0")}-0000-4000-8000-${(number * 7919).toString(16).padStart(12, "0")}"`

describe("base64", () => {
  it("comes back as the bytes it was made from, and is what others read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString("base64"))
        expect(bytesInBase64(base64Of(bytes))).toEqual(bytes)
      })
    )
  })

  it.each(["a", "abc", "ab=c", "a===", "ab%d", "abé="])("is not %s", (text) => {
    expect(bytesInBase64(text)).toBeUndefined()
  })
})

describe.each([
  ["whole numbers", integers, (number: number) => String(number)],
  ["UUIDs", uuids, uuid]
])("a set of %s", (_, stream, idOf) => {
  const id = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 300_000 }), fc.nat())

  it("is what a set is, over its text, whenever that is asked for", () => {
    const step = fc.tuple(fc.constantFrom("add", "add", "add", "delete", "text", "end"), id)
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let set = noIds(stream)
        const truth = new Set<string>()
        for (const [what, number] of steps) {
          const each = idOf(number)
          if (what === "add") {
            set.add(each)
            truth.add(each)
          } else if (what === "delete") {
            set.delete(each)
            truth.delete(each)
          } else set = idsIn(stream, set.toText(what === "end")) as IdSet
          expect(set.has(each)).toBe(truth.has(each))
          expect(set.size).toBe(truth.size)
        }
        const sorted = [...truth].sort((a, b) => (stream === integers ? Number(a) - Number(b) : a < b ? -1 : 1))
        expect([...set]).toEqual(sorted)
        const copy = set.copy()
        for (const each of truth) set.delete(each)
        expect([set.size, copy.size, set.toText(true)]).toEqual([0, truth.size, ""])
      })
    )
  })

  it("takes in nothing that is no such id", () => {
    const set = noIds(stream)
    for (const id of ["", "null", "-1", "1.5", "01", "true", '"a"', '"00000000-0000-4000-8000-00000000000G"', "1e3"]) {
      set.add(id)
      expect(set.has(id)).toBe(false)
    }
    expect([...set]).toEqual([])
  })

  it("is read from nothing but its own text", () => {
    const set = noIds(stream)
    for (let number = 0; number < 100; number++) set.add(idOf(number))
    const text = set.toText(true)
    for (const damaged of [`${text}x`, text.slice(0, -4).concat("!!!!"), `x${text}`, text.slice(1)])
      expect(idsIn(stream, damaged)).toBeUndefined()
  })
})

it("a set of whole numbers is not read from blocks that are damaged", () => {
  for (const text of ["0:", "0:b", "a:bAAA=", "0:x4wA=", "0:b!!!!", "0:gAQH//w==", "0:bAwA=,0:bAwA=", ","])
    expect(idsIn(integers, text)).toBeUndefined()
})

describe("whole numbers with 20 % holes take of a state", () => {
  const setOf = (count: number, run: number): IdSet => {
    const chance = chanceOf(1)
    const set = noIds(integers)
    for (let id = 0, isHole = false, left = 0; set.size < count; id++) {
      if (left === 0) {
        isHole = chance.is(0.2)
        left = run
      }
      left--
      if (!isHole) set.add(id)
    }
    return set
  }
  it.each([
    [10_000, 1, 1.8],
    [10_000, 20, 0.7],
    [100_000, 1, 17],
    [100_000, 20, 6],
    [1_000_000, 1, 170],
    [1_000_000, 20, 55]
  ])("%i ids, holes of %i: at most %f KB", (count, run, most) => {
    const text = setOf(count, run).toText(true)
    expect(text.length / 1000).toBeLessThan(most)
    expect(text.length / 1000).toBeGreaterThan(most * 0.4)
    expect(idsIn(integers, text)?.size).toBe(count)
  })

  it("50,000 UUIDs: more than a state may hold, 10,000: 213 KB", () => {
    const set = noIds(uuids)
    for (let number = 0; number < 10_000; number++) set.add(uuid(number))
    expect(set.toText(true)).toHaveLength(213_336)
    for (let number = 0; number < 50_000; number++) set.add(uuid(number))
    expect(set.toText(true).length).toBeGreaterThan(1_048_576)
  })
})
