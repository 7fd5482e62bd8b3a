import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hashOf, hashText } from "./hash.ts"
import { bytesOf } from "./text.ts"

// SPEC 17

const of = (text: string, seed = 0): number => hashOf(bytesOf(text), 0, bytesOf(text).length, seed)

describe("hashOf", () => {
  it("is a whole number of 53 bits, by the bytes in the span alone", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (before, bytes, after) => {
        const hash = hashOf(bytes, 0, bytes.length)
        expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true)
        const inside = Uint8Array.from([...before, ...bytes, ...after])
        expect(hashOf(inside, before.length, before.length + bytes.length)).toBe(hash)
      })
    )
  })

  it("tells 200,000 rows that hardly differ apart", () => {
    const hashes = new Set<number>()
    for (let id = 0; id < 200_000; id++) hashes.add(of(`{"id":${id},"title":"Deal"}`))
    expect(hashes.size).toBe(200_000)
  })

  it("gives other hashes for another seed", () => expect(of("row", 1)).not.toBe(of("row")))

  // States keep hashes: a change here would send every short list again.
  it("stays what it is", () => {
    expect(of("")).toBe(3338908027751811)
    expect(hashText(of(""))).toBe("bTbwqXES3")
  })
})

describe("hashText", () => {
  it("is nine letters, different for different hashes", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        expect(hashText(a)).toMatch(/^[\w-]{9}$/)
        expect(hashText(a) === hashText(b)).toBe(a === b)
      })
    )
  })
})
