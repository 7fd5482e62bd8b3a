import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { scanPage, scanRow } from "./scan.ts"
import { bytesOf, textOf } from "./text.ts"

const wanted = ["id", "update_time", "nested"]

/** Text with all that makes scanning hard: quotes, braces, escapes, every plane, halves of pairs. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc
    .array(
      fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "\n", "\u0085", "\u2028", "\ud83d", "\ude00", "é"),
      {
        maxLength: 12
      }
    )
    .map((letters) => letters.join(""))
)

/** Numbers as they are written, some beyond what a double holds. */
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom("9007199254740993", "-12345678901234567890", "0.10", "1E+2", "-0", "1e-7")
)

/** A value's JSON, written by hand, so that its form is free. */
const space = fc.constantFrom("", "", " ", "\n", "\r\n", "\t  ")
const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(
      text.map((each) => JSON.stringify(each)),
      number,
      fc.constantFrom("true", "false", "null")
    ),
    fc
      .tuple(fc.array(tie("value"), { maxLength: 4 }), space)
      .map(([all, gap]) => `[${gap}${all.join(`${gap},${gap}`)}${gap}]`),
    fc
      .tuple(fc.array(fc.tuple(text, tie("value")), { maxLength: 4 }), space)
      .map(
        ([all, gap]) =>
          `{${gap}${all.map(([key, each]) => `${JSON.stringify(key)}${gap}:${gap}${each}`).join(`,${gap}`)}${gap}}`
      )
  )
})).value

/** Raw letters of every kind pass through strings; control characters are escaped. */
const row = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.oneof(fc.constantFrom(...wanted), text), value), {
      maxLength: 6,
      selector: ([key]) => key
    }),
    space
  )
  .map(
    ([members, gap]) =>
      `{${gap}${members.map(([key, each]) => `${JSON.stringify(key)}${gap}:${each}`).join(`${gap},${gap}`)}${gap}}`
  )

const page = fc
  .record({ rows: fc.array(row, { maxLength: 6 }), gap: space, before: fc.boolean(), cursor: text })
  .map(({ before, cursor, gap, rows }) => {
    const list = `"data"${gap}:${gap}[${gap}${rows.join(`${gap},${gap}`)}${gap}]`
    const rest = `"success":true,"additional_data":{"next_cursor":${JSON.stringify(cursor)}}`
    return { rows, cursor, body: `${gap}{${before ? `${list},${rest}` : `${rest},${list}`}}${gap}` }
  })

describe("scanPage", () => {
  it("finds the rows byte for byte, and in them what is wanted", () => {
    fc.assert(
      fc.property(page, ({ body, cursor, rows }) => {
        const bytes = bytesOf(body)
        const scanned = scanPage(bytes, wanted)
        expect(scanned?.data).toBe("list")
        const slice = (start: number, end: number) => textOf(bytes.subarray(start, end))
        const found = rows.map((_, i) => slice(scanned?.spans[2 * i] as number, scanned?.spans[2 * i + 1] as number))
        expect(found).toEqual(rows.map((each) => textOf(bytesOf(each))))
        expect(scanned?.spans.length).toBe(2 * rows.length)
        for (const [i, each] of rows.entries()) {
          const parsed = JSON.parse(each)
          for (const [w, name] of wanted.entries()) {
            const at = 2 * (i * wanted.length + w)
            const [start, end] = [scanned?.values[at] as number, scanned?.values[at + 1] as number]
            const expected = Object.hasOwn(parsed, name) ? parsed[name] : undefined
            expect(start < 0 ? undefined : JSON.parse(slice(start, end))).toEqual(expected)
          }
        }
        const additional = scanned?.envelope.get("additional_data") as readonly [number, number]
        expect(JSON.parse(slice(...additional))).toEqual(JSON.parse(JSON.stringify({ next_cursor: cursor })))
      }),
      { numRuns: 1000 }
    )
  })

  it("never takes the beginning of a page for a page", () => {
    fc.assert(
      fc.property(page, ({ body }) => {
        const bytes = bytesOf(body.trimEnd())
        for (let end = 0; end < bytes.length; end++) {
          if (scanPage(bytes.subarray(0, end), wanted) !== undefined) throw new Error(`cut at ${end}`)
        }
      }),
      { numRuns: 50 }
    )
  })

  it("takes nothing that is no JSON object for a page", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), value.map(bytesOf)), (bytes) => {
        let parsed: unknown
        try {
          parsed = JSON.parse(textOf(bytes))
        } catch {}
        const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
        if (!isObject) expect(scanPage(bytes, wanted)).toBeUndefined()
      }),
      { numRuns: 2000 }
    )
  })

  it("is not misled by a damaged byte: the rows are those of the JSON that is there", () => {
    fc.assert(
      fc.property(page, fc.nat(), fc.integer({ min: 0, max: 255 }), ({ body }, at, byte) => {
        const bytes = bytesOf(body)
        bytes[at % bytes.length] = byte
        let parsed: { data?: unknown } | undefined
        try {
          parsed = JSON.parse(textOf(bytes))
        } catch {}
        const scanned = scanPage(bytes, wanted)
        if (parsed === undefined || !Array.isArray(parsed.data) || scanned?.data !== "list") return
        expect(scanned.spans.length / 2).toBe(parsed.data.length)
      }),
      { numRuns: 2000 }
    )
  })

  it.each([
    ['{"data":null}', "null"],
    ['{"data":[]}', "list"],
    ['{"data":{}}', "object"],
    ['{"data":7}', "scalar"],
    ['{"data":"[{}]"}', "scalar"],
    ['{"success":true}', "absent"]
  ])("tells what data holds: %s", (body, data) => expect(scanPage(bytesOf(body), [])?.data).toBe(data))

  it.each([
    "",
    " ",
    "[]",
    "null",
    "<html></html>",
    '{"data":[1]}',
    '{"data":[null]}',
    '{"data":[{}] ',
    '{"data":[{},]}',
    '{"data":[{}{}]}',
    '{"data":[{"a"}]}',
    '{"data":[{"a":}]}',
    '{"data":[{"a":nul}]}',
    '{"data":[{"a":"\u0001"}]}',
    '{"data":[{"a":[}]}]}',
    '{"data":[]}{"data":[]}',
    '{"data":[{"a":"\\',
    '{"data":[{"a":"\\u12',
    "{'data':[]}"
  ])("is undefined for %j", (body) => expect(scanPage(bytesOf(body), ["a"])).toBeUndefined())

  it("does not let an escape hide a line break", () => {
    expect(scanPage(bytesOf('{"data":[{"a":"\\\n"}]}'), ["a"])).toBeUndefined()
  })

  it("finds rows that stand in a property of data", () => {
    const body = bytesOf('{"data":{"count":2,"goals":[{"id":1},{"id":2}]}}')
    expect(scanPage(body, ["id"], "goals")?.spans.length).toBe(4)
    expect(scanPage(bytesOf('{"data":{"other":[]}}'), ["id"], "goals")?.data).toBe("absent")
  })

  it("takes rows as deep as its limit, and none deeper", () => {
    const deep = (depth: number) => bytesOf(`{"data":[{"a":${"[".repeat(depth)}${"]".repeat(depth)}}]}`)
    expect(scanPage(deep(500), [])).toBeDefined()
    expect(scanPage(deep(100_000), [])).toBeUndefined()
  })

  it.each([
    ['{"a":"plain"}', false],
    ['{"a":"\\ud83d\\ude00"}', false],
    ['{"a":"\\ud83d"}', true],
    ['{"a":"\\ude00\\ud83d"}', true],
    ['{"a":"\u2028"}', true],
    ['{"a":"\u2029"}', true],
    ['{"a":"\u0085"}', true],
    ['{"a":\n1}', true],
    ['{"a":\r\n1}', true],
    ['{"a":{"b":"\u2028"}}', true],
    ['{"\u2028":1}', true]
  ])("says of %j whether it can stand on a line: %s", (each, unfit) => {
    expect(scanPage(bytesOf(`{"data":[{},\n${each}\n]}`), [])?.unfit).toEqual(unfit ? [1] : [])
  })
})

describe("scanRow", () => {
  it("locates properties of one object", () => {
    const body = bytesOf('  {"b":{"id":1},"id":25}')
    const [start, end] = scanRow(body, 2, ["id"]) as [number, number]
    expect(textOf(body.subarray(start, end))).toBe("25")
  })

  it.each(["[]", "7", "{", '{"id":', "null"])("is undefined for %s", (body) =>
    expect(scanRow(bytesOf(body), 0, ["id"])).toBeUndefined()
  )
})
