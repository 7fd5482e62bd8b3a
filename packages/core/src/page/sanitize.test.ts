import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sanitize } from "./sanitize.ts"
import { scanPage } from "./scan.ts"
import { bytesOf, textOf } from "./text.ts"

// SPEC 25

const sanitized = (row: string): string => textOf(sanitize(bytesOf(row)))

const halves = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const wellFormed = (text: string): string => text.replace(halves, "\ufffd")

/** The value with the half of every surrogate pair replaced: what a strict reader can hold. */
const whole = (value: unknown): unknown => {
  if (typeof value === "string") return wellFormed(value)
  if (Array.isArray(value)) return value.map(whole)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [wellFormed(key), whole(each)]))
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc
    .array(fc.constantFrom("\\", '"', "u", "\ud83d", "\ude00", "d83d", "\u2028", "\u2029", "\u0085", "\r", "\n", "a"), {
      maxLength: 14
    })
    .map((letters) => letters.join(""))
)

/** Names of properties. JSON.parse of Node 24.21 takes a name of one escaped letter for another such name. */
const name = text.map((rest) => `k${rest}`)

describe("sanitize", () => {
  it("makes one line of the same value", () => {
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.oneof(text, fc.array(text), fc.double({ noNaN: true, noDefaultInfinity: true }))),
        (value) => {
          for (const row of [
            JSON.stringify(value),
            JSON.stringify(value, null, 2),
            JSON.stringify(value, null, "\r\n")
          ]) {
            const line = sanitized(row)
            expect(line).not.toMatch(/[\r\n\u0085\u2028\u2029]/)
            expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(whole(JSON.parse(row)))))
            expect(sanitized(line)).toBe(line)
          }
        }
      ),
      { numRuns: 2000 }
    )
  })

  it("leaves a row that needs nothing as it is, and the scan says which rows those are", () => {
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(text, fc.maxSafeInteger())), (value) => {
        const row = JSON.stringify(value)
        const fit = scanPage(bytesOf(`{"data":[${row}]}`), [])?.needsSanitizing.length === 0
        expect(sanitized(row) === row).toBe(fit)
      }),
      { numRuns: 2000 }
    )
  })

  it.each([
    ['{"a":"\u2028\u2029\u0085"}', '{"a":"\\u2028\\u2029\\u0085"}'],
    ['{\r\n  "a": 1\r\n}', '{    "a": 1  }'],
    ['{"a":"\\ud83d"}', '{"a":"\\ufffd"}'],
    ['{"a":"\\uD83D\\uDE00"}', '{"a":"\\uD83D\\uDE00"}'],
    ['{"a":"\\ud83d\\ud83d\\ude00"}', '{"a":"\\ufffd\\ud83d\\ude00"}'],
    ['{"a":"\\\\ud83d"}', '{"a":"\\\\ud83d"}'],
    ['{"a":"\\\\\\ud83d"}', '{"a":"\\\\\\ufffd"}'],
    ['{"a":9007199254740993,"b":0.10}', '{"a":9007199254740993,"b":0.10}']
  ])("makes of %j %j", (row, line) => expect(sanitized(row)).toBe(line))

  it.each([
    ["the ends of each length", false, "c280 dfbf e0a080 e18080 ed9fbf ee8080 efbfbf f0908080 f48fbfbf"],
    ["neighbours of the line separators", false, "c284 c286 e280a7 e280aa e281a8 e180a8 e380a9"],
    ["line separators", true, "c285 e280a8 e280a9"],
    ["overlong forms", true, "c080 c1bf e08080 e09fbf f0808080 f08fbfbf"],
    ["halves of surrogate pairs", true, "eda080 edbfbf"],
    ["what is above U+10FFFF", true, "f4908080 f4bfbfbf f5808080 ff"],
    ["continuation bytes alone", true, "80 bf"],
    ["sequences without their end", true, "c3 e1 e180 f1 f180 f18080 c3c0 e1c080 e180c0 f1c08080 f180c080 f18080c0"]
  ])("knows UTF-8 that a row may hold as it is: %s", (_, needsSanitizing, all) => {
    for (const bytes of all.split(" ")) {
      const page = [...bytesOf('{"data":[{"a":"'), ...Buffer.from(bytes, "hex"), ...bytesOf('"}]}')]
      expect([bytes, scanPage(Uint8Array.from(page), [])?.needsSanitizing]).toEqual([bytes, needsSanitizing ? [0] : []])
    }
  })

  it("makes bytes that are no UTF-8 into replacement characters", () => {
    const row = Uint8Array.from([...bytesOf('{"a":"'), 0xed, 0xa0, 0xbd, 0xff, ...bytesOf('"}')])
    expect(scanPage(Uint8Array.from([...bytesOf('{"data":['), ...row, ...bytesOf("]}")]), [])?.needsSanitizing).toEqual(
      [0]
    )
    expect(JSON.parse(textOf(sanitize(row))).a).toMatch(/^\ufffd+$/)
  })
})
