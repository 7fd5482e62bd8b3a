import { quote } from "../json.ts"
import { oneOf, zeroOrOne } from "../query.ts"
import { choice, field, id, int, made, PLAIN, time, varied } from "../row.ts"
import { DataTable } from "../table.ts"
import { anyOf, everyRow, type Family, OFFSET_PARAMS, oneRow, parentRow } from "./family.ts"

const USERS = ["users:read"]
const ICONS = ["call", "meeting", "task", "deadline", "email", "lunch", "car"]

/** Activity types, call logs, webhooks, teams and the settings of the token's user. */
export const admin: Family = (account) => {
  const users = account.table("users")

  const types = account.add(
    new DataTable({
      name: "activityTypes",
      size: account.size("activityTypes", 7),
      updated: "update_time",
      touch: "name"
    })
  )
  const typeUpdated = types.time("update_time", (row) => account.pastMs("activityTypes", row, 221))
  const typeActive = types.choice("active_flag", ["true", "false"], (row) => (row === 5 ? 1 : 0))
  types.fields.push(
    field("id", id),
    varied("name", (variant) =>
      quote(["Call", "Meeting", "Task", "Deadline", "Email", "Lunch 🍜", "Besuch"][variant % 7] as string)
    ),
    varied("icon_key", (variant) => quote(ICONS[variant % ICONS.length] as string)),
    varied("color", (variant) => quote(variant % 3 ? "" : "FFAA00")),
    field("order_nr", id),
    varied("key_string", (variant) => quote(variant < ICONS.length ? (ICONS[variant] as string) : `custom_${variant}`)),
    field("active_flag", choice(typeActive)),
    varied("is_custom_flag", (variant) => String(variant >= 6)),
    field("add_time", time(typeUpdated, "v1")),
    field("update_time", time(typeUpdated, "v1"))
  )

  const calls = account.add(
    new DataTable({
      name: "callLogs",
      size: account.size("callLogs", 12),
      touch: "note",
      millis: true,
      naming: {
        of: (row) => `CA${(0x70000000 + row).toString(16)}0011223344556677`,
        find: (text) => Number.parseInt(String(text).slice(2, 10), 16) - 0x70000000
      }
    })
  )
  const begun = calls.time("start_time", (row) => account.pastMs("callLogs", row, 222))
  const ended = calls.time("end_time", (row) => begun.get(row) + 60_000 * (row % 30))
  calls.fields.push(
    field("id", id),
    varied("activity_id", (variant) => (variant % 3 ? "null" : String(1 + variant))),
    varied("person_id", (variant) => (variant % 2 ? String(1 + variant) : "null")),
    varied("org_id", (variant) => (variant % 2 ? String(1 + variant) : "null")),
    varied("deal_id", (variant) => (variant % 4 ? String(1 + variant) : "null")),
    field("lead_id", "null"),
    varied("subject", (variant) => quote(`Call about order ${variant}`)),
    varied("duration", (variant) => quote(String(variant * 60))),
    varied("outcome", (variant) => quote(["connected", "no_answer", "left_message", "busy"][variant % 4] as string)),
    varied("from_phone_number", (variant) => quote(`+3725${1000 + variant}`)),
    varied("to_phone_number", (variant) => quote(`+3726${1000 + variant}`)),
    varied("has_recording", (variant) => String(variant % 2 === 0)),
    field("start_time", time(begun, "ms")),
    field("end_time", time(ended, "ms")),
    field(
      "user_id",
      made(() => String(users.id(0)))
    ),
    field("company_id", String(account.companyId)),
    varied("note", (variant) => quote(`Notiz „${variant}“\u2029`))
  )

  const webhooks = account.add(
    new DataTable({ name: "webhooks", size: account.size("webhooks", 4), touch: "name", millis: true })
  )
  const hookAdded = webhooks.time("add_time", (row) => account.pastMs("webhooks", row, 223))
  const hookUser = webhooks.int("user_id", anyOf(account, users, 224))
  webhooks.fields.push(
    field("id", id),
    field("company_id", String(account.companyId)),
    field("owner_id", int(hookUser)),
    field("user_id", int(hookUser)),
    varied("event_action", (variant) => quote(["added", "updated", "deleted", "*"][variant % 4] as string)),
    varied("event_object", (variant) => quote(["deal", "person", "*"][variant % 3] as string)),
    varied("subscription_url", (variant) => quote(`https://hooks.example/${variant}?a=1&b=2`)),
    field("version", '"2.0"'),
    varied("is_active", (variant) => String(Number(variant % 3 !== 2))),
    field("add_time", time(hookAdded, "ms")),
    varied("remove_time", (variant) => (variant % 3 === 2 ? quote("2026-01-02T03:04:05.678Z") : "null")),
    varied("type", (variant) => quote(variant % 2 ? "application" : "general")),
    varied("http_auth_user", (variant) => (variant % 2 ? "null" : quote("hook-user"))),
    varied("http_auth_password", (variant) => (variant % 2 ? "null" : quote(`hook-"secret"-${variant}`))),
    varied("remove_reason", (variant) => (variant % 3 === 2 ? quote("too many failures") : "null")),
    varied("last_delivery_time", (variant) => (variant % 2 ? "null" : quote("2026-02-03T04:05:06.000Z"))),
    varied("last_http_status", (variant) => (variant % 2 ? "null" : "200")),
    field("admin_id", int(hookUser)),
    varied("name", (variant) => quote(`Hook ${variant + 1}`))
  )

  const teams = account.add(
    new DataTable({ name: "legacyTeams", size: account.size("legacyTeams", 3), touch: "description" })
  )
  const teamAdded = teams.time("add_time", (row) => account.pastMs("legacyTeams", row, 225))
  const members = (row: number): string =>
    `[${Array.from({ length: users.count }, (_, user) => user)
      .filter((user) => user % 3 === row % 3)
      .map((user) => users.id(user))
      .join(",")}]`
  teams.fields.push(
    field("id", id),
    varied("name", (variant) => quote(`Team ${variant + 1}`)),
    varied("description", (variant) => quote(`Büro ${variant + 1}`)),
    field(
      "manager_id",
      made((row) => String(users.id(row % Math.max(1, users.count))))
    ),
    { key: "users", when: ({ form }) => form !== "short", parts: () => [made(members)] },
    varied("active_flag", (variant) => String(Number(variant % 3 !== 2))),
    field("deleted_flag", "0"),
    field("add_time", time(teamAdded, "v1")),
    field(
      "created_by_user_id",
      made(() => String(users.id(0)))
    )
  )

  const texts = (...list: string[]) => ({ kind: "texts" as const, texts: list })
  const addOnCodes = [
    ["projects", "projects_addon"],
    ["campaigns", "campaigns_v2"],
    ["calling", "calling"],
    ["teams", "teams"]
  ] as const
  return [
    {
      path: "v1/activityTypes",
      cost: 20,
      scopes: ["activities:read", "activities:full", "admin"],
      paging: "whole",
      list: () => everyRow(types)
    },
    {
      path: "v1/callLogs",
      cost: 20,
      scopes: ["phone-integration"],
      paging: "offset",
      maxLimit: 50,
      addOn: "calling",
      params: OFFSET_PARAMS,
      list: () => everyRow(calls)
    },
    {
      path: "v1/webhooks",
      cost: 10,
      scopes: ["admin"],
      paging: "whole",
      extra: '"status":"ok",',
      list: () => everyRow(webhooks)
    },
    {
      path: "v1/legacyTeams",
      cost: 20,
      scopes: USERS,
      paging: "whole",
      addOn: "teams",
      params: { order_by: oneOf("id", "name", "manager_id", "active_flag"), skip_users: zeroOrOne },
      list: (query) => everyRow(teams, { selection: { ...PLAIN, form: query.flag("skip_users") ? "short" : "" } })
    },
    {
      path: "v1/legacyTeams/{id}",
      cost: 2,
      scopes: USERS,
      paging: "object",
      addOn: "teams",
      params: { skip_users: zeroOrOne },
      list: (query) =>
        oneRow(teams, query.need("id"), "team", { ...PLAIN, form: query.flag("skip_users") ? "short" : "" })
    },
    {
      path: "v1/legacyTeams/{id}/users",
      cost: 20,
      scopes: USERS,
      paging: "whole",
      addOn: "teams",
      list: (query) => {
        const row = parentRow(account, "legacyTeams", query, "team")
        return texts(...(JSON.parse(members(row)) as number[]).map(String))
      }
    },
    {
      path: "v1/userSettings",
      cost: 2,
      scopes: ["base"],
      paging: "object",
      list: () =>
        texts(
          '{"marketplace_team":false,"list_limit":100,"beta_app":false,"prevent_salesphone_callto_override":false,"file_upload_destination":"s3",' +
            '"callto_link_syntax":"callto:[number]","autofill_deal_expected_close_date":true,"person_duplicate_condition":"name && email"}'
        )
    },
    {
      path: "v1/userConnections",
      cost: 20,
      scopes: ["base"],
      paging: "object",
      list: () => texts('{"google":"g-000123"}')
    },
    {
      path: "v1/billing/subscriptions/addons",
      cost: 20,
      scopes: USERS,
      paging: "whole",
      list: () =>
        texts(...addOnCodes.filter(([name]) => account.hasAddOn(name)).map(([, code]) => `{"code":"${code}"}`))
    }
  ]
}
