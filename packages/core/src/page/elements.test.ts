import { describe, expect, it } from "vitest"
import { Account } from "../../test/account.ts"
import * as c from "../declare/columns.ts"
import { cursorPages } from "../declare/pagination.ts"
import { defineStream } from "../declare/stream.ts"

const options = defineStream({
  name: "options",
  path: "v2/dealFields",
  docs: "https://developers.pipedrive.com/docs/api/v1/DealFields#getDealFields",
  tokens: 10,
  scope: "deals:read",
  columns: { entity: c.text, field_code: c.text, id: c.text, label: c.text, position: c.integer },
  primaryKey: ["entity", "field_code", "id"],
  paging: cursorPages({ limit: 2 }),
  parts: [
    { path: "v2/dealFields", adds: { entity: "deal" } },
    { path: "v2/personFields", scope: "contacts:read", adds: { entity: "person" } },
    { path: "v2/projectFields", addOn: "Projects add-on", adds: { entity: "project" } }
  ],
  elements: { list: "options", keep: ["field_code"], members: ["id", "label"], texts: ["id"], position: "position" }
})

const company = () => {
  const account = new Account()
  account.serve("v2/dealFields", () => [
    { field_code: "a", options: null },
    { field_code: "b", options: [] },
    { field_code: "c" },
    { field_code: "d", options: [{ id: 7, label: "Low\ud800", more: 1 }, null, { id: "won", label: "Won\u2028" }] },
    { field_code: "e", options: [{ id: true, color: "red" }] }
  ])
  account.serve("v2/personFields", () => [{ field_code: "f", options: [{ id: 9, label: "VIP" }] }])
  account.serve("v2/projectFields", () => [{ field_code: "g", options: [{ id: 1, label: "One" }] }])
  return account
}

const row = (entity: string, field_code: string, id: string, label: string | null, position = 1) => ({
  entity,
  field_code,
  id,
  label,
  position
})

const own = [
  row("deal", "d", "7", "Low\ufffd"),
  row("deal", "d", "won", "Won\u2028", 2),
  row("deal", "e", "true", null),
  row("person", "f", "9", "VIP")
]

describe("rows that stand in a list of each row of an answer", () => {
  it("are sent one by one, with the columns of the row they are in, over all pages and parts", async () => {
    const ran = await company().read([options], ["options"])
    expect(ran.of("options").rows).toEqual([...own, row("project", "g", "1", "One")])
    expect(ran.of("options").summary).toMatchObject({ rows: 5, requests: 5, tokens: 50 })
  })

  it("are sent of a list without parts as well", async () => {
    const { parts: _, ...whole } = options
    const ran = await company().read([{ ...whole, primaryKey: ["field_code", "id"] }], ["options"])
    expect(ran.of("options").error).toBeUndefined()
    expect(ran.of("options").rows).toEqual(own.slice(0, 3).map(({ entity: _entity, ...rest }) => rest))
  })

  it.each([402, 403, 404, 415])("of an add-on the company lacks (%i) are left out, with a warning", async (status) => {
    const account = company()
    account.instead = ({ path }) =>
      path === "v2/projectFields" ? { status, body: { success: false, error: "no" } } : undefined
    const ran = await account.read([options], ["options"])
    expect(ran.of("options").error).toBeUndefined()
    expect(ran.of("options").rows).toEqual(own)
    expect(ran.logs).toContain(
      `WARN options has no rows of v2/projectFields: this Pipedrive account does not offer it (${status}: no). It belongs to: Projects add-on.`
    )
  })

  it("name the scope of the part that was refused", async () => {
    const account = company()
    account.instead = ({ path }) =>
      path === "v2/personFields"
        ? { status: 403, body: { success: false, error: "Scope and URL mismatch" } }
        : undefined
    const ran = await account.read([options], ["options"])
    expect(ran.of("options").error?.message).toContain("lacks the scope that options needs, contacts:read")
  })
})
