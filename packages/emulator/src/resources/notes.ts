import { NONE } from "../column.ts"
import { quote } from "../json.ts"
import { date, integer, timestamp, uuid, zeroOrOne } from "../query.ts"
import { below } from "../random.ts"
import { field, id, int, made, time, varied } from "../row.ts"
import { opening, sentence } from "../seed/texts.ts"
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
import { narrowed } from "./filtering.ts"
import { leadId } from "./leads.ts"

const SCOPES = ["deals:read", "deals:full", "contacts:read", "contacts:full"]
const SORTS = ["id", "user_id", "deal_id", "person_id", "org_id", "content", "add_time", "update_time"]
const PINS = ["lead", "deal", "organization", "person", "project", "task"]

/** Notes, sortable and readable by update time, and their comments. */
export const notes: Family = (account) => {
  const table = account.add(
    new DataTable({ name: "notes", size: account.size("notes", 60), updated: "update_time", touch: "content" })
  )
  const deals = account.table("deals")
  const persons = account.table("persons")
  const users = account.table("users")
  const updated = table.time("update_time", (row) => account.pastMs("notes", row, 131))
  const added = table.time("add_time", (row) => updated.get(row) - below(30, account.seed, row) * 86_400_000)
  const user = table.int("user_id", anyOf(account, users, 132))
  const deal = table.int("deal_id", sometimesNone(3, spread(deals, 2), NONE))
  const person = table.int("person_id", sometimesNone(4, anyOf(account, persons, 133), NONE))
  const org = table.int("org_id", (row) =>
    person.get(row) === NONE ? NONE : persons.get("org_id", persons.find(person.get(row)))
  )
  const project = table.int("project_id", (row) =>
    row % 10 === 4 ? 1 + (row % Math.max(1, account.size("projects", 14))) : NONE
  )
  const leads = account.size("leads", 40)
  const named = (name: "deals" | "persons" | "organizations" | "projects", column: typeof deal, key: string) =>
    made((row) => {
      const at = column.get(row) === NONE ? -1 : account.table(name).find(column.get(row))
      return at < 0 ? "null" : `{"${key}":${account.table(name).value(at, key)}}`
    })
  table.fields.push(
    field("id", id),
    field("active_flag", "true"),
    field("add_time", time(added, "v1")),
    { key: "content", parts: (variant) => [opening(`<p>${sentence(variant)}</p>\n<b>`), id, '</b>"'] },
    field("deal", named("deals", deal, "title")),
    field(
      "lead_id",
      made((row) => (row % 11 === 6 && leads > 0 ? quote(leadId(row % leads)) : "null"))
    ),
    field("deal_id", int(deal)),
    field("last_update_user_id", int(user)),
    field("org_id", int(org)),
    field("organization", named("organizations", org, "name")),
    field("person", named("persons", person, "name")),
    field("person_id", int(person)),
    field("project_id", int(project)),
    field("project", named("projects", project, "title")),
    field("task_id", "null"),
    field("task", "null"),
    ...PINS.map((name) => varied(`pinned_to_${name}_flag`, (variant) => String(variant % 6 === 1 && name === "deal"))),
    field("update_time", time(updated, "v1")),
    field(
      "user",
      made((row) => {
        const at = users.find(user.get(row))
        return at < 0
          ? "null"
          : `{"email":${users.value(at, "email")},"icon_url":${users.value(at, "icon_url")},"is_you":${at === 0},"name":${users.value(at, "name")}}`
      })
    ),
    field("user_id", int(user))
  )

  const comments = account.add(
    new DataTable({
      name: "noteComments",
      size: account.size("noteComments", 24),
      updated: "update_time",
      touch: "content",
      millis: true,
      naming: {
        of: (row) => `${(0x50000000 + row * 7).toString(16)}-1c2d-4e3f-a4b5-0242ac130003`,
        find: (text) => (Number.parseInt(String(text).slice(0, 8), 16) - 0x50000000) / 7
      }
    })
  )
  const commentUpdated = comments.time("update_time", (row) => account.pastMs("noteComments", row, 134))
  const commentNote = comments.int("note_id", spread(table, 2))
  const commentUser = comments.int("user_id", anyOf(account, users, 135))
  comments.fields.push(
    field("uuid", id),
    field("active_flag", "true"),
    field("add_time", time(commentUpdated, "ms")),
    field("update_time", time(commentUpdated, "ms")),
    varied("content", (variant) => quote(`Comment: ${sentence(variant + 2)}`)),
    field("object_id", '"', int(commentNote), '"'),
    field("object_type", '"note"'),
    field("user_id", int(commentUser)),
    field("updater_id", int(commentUser)),
    field("company_id", String(account.companyId))
  )
  account.touchParent(comments, "note_id", "notes")

  return [
    {
      path: "v1/notes",
      cost: 20,
      scopes: SCOPES,
      paging: "offset",
      params: {
        ...OFFSET_PARAMS,
        user_id: integer,
        lead_id: uuid,
        deal_id: integer,
        person_id: integer,
        org_id: integer,
        project_id: integer,
        task_id: integer,
        sort: sortV1(...SORTS),
        start_date: date,
        end_date: date,
        updated_since: timestamp,
        ...Object.fromEntries(PINS.map((name) => [`pinned_to_${name}_flag`, zeroOrOne]))
      },
      list: (query) => {
        const lead = query.text("lead_id")
        const from = query.timeMs("start_date")
        const to = query.timeMs("end_date")
        const pins = PINS.map((name) => `pinned_to_${name}_flag`).filter((name) => query.flag(name) !== undefined)
        return everyRow(table, {
          sort: sortOfV1(query, {
            user_id: (row) => user.get(row),
            deal_id: (row) => deal.get(row),
            person_id: (row) => person.get(row),
            org_id: (row) => org.get(row),
            content: (row) => table.value(row, "content")
          }),
          ...narrowed(
            account,
            table,
            query,
            ["user_id", "deal_id", "person_id", "org_id", "project_id"],
            (row) =>
              (lead === undefined || table.read(row, "lead_id") === lead) &&
              (from === undefined || added.get(row) >= from) &&
              (to === undefined || added.get(row) < to + 86_400_000) &&
              pins.every((name) => table.read(row, name) === query.flag(name))
          )
        })
      }
    },
    {
      path: "v1/notes/{id}",
      cost: 2,
      scopes: SCOPES,
      paging: "object",
      list: (query) => oneActiveRow(account, table, query.need("id"), "note")
    },
    {
      path: "v1/notes/{id}/comments",
      cost: 20,
      scopes: SCOPES,
      paging: "offset",
      params: OFFSET_PARAMS,
      list: childrenOf(account, "notes", "noteComments", "note_id", "note")
    }
  ]
}
