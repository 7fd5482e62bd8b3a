import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { bytesOf, textOf } from "../page/text.ts"
import { ByteWriter } from "./byte-writer.ts"

// SPEC 37

const written = (out: ByteWriter): string => textOf(out.bytes.subarray(0, out.length))
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

// SPEC 37
describe("bytes that grow at their end", () => {
  it("are what was written, in order, whatever room there was", () => {
    const step = fc.tuple(fc.constantFrom("byte", "span", "text", "all"), fc.nat(70), fc.nat(200))
    fc.assert(
      fc.property(fc.nat(300), fc.array(step, { maxLength: 12 }), (capacity, steps) => {
        const source = bytesOf(Array.from({ length: 300 }, (_, i) => String.fromCharCode(33 + (i % 90))).join(""))
        const out = new ByteWriter(capacity)
        let expected = ""
        for (const [how, start, size] of steps) {
          const piece = textOf(source.subarray(start, start + size))
          if (how === "byte") {
            out.byte(65)
            expected += "A"
          } else {
            if (how === "span") out.span(source, start, start + size)
            else if (how === "text") out.text(view(source), start, start + size)
            else out.all(source.subarray(start, start + size))
            expected += piece
          }
          expect(written(out)).toBe(expected)
        }
      })
    )
  })

  it("take room as they need it, twice as much at a time", () => {
    const out = new ByteWriter(4)
    out.all(bytesOf("abcd"))
    expect(out.bytes).toHaveLength(4)
    out.byte(65)
    expect(out.bytes).toHaveLength(8)
    out.byte(66)
    expect(out.bytes).toHaveLength(8)
    out.span(bytesOf("fg"), 0, 2)
    expect(out.bytes).toHaveLength(8)
    out.span(bytesOf("x".repeat(100)), 0, 100)
    expect(out.bytes).toHaveLength(108)
    out.text(view(bytesOf("yz")), 0, 1)
    expect(out.bytes).toHaveLength(216)
    expect(written(out)).toBe(`abcdABfg${"x".repeat(100)}y`)
  })

  it("are written over where their length is taken back", () => {
    const out = new ByteWriter(1)
    out.all(bytesOf("abcdef"))
    out.length = 2
    out.text(view(bytesOf("0123456789")), 1, 10)
    expect(written(out)).toBe("ab123456789")
  })
})
