import { afterEach, beforeEach, expect, it } from "vitest"
import type { Emulator, FieldedEntity } from "./interface.ts"
import { startEmulator } from "./start.ts"

let emulator: Emulator

beforeEach(async () => {
  emulator = await startEmulator({ timeZeroMs: Date.UTC(2026, 0, 10) })
})

afterEach(() => emulator.close())

const LISTS: ReadonlyArray<readonly [entity: FieldedEntity, list: string, fields: ReadonlyArray<string>]> = [
  ["deal", "v2/deals", ["v2/dealFields", "v1/dealFields", "v1/leadFields"]],
  ["person", "v2/persons", ["v2/personFields", "v1/personFields"]],
  ["organization", "v2/organizations", ["v2/organizationFields", "v1/organizationFields"]],
  ["product", "v2/products", ["v2/productFields", "v1/productFields"]],
  ["project", "v2/projects", ["v2/projectFields"]]
]

const definition = (path: string, key: string) => {
  const found = emulator
    .rows(path)
    .map((text) => JSON.parse(text))
    .find((row) => row.field_code === key || row.key === key)
  return found === undefined
    ? undefined
    : {
        name: found.field_name ?? found.name,
        labels: (found.options ?? []).map(({ label }: { label: string }) => label)
      }
}

const valuesOf = (list: string, key: string) => emulator.rows(list).map((text) => JSON.parse(text).custom_fields[key])

it.each(LISTS)("makes, renames and removes custom fields of a %s, in its lists at once", (entity, list, lists) => {
  const { customFields } = emulator
  const before = emulator.rows(list)
  const key = customFields.create(entity, { name: "Stage fit", type: "enum", options: ["Good", "Bad"] })
  expect(customFields.list(entity).at(-1)).toMatchObject({ key, name: "Stage fit", type: "enum" })
  const { options } = customFields.list(entity).at(-1) ?? { options: [] }
  const ids = options.map(({ id }) => id)
  const values = valuesOf(list, key)
  expect(values.some((value) => ids.includes(value))).toBe(true)
  expect(values.some((value) => value === null)).toBe(true)
  for (const path of lists) expect(definition(path, key)).toEqual({ name: "Stage fit", labels: ["Good", "Bad"] })

  customFields.rename(entity, key, "Fit")
  customFields.renameOption(entity, key, ids[0] as number, "Fine")
  customFields.removeOption(entity, key, ids[1] as number)
  for (const path of lists) expect(definition(path, key)).toEqual({ name: "Fit", labels: ["Fine"] })
  // Rows keep the ids of options that are gone.
  expect(valuesOf(list, key)).toEqual(values)

  customFields.remove(entity, key)
  for (const path of lists) expect(definition(path, key)).toBeUndefined()
  expect(emulator.rows(list)).toEqual(before)
  expect(customFields.create(entity, { name: "Fit", type: "enum" })).not.toBe(key)
})

it("shows a field of deals in leads, at the root of the row", () => {
  const key = emulator.customFields.create("deal", { name: "Fee", type: "monetary" })
  const fees = () => emulator.rows("v1/leads").map((text) => JSON.parse(text))
  expect(fees().some((lead) => lead[key] !== undefined && lead[`${key}_currency`] === "EUR")).toBe(true)
  emulator.customFields.remove("deal", key)
  expect(fees().some((lead) => Object.keys(lead).some((name) => name.startsWith(key)))).toBe(false)
})

it("refuses to change what is not there", () => {
  const { customFields } = emulator
  expect(() => customFields.rename("deal", "x", "y")).toThrow("A deal has no custom field x")
  const { key } = customFields.list("deal")[0] ?? { key: "" }
  expect(() => customFields.removeOption("deal", key, 1)).toThrow("has no option 1")
})

it("has rare types, odd names, odd values and as many fields as are asked for, in both shapes", async () => {
  const odd = await startEmulator({
    timeZeroMs: Date.UTC(2026, 0, 10),
    customFields: { rareTypes: true, oddNames: true, oddValues: true, count: 200 }
  })
  const fields = odd.customFields.list("deal")
  expect(fields).toHaveLength(200)
  expect(new Set(fields.map(({ key }) => key)).size).toBe(200)
  expect(fields.filter(({ name }) => name === "Budget")).toHaveLength(2)
  const double = fields.find(({ type }) => type === "double")?.key ?? ""
  const deals = odd.rows("v2/deals").map((text) => JSON.parse(text))
  expect(Object.keys(deals[0].custom_fields)).toHaveLength(200)
  expect(deals.some(({ custom_fields }) => custom_fields[double] === "about 12")).toBe(true)
  for (const { key, isSpare } of fields)
    expect(deals.some(({ custom_fields }) => custom_fields[key] !== null)).toBe(!isSpare)
  const leads = odd.rows("v1/leads").map((text) => JSON.parse(text))
  expect(leads.some((lead) => lead[double] === "about 12")).toBe(true)
  await odd.close()
})
