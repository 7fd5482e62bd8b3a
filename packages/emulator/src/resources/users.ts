import { quote } from "../json.ts"
import { choice, type Field, field, id, int, made, time, varied } from "../row.ts"
import { firstName, lastName } from "../seed/texts.ts"
import { counted, DataTable } from "../table.ts"
import { everyRow, type Family, oneRow } from "./family.ts"

const FIRST_USER = 13_000_001
const APPS = ["global", "sales", "account_settings"]

/** Users stay listed when they are deleted, as inactive ones. */
export const users: Family = (account) => {
  const table = account.add(
    new DataTable({
      name: "users",
      size: account.size("users", 6),
      naming: counted(FIRST_USER),
      updated: "modified",
      touch: "name"
    })
  )
  const modified = table.time("modified", (row) => account.pastMs("users", row, 21))
  const created = table.time("created", (row) => modified.get(row) - 40 * 86_400_000)
  const active = table.choice("active_flag", ["true", "false"], (row) => (row % 5 === 4 ? 1 : 0))
  const deleted = table.choice("is_deleted", ["false", "true"], (row) => (row % 5 === 4 ? 1 : 0))
  const role = table.int("role_id", (row) => 1 + (row % Math.max(1, account.size("roles", 5))), 1)
  table.erase = (row) => {
    active.set(row, 1)
    deleted.set(row, 1)
  }
  table.revive = (row) => {
    active.set(row, 0)
    deleted.set(row, 0)
  }
  const person = (variant: number): string => `${firstName(variant)} ${lastName(variant)}`
  table.fields.push(
    field("id", id),
    varied("name", (variant) => quote(variant % 6 === 3 ? "Õie Łukasz-Żółć 🌱" : person(variant))),
    varied("default_currency", () => quote("EUR")),
    varied("locale", (variant) => quote(variant % 2 ? "et_EE" : "en_US")),
    varied("lang", (variant) => String(1 + (variant % 3))),
    field("email", '"user', id, '@emulated.example"'),
    varied("phone", (variant) => (variant % 2 ? "null" : quote(`+372 600 ${1000 + variant}`))),
    field("activated", "true"),
    // A user who never came has the zero date.
    field(
      "last_login",
      made((row) => (row % 5 === 3 ? '"0000-00-00 00:00:00"' : table.value(row, "modified")))
    ),
    field("created", time(created, "v1")),
    field("modified", time(modified, "v1")),
    varied("has_created_company", (variant) => String(variant === 0)),
    varied(
      "access",
      (variant) =>
        `[${APPS.map((app, at) => `{"app":"${app}","admin":${variant === 0},"permission_set_id":"${permissionSetId(at)}"}`).join(",")}]`
    ),
    field("active_flag", choice(active)),
    varied("timezone_name", () => quote("Europe/Tallinn")),
    varied("timezone_offset", () => quote("+02:00")),
    field("role_id", int(role)),
    varied("icon_url", (variant) => (variant % 3 ? "null" : quote(`https://img.example/u/${variant}.png`))),
    field(
      "is_you",
      made((row) => String(row === account.userRow))
    ),
    field("is_deleted", choice(deleted))
  )
  const company: Field[] = [
    field("company_id", String(account.companyId)),
    field("company_name", quote('Emulated "Crafts" & Co. 🛠')),
    field("company_domain", quote(account.companyDomain)),
    field("company_country", quote("EE")),
    field("company_industry", quote("Manufacturing")),
    field("language", '{"language_code":"en","country_code":"US"}')
  ]
  table.fields.push(...company.map((each): Field => ({ ...each, when: ({ form }) => form === "me" })))
  const me = { include: new Set<string>(), custom: undefined, optionLabels: false, labels: false, form: "me" }
  return [
    { path: "v1/users", cost: 20, scopes: ["users:read"], paging: "whole", list: () => everyRow(table) },
    {
      path: "v1/users/me",
      cost: 2,
      scopes: ["base"],
      paging: "object",
      list: () => everyRow(table, { among: [account.userRow], selection: me })
    },
    {
      path: "v1/users/{id}",
      cost: 2,
      scopes: ["users:read"],
      paging: "object",
      list: (query) => oneRow(table, query.need("id"), "user")
    }
  ]
}

/** Id of a permission set by its number. */
export const permissionSetId = (row: number): string =>
  `${(0x20000000 + row * 13).toString(16)}-4a1b-4c2d-8e3f-${String(500000000000 + row * 7919)}`
