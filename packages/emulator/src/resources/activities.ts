import { timeText } from "../clock.ts"
import { NONE } from "../column.ts"
import { quote } from "../json.ts"
import { boolean, integer, listOf, uuid } from "../query.ts"
import { below } from "../random.ts"
import { choice, field, id, int, made, optional, time, varied } from "../row.ts"
import { addressText } from "../seed/custom.ts"
import { opening, sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { anyOf, everyRow, type Family, isTrue, oneRow, sometimesNone, sortOf, spread } from "./family.ts"
import { narrowed } from "./filtering.ts"
import { leadId } from "./leads.ts"
import { selectionOf, sinceParams } from "./selecting.ts"

const DAY_MS = 86_400_000
const SCOPES = ["activities:read", "activities:full"]
const TYPES = ["call", "meeting", "task", "deadline", "email", "lunch"]
const include = { include_fields: listOf("attendees") }

export const activities: Family = (account) => {
  const table = account.add(
    new DataTable({
      name: "activities",
      size: account.size("activities", 160),
      updated: "update_time",
      touch: "subject"
    })
  )
  const deals = account.table("deals")
  const persons = account.table("persons")
  const updated = table.time("update_time", (row) => account.pastMs("activities", row, 71))
  const added = table.time("add_time", (row) => updated.get(row) - below(60, account.seed, row) * DAY_MS)
  const due = table.time("due_date", (row) => added.get(row) + below(90, account.seed + 1, row) * DAY_MS)
  const owner = table.int("owner_id", anyOf(account, account.table("users"), 72))
  const deal = table.int("deal_id", sometimesNone(4, spread(deals, 3), NONE))
  const person = table.int("person_id", sometimesNone(5, anyOf(account, persons, 73), NONE))
  const org = table.int("org_id", (row) =>
    person.get(row) === NONE ? NONE : persons.get("org_id", persons.find(person.get(row)))
  )
  const project = table.int("project_id", (row) =>
    row % 12 === 5 ? 1 + (row % Math.max(1, account.size("projects", 14))) : NONE
  )
  const done = table.choice("done", ["false", "true"], (row) => below(2, account.seed + 74, row))
  const deleted = table.choice("is_deleted", ["false", "true"], () => 0)
  const participants = made((row) =>
    person.get(row) === NONE ? "[]" : `[{"person_id":${person.get(row)},"primary":true}]`
  )
  table.fields.push(
    field("id", id),
    { key: "subject", parts: (variant) => [opening(`${sentence(variant)} `), id, '"'] },
    varied("type", (variant) => quote(TYPES[variant % TYPES.length] as string)),
    field("owner_id", int(owner)),
    field("creator_user_id", int(owner)),
    field("is_deleted", choice(deleted)),
    field("add_time", time(added, "v2")),
    field("update_time", time(updated, "v2")),
    field("deal_id", int(deal)),
    field(
      "lead_id",
      made((row) =>
        row % 14 === 3 && account.size("leads", 40) > 0 ? quote(leadId(row % account.size("leads", 40))) : "null"
      )
    ),
    field("person_id", int(person)),
    field("org_id", int(org)),
    field("project_id", int(project)),
    field("due_date", time(due, "date")),
    varied("due_time", (variant) => (variant % 3 ? quote(`1${variant % 10}:30:00`) : "null")),
    varied("duration", (variant) => (variant % 3 ? quote("00:45:00") : "null")),
    varied("busy", (variant) => String(variant % 2 === 0)),
    field("done", choice(done)),
    field(
      "marked_as_done_time",
      made((row) => (isTrue(done, row) ? `"${timeText(updated.get(row), "v2")}"` : "null"))
    ),
    varied("location", (variant) =>
      variant % 4
        ? "null"
        : addressText(variant, ["country", "admin_area_level_1", "locality", "route", "street_number", "postal_code"])
    ),
    field("participants", participants),
    varied("conference_meeting_client", (variant) => (variant % 6 ? "null" : quote("google_meet"))),
    varied("conference_meeting_url", (variant) => (variant % 6 ? "null" : quote("https://meet.example/abc?d=1&e=2"))),
    varied("conference_meeting_id", (variant) => (variant % 6 ? "null" : quote(`m-${variant}`))),
    varied("public_description", (variant) => (variant % 5 ? "null" : quote(sentence(variant + 3)))),
    varied("priority", (variant) => (variant % 5 ? "null" : "263")),
    varied("note", (variant) => (variant % 3 ? "null" : quote(`<p>${sentence(variant)}</p>`))),
    optional(
      "attendees",
      made((row) =>
        row % 3 === 0 && owner.get(row) !== NONE
          ? `[{"email":"guest${row}@post.example","name":"Guest ${row}","status":"accepted","is_organizer":false,"person_id":null,"user_id":null},` +
            `{"email":"user${owner.get(row)}@emulated.example","name":"Host","status":"noreply","is_organizer":true,"person_id":null,"user_id":${owner.get(row)}}]`
          : "[]"
      )
    )
  )
  return [
    {
      path: "v2/activities",
      cost: 10,
      scopes: SCOPES,
      paging: "cursor",
      params: {
        ...sinceParams("id", "update_time", "add_time", "due_date"),
        deal_id: integer,
        lead_id: uuid,
        person_id: integer,
        org_id: integer,
        done: boolean,
        ...include
      },
      list: (query) => {
        const wantedDone = query.flag("done")
        const lead = query.text("lead_id")
        return everyRow(table, {
          selection: selectionOf(query),
          sort: sortOf(query),
          ...narrowed(
            account,
            table,
            query,
            ["owner_id", "deal_id", "person_id", "org_id"],
            (row) =>
              (wantedDone === undefined || isTrue(done, row) === wantedDone) &&
              (lead === undefined || table.read(row, "lead_id") === lead)
          )
        })
      }
    },
    {
      path: "v2/activities/{id}",
      cost: 1,
      scopes: SCOPES,
      paging: "object",
      params: include,
      list: (query) => oneRow(table, query.need("id"), "activity", selectionOf(query))
    }
  ]
}
