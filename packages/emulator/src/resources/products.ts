import { quote } from "../json.ts"
import { below } from "../random.ts"
import { choice, field, id, int, time, varied } from "../row.ts"
import { customObject } from "../seed/custom.ts"
import { goods, opening, sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { anyOf, everyRow, type Family, oneRow, sortOf } from "./family.ts"
import { narrowed } from "./filtering.ts"
import { selectingParams, selectionOf, sinceParams } from "./selecting.ts"

const SCOPES = ["products:read", "products:full"]
const FREQUENCIES = ["one-time", "monthly", "annually", "quarterly"]

/** The product catalogue with prices in one or two currencies. */
export const products: Family = (account) => {
  const table = account.add(
    new DataTable({ name: "products", size: account.size("products", 30), updated: "update_time", touch: "name" })
  )
  const custom = account.custom("product")
  account.customChanged.add((entity) => {
    if (entity === "product") table.forget()
  })
  const updated = table.time("update_time", (row) => account.pastMs("products", row, 81))
  const added = table.time("add_time", (row) => updated.get(row) - below(300, account.seed, row) * 86_400_000)
  const owner = table.int("owner_id", anyOf(account, account.table("users"), 82))
  const deleted = table.choice("is_deleted", ["false", "true"], () => 0)
  table.fields.push(
    field("id", id),
    {
      key: "name",
      parts: (variant) => [opening(variant % 8 === 5 ? `${sentence(variant)} ` : `${goods(variant)} `), id, '"']
    },
    field("code", '"SKU-', id, '"'),
    varied("description", (variant) => (variant % 3 ? quote(`${sentence(variant)}.`) : "null")),
    varied("unit", (variant) => quote(variant % 2 ? "pcs" : "")),
    varied("tax", (variant) => (variant % 4 ? "0" : "22.50")),
    varied("category", (variant) => (variant % 3 ? "null" : quote(String(20 + (variant % 3))))),
    varied("is_linkable", (variant) => String(variant % 9 !== 4)),
    field("is_deleted", choice(deleted)),
    varied("visible_to", (variant) => String([3, 7, 1, 5][variant % 4])),
    field("owner_id", int(owner)),
    field("add_time", time(added, "v2")),
    field("update_time", time(updated, "v2")),
    varied("billing_frequency", (variant) => quote(FREQUENCIES[variant % FREQUENCIES.length] as string)),
    varied("billing_frequency_cycles", (variant) => (variant % 4 === 1 ? "12" : "null")),
    {
      key: "prices",
      parts: (variant) => {
        const second = variant % 3 === 0
        const euro = [
          '[{"product_id":',
          id,
          `,"price":${variant}.90,"currency":"EUR","cost":0.10,"direct_cost":null,"notes":""}`
        ]
        return second
          ? [
              ...euro,
              ',{"product_id":',
              id,
              `,"price":${variant * 2},"currency":"USD","cost":1e1,"direct_cost":${variant},"notes":"“net”"}]`
            ]
          : [...euro, "]"]
      }
    },
    {
      key: "custom_fields",
      parts: (variant, selection) => [customObject(custom, variant, selection, account.hasOddValues)]
    }
  )
  const { updated_until: _, ...since } = sinceParams("id", "name", "add_time", "update_time")
  return [
    {
      path: "v2/products",
      cost: 10,
      scopes: SCOPES,
      paging: "cursor",
      params: { ...since, ...selectingParams([], false) },
      list: (query) =>
        everyRow(table, {
          selection: selectionOf(query),
          sort: sortOf(query, { name: (row) => String(table.read(row, "name")) }),
          ...narrowed(account, table, query, ["owner_id"], () => true)
        })
    },
    {
      path: "v2/products/{id}",
      cost: 1,
      scopes: SCOPES,
      paging: "object",
      list: (query) => oneRow(table, query.need("id"), "product")
    }
  ]
}
