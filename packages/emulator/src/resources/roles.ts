import type { TextListing } from "../endpoint.ts"
import { quote } from "../json.ts"
import { boolean, oneOf, type Query } from "../query.ts"
import { below } from "../random.ts"
import { field, id, int, made, PLAIN, varied } from "../row.ts"
import { DataTable } from "../table.ts"
import { everyRow, type Family, OFFSET_PARAMS, oneRow, parentRow } from "./family.ts"
import { permissionSetId } from "./users.ts"

const ADMIN = ["admin"]
const USERS = ["users:read"]
const APPS = ["global", "sales", "account_settings", "projects", "campaigns", "sales"]
const KINDS = ["regular", "admin", "admin", "custom", "manager", "custom"]

const PERMISSIONS = [
  "can_add_custom_fields",
  "can_add_products",
  "can_add_prospects_as_leads",
  "can_bulk_edit_items",
  "can_change_visibility_of_items",
  "can_convert_deals_to_leads",
  "can_create_own_workflow",
  "can_delete_activities",
  "can_delete_custom_fields",
  "can_delete_deals",
  "can_edit_custom_fields",
  "can_edit_deals_closed_date",
  "can_edit_products",
  "can_edit_shared_filters",
  "can_export_data_from_lists",
  "can_follow_other_users",
  "can_merge_deals",
  "can_merge_organizations",
  "can_merge_people",
  "can_modify_labels",
  "can_see_company_wide_statistics",
  "can_see_deals_list_summary",
  "can_see_hidden_items_names",
  "can_see_other_users",
  "can_see_other_users_statistics",
  "can_see_security_dashboard",
  "can_share_filters",
  "can_share_insights",
  "can_use_api",
  "can_use_email_tracking",
  "can_use_import"
]

/** Roles, permission sets and who has them. */
export const roles: Family = (account) => {
  const users = account.table("users")
  const table = account.add(new DataTable({ name: "roles", size: account.size("roles", 5), touch: "name" }))
  const parent = table.int("parent_role_id", (row) => (row === 0 ? -1 : 1 + Math.floor((row - 1) / 2)))
  const holders = (role: number): number[] =>
    Array.from({ length: users.count }, (_, row) => row).filter(
      (row) => users.get("role_id", row) === role && users.isListed(row)
    )
  const subRoles = (role: number): number =>
    Array.from({ length: table.count }, (_, row) => row).filter(
      (row) => parent.get(row) === role && table.isListed(row)
    ).length
  const level = (row: number): number => (row <= 0 ? 1 : 1 + level(table.find(parent.get(row))))
  table.fields.push(
    field("id", id),
    field("parent_role_id", int(parent)),
    varied("name", (variant) =>
      quote(["(Unassigned users)", "Admins", "Vertrieb", "Prüfer «B»", "Interns"][variant % 5] as string)
    ),
    field("active_flag", "true"),
    field(
      "assignment_count",
      made((row) => quote(String(holders(row + 1).length)))
    ),
    field(
      "sub_role_count",
      made((row) => quote(String(subRoles(row + 1))))
    ),
    field(
      "level",
      made((row) => String(level(row)))
    )
  )
  const assignment = (user: number): string => {
    const role = users.get("role_id", user)
    const row = table.find(role)
    return `{"user_id":${users.id(user)},"role_id":${role},"parent_role_id":${row < 0 ? "null" : table.value(row, "parent_role_id")},"name":${row < 0 ? '""' : table.value(row, "name")},"active_flag":true,"type":"1"}`
  }
  const settings = (role: number): string => {
    const value = (salt: number): number => [1, 3, 5, 7][below(4, account.seed + salt, role)] as number
    const kinds = ["deal", "lead", "org", "person", "product"]
    const visibility = kinds.map((kind, at) => `"${kind}_default_visibility":${value(at)}`)
    const access = ["deal", "org", "person", "product"].map((kind, at) => `"${kind}_access_level":${value(at + 9)}`)
    return `{${[...visibility, ...access].join(",")}}`
  }
  const roleId = (query: Query): number => {
    parentRow(account, "roles", query, "role")
    return Number(query.need("id"))
  }
  const userRow = (query: Query): number => parentRow(account, "users", query, "user")
  const texts = (...list: string[]): TextListing => ({ kind: "texts", texts: list })

  const sets = account.add(
    new DataTable({
      name: "permissionSets",
      size: account.size("permissionSets", 6),
      touch: "description",
      naming: {
        of: permissionSetId,
        find: (text) => (Number.parseInt(String(text).slice(0, 8), 16) - 0x20000000) / 13
      }
    })
  )
  /** The first three sets are everyone's, the others of every third user. */
  const hasSet = (user: number, set: number): boolean => set < 3 || user % 3 === set % 3
  const setHolders = (set: number): number[] =>
    Array.from({ length: users.count }, (_, row) => row).filter((row) => users.isListed(row) && hasSet(row, set))
  sets.fields.push(
    field("id", id),
    varied("name", (variant) => quote(`Set ${variant + 1} „${APPS[variant % APPS.length]}“`)),
    varied("description", (variant) => quote(`What members of set ${variant + 1} may see and change`)),
    varied("app", (variant) => quote(APPS[variant % APPS.length] as string)),
    varied("type", (variant) => quote(KINDS[variant % KINDS.length] as string)),
    field(
      "assignment_count",
      made((row) => String(setHolders(row).length))
    ),
    {
      key: "contents",
      when: ({ form }) => form === "details",
      parts: (variant) => [JSON.stringify(PERMISSIONS.filter((_, at) => (at + variant) % 3 !== 0))]
    }
  )

  return [
    { path: "v1/roles", cost: 20, scopes: ADMIN, paging: "offset", params: OFFSET_PARAMS, list: () => everyRow(table) },
    {
      path: "v1/roles/{id}",
      cost: 2,
      scopes: ADMIN,
      paging: "object",
      list: (query) => oneRow(table, query.need("id"), "role")
    },
    {
      path: "v1/roles/{id}/assignments",
      cost: 10,
      scopes: ADMIN,
      paging: "offset",
      params: OFFSET_PARAMS,
      list: (query) => texts(...holders(roleId(query)).map(assignment))
    },
    {
      path: "v1/roles/{id}/settings",
      cost: 20,
      scopes: ADMIN,
      paging: "object",
      list: (query) => texts(settings(roleId(query)))
    },
    {
      path: "v1/roles/{id}/pipelines",
      cost: 20,
      scopes: ADMIN,
      paging: "object",
      params: { visible: boolean },
      list: (query) => {
        const role = roleId(query)
        const isVisible = query.flag("visible") ?? true
        const pipelines = account.table("pipelines")
        const ids = Array.from({ length: pipelines.count }, (_, row) => row)
          .filter((row) => (row % 3 === role % 3) !== isVisible && pipelines.isListed(row))
          .map((row) => pipelines.id(row))
        return texts(`{"pipeline_ids":[${ids.join(",")}],"visible":${isVisible}}`)
      }
    },
    {
      path: "v1/users/{id}/permissions",
      cost: 10,
      scopes: USERS,
      paging: "object",
      list: (query) => {
        const user = userRow(query)
        return texts(
          `{${PERMISSIONS.map((name, at) => `"${name}":${user === 0 || below(3, user, at) > 0}`).join(",")}}`
        )
      }
    },
    {
      path: "v1/users/{id}/roleAssignments",
      cost: 10,
      scopes: USERS,
      paging: "offset",
      params: OFFSET_PARAMS,
      list: (query) => texts(assignment(userRow(query)))
    },
    {
      path: "v1/users/{id}/roleSettings",
      cost: 10,
      scopes: USERS,
      paging: "object",
      list: (query) => texts(settings(users.get("role_id", userRow(query))))
    },
    {
      path: "v1/permissionSets",
      cost: 20,
      scopes: ADMIN,
      paging: "whole",
      params: { app: oneOf("sales", "projects", "campaigns", "global", "account_settings", "partnership", "nova") },
      list: (query) => {
        const app = query.text("app")
        return everyRow(sets, { where: (row) => app === undefined || sets.read(row, "app") === app })
      }
    },
    {
      path: "v1/permissionSets/{id}",
      cost: 2,
      scopes: ADMIN,
      paging: account.switches.permissionSetShape === "array" ? "whole" : "object",
      list: (query) => oneRow(sets, query.need("id"), "permission set", { ...PLAIN, form: "details" })
    },
    {
      path: "v1/permissionSets/{id}/assignments",
      cost: 20,
      scopes: ADMIN,
      paging: "offset",
      bare: !account.switches.undeclaredPaging,
      params: OFFSET_PARAMS,
      list: (query) => {
        const set = parentRow(account, "permissionSets", query, "permission set")
        const name = sets.value(set, "name")
        return texts(
          ...setHolders(set).map(
            (user) => `{"user_id":${users.id(user)},"permission_set_id":"${permissionSetId(set)}","name":${name}}`
          )
        )
      }
    }
  ]
}
