import { quote } from "../json.ts"
import { below } from "../random.ts"
import { choice, field, id, int, optional, time, varied } from "../row.ts"
import { addressText, customObject } from "../seed/custom.ts"
import { company, opening, sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { ADDRESS, CONTACT_SCOPES, countFields, DAY_MS, SHARED_INCLUDE } from "./contacts.ts"
import { Counts } from "./counts.ts"
import { anyOf, everyRow, type Family, oneRow, sortOf } from "./family.ts"
import { narrowed } from "./filtering.ts"
import { selectingParams, selectionOf, sinceParams } from "./selecting.ts"

const ORGANIZATION_INCLUDE = [...SHARED_INCLUDE, "people_count"]

export const organizations: Family = (account) => {
  const table = account.add(
    new DataTable({
      name: "organizations",
      size: account.size("organizations", 50),
      updated: "update_time",
      touch: "name"
    })
  )
  const custom = account.custom("organization")
  account.customChanged.add((entity) => {
    if (entity === "organization") table.forget()
  })
  const updated = table.time("update_time", (row) => account.pastMs("organizations", row, 51))
  const added = table.time("add_time", (row) => updated.get(row) - below(300, account.seed, row) * DAY_MS)
  const owner = table.int("owner_id", anyOf(account, account.table("users"), 52))
  const deleted = table.choice("is_deleted", ["false", "true"], () => 0)
  table.fields.push(
    field("id", id),
    {
      key: "name",
      parts: (variant) => [opening(variant % 8 === 5 ? `${sentence(variant)} ` : `${company(variant)} `), id, '"']
    },
    field("owner_id", int(owner)),
    field("add_time", time(added, "v2")),
    field("update_time", time(updated, "v2")),
    field("is_deleted", choice(deleted)),
    varied("visible_to", (variant) => String([3, 7, 1, 5][variant % 4])),
    varied("address", (variant) => (variant % 4 === 3 ? "null" : addressText(variant, ADDRESS))),
    varied("label_ids", (variant) => (variant % 2 ? "[]" : "[5,6]")),
    varied("website", (variant) => (variant % 3 ? "null" : quote(`https://org${variant}.example/?q=a&b=ü`))),
    varied("linkedin", (variant) => (variant % 4 ? "null" : quote(`https://linkedin.example/company/${variant}`))),
    varied("industry", (variant) => (variant % 5 ? "null" : String(variant))),
    varied("annual_revenue", (variant) => (variant % 5 ? "null" : "9007199254740993")),
    varied("employee_count", (variant) => (variant % 5 ? "null" : String(variant * 9))),
    {
      key: "custom_fields",
      parts: (variant, selection) => [customObject(custom, variant, selection, account.hasOddValues)]
    },
    {
      key: "labels",
      when: ({ labels }) => labels,
      parts: (variant) => [
        variant % 2 ? "[]" : '[{"id":5,"label":"Partner","color":"blue"},{"id":6,"label":"Rival","color":"red"}]'
      ]
    },
    ...countFields(account, "org_id", "organizationFollowers"),
    optional("smart_bcc_email", `"${account.companyDomain}+org`, id, '@mail.example"'),
    optional("people_count", new Counts(account, "org_id").of("persons"))
  )
  return [
    {
      path: "v2/organizations",
      cost: 10,
      scopes: CONTACT_SCOPES,
      paging: "cursor",
      params: { ...sinceParams("id", "update_time", "add_time"), ...selectingParams(ORGANIZATION_INCLUDE, true) },
      list: (query) =>
        everyRow(table, {
          selection: selectionOf(query),
          sort: sortOf(query),
          ...narrowed(account, table, query, ["owner_id"], () => true)
        })
    },
    {
      path: "v2/organizations/{id}",
      cost: 1,
      scopes: CONTACT_SCOPES,
      paging: "object",
      params: selectingParams(ORGANIZATION_INCLUDE, true),
      list: (query) => oneRow(table, query.need("id"), "organization", selectionOf(query))
    }
  ]
}
