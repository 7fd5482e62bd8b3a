import { quote } from "../json.ts"
import { anyText } from "../query.ts"
import { choice, field, id, varied } from "../row.ts"
import { DataTable } from "../table.ts"
import { everyRow, type Family } from "./family.ts"

const CURRENCIES = [
  ["EUR", "Euro", 2, "€"],
  ["USD", "US Dollar", 2, "$"],
  ["GBP", "Pound Sterling", 2, "£"],
  ["JPY", "Japanese Yen", 0, "¥"],
  ["SEK", "Swedish Krona", 2, "kr"],
  ["KWD", "Kuwaiti Dinar", 3, "KD"],
  ["PLN", "Polish Zloty", 2, "zł"],
  ["XEM", "Emulated Points", 0, "pts"]
] as const

/** Currencies of the company; the last one is its own. */
export const company: Family = (account) => {
  const table = account.add(
    new DataTable({ name: "currencies", size: account.size("currencies", CURRENCIES.length), touch: "name" })
  )
  const active = table.choice("active_flag", ["true", "false"], (row) => (row === 5 ? 1 : 0))
  const at = (variant: number) => CURRENCIES[variant % CURRENCIES.length] as (typeof CURRENCIES)[number]
  table.fields.push(
    field("id", id),
    varied("code", (variant) => quote(at(variant)[0])),
    varied("name", (variant) => quote(at(variant)[1])),
    varied("decimal_points", (variant) => String(at(variant)[2])),
    varied("symbol", (variant) => quote(at(variant)[3])),
    field("active_flag", choice(active)),
    varied("is_custom_flag", (variant) => String(variant % CURRENCIES.length === 7))
  )
  return [
    {
      path: "v1/currencies",
      cost: 20,
      scopes: ["base"],
      paging: "whole",
      params: { term: anyText },
      list: (query) => {
        const term = query.text("term")?.toLowerCase()
        if (term === undefined) return everyRow(table)
        const matches = (row: number): boolean =>
          [table.read(row, "name"), table.read(row, "code")].some((text) => String(text).toLowerCase().includes(term))
        return everyRow(table, { where: matches })
      }
    }
  ]
}
