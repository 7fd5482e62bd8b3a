import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { idList, idsIn, isListedId } from "./key-list.ts"

// SPEC 26

const ids = fc.uniqueArray(fc.oneof(fc.nat(300), fc.nat(), fc.constant(999_999_999_999_999)), { maxLength: 200 })
const down = (some: ReadonlyArray<number>) => [...some].sort((a, b) => b - a)

describe("a list of ids", () => {
  it("that is read back is the one that was written", () => {
    fc.assert(
      fc.property(ids, (some) => {
        fc.pre(some.length > 0)
        expect(idsIn(idList(some, 1_000_000))).toEqual(down(some))
      })
    )
  })

  it("keeps within its bound, and leaves out the lowest ids", () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 0, max: 100 }), (some, most) => {
        const text = idList(some, most)
        expect(text.length).toBeLessThanOrEqual(most)
        const kept = text === "" ? [] : (idsIn(text) as ReadonlyArray<number>)
        expect(kept).toEqual(down(some).slice(0, kept.length))
      })
    )
  })

  it("takes little for neighbours", () => {
    const neighbours = Array.from({ length: 10_000 }, (_, i) => i + 5000)
    expect(idList(neighbours, 8000)).toBe("bkn,1*7pr")
    const hundredApart = Array.from({ length: 1200 }, (_, i) => 1_000_000 + i * 90 + (i % 7))
    expect(idList(hundredApart, 8000).length).toBeLessThan(4000)
  })

  it.each(["", ",", "5,", "x!", "5,6", "5,-1", "1*", "5,1*zzzz", "1*zzzzz", "zzzzzzzzzzz", "1.5", "5 ,1"])(
    "is none: %j",
    (text) => expect(idsIn(text)).toBeUndefined()
  )

  it("holds 200,000 ids at most: the highest", () => {
    const ids = Array.from({ length: 200_001 }, (_, i) => i)
    const text = idList(ids, 1000)
    expect(idsIn(text)).toEqual(down(ids).slice(0, 200_000))
    expect(text).toBe(`${(200_000).toString(36)},1*${(199_999).toString(36)}`)
    expect(idsIn(`${(200_000).toString(36)},1*${(200_000).toString(36)}`)).toBeUndefined()
  })

  it("takes whole numbers without a sign", () => {
    expect(["0", "7", "999999999999999"].every(isListedId)).toBe(true)
    expect(["-1", "01", "1.0", '"7"', "1,2", "9999999999999999", ""].some(isListedId)).toBe(false)
  })
})
