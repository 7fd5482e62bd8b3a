import { describe, expect, it } from "vitest"
import { Account, type Ran } from "../../test/account.ts"
import { since } from "../declare/changes.ts"
import * as c from "../declare/columns.ts"
import { cursorPages, seekPages } from "../declare/pagination.ts"
import { defineStream, type SourceStream } from "../declare/stream.ts"
import type { JsonObject } from "../events.ts"
import type { CustomFields } from "./entity.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"

const deals = defineStream({
  name: "deals",
  path: "v2/deals",
  docs,
  tokens: 10,
  scope: "deals:read",
  columns: { id: c.integer, update_time: c.timestamp, label_ids: c.listOf(c.integer), custom_fields: c.object },
  primaryKey: ["id"],
  paging: cursorPages(),
  query: { sort_by: "update_time", sort_direction: "asc" },
  customFields: { of: "deal", in: "custom_fields", labels: "options" },
  changes: since("update_time")
})
const archived = defineStream({ ...deals, name: "deals_archived", path: "v2/deals/archived" })
const leads = defineStream({
  ...deals,
  name: "leads",
  path: "v1/leads",
  tokens: 20,
  paging: seekPages(),
  query: { sort: "update_time ASC, id ASC" },
  customFields: { of: "deal", in: "row", labels: "leadLabels" } satisfies CustomFields
})
const projects = defineStream({
  ...deals,
  name: "projects",
  path: "v2/projects",
  addOn: "Projects add-on",
  customFields: { of: "project", in: "custom_fields" } satisfies CustomFields
})
const all = [deals, archived, leads, projects]

const named = { custom_fields: "named" }
const keyOf = (letter: string): string => letter.repeat(40)

interface Defined {
  readonly field_code: string
  readonly field_name: string
  readonly field_type: string
  readonly is_custom_field?: boolean
  readonly options?: ReadonlyArray<JsonObject>
}

const field = (letter: string, name: string, type: string, options?: ReadonlyArray<JsonObject>): Defined => ({
  field_code: keyOf(letter),
  field_name: name,
  field_type: type,
  is_custom_field: true,
  ...(options !== undefined && { options })
})

const labels = { field_code: "label_ids", field_name: "Label", field_type: "set", options: [{ id: 1, label: "Hot" }] }

/** A company with these fields of deals, and one deal and one lead. */
const company = (fields: ReadonlyArray<Defined>, values: object = {}, root: object = {}) => {
  const account = new Account()
  account.serve("v2/dealFields", () => [labels, ...fields] as ReadonlyArray<JsonObject>)
  account.serve("v2/projectFields", () => [])
  account.serve("v1/leadLabels", () => [{ id: "u-1", name: "Warm" }])
  account.serve("v2/deals", () => [{ id: 1, update_time: account.ago(9000), label_ids: [1], custom_fields: values }])
  account.serve("v2/deals/archived", () => [])
  account.serve("v2/projects", () => [])
  account.serve("v1/leads", () => [{ id: 1, update_time: account.ago(9000), label_ids: ["u-1"], ...root }])
  return account
}

const addedIn = (ran: Ran, stream = "deals") => {
  const [row = {}] = ran.of(stream).rows
  return Object.fromEntries(
    Object.entries(row).filter(([name]) => /^(custom_|labels|by_)/.test(name) && name !== "custom_fields")
  )
}

const read = (account: Account, properties?: JsonObject, config: object = {}, names = ["deals"]) =>
  account.read(all, names, {
    config: { ...named, ...config },
    ...(properties !== undefined && { properties: Object.fromEntries(names.map((name) => [name, properties])) })
  })

const warningsOf = (ran: Ran) => ran.logs.filter((line) => line.startsWith("WARN ")).map((line) => line.slice(5))

describe("custom fields as columns", () => {
  const a = keyOf("a")
  const zone = { timezone_id: 318, timezone_name: "Europe/London" }
  const parts = { value: "Main St 1", street_number: "1", formatted_address: "1 Main St, Tartu" }
  const options = [
    { id: 7, label: "Low" },
    { id: 8, label: "High “€”" }
  ]

  it.each<[type: string, v2: unknown, v1: object, columns: object]>([
    ["varchar", "é “x”", { [a]: "é “x”" }, { custom_x: "é “x”" }],
    ["text", "", { [a]: "" }, { custom_x: "" }],
    ["phone", "+372 5", { [a]: "+372 5" }, { custom_x: "+372 5" }],
    ["double", -1.5, { [a]: -1.5 }, { custom_x: -1.5 }],
    ["int", 12, { [a]: 12 }, { custom_x: 12 }],
    ["boolean", false, { [a]: false }, { custom_x: false }],
    [
      "monetary",
      { value: 500, currency: "USD" },
      { [a]: 500, [`${a}_currency`]: "USD" },
      { custom_x: 500, custom_x_currency: "USD" }
    ],
    [
      "monetary",
      { value: null, currency: "USD" },
      { [`${a}_currency`]: "USD" },
      { custom_x: null, custom_x_currency: "USD" }
    ],
    ["enum", 8, { [a]: "8" }, { custom_x: "High “€”", custom_x_id: 8 }],
    ["enum", "By hand", { [a]: "By hand" }, { custom_x: "By hand", custom_x_id: null }],
    ["set", [8, 7], { [a]: "8,7" }, { custom_x: ["High “€”", "Low"], custom_x_ids: [8, 7] }],
    ["set", [], { [a]: [] }, { custom_x: [], custom_x_ids: [] }],
    ["set", [7, "By hand"], { [a]: "7,By hand" }, { custom_x: ["Low", "By hand"], custom_x_ids: [7, null] }],
    ["date", "2024-02-29", { [a]: "2024-02-29" }, { custom_x: "2024-02-29" }],
    ["date", "2000-02-29", { [a]: "2000-02-29" }, { custom_x: "2000-02-29" }],
    ["date", "1999-12-31", { [a]: "1999-12-31" }, { custom_x: "1999-12-31" }],
    [
      "daterange",
      { value: "2024-01-01", until: "2024-02-01" },
      { [a]: "2024-01-01", [`${a}_until`]: "2024-02-01" },
      { custom_x: "2024-01-01", custom_x_until: "2024-02-01" }
    ],
    [
      "time",
      { value: "09:30:00", timezone_id: 318 },
      { [a]: "09:30:00", [`${a}_timezone_id`]: 318 },
      { custom_x: "09:30:00", custom_x_timezone: "318" }
    ],
    [
      "timerange",
      { value: "09:30:00", until: "10:00:00", ...zone },
      { [a]: "09:30:00", [`${a}_until`]: "10:00:00", [`${a}_timezone_name`]: "Europe/London" },
      { custom_x: "09:30:00", custom_x_until: "10:00:00", custom_x_timezone: "Europe/London" }
    ],
    ...["user", "people", "org", "deal", "project", "stage", "activity"].map(
      (type): [string, unknown, object, object] => [type, 12, { [a]: "12" }, { custom_x_id: 12 }]
    ),
    ["lead", "0e10-11eb", { [a]: "0e10-11eb" }, { custom_x_id: "0e10-11eb" }],
    [
      "address",
      parts,
      { [a]: "Main St 1", [`${a}_street_number`]: "1", [`${a}_formatted_address`]: "1 Main St, Tartu" },
      { custom_x: "1 Main St, Tartu", custom_x_parts: parts }
    ],
    [
      "address",
      { value: "Main St", formatted_address: "" },
      { [a]: "Main St", [`${a}_formatted_address`]: "" },
      {
        custom_x: "Main St",
        custom_x_parts: { value: "Main St", formatted_address: "" }
      }
    ],
    ["json", { b: [1] }, { [a]: { b: [1] } }, { custom_x: '{"b":[1]}' }],
    ["status", "open", { [a]: "open" }, { custom_x: "open" }],
    ["visible_to", 3, { [a]: 3 }, { custom_x: "3" }]
  ])("have the values of their type, %s: %j", async (type, v2, v1, columns) => {
    const account = company([field("a", "X", type, options)], { [a]: v2 }, v1)
    const ran = await read(account, undefined, {}, ["deals", "leads"])
    expect(addedIn(ran)).toEqual({ labels: ["Hot"], ...columns })
    expect(addedIn(ran, "leads")).toEqual({ labels: ["Warm"], ...columns })
    const none = Object.fromEntries(Object.keys(columns).map((name) => [name, null]))
    for (const empty of [{ [a]: null }, {}]) {
      const other = await read(company([field("a", "X", type, options)], empty, empty), undefined, {}, [
        "deals",
        "leads"
      ])
      expect(addedIn(other)).toEqual({ labels: ["Hot"], ...none })
      expect(addedIn(other, "leads")).toEqual({ labels: ["Warm"], ...none })
      expect(warningsOf(other)).toEqual([])
    }
  })

  it.each<[type: string, value: unknown, columns: object]>([
    ["varchar", 12, { custom_x: null }],
    ["double", "about 12", { custom_x: null }],
    ["int", 1.5, { custom_x: null }],
    ["boolean", "yes", { custom_x: null }],
    ["date", "2023-02-29", { custom_x: null }],
    ["date", "1900-02-29", { custom_x: null }],
    ["date", "2024-04-31", { custom_x: null }],
    ["date", "2024-12-32", { custom_x: null }],
    ["date", "2024-13-01", { custom_x: null }],
    ["date", "2024-00-10", { custom_x: null }],
    ["date", "2024-01-00", { custom_x: null }],
    ["date", "2024/01-10", { custom_x: null }],
    ["date", "2024-01/10", { custom_x: null }],
    ["date", "2024-0x-10", { custom_x: null }],
    ["date", 202401101234, { custom_x: null }],
    ["date", "0000-00-00", { custom_x: null }],
    ["date", "0000-01-01", { custom_x: null }],
    ["date", "2024-01-01T00:00:00Z", { custom_x: null }],
    ["monetary", { value: "a lot", currency: "EUR" }, { custom_x: null, custom_x_currency: "EUR" }],
    ["monetary", [1], { custom_x: null, custom_x_currency: null }],
    ["enum", { id: 7 }, { custom_x: null, custom_x_id: null }],
    ["set", { id: 7 }, { custom_x: null, custom_x_ids: null }],
    ["set", [{ id: 7 }], { custom_x: null, custom_x_ids: null }],
    ["daterange", { value: "soon", until: "later" }, { custom_x: null, custom_x_until: null }],
    ["time", { value: 9 }, { custom_x: null, custom_x_timezone: null }],
    ["user", "nobody", { custom_x_id: null }],
    ["org", { id: 3 }, { custom_x_id: null }],
    ["address", 12, { custom_x: null, custom_x_parts: null }]
  ])("are null where a value does not fit, which is said once with a count, %s: %j", async (type, value, columns) => {
    const account = company([field("a", 'My "X"', type, options)])
    const row = (id: number) => ({ id, update_time: account.ago(9000), label_ids: null, custom_fields: { [a]: value } })
    account.serve("v2/deals", () => [row(1), row(2), row(3)])
    const ran = await read(account)
    const renamed = Object.fromEntries(
      Object.entries(columns).map(([name, each]) => [name.replace("custom_x", "custom_my_x"), each])
    )
    expect(addedIn(ran)).toEqual({ labels: null, ...renamed })
    expect(ran.of("deals").rows[0]?.["custom_fields"]).toEqual({ [a]: value })
    expect(warningsOf(ran)).toEqual([
      `deals: 3 values of the custom field "My \\"X\\"" (${type}, ${a}) did not fit the field's type and became null in its column. The raw value is unchanged in the row.`
    ])
  })

  it("are those of fields that say so, or whose key is one of custom fields", async () => {
    const fields = [
      { ...field("a", "X", "int"), is_custom_field: false },
      { field_code: "short_key", field_name: "Y", field_type: "int", is_custom_field: true },
      { field_code: "title", field_name: "Title", field_type: "varchar", is_custom_field: false }
    ]
    const ran = await read(company(fields, { [a]: 1, short_key: 2, title: "t" }))
    expect(addedIn(ran)).toEqual({ labels: ["Hot"], custom_x: 1, custom_y: 2 })
  })

  it("have the texts of labels that stand in a field of their old name", async () => {
    const account = company([field("a", "X", "int")], { [a]: 1 })
    const old = { ...labels, field_code: "label", options: [{ id: 1, label: "Old" }] }
    account.serve("v2/dealFields", () => [field("a", "X", "int"), old] as never)
    expect(addedIn(await read(account))).toEqual({ labels: ["Old"], custom_x: 1 })
    account.serve("v2/dealFields", () => [old, labels] as never)
    expect(addedIn(await read(account))).toEqual({ labels: ["Hot"] })
  })

  it("are those of a field's type today, whatever it was when its name was given", async () => {
    const custom_field_names = { deal: { [a]: { name: "custom_y", type: "monetary" } } }
    const ran = await read(company([field("a", "X", "int")], { [a]: 1 }), undefined, { custom_field_names })
    expect(addedIn(ran)).toEqual({ labels: ["Hot"], custom_y: 1 })
  })

  it("are ids where what Pipedrive says of an option is odd", async () => {
    const odd = [null, 7, { id: 8, label: 5 }, { id: 9 }, { label: "None" }, { id: 10, label: "Ten" }] as never
    const ran = await read(company([field("a", "X", "set", odd)], { [a]: [7, 8, 9, 10] }))
    expect(addedIn(ran)).toMatchObject({ custom_x: ["7", "8", "9", "Ten"], custom_x_ids: [7, 8, 9, 10] })
    const none = await read(company([field("a", "X", "set", "none" as never)], { [a]: [7] }))
    expect(addedIn(none)).toMatchObject({ custom_x: ["7"], custom_x_ids: [7] })
  })

  it("list what a text with commas and blanks lists", async () => {
    const fields = [field("a", "X", "set", options)]
    const ran = await read(company(fields, { [a]: 7 }, { [a]: "7, 8" }), undefined, {}, ["deals", "leads"])
    expect(addedIn(ran)).toMatchObject({ custom_x: ["Low"], custom_x_ids: [7] })
    expect(addedIn(ran, "leads")).toMatchObject({ custom_x: ["Low", "High “€”"], custom_x_ids: [7, 8] })
  })

  it("are ids where an option was deleted, which is said once a field", async () => {
    const account = company([field("a", "X", "enum", options), field("b", "Y", "set", options)], {
      [a]: 99,
      [keyOf("b")]: [7, 98, 97]
    })
    account.serve("v2/deals", () => [
      {
        id: 1,
        update_time: account.ago(9000),
        label_ids: [1, 5],
        custom_fields: { [a]: 99, [keyOf("b")]: [7, 98, 97] }
      }
    ])
    const ran = await read(account)
    expect(addedIn(ran)).toEqual({
      labels: ["Hot", "5"],
      custom_x: "99",
      custom_x_id: 99,
      custom_y: ["Low", "98", "97"],
      custom_y_ids: [7, 98, 97]
    })
    expect(warningsOf(ran)).toEqual([
      "deals: 1 value of label_ids named options that Pipedrive no longer defines (5). They are sent as their ids.",
      `deals: 1 value of the custom field "X" (enum, ${a}) named options that Pipedrive no longer defines (99). They are sent as their ids.`,
      `deals: 2 values of the custom field "Y" (set, ${keyOf("b")}) named options that Pipedrive no longer defines (98, 97). They are sent as their ids.`
    ])
  })

  it("keep every digit of a number, and the row its bytes", async () => {
    const account = company([field("a", "X", "double"), field("b", "Y", "monetary")])
    const row = `{"id":1,"update_time":"${account.ago(9000)}","custom_fields": {"${a}":9007199254740993.10,"${keyOf("b")}":{"currency":"EUR", "value" : 1e400}} }`
    account.instead = ({ path }) =>
      path === "v2/deals"
        ? { body: `{"success":true,"data":[${row}],"additional_data":{"next_cursor":null}}` }
        : undefined
    const ran = await read(account)
    const [records] = ran.events.filter((event) => event._tag === "Records")
    if (records?._tag !== "Records") throw new Error("no rows")
    const { bytes, spans } = records.rows
    expect(new TextDecoder().decode(bytes.subarray(spans[0], spans[1]))).toBe(
      `${row.slice(0, -1)},"labels":null,"custom_x":9007199254740993.10,"custom_y":1e400,"custom_y_currency":"EUR"}`
    )
  })
})

describe("columns of a configured catalog", () => {
  const [a, b, gone] = [keyOf("a"), keyOf("b"), keyOf("c")]
  const values = { [a]: 1, [b]: { value: 2, currency: "EUR" } }
  const fields = [field("a", "Renamed", "double"), field("b", "Price", "monetary")]

  it("keep their field, whatever it is called today", async () => {
    const ran = await read(company(fields, values), {
      id: {},
      custom_fields: { type: ["null", "object"] },
      custom_old_name: { "x-pipedrive-field": a },
      by_hand: { "x-pipedrive-field": b, "x-pipedrive-part": "currency" },
      by_none: { "x-pipedrive-field": b, "x-pipedrive-part": null }
    })
    expect(addedIn(ran)).toEqual({ custom_old_name: 1, by_hand: "EUR", by_none: 2 })
    expect(ran.of("deals").rows[0]?.["custom_fields"]).toEqual(values)
    expect(warningsOf(ran)).toEqual([
      "deals: custom fields without a column are not sent: labels. Refresh the source schema to get them."
    ])
  })

  it("are found by their description, or by their name, where a catalog lost its own words", async () => {
    const ran = await read(company(fields, values), {
      custom_old: { description: `Old (with, commas) (double, ${a})` },
      custom_until: { description: `Price until (monetary, ${b}, currency)` },
      custom_price: { type: ["null", "number"] },
      labels: {}
    })
    expect(addedIn(ran)).toEqual({ labels: ["Hot"], custom_old: 1, custom_until: "EUR", custom_price: 2 })
    expect(warningsOf(ran)).toEqual([])
  })

  it("are null where their field was deleted, or where nothing explains them", async () => {
    const ran = await read(company(fields, values), {
      labels: {},
      custom_gone: { "x-pipedrive-field": gone },
      custom_what: { type: ["null", "string"] },
      custom_part: { "x-pipedrive-field": a, "x-pipedrive-part": "until" },
      custom_price: { "x-pipedrive-field": b },
      something: { type: ["null", "string"] }
    })
    expect(addedIn(ran)).toEqual({
      labels: ["Hot"],
      custom_gone: null,
      custom_what: null,
      custom_part: null,
      custom_price: 2
    })
    expect(ran.of("deals").rows[0]).not.toHaveProperty("something")
    expect(warningsOf(ran)).toEqual([
      "deals: custom fields without a column are not sent: Renamed. Refresh the source schema to get them.",
      "deals: the custom fields of these columns were deleted in Pipedrive, so they are null: custom_gone.",
      "deals: no custom field belongs to these columns, so they are null: custom_what, custom_part. Refresh the source schema."
    ])
  })

  it("are those of frozen names where it declares nothing", async () => {
    const custom_field_names = { deal: { [a]: { name: "by_me" }, [gone]: { name: "custom_gone", type: "set" } } }
    const ran = await read(company(fields, values), undefined, { custom_field_names })
    expect(addedIn(ran)).toEqual({
      labels: ["Hot"],
      by_me: 1,
      custom_price: 2,
      custom_price_currency: "EUR",
      custom_gone: null,
      custom_gone_ids: null
    })
    expect(warningsOf(ran)).toEqual([
      "deals: the custom fields of these columns were deleted in Pipedrive, so they are null: custom_gone, custom_gone_ids."
    ])
  })
})

describe("definitions of custom fields", () => {
  const fields = [field("a", "X", "double")]
  const refuse = (account: Account, path: string, status: number, error = "no") => {
    account.instead = (asked) => (asked.path === path ? { status, body: { success: false, error } } : undefined)
  }

  it("are read once a run, before the first row, and counted on one stream", async () => {
    const ran = await read(company(fields), undefined, {}, ["deals", "deals_archived", "leads"])
    expect(ran.paths.filter((path) => path === "v2/dealFields")).toHaveLength(1)
    expect(ran.paths.filter((path) => path === "v1/leadLabels")).toHaveLength(1)
    const tokens = ["deals", "deals_archived", "leads"].map((name) => ran.of(name).summary?.tokens ?? 0)
    expect(tokens).toEqual([10 + 10, 10, 20 + 10])
    expect(ran.paths.indexOf("v2/dealFields")).toBeLessThan(ran.paths.indexOf("v2/deals"))
  })

  it("are not read in raw mode", async () => {
    const ran = await read(company(fields), undefined, { custom_fields: "raw" })
    expect(ran.paths).toEqual(["v2/deals"])
    expect(addedIn(ran)).toEqual({})
  })

  it("that cannot be read are the error of every stream that needs them, and of no other", async () => {
    const account = company(fields)
    refuse(account, "v2/dealFields", 403)
    const ran = await read(account, undefined, {}, ["deals", "leads", "projects"])
    for (const name of ["deals", "leads"]) {
      expect(ran.of(name).error?.message).toBe(
        `${name} needs v2/dealFields, as custom_fields is "named". The user of these credentials is not allowed to read v2/dealFields (403: no). Give the user the permission, use an admin's credentials, or deselect the stream.`
      )
      expect(ran.of(name).error?._tag).toBe("ConfigError")
      expect(ran.of(name).rows).toEqual([])
    }
    expect(ran.of("projects").error).toBeUndefined()
    expect(ran.paths).not.toContain("v2/deals")
  })

  it("that cannot be read are a warning where the catalog has no column of them", async () => {
    const account = company(fields)
    refuse(account, "v2/dealFields", 402)
    const ran = await read(account, { id: {}, custom_fields: {}, something: {}, other: { type: "string" }, odd: true })
    expect(ran.of("deals").error).toBeUndefined()
    expect(ran.of("deals").rows).toHaveLength(1)
    expect(warningsOf(ran)).toEqual([expect.stringContaining("deals needs v2/dealFields")])
  })

  it("that cannot be read are an error where the catalog has one", async () => {
    for (const column of [{ custom_x: {} }, { labels: {} }, { by_hand: { "x-pipedrive-field": keyOf("a") } }]) {
      const account = company(fields)
      refuse(account, "v2/dealFields", 402)
      expect((await read(account, { id: {}, ...column })).of("deals").error?._tag).toBe("ConfigError")
    }
  })

  it("that no answer gave are a transient error", async () => {
    const account = company(fields)
    refuse(account, "v2/dealFields", 503)
    const ran = await read(account, { id: {} })
    expect(ran.of("deals").error?._tag).toBe("TransientError")
  })

  it("of an add-on the company lacks leave its stream empty, as in raw mode", async () => {
    const account = company(fields)
    refuse(account, "v2/projectFields", 403)
    const ran = await read(account, undefined, {}, ["projects"])
    expect(ran.of("projects").error).toBeUndefined()
    expect(warningsOf(ran)).toEqual([
      "projects is empty: this Pipedrive account does not include it (403: no). It belongs to: Projects add-on."
    ])
  })

  it("of lead labels that cannot be read are the error of leads alone", async () => {
    const account = company(fields)
    refuse(account, "v1/leadLabels", 403)
    const ran = await read(account, undefined, {}, ["deals", "leads"])
    expect(ran.of("leads").error?.message).toContain('leads needs v1/leadLabels, as custom_fields is "named".')
    expect(ran.of("deals").rows).toHaveLength(1)
  })
})

describe("discover", () => {
  const a = keyOf("a")
  const columnsOf = (found: { readonly streams: ReadonlyArray<SourceStream> }, name: string) =>
    found.streams.find((stream) => stream.name === name)?.columns ?? {}

  it("declares the columns of every field, and freezes their names by one changed config", async () => {
    const account = company([field("a", "Price", "monetary"), field("b", "Owner", "user")])
    const { announced, found, logs } = await account.discover(all)
    if (found._tag === "Failure") throw found.failure
    const columns = {
      ...deals.columns,
      labels: { type: "list", items: { type: "text" }, description: "Texts of the labels in label_ids." },
      custom_price: { type: "number", description: `Price (monetary, ${a})`, field: { key: a } },
      custom_price_currency: {
        type: "text",
        description: `Price (monetary, ${a}, currency)`,
        field: { key: a, part: "currency" }
      },
      custom_owner_id: { type: "integer", description: `Owner (user, ${keyOf("b")})`, field: { key: keyOf("b") } }
    }
    for (const name of ["deals", "deals_archived", "leads"]) expect(columnsOf(found.success, name)).toEqual(columns)
    const names = {
      [a]: { name: "custom_price", type: "monetary" },
      [keyOf("b")]: { name: "custom_owner", type: "user" }
    }
    expect(announced).toEqual([
      expect.objectContaining({ custom_fields: "named", custom_field_names: { deal: names } })
    ])
    expect(logs).toEqual(["INFO Definitions of custom fields: 2 requests, 20 tokens."])
  })

  it("keeps frozen names, and columns of fields that were deleted; it announces nothing where all are frozen", async () => {
    const custom_field_names = {
      deal: {
        [a]: { name: "custom_cost", type: "monetary", note: 1 },
        [keyOf("c")]: { name: "custom_gone", type: "date" }
      },
      other: {}
    }
    const account = company([field("a", "Price", "monetary")])
    const { announced, found } = await account.discover(all, { custom_field_names })
    if (found._tag === "Failure") throw found.failure
    expect(announced).toEqual([])
    const names = Object.keys(columnsOf(found.success, "deals")).filter((name) => name.startsWith("custom_"))
    expect(names).toEqual(["custom_fields", "custom_cost", "custom_cost_currency", "custom_gone"])
    account.serve("v2/dealFields", () => [field("a", "Price", "monetary"), field("b", "Gone", "text")] as never)
    const later = await account.discover(all, { custom_field_names })
    expect(later.announced[0]?.["custom_field_names"]).toEqual({
      ...custom_field_names,
      deal: { ...custom_field_names.deal, [keyOf("b")]: { name: "custom_gone_bbbbbb", type: "text" } }
    })
  })

  it.each([402, 403, 404, 415])("leaves the columns of a record out whose definitions answer %i", async (status) => {
    const account = company([field("a", "X", "int")])
    account.instead = ({ path }) =>
      path === "v2/dealFields" ? { status, body: { success: false, error: "no" } } : undefined
    const { announced, found, logs } = await account.discover(all)
    if (found._tag === "Failure") throw found.failure
    expect(columnsOf(found.success, "deals")).toEqual(deals.columns)
    expect(announced).toEqual([])
    expect(logs).toContainEqual(
      expect.stringMatching(
        /^WARN The schema of deals, deals_archived, leads has no columns for custom fields: .*\(\d+: no\)/
      )
    )
  })

  it.each([
    [400, "SystemError"],
    [410, "SystemError"],
    [500, "TransientError"]
  ])("fails where definitions answer %i", async (status, tag) => {
    const account = company([field("a", "X", "int")])
    account.instead = ({ path }) =>
      path === "v2/dealFields" ? { status, body: { success: false, error: "no" } } : undefined
    const { found } = await account.discover(all)
    expect(found._tag === "Failure" && found.failure._tag).toBe(tag)
  })

  it("fails where frozen names stand in each other's way", async () => {
    const custom_field_names = { deal: { [a]: { name: "update_time", type: "int" } } }
    const { found } = await company([field("a", "X", "int")]).discover(all, { custom_field_names })
    expect(found._tag === "Failure" && found.failure.message).toBe(
      "custom_field_names gives two columns of deals the name update_time. Give one of the fields another name in the configuration."
    )
  })
})
