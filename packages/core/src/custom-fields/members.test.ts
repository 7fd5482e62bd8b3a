import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { bytesOf, textOf } from "../page/text.ts"
import { Members, memberAt } from "./members.ts"

// SPEC 37

const found = (members: Members, names: ReadonlyArray<string>, bytes: Uint8Array) =>
  Object.fromEntries(
    names.flatMap((name, at) => {
      const start = members.starts[at] as number
      return start < 0 ? [] : [[name, JSON.parse(textOf(bytes.subarray(start, members.ends[at])))]]
    })
  )

const value = fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.constant({ value: 1, "": [null] }))

describe("members looked for by name", () => {
  const names = ["a", "ab", "abcdefgh1", "abcdefgh2", "custom_fields", "é", '"']

  it("are those that JSON.parse finds, whatever the order and however names are written", () => {
    const object = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, { noNullPrototype: true })
    fc.assert(
      fc.property(fc.array(object, { maxLength: 5 }), fc.boolean(), (rows, isEscaped) => {
        const members = new Members(names)
        for (const row of rows) {
          const json = JSON.stringify(row)
          const bytes = bytesOf(isEscaped ? json.replaceAll('"a', '"\\u0061') : json)
          members.read(bytes, 0)
          const expected = Object.fromEntries(
            Object.entries(JSON.parse(textOf(bytes))).filter(([name]) => names.includes(name))
          )
          expect(found(members, names, bytes)).toEqual(expected)
        }
      })
    )
  })

  it("are told from names of the same length in the rows before, wherever these differ", () => {
    const wanted = ["0123456789abcdef012", "x123456789abcdef012", "01234567x9abcdef012", "0123456789abcdef01x"]
    const object = fc.uniqueArray(fc.constantFrom(...wanted, "0123456789xbcdef012", "012345"), { maxLength: 6 })
    fc.assert(
      fc.property(fc.array(object, { maxLength: 5 }), (rows) => {
        const members = new Members(wanted)
        const texts = rows.map((names) =>
          JSON.stringify(Object.fromEntries(names.map((name, at) => [name, at || null])))
        )
        const bytes = bytesOf(texts.join(""))
        let start = 0
        for (const text of texts) {
          members.read(bytes, start)
          const expected = Object.entries(JSON.parse(text)).filter(([name]) => wanted.includes(name))
          expect(found(members, wanted, bytes)).toEqual(Object.fromEntries(expected))
          start += text.length
        }
      })
    )
  })

  it("are found in a member of the row as well, and forgotten with the next row", () => {
    const inner = new Members(["x", "y"])
    const members = new Members(["custom_fields", "id"], { name: "custom_fields", members: inner })
    const read = (json: string) => {
      const bytes = bytesOf(json)
      members.read(bytes, 0)
      return [found(members, ["custom_fields", "id"], bytes), found(inner, ["x", "y"], bytes)]
    }
    expect(read('{"custom_fields": {"x": {"y":1}, "z":[2]} ,"id":3, "more":4}')).toEqual([
      { custom_fields: { x: { y: 1 }, z: [2] }, id: 3 },
      { x: { y: 1 } }
    ])
    expect(read('{"custom_fields":{"x":1,"y":2,"z":3},"more":4,"id":5}')).toEqual([
      { custom_fields: { x: 1, y: 2, z: 3 }, id: 5 },
      { x: 1, y: 2 }
    ])
    expect(read('{"custom_fields":{"x":1,"x":2,"z":3,"y":4},"id":5}')).toEqual([
      { custom_fields: { x: 2, y: 4, z: 3 }, id: 5 },
      { x: 2, y: 4 }
    ])
    expect(read('{"custom_fields":1,"custom_fields":{"y":4},"id":3}')).toEqual([
      { custom_fields: { y: 4 }, id: 3 },
      { y: 4 }
    ])
    expect(read('{"id":3,"custom_fields":null}')).toEqual([{ custom_fields: null, id: 3 }, {}])
    expect(read('{"id":3}')).toEqual([{ id: 3 }, {}])
    expect(read("{}")).toEqual([{}, {}])
  })

  it("are found in an object by themselves", () => {
    const bytes = bytesOf('{"value2":1,"value":"x\\"value\\":2","until":3}')
    const at = (name: string) => memberAt(bytes, 0, bytesOf(name))
    expect(textOf(bytes.subarray(at("value"), at("value") + 2))).toBe('"x')
    expect(bytes[at("until")]).toBe(0x33)
    expect(at("valu")).toBe(-1)
  })
})
