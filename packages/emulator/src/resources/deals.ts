import { timeText } from "../clock.ts"
import { NEVER, NONE } from "../column.ts"
import type { Endpoint } from "../endpoint.ts"
import { quote } from "../json.ts"
import { integer, listOf, type Query } from "../query.ts"
import { below, hash } from "../random.ts"
import { choice, field, id, int, made, optional, time, varied } from "../row.ts"
import { customObject } from "../seed/custom.ts"
import { ODD_NUMBERS, opening, sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { Counts } from "./counts.ts"
import { anyOf, everyRow, type Family, isTrue, oneRow, sometimesNone, sortOf } from "./family.ts"
import { narrowed } from "./filtering.ts"
import { selectingParams, selectionOf, sinceParams } from "./selecting.ts"

const DAY_MS = 86_400_000
const SCOPES = ["deals:read", "deals:full"]
const STATUSES = ["open", "won", "lost", "deleted"] as const
/** Days for which a deleted deal can still be listed. */
const DELETED_DAYS = 30

const DEAL_INCLUDE = [
  "next_activity_id",
  "last_activity_id",
  "first_won_time",
  "products_count",
  "files_count",
  "notes_count",
  "followers_count",
  "email_messages_count",
  "activities_count",
  "done_activities_count",
  "undone_activities_count",
  "participants_count",
  "last_incoming_mail_time",
  "last_outgoing_mail_time",
  "smart_bcc_email",
  "source_lead_id"
]

/** Deals: open, won, lost, deleted and archived ones in one table with two lists. */
export const deals: Family = (account) => {
  const { seed, zeroMs } = account
  const table = account.add(
    new DataTable({ name: "deals", size: account.size("deals", 120), updated: "update_time", touch: "title" })
  )
  const persons = account.table("persons")
  const stages = account.table("stages")
  const withNulls = account.options.nullUpdateTimes ?? true
  const custom = account.custom("deal")
  account.customChanged.add((entity) => {
    if (entity === "deal") table.forget()
  })

  const isTied = (row: number): boolean => account.isTied("deals", row)

  const status = table.choice(
    "status",
    STATUSES.map((text) => `"${text}"`),
    (row) => (isTied(row) ? 0 : ([0, 0, 1, 0, 2, 0, 0, 1, 2, 0, 0, 0, 3, 1, 0, 0][hash(seed, row) % 16] as number))
  )
  const archived = table.choice("is_archived", ["false", "true"], (row) => (row % 11 === 5 && !isTied(row) ? 1 : 0))
  const deleted = table.choice("is_deleted", ["false", "true"], (row) => (status.get(row) === 3 ? 1 : 0))
  const updated = table.time("update_time", (row) => {
    if (withNulls && row % 41 === 7 && !isTied(row)) return NEVER
    const past = account.pastMs("deals", row, 41)
    // A deal deleted longer ago than the API remembers would be in no list at all.
    return status.get(row) === 3 ? Math.max(past, zeroMs - (1 + (row % 25)) * DAY_MS) : past
  })
  const added = table.time("add_time", (row) => account.pastMs("deals", row, 41) - below(300, seed, row) * DAY_MS)
  const owner = table.int("owner_id", anyOf(account, account.table("users"), 42))
  const creator = table.int("creator_user_id", anyOf(account, account.table("users"), 43))
  const person = table.int("person_id", sometimesNone(13, anyOf(account, persons, 44), NONE))
  const org = table.int("org_id", (row) =>
    person.get(row) === NONE ? NONE : persons.get("org_id", persons.find(person.get(row)))
  )
  const stage = table.int("stage_id", anyOf(account, stages, 45))
  const pipeline = table.int("pipeline_id", (row) => stages.get("pipeline_id", stages.find(stage.get(row))))
  table.erase = (row) => {
    status.set(row, 3)
    deleted.set(row, 1)
  }
  table.revive = (row) => {
    status.set(row, 0)
    deleted.set(row, 0)
  }
  table.watchers.push((row) => deleted.set(row, status.get(row) === 3 ? 1 : 0))

  const moment = (row: number): number => (Number.isNaN(updated.get(row)) ? added.get(row) : updated.get(row))
  const closed = (style: "v2" | "date", ...when: number[]) =>
    made((row) => (when.includes(status.get(row)) ? `"${timeText(moment(row), style)}"` : "null"))
  const leadId = made((row) => (row % 9 === 4 ? quote(sourceLead(seed, row)) : "null"))
  const counts = new Counts(account, "deal_id")

  table.fields.push(
    field("id", id),
    { key: "title", parts: (variant) => [opening(`${sentence(variant)} `), id, '"'] },
    field("creator_user_id", int(creator)),
    field("owner_id", int(owner)),
    varied("value", (variant) =>
      variant % 4 === 1 ? (ODD_NUMBERS[(variant >> 2) % ODD_NUMBERS.length] as string) : String(variant * 125)
    ),
    field("person_id", int(person)),
    field("org_id", int(org)),
    field("stage_id", int(stage)),
    field("pipeline_id", int(pipeline)),
    varied("currency", (variant) => quote(["EUR", "USD", "JPY"][variant % 3] as string)),
    field(
      "archive_time",
      made((row) => (isTrue(archived, row) ? `"${timeText(moment(row), "v2")}"` : "null"))
    ),
    field("add_time", time(added, "v2")),
    field("update_time", time(updated, "v2")),
    field(
      "stage_change_time",
      made((row) => (row % 3 === 0 ? "null" : `"${timeText(added.get(row), "v2")}"`))
    ),
    field("status", choice(status)),
    field("is_archived", choice(archived)),
    field("is_deleted", choice(deleted)),
    varied("probability", (variant) => (variant % 4 === 0 ? String(variant % 101) : "null")),
    field(
      "lost_reason",
      made((row) => (status.get(row) === 2 ? quote("Too dear – next year?") : "null"))
    ),
    varied("visible_to", (variant) => String([3, 7, 1, 5][variant % 4])),
    field("close_time", closed("v2", 1, 2)),
    field("won_time", closed("v2", 1)),
    field("lost_time", closed("v2", 2)),
    field("local_won_date", closed("date", 1)),
    field("local_lost_date", closed("date", 2)),
    field("local_close_date", closed("date", 1, 2)),
    varied("expected_close_date", (variant) => (variant % 3 === 0 ? "null" : quote(`2027-0${1 + (variant % 9)}-28`))),
    varied("label_ids", (variant) => (variant % 3 === 0 ? "[]" : `[${1 + (variant % 3)}]`)),
    varied("origin", (variant) => quote(variant % 5 ? "ManuallyCreated" : "API")),
    varied("origin_id", (variant) => (variant % 5 ? "null" : quote(`src-${variant}`))),
    varied("channel", (variant) => (variant % 7 ? "null" : String(50 + variant))),
    varied("channel_id", (variant) => (variant % 7 ? "null" : quote(`Fair ${variant}`))),
    varied("arr", (variant) => (variant % 6 ? "null" : `${variant * 12}.00`)),
    varied("mrr", (variant) => (variant % 6 ? "null" : String(variant))),
    varied("acv", (variant) => (variant % 6 ? "null" : "0.10")),
    {
      key: "custom_fields",
      parts: (variant, selection) => [customObject(custom, variant, selection, account.hasOddValues)]
    },
    {
      key: "labels",
      when: ({ labels }) => labels,
      parts: (variant) => [
        variant % 3 === 0 ? "[]" : `[{"id":${1 + (variant % 3)},"label":"Label ${1 + (variant % 3)}","color":"green"}]`
      ]
    },
    optional("next_activity_id", counts.activity(false)),
    optional("last_activity_id", counts.activity(true)),
    // Old accounts carry the zero date of their database.
    optional(
      "first_won_time",
      made((row) =>
        row % 29 === 3 ? '"0000-00-00 00:00:00"' : status.get(row) === 1 ? quote(timeText(moment(row), "v2")) : "null"
      )
    ),
    optional("products_count", counts.of("dealProducts")),
    optional("files_count", counts.of("files")),
    optional("notes_count", counts.of("notes")),
    optional("followers_count", counts.of("dealFollowers")),
    optional("email_messages_count", counts.of("mailMessages")),
    optional("activities_count", counts.of("activities")),
    optional("done_activities_count", counts.activities(true)),
    optional("undone_activities_count", counts.activities(false)),
    optional("participants_count", counts.of("dealParticipants")),
    optional("last_incoming_mail_time", counts.lastMail(false)),
    optional("last_outgoing_mail_time", counts.lastMail(true)),
    optional("smart_bcc_email", `"${account.companyDomain}+deal`, id, '@mail.example"'),
    optional("source_lead_id", leadId)
  )

  const listed = (query: Query, inArchive: boolean) => {
    const wanted = new Set(
      (query.list("status") ?? ["open", "won", "lost"]).map((text) => STATUSES.indexOf(text as "open"))
    )
    const oldest = account.clock.now() - DELETED_DAYS * DAY_MS
    const isArchive = inArchive ? 1 : 0
    return everyRow(table, {
      selection: selectionOf(query),
      sort: sortOf(query),
      insertWith: inArchive ? { is_archived: true } : {},
      ...narrowed(account, table, query, ["owner_id", "person_id", "org_id", "pipeline_id", "stage_id"], (row) => {
        const state = status.get(row)
        return archived.get(row) === isArchive && wanted.has(state) && (state !== 3 || !(updated.get(row) < oldest))
      })
    })
  }
  const params = {
    ...sinceParams("id", "update_time", "add_time"),
    person_id: integer,
    org_id: integer,
    pipeline_id: integer,
    stage_id: integer,
    status: listOf(...STATUSES)
  }
  const endpoints: Endpoint[] = [
    {
      path: "v2/deals",
      cost: 10,
      scopes: SCOPES,
      paging: "cursor",
      params: { ...params, ...selectingParams(DEAL_INCLUDE, true) },
      list: (query) => listed(query, false)
    },
    {
      path: "v2/deals/archived",
      cost: 20,
      scopes: SCOPES,
      paging: "cursor",
      params: { ...params, ...selectingParams(DEAL_INCLUDE, false) },
      list: (query) => listed(query, true)
    },
    {
      path: "v2/deals/{id}",
      cost: 1,
      scopes: SCOPES,
      paging: "object",
      params: selectingParams(DEAL_INCLUDE, true),
      list: (query) => oneRow(table, query.need("id"), "deal", selectionOf(query))
    }
  ]
  return endpoints
}

/** Id of a lead that became a deal; such leads are gone. */
const sourceLead = (seed: number, row: number): string =>
  `${(0xf0000000 + (row % 0xffff)).toString(16)}-0e10-11eb-879b-${hash(seed, row).toString(16).padStart(12, "0")}`
