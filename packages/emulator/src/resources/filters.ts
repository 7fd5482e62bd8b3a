import { NEVER } from "../column.ts"
import { quote } from "../json.ts"
import { boolean, oneOf } from "../query.ts"
import { choice, field, id, int, made, time, varied } from "../row.ts"
import { DataTable } from "../table.ts"
import { anyOf, everyRow, type Family, oneRow } from "./family.ts"

const TYPES = ["deals", "leads", "org", "people", "products", "activity", "projects"] as const
const SCOPES = ["deals:read", "deals:full", "activities:read", "activities:full", "contacts:read", "contacts:full"]
const OBJECTS = ["deal", "lead", "organization", "person", "product", "activity", "project"]

/** Saved filters; a single one comes with its conditions. */
export const filters: Family = (account) => {
  const table = account.add(
    new DataTable({ name: "filters", size: account.size("filters", 9), updated: "update_time", touch: "name" })
  )
  const updated = table.time("update_time", (row) => (row % 9 === 7 ? NEVER : account.pastMs("filters", row, 101)))
  const added = table.time("add_time", (row) => account.pastMs("filters", row, 101) - 86_400_000)
  const user = table.int("user_id", anyOf(account, account.table("users"), 102))
  const type = table.choice("type", TYPES.map(quote), (row) => row % TYPES.length)
  const condition = (row: number, withCode: boolean, at: number): string =>
    `{"object":"${OBJECTS[row % OBJECTS.length]}","field_id":"${12_400 + at}","operator":"${at ? "=" : "IS NOT NULL"}",` +
    `"value":${at ? quote(`v${row}`) : "null"},"extra_value":null,"json_value_flag":false${withCode ? `,"field_code":"${at ? "title" : "status"}"` : ""}}`
  const conditions = (row: number, withCode: boolean): string =>
    `{"glue":"and","conditions":[{"glue":"and","conditions":[${condition(row, withCode, 0)},${condition(row, withCode, 1)}]},{"glue":"or","conditions":[]}]}`
  table.fields.push(
    field("id", id),
    varied("name", (variant) => quote(variant % 4 === 2 ? "Offene „A“-Kunden ≥ 5" : `Filter ${variant + 1}`)),
    field("filter_code", "null"),
    varied("is_editable", (variant) => String(variant % 5 !== 0)),
    field("active_flag", "true"),
    field("type", choice(type)),
    varied("temporary_flag", (variant) => (variant % 3 ? "null" : "false")),
    field("user_id", int(user)),
    field("add_time", time(added, "v1")),
    field("update_time", time(updated, "v1")),
    varied("visible_to", (variant) => quote(["1", "3", "5", "7"][variant % 4] as string)),
    varied("last_used_time", (variant) => (variant % 2 ? "null" : quote("2025-06-07 08:09:10"))),
    varied("custom_view_id", (variant) => (variant % 2 ? "null" : String(variant + 1))),
    {
      key: "conditions",
      when: ({ form }) => form !== "",
      parts: () => [made((row, { form }) => conditions(row, form === "codes"))]
    }
  )
  const single = (form: string) => ({
    include: new Set<string>(),
    custom: undefined,
    optionLabels: false,
    labels: false,
    form
  })
  return [
    {
      path: "v1/filters",
      cost: 20,
      scopes: SCOPES,
      paging: "whole",
      params: { type: oneOf(...TYPES) },
      list: (query) => {
        const wanted = query.text("type")
        return wanted === undefined
          ? everyRow(table)
          : everyRow(table, { where: (row) => type.texts[type.get(row)] === quote(wanted) })
      }
    },
    {
      path: "v1/filters/{id}",
      cost: 2,
      scopes: SCOPES,
      paging: "object",
      params: { include_field_code: boolean },
      list: (query) =>
        oneRow(table, query.need("id"), "filter", single(query.flag("include_field_code") ? "codes" : "plain"))
    }
  ]
}
