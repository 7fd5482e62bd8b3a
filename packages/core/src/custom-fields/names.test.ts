import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { columnNames, frozenClash, nameFields } from "./names.ts"

// SPEC 36

const keyOf = (at: number): string => (at + 0xa1b2c3).toString(16).padStart(6, "0").repeat(7).slice(0, 40)

const field = (at: number, name: string, type = "varchar") => ({ key: keyOf(at), name, type })

const named = (
  names: ReadonlyArray<readonly [name: string, type?: string]>,
  frozen = {},
  taken: Array<string> = []
) => {
  const fields = names.map(([name, type], at) => field(at, name, type))
  const given = nameFields(fields, frozen, new Set(taken))
  return fields.map(({ key }) => given.get(key))
}

describe("the name of a custom field", () => {
  it.each([
    ["Price", "custom_price"],
    ["Größe & Gewicht (kg)", "custom_grosse_gewicht_kg"],
    ["Отрасль", "custom_otrasl"],
    ["预算 金额", "custom_yu_suan_jin_e"],
    ["__Deal--source__", "custom_deal_source"],
    ["1st contact", "custom_1st_contact"],
    ["", "custom_a1b2c3a1"],
    ["🚀🚀", "custom_a1b2c3a1"],
    ["—", "custom_a1b2c3a1"],
    ["x".repeat(200), `custom_${"x".repeat(50)}`],
    ["long word ".repeat(20), "custom_long_word_long_word_long_word_long_word_long_word"],
    [`${"a".repeat(49)} b`, `custom_${"a".repeat(49)}`],
    [`${"a".repeat(50)} b`, `custom_${"a".repeat(50)}`],
    [`${"a".repeat(10)} ${"b".repeat(60)}`, `custom_${"a".repeat(10)}`],
    [`a ${"b".repeat(48)}`, `custom_a_${"b".repeat(48)}`],
    [`a ${"b".repeat(48)} c`, `custom_a_${"b".repeat(48)}`],
    [`a ${"b".repeat(49)}`, "custom_a"]
  ])("is made of its own: %j", (name, expected) => {
    expect(named([[name]])).toEqual([expected])
  })

  it("gets digits of its key where columns of two fields meet, whatever their order", () => {
    expect(named([["Region"], ["region!"], ["Other"]])).toEqual([
      "custom_region_a1b2c3",
      "custom_region_a1b2c4",
      "custom_other"
    ])
    expect(named([["Price", "monetary"], ["Price currency"]])).toEqual([
      "custom_price_a1b2c3",
      "custom_price_currency_a1b2c4"
    ])
  })

  it("gets none where names are equal and columns are not", () => {
    expect(named([["Owner", "user"], ["Owner"]])).toEqual(["custom_owner", "custom_owner"])
  })

  it("gets as many digits as it needs", () => {
    const fields = ["aaaaaa1", "aaaaaa2", "aaaaaab"].map((key) => ({ key, name: "X", type: "int" }))
    expect([...nameFields(fields, {}, new Set()).values()]).toEqual([
      "custom_x_aaaaaa1",
      "custom_x_aaaaaa2",
      "custom_x_aaaaaab"
    ])
  })

  it("gives way to columns of the record and to frozen names, which stay as they are", () => {
    expect(named([["Fields"]], {}, ["custom_FIELDS"])).toEqual(["custom_fields_a1b2c3"])
    const frozen = { gone: { name: "custom_price", type: "monetary" }, [keyOf(1)]: { name: "By_Hand" } }
    expect(named([["Price currency"], ["Other"], ["By hand"]], frozen)).toEqual([
      "custom_price_currency_a1b2c3",
      "By_Hand",
      "custom_by_hand"
    ])
  })

  it("gives way to the columns that a frozen field has by its type of today", () => {
    const frozen = { [keyOf(0)]: { name: "custom_price", type: "int" } }
    expect(named([["Price", "monetary"], ["Price currency"]], frozen)).toEqual([
      "custom_price",
      "custom_price_currency_a1b2c4"
    ])
  })

  it("is unique with all its columns, in any case, whatever fields there are", () => {
    const types = ["varchar", "monetary", "enum", "set", "daterange", "timerange", "user", "address", "int"]
    const some = fc.array(
      fc.record({
        name: fc.constantFrom("Price", "price!", "Price currency", "Price id", "Price until", "🚀", "", "Fields"),
        type: fc.constantFrom(...types)
      }),
      { maxLength: 12 }
    )
    fc.assert(
      fc.property(some, some, (old, young) => {
        const fields = [...old, ...young].map(({ name, type }, at) => field(at * 7, name, type))
        const first = fields.slice(0, old.length)
        const names = nameFields(first, {}, new Set(["custom_fields"]))
        const frozen = Object.fromEntries(first.map(({ key, type }) => [key, { name: names.get(key) as string, type }]))
        const all = nameFields(fields, frozen, new Set(["custom_fields"]))
        for (const [key, name] of names) expect(all.get(key)).toBe(name)
        const columns = [
          "custom_fields",
          ...fields.flatMap(({ key, type }) => columnNames(all.get(key) as string, type))
        ]
        expect(new Set(columns.map((name) => name.toLowerCase())).size).toBe(columns.length)
      })
    )
  })
})

describe("names that were edited by hand", () => {
  it.each([
    [{ a: { name: "x", type: "int" }, b: { name: "X", type: "text" } }, "X"],
    [{ a: { name: "x", type: "monetary" }, b: { name: "x_currency", type: "text" } }, "x_currency"],
    [{ a: { name: "title", type: "int" } }, "title"],
    [{ a: { name: "x", type: "user" }, b: { name: "x", type: "text" } }, undefined]
  ])("are found to stand in each other's way: %j", (frozen, clash) => {
    expect(frozenClash(frozen, new Set(["title"]))).toBe(clash)
  })
})
