import { NONE } from "../column.ts"
import { quote } from "../json.ts"
import { below } from "../random.ts"
import { field, id, int, made, time, varied } from "../row.ts"
import { opening } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import {
  anyOf,
  childrenOf,
  everyRow,
  type Family,
  OFFSET_PARAMS,
  oneActiveRow,
  sometimesNone,
  sortOfV1,
  sortV1,
  spread
} from "./family.ts"

const SCOPES = ["deals:read", "deals:full", "activities:read", "activities:full", "contacts:read", "contacts:full"]
const params = { ...OFFSET_PARAMS, sort: sortV1("id", "update_time") }

/** Files of deals, persons, organizations and products. */
export const files: Family = (account) => {
  const table = account.add(
    new DataTable({ name: "files", size: account.size("files", 50), updated: "update_time", touch: "description" })
  )
  const deals = account.table("deals")
  const persons = account.table("persons")
  const updated = table.time("update_time", (row) => account.pastMs("files", row, 141))
  const added = table.time("add_time", (row) => updated.get(row) - below(30, account.seed, row) * 86_400_000)
  const user = table.int("user_id", anyOf(account, account.table("users"), 142))
  const deal = table.int("deal_id", sometimesNone(3, spread(deals, 2), NONE))
  const person = table.int("person_id", sometimesNone(4, anyOf(account, persons, 143), NONE))
  const org = table.int("org_id", (row) =>
    person.get(row) === NONE ? NONE : persons.get("org_id", persons.find(person.get(row)))
  )
  const product = table.int("product_id", (row) =>
    row % 9 === 2 ? 1 + below(Math.max(1, account.table("products").count), account.seed + 144, row) : NONE
  )
  const named = (name: "deals" | "persons" | "organizations" | "products", column: typeof deal, key: string) =>
    made((row) => {
      const at = column.get(row) === NONE ? -1 : account.table(name).find(column.get(row))
      return at < 0 ? '""' : account.table(name).value(at, key)
    })
  table.fields.push(
    field("id", id),
    field("user_id", int(user)),
    field("log_id", "null"),
    field("deal_id", int(deal)),
    field("person_id", int(person)),
    field("org_id", int(org)),
    field("product_id", int(product)),
    field("activity_id", "null"),
    field("lead_id", "null"),
    field("project_id", "null"),
    field("add_time", time(added, "v1")),
    field("update_time", time(updated, "v1")),
    { key: "file_name", parts: (variant) => [opening(`scan_${variant}_`), id, '.pdf"'] },
    varied("file_type", () => quote("pdf")),
    varied("file_size", (variant) => String(1000 + variant * 77_777)),
    field("active_flag", "true"),
    varied("inline_flag", (variant) => String(variant % 5 === 0)),
    field("remote_location", '"s3"'),
    field("remote_id", '"r', id, '"'),
    field("cid", '""'),
    field("s3_bucket", '""'),
    field("mail_message_id", '""'),
    field("mail_template_id", '""'),
    field("deal_name", named("deals", deal, "title")),
    field("person_name", named("persons", person, "name")),
    field("org_name", named("organizations", org, "name")),
    field("product_name", named("products", product, "name")),
    field("lead_name", '""'),
    field("project_name", '""'),
    field("url", '"https://emulated.example/api/v1/files/', id, '/download"'),
    { key: "name", parts: (variant) => [opening(variant % 8 === 5 ? "Vertrag „neu“ 📎 " : "Contract "), id, '"'] },
    varied("description", (variant) => (variant % 3 ? "null" : quote(`Signed ${variant}`)))
  )
  const sorted = (query: Parameters<typeof sortOfV1>[0]) => ({ sort: sortOfV1(query, {}) })
  const filesOf = (
    parent: "deals" | "persons" | "organizations" | "products",
    column: string,
    what: string,
    scopes: string[]
  ) => ({
    path: `v1/${parent}/{id}/files`,
    cost: 20,
    scopes,
    paging: "offset" as const,
    maxLimit: 100,
    params,
    list: (query: Parameters<typeof sortOfV1>[0]) => ({
      ...childrenOf(account, parent, "files", column, what)(query),
      ...sorted(query)
    })
  })
  return [
    {
      path: "v1/files",
      cost: 20,
      scopes: SCOPES,
      paging: "offset",
      maxLimit: 100,
      params,
      list: (query) => everyRow(table, sorted(query))
    },
    {
      path: "v1/files/{id}",
      cost: 2,
      scopes: SCOPES,
      paging: "object",
      list: (query) => oneActiveRow(account, table, query.need("id"), "file")
    },
    filesOf("deals", "deal_id", "deal", ["deals:read", "deals:full"]),
    filesOf("persons", "person_id", "person", ["contacts:read", "contacts:full"]),
    filesOf("organizations", "org_id", "organization", ["contacts:read", "contacts:full"]),
    filesOf("products", "product_id", "product", ["products:read", "products:full"])
  ]
}
