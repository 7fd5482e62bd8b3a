import type { Account } from "../account.ts"
import type { TableListing } from "../endpoint.ts"
import type { Table } from "../interface.ts"
import { quote } from "../json.ts"
import { integers, type Query } from "../query.ts"
import { field, id, int, made, time, varied } from "../row.ts"
import { DataTable } from "../table.ts"
import { anyOf, CURSOR_PARAMS, childrenOf, everyRow, type Family, sortOf, sortParams, spread } from "./family.ts"

const DEAL_SCOPES = ["deals:read", "deals:full"]
const SCOPES = ["products:read", "products:full", ...DEAL_SCOPES]
const FREQUENCIES = ["one-time", "monthly", "annually"]

/** Children of the deals that `deal_ids` names; unknown, hidden and deleted deals have none. */
function ofDeals(account: Account, child: Table, query: Query): Pick<TableListing, "among"> {
  const ids = query.list("deal_ids")
  if (ids === undefined) return {}
  const deals = account.table("deals")
  const rows: number[] = []
  for (const text of new Set(ids)) {
    const deal = deals.find(text)
    const isGone =
      deal < 0 ||
      deals.fates.isHidden(deal) ||
      (deals.get("is_deleted", deal) === 1 && account.switches.deletedParent !== "rows")
    if (!isGone) rows.push(...account.links(child, "deal_id").of(Number(text)))
  }
  return { among: rows.sort((a, b) => a - b) }
}

/** Products of deals, their instalments and discounts. */
export const dealProducts: Family = (account) => {
  const deals = account.table("deals")
  const table = account.add(
    new DataTable({
      name: "dealProducts",
      size: account.size("dealProducts", 90),
      updated: "update_time",
      touch: "comments"
    })
  )
  const updated = table.time("update_time", (row) => account.pastMs("dealProducts", row, 91))
  const added = table.time("add_time", (row) => updated.get(row) - 3_600_000 * (row % 500))
  const deal = table.int("deal_id", spread(deals, 3))
  const product = table.int("product_id", anyOf(account, account.table("products"), 92))
  const orderNr = table.int("order_nr", (row) => row % 3)
  table.fields.push(
    field("id", id),
    varied("sum", (variant) => `${(variant * 3).toFixed(2)}`),
    varied("tax", (variant) => (variant % 4 ? "0" : "22.50")),
    field("deal_id", int(deal)),
    field("name", '"Line ', id, '"'),
    field("product_id", int(product)),
    field("product_variation_id", "null"),
    field("order_nr", int(orderNr)),
    field("add_time", time(added, "v2")),
    field("update_time", time(updated, "v2")),
    varied("comments", (variant) => quote(variant % 4 ? "" : 'Ships with "A/B"\u2028split')),
    varied("currency", () => quote("EUR")),
    varied("discount", (variant) => (variant % 5 ? "0" : "10.00")),
    varied("discount_type", (variant) => quote(variant % 2 ? "percentage" : "amount")),
    varied("quantity", (variant) => (variant % 6 ? String(1 + (variant % 9)) : "1.50")),
    varied("item_price", (variant) => `${variant}.90`),
    varied("tax_method", (variant) => quote(["exclusive", "inclusive", "none"][variant % 3] as string)),
    varied("is_enabled", (variant) => String(variant % 8 !== 3)),
    varied("billing_frequency", (variant) => quote(FREQUENCIES[variant % 3] as string)),
    varied("billing_frequency_cycles", (variant) => (variant % 3 === 1 ? "6" : "null")),
    varied("billing_start_date", (variant) => (variant % 3 === 1 ? quote("2026-02-28") : "null"))
  )
  account.touchParent(table, "deal_id", "deals")

  const installments = account.add(
    new DataTable({ name: "installments", size: account.size("installments", 24), touch: "description" })
  )
  const installmentDeal = installments.int("deal_id", spread(deals, 2))
  const billing = installments.time("billing_date", (row) => account.zeroMs + (row % 200) * 86_400_000)
  installments.fields.push(
    field("id", id),
    varied("amount", (variant) => (variant % 3 ? String(variant * 10) : "0.10")),
    field("billing_date", time(billing, "date")),
    varied("description", (variant) => quote(variant % 4 ? `Part ${1 + (variant % 4)}` : "Ratenzahlung ½")),
    field("deal_id", int(installmentDeal))
  )
  account.touchParent(installments, "deal_id", "deals")

  const discounts = account.add(
    new DataTable({
      name: "discounts",
      size: account.size("discounts", 16),
      updated: "updated_at",
      touch: "description",
      naming: discountNaming
    })
  )
  const discountUpdated = discounts.time("updated_at", (row) => account.pastMs("discounts", row, 93))
  const discountDeal = discounts.int("deal_id", spread(deals, 2))
  const by = discounts.int("created_by", anyOf(account, account.table("users"), 94))
  discounts.fields.push(
    field("id", id),
    varied("type", (variant) => quote(variant % 2 ? "percentage" : "amount")),
    varied("amount", (variant) => (variant % 3 ? String(5 + variant) : "2.50")),
    varied("description", (variant) => quote(`Discount ${variant}`)),
    field("deal_id", int(discountDeal)),
    field(
      "created_at",
      made((row) => discounts.value(row, "updated_at"))
    ),
    field("created_by", int(by)),
    field("updated_at", time(discountUpdated, "v2")),
    field("updated_by", int(by))
  )
  account.touchParent(discounts, "deal_id", "deals")

  const order = {
    order_nr: (row: number) => orderNr.get(row),
    deal_id: (row: number) => deal.get(row)
  }
  const bulk = (child: DataTable, name: Table, query: Query, sort: TableListing["sort"]): TableListing =>
    everyRow(child, {
      ...ofDeals(account, name, query),
      sort,
      ...(query.list("deal_ids") === undefined ? {} : { insertWith: { deal_id: Number(query.list("deal_ids")?.[0]) } })
    })
  return [
    {
      path: "v2/deals/products",
      cost: 10,
      scopes: SCOPES,
      paging: "cursor",
      params: {
        ...CURSOR_PARAMS,
        deal_ids: integers(100),
        ...sortParams("id", "deal_id", "add_time", "update_time", "order_nr")
      },
      required: ["deal_ids"],
      list: (query) => bulk(table, "dealProducts", query, sortOf(query, order))
    },
    {
      path: "v2/deals/{id}/products",
      cost: 10,
      scopes: SCOPES,
      paging: "cursor",
      params: { ...CURSOR_PARAMS, ...sortParams("id", "add_time", "update_time", "order_nr") },
      list: (query) => ({
        ...childrenOf(account, "deals", "dealProducts", "deal_id", "deal")(query),
        sort: sortOf(query, order)
      })
    },
    {
      path: "v2/deals/installments",
      cost: 10,
      scopes: DEAL_SCOPES,
      paging: "cursor",
      addOn: "installments",
      bare: !account.switches.installmentsPaged,
      params: {
        ...CURSOR_PARAMS,
        deal_ids: integers(100),
        ...sortParams("id", "billing_date", "deal_id")
      },
      required: ["deal_ids"],
      list: (query) =>
        bulk(
          installments,
          "installments",
          query,
          sortOf(query, {
            billing_date: (row) => billing.get(row),
            deal_id: (row) => installmentDeal.get(row)
          })
        )
    },
    {
      path: "v2/deals/{id}/discounts",
      cost: 10,
      scopes: DEAL_SCOPES,
      paging: "whole",
      list: childrenOf(account, "deals", "discounts", "deal_id", "deal")
    }
  ]
}

const discountNaming = {
  of: (row: number): string => `${(0x30000000 + row * 11).toString(16)}-7b2e-4d1a-9c3f-0242ac1200d5`,
  find: (id: number | string): number => (Number.parseInt(String(id).slice(0, 8), 16) - 0x30000000) / 11
}
