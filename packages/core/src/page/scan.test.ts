import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { page, value, wanted } from "../../test/json-pages.ts"
import { scanPage, scanRow } from "./scan.ts"
import { bytesOf, textOf } from "./text.ts"

// SPEC 24, 25

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
    '{"data":[{}:{}]}',
    '{"data":[{} ; {}]}',
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

  it.each([
    "[1,,2]",
    "[,1]",
    "[1,]",
    "[1 2]",
    "01.2.3",
    "01",
    "-01",
    "+1",
    "1.",
    ".5",
    "1e",
    "1e+",
    "1.e1",
    "-",
    "--1",
    "1-2",
    "nuul",
    "nul",
    "nxll",
    "nulx",
    "txue",
    "trxe",
    "trux",
    "fxlse",
    "faxse",
    "falxe",
    "falsx",
    '["\\u12/4"]',
    '["\\u12:4"]',
    '["\\u12@4"]',
    '["\\u12`4"]',
    '["\\u12g4"]',
    "nulll",
    "True",
    "tru e",
    "falsetrue",
    "NaN",
    "Infinity",
    "0x10",
    "[true false]",
    '{"a":1,}',
    '{,"a":1}',
    '{"a":1,,"b":2}',
    '{"a" 1}',
    '{"a"::1}',
    '{"a":}',
    '{"a"}',
    '{"a":1 "b":2}',
    "{a:1}",
    "{1:1}",
    '{"a":1:2}',
    "['a']",
    '["a""b"]',
    '["a\tb"]',
    '["\\x41"]',
    '["\\u12G4"]',
    "[1]]",
    "[}",
    '{"a":[1}]',
    "[/**/]"
  ])("takes no row that holds %j, at any depth", (value) => {
    for (const row of [`{"a":${value}}`, `{"a":[${value}]}`, `{"a":{"b":${value}}}`, `{"a":[{"b":[0,${value}]}]}`]) {
      expect(scanPage(bytesOf(`{"data":[${row}]}`), ["a"])).toBeUndefined()
      expect(scanPage(bytesOf(`{"success":true,"other":${row},"data":[]}`), ["a"])).toBeUndefined()
    }
  })

  it.each(
    [
      ...["0", "-0", "7", "-10", "1.5", "-0.25", "1e5", "1E5", "1e+5", "1E-5", "0e0", "12.50e+10"],
      ...["true", "false", "null", '"\\u0aF9\\/\\b\\f\\n\\r\\t"', "[]", "[ ]", "{}", "{ }"],
      ...['[ 1 , "a" , [ ] ]', '{ "b" : { } , "c" : [ 1 ] }', '[[],{},[{"d":[{}]}]]']
    ].map((value) => [value])
  )("finds the end of %s, at any depth", (value) => {
    for (const each of [value, `[${value}]`, `{"b":${value}}`, `[{"b":[0,${value}, ${value} ]}]`]) {
      const body = bytesOf(`{"data":[{"x":${each},"a":${each}},{"a":${each} }]}`)
      const scanned = scanPage(body, ["a"])
      const found = [0, 2].map((at) => textOf(body.subarray(scanned?.values[at], scanned?.values[at + 1])))
      expect(found).toEqual([each, each])
      expect(scanned?.needsSanitizing).toEqual([])
    }
  })

  it.each([
    '{"data":[],"data":[{"id":1}]}',
    '{"data":[{"id":1}],"d\\u0061ta":[]}',
    '{"data":[],"additional_data":{"next_cursor":"c"},"additional_data":{}}',
    '{"data":[],"additional_data":{"next_cursor":"c"},"additional\\u005fdata":{}}'
  ])("is undefined for what says twice which rows there are, or whether there are more: %s", (body) =>
    expect(scanPage(bytesOf(body), [])).toBeUndefined()
  )

  it("is undefined for a list that stands twice within data", () =>
    expect(scanPage(bytesOf('{"data":{"goals":[],"goals":[{}]}}'), [], "goals")).toBeUndefined())

  it("knows names that are written with escapes", () => {
    const body = bytesOf('{"d\\u0061ta":{"g\\u006fals":[{"\\u0069d":25}]},"addition\\u0061l_data":{}}')
    const scanned = scanPage(body, ["id"], "goals")
    expect(textOf(body.subarray(scanned?.values[0], scanned?.values[1]))).toBe("25")
    expect([...(scanned?.envelope.keys() ?? [])]).toEqual(["additional_data"])
  })

  it("takes names of any length", () => {
    const name = "k".repeat(200_000)
    const body = bytesOf(`{"${name}":1,"data":{"${name}":2,"goals":[{"${name}":3,"id":4}]}}`)
    const scanned = scanPage(body, ["id"], "goals")
    expect(textOf(body.subarray(scanned?.values[0], scanned?.values[1]))).toBe("4")
  })

  it("takes half a million rows for a page, and no more", () => {
    const of = (rows: number) => bytesOf(`{"data":[${"{},".repeat(rows - 1)}{}]}`)
    expect(scanPage(of(500_000), ["id"])?.spans.length).toBe(1_000_000)
    expect(scanPage(of(500_001), ["id"])?.data).toBe("crowded")
  })

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
    expect(scanPage(deep(512), [])).toBeDefined()
    expect(scanPage(deep(513), [])).toBeUndefined()
    expect(scanPage(deep(100_000), [])).toBeUndefined()
  })

  it.each([
    ['{"a":"plain"}', false],
    ['{"a":"\\ud83d\\ude00"}', false],
    ['{"a":"\\ud83d"}', true],
    ['{"a":"\\ude00\\ud83d"}', true],
    ['{"a":"\\ud800\\udc00\\udbff\\udfff"}', false],
    ['{"a":"\\ud7ff\\ue000\\uffff"}', false],
    ['{"a":"\\ud83d\\udbff"}', true],
    ['{"a":"\\ud83d\\ue000"}', true],
    ['{"a":"\\udc00\\udc00"}', true],
    ['{"a":"\\ud83dude00"}', true],
    ['{"a":"\\ud83d\\nde00"}', true],
    ['{"a":"\\udfff"}', true],
    ['{"a":"\u2028"}', true],
    ['{"a":"\u2029"}', true],
    ['{"a":"\u0085"}', true],
    ['{"a":\n1}', true],
    ['{"a":\r\n1}', true],
    ['{"a":{"b":"\u2028"}}', true],
    ['{"\u2028":1}', true]
  ])("says of %j whether it can stand on a line: %s", (each, needsSanitizing) => {
    expect(scanPage(bytesOf(`{"data":[{},\n${each}\n]}`), [])?.needsSanitizing).toEqual(needsSanitizing ? [1] : [])
  })
})

describe("scanRow", () => {
  it("locates properties of one object", () => {
    const body = bytesOf('  {"b":{"id":1},"id":25}')
    const [start, end] = scanRow(body, 2, ["id"]) ?? []
    expect(textOf(body.subarray(start, end))).toBe("25")
  })

  it.each(["[]", "7", "{", '{"id":', "null"])("is undefined for %s", (body) =>
    expect(scanRow(bytesOf(body), 0, ["id"])).toBeUndefined()
  )
})
