import { describe, expect, it } from "vitest"
import { bytesOf, textOf } from "../page/text.ts"
import { ByteWriter } from "./byte-writer.ts"
import {
  OptionTexts,
  type WriteValue,
  writeBoolean,
  writeDate,
  writeInteger,
  writeJson,
  writeLabel,
  writeList,
  writeNumber,
  writeOption,
  writeOptionId,
  writeReference,
  writeText,
  writeZone
} from "./value-writer.ts"

/** What a value is written as; undefined where it does not fit. */
const as = (write: WriteValue, value: string): string | undefined => {
  const out = new ByteWriter(4)
  const bytes = bytesOf(`[0,${value},1]`)
  const fits = write(out, bytes, 3, bytes.length - 3)
  return fits ? textOf(out.bytes.subarray(0, out.length)) : undefined
}

/** Values that are written as they are, as null, as something else, or not at all. */
const writes = (
  write: WriteValue,
  same: ReadonlyArray<string>,
  nulls: ReadonlyArray<string>,
  others: ReadonlyArray<readonly [string, string]>,
  misfits: ReadonlyArray<string>
) => {
  for (const value of same) expect([value, as(write, value)]).toEqual([value, value])
  for (const value of nulls) expect([value, as(write, value)]).toEqual([value, "null"])
  for (const [value, text] of others) expect([value, as(write, value)]).toEqual([value, text])
  for (const value of misfits) expect([value, as(write, value)]).toEqual([value, undefined])
}

describe("a value is written as its column has it", () => {
  it("text", () => writes(writeText, ['"a"', '""', '"12"'], [], [], ["12", "true", "{}", "[]"]))

  it("number", () =>
    writes(writeNumber, ["0", "9", "12", "-1", "1.50", "1e400"], ['""'], [], ['"1"', '"a"', "true", "[1]", "{}", "[]"]))

  it("whole number", () =>
    writes(writeInteger, ["0", "9", "12", "-1"], ['""'], [], ["1.5", "1e3", "-", '"1"', "true", "[]", "{}", "-1.0"]))

  it("boolean", () => writes(writeBoolean, ["true", "false"], ['""'], [], ["1", "0", '"true"', "[]", "{}"]))

  it("date", () => {
    const days = ["2024-02-29", "2000-02-29", "2023-02-28", "0001-01-01", "9999-12-31", "2023-10-09"]
    const ends = ["01-31", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31"]
    const over = ["01-32", "02-29", "03-32", "04-31", "05-32", "06-31", "07-32", "08-32", "09-31", "10-32", "11-31"]
    const odd = ["2023-12-32", "1900-02-29", "2024-02-30", "0000-01-01", "2023-00-01", "2023-13-01", "2023-01-00"]
    const form = ["2023/01-01", "2023-01/01", "20x3-01-01", "2x23-01-01", "2023-x1-01", "2023-01-0x", "2023-1-01"]
    const quoted = (texts: ReadonlyArray<string>) => texts.map((text) => `"${text}"`)
    writes(
      writeDate,
      quoted([...days, ...ends.map((end) => `2023-${end}`)]),
      ['""'],
      [],
      [...quoted([...over.map((end) => `2023-${end}`), ...odd, ...form, "2023-01-01T", "2023-01-011"]), "202301010101"]
    )
  })

  it("id of a record", () =>
    writes(
      writeReference,
      ["0", "12", "-1"],
      ['""'],
      [
        ['"12"', "12"],
        ['"-7"', "-7"]
      ],
      ['"a"', '"1.5"', "1.5", "{}", '"-"', '"1"2"', "[1]"]
    ))

  it("JSON", () =>
    writes(
      writeJson,
      ['"a"', '""'],
      [],
      [
        ["12", '"12"'],
        ['{"a":"b"}', '"{\\"a\\":\\"b\\"}"'],
        ["[ 1 ]", '"[ 1 ]"'],
        ["true", '"true"']
      ],
      []
    ))

  it("time zone", () =>
    writes(writeZone, ['"Europe/Tallinn"', '""'], [], [["318", '"318"']], ["1.5", "true", "{}", "[]"]))
})

describe("options", () => {
  const texts = new OptionTexts(
    new Map([
      ["7", "Low"],
      ["12", 'High "€"'],
      ["u-1", "Warm"],
      ["x9", "Odd"],
      ["1234567890123456", "Long"]
    ])
  )
  const noting = () => {
    const unknown: Array<string> = []
    return { unknown, note: (id: string) => void unknown.push(id) }
  }

  it("are written as their texts, and as their ids where none is known", () => {
    const { note, unknown } = noting()
    writes(
      writeOption(texts, note),
      ['"By hand"', '"u-1"', '"1.5"'],
      ['""'],
      [
        ["7", '"Low"'],
        ['"7"', '"Low"'],
        ["12", '"High \\"€\\""'],
        ["8", '"8"'],
        ['"8"', '"8"'],
        ["9", '"9"'],
        ["-7", '"-7"'],
        ["1234567890123456", '"1234567890123456"']
      ],
      ["1.5", "true", "{}", "[]"]
    )
    expect(unknown).toEqual(["8", "8", "9", "-7", "1234567890123456"])
  })

  it("are written as their ids", () =>
    writes(writeOptionId, ["7", "0"], ['""', '"By hand"', '"1.5"'], [['"7"', "7"]], ["1.5", "true", "{}", "[]"]))

  it("that are labels may have texts for ids", () => {
    const { note, unknown } = noting()
    writes(
      writeLabel(texts, note),
      ['"u-2"', '""'],
      [],
      [
        ['"u-1"', '"Warm"'],
        ['"x9"', '"Odd"'],
        ['"\\u0075-1"', '"Warm"'],
        ["7", '"Low"'],
        ['"7"', '"Low"'],
        ['"8"', '"8"'],
        ["8", '"8"']
      ],
      ["1.5", "true", "{}"]
    )
    expect(unknown).toEqual(["u-2", "", "8", "8"])
  })

  it("stand in lists, in texts with commas, or alone", () => {
    const { note, unknown } = noting()
    writes(
      writeList(writeOption(texts, note)),
      [],
      ['""'],
      [
        ["[]", "[]"],
        ["[ ]", "[]"],
        ["[7]", '["Low"]'],
        ['[ 7 , "12" ]', '["Low","High \\"€\\""]'],
        ['"7, 12"', '["Low","High \\"€\\""]'],
        ['"7"', '["Low"]'],
        ['"a\\"b,c"', '["a\\"b","c"]'],
        ['"\\u0037,x"', '["Low","x"]'],
        ["7", '["Low"]'],
        ["8", '["8"]']
      ],
      ["{}", '{"id":7}', "[{}]", '[7,{"id":7}]', "[[7]]", "true", "1.5"]
    )
    expect(unknown).toEqual(["8"])
    writes(
      writeList(writeOptionId),
      [],
      ['""'],
      [
        ['"7,x"', "[7,null]"],
        ["[7,12]", "[7,12]"]
      ],
      ["{}", "true"]
    )
  })
})
