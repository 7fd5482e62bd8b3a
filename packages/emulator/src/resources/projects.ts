import { timeText } from "../clock.ts"
import { NONE, wholeText } from "../column.ts"
import type { TextListing } from "../endpoint.ts"
import { quote } from "../json.ts"
import { integer, listOf, type Query } from "../query.ts"
import { below } from "../random.ts"
import { choice, field, id, int, made, time, varied } from "../row.ts"
import { customObject } from "../seed/custom.ts"
import { opening, sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { anyOf, CURSOR_PARAMS, everyRow, type Family, isTrue, parentRow } from "./family.ts"
import { narrowed } from "./filtering.ts"
import { PROJECTS, single } from "./project-endpoints.ts"
import { selectionOf } from "./selecting.ts"

const STATUSES = ["open", "completed", "canceled", "deleted"] as const

/** Projects, active, archived and deleted, and their plans. */
export const projects: Family = (account) => {
  const users = account.table("users")
  const phases = account.table("phases")
  const table = account.add(
    new DataTable({
      name: "projects",
      size: account.size("projects", 16),
      updated: "update_time",
      touch: "title",
      millis: true
    })
  )
  const custom = account.custom("project")
  account.customChanged.add((entity) => {
    if (entity === "project") table.forget()
  })
  const updated = table.time("update_time", (row) => account.pastMs("projects", row, 185))
  const added = table.time("add_time", (row) => updated.get(row) - below(90, account.seed, row) * 86_400_000)
  const owner = table.int("owner_id", anyOf(account, users, 186))
  const phase = table.int("phase_id", anyOf(account, phases, 187))
  const board = table.int("board_id", (row) => phases.get("board_id", phases.find(phase.get(row))))
  const status = table.choice("status", STATUSES.map(quote), (row) => [0, 0, 1, 0, 2, 3, 0][row % 7] as number)
  const archived = table.choice("is_archived", ["false", "true"], (row) => (row % 4 === 2 ? 1 : 0))
  const deal = table.int("deal_id", (row) =>
    row % 3 ? 1 + below(Math.max(1, account.table("deals").count), 188, row) : NONE
  )
  const person = table.int("person_id", (row) =>
    row % 2 ? 1 + below(Math.max(1, account.table("persons").count), 189, row) : NONE
  )
  const org = table.int("org_id", (row) =>
    row % 4 ? 1 + below(Math.max(1, account.table("organizations").count), 190, row) : NONE
  )
  table.erase = (row) => status.set(row, 3)
  table.revive = (row) => status.set(row, 0)
  const listText = (column: typeof deal) => made((row) => (column.get(row) === NONE ? "[]" : `[${column.get(row)}]`))
  table.fields.push(
    field("id", id),
    { key: "title", parts: (variant) => [opening(`${sentence(variant)} `), id, '"'] },
    varied("description", (variant) => (variant % 3 ? "null" : quote(`Plan:\n- ${sentence(variant)}`))),
    field("status", choice(status)),
    field("board_id", int(board)),
    field("phase_id", int(phase)),
    field("owner_id", int(owner)),
    varied("start_date", (variant) => (variant % 4 ? quote(`2026-0${1 + (variant % 9)}-01`) : "null")),
    varied("end_date", (variant) => (variant % 4 ? quote(`2026-1${variant % 3}-30`) : "null")),
    field("deal_ids", listText(deal)),
    field("person_ids", listText(person)),
    field("org_ids", listText(org)),
    varied("label_ids", (variant) => (variant % 2 ? "[]" : "[1,2]")),
    varied("health_status", (variant) => (variant % 3 ? "null" : "10")),
    field("add_time", time(added, "ms")),
    field("update_time", time(updated, "ms")),
    field("status_change_time", time(added, "ms")),
    field(
      "archive_time",
      made((row) => (isTrue(archived, row) ? quote(timeText(updated.get(row), "ms")) : "null"))
    ),
    {
      key: "custom_fields",
      parts: (variant, selection) => [customObject(custom, variant, selection, account.hasOddValues)]
    }
  )

  const listed = (isArchive: 0 | 1) => (query: Query) => {
    const wanted = new Set(
      (query.list("status") ?? ["open", "completed", "canceled"]).map((text) => STATUSES.indexOf(text as "open"))
    )
    const tests = (["deal_id", "person_id", "org_id", "phase_id"] as const)
      .map((name) => [name, query.number(name)] as const)
      .filter(([, value]) => value !== undefined)
    return everyRow(table, {
      selection: selectionOf(query),
      insertWith: isArchive ? { is_archived: true } : {},
      ...narrowed(
        account,
        table,
        query,
        [],
        (row) =>
          archived.get(row) === isArchive &&
          wanted.has(status.get(row)) &&
          tests.every(([name, value]) => table.get(name, row) === value)
      )
    })
  }
  const listParams = { ...CURSOR_PARAMS, filter_id: integer, status: listOf(...STATUSES), phase_id: integer }

  const plan = (query: Query): TextListing => {
    const row = parentRow(account, "projects", query, "project")
    const project = Number(query.need("id"))
    const group = account.links("projectGroups", "project_id").of(project)[0]
    const place = `"phase_id":${wholeText(phase.get(row))},"group_id":${group === undefined ? "null" : group + 1}`
    const items = (type: "task" | "activity", rows: Int32Array): string[] =>
      Array.from(rows, (at) => `{"item_id":${at + 1},"item_type":"${type}",${place}}`)
    return {
      kind: "texts",
      texts: [
        ...items("task", account.links("tasks", "project_id").of(project)),
        ...items("activity", account.links("activities", "project_id").of(project))
      ]
    }
  }
  return [
    {
      ...PROJECTS,
      paging: "cursor",
      path: "v2/projects",
      params: { ...listParams, deal_id: integer, person_id: integer, org_id: integer },
      list: listed(0)
    },
    { ...PROJECTS, paging: "cursor", path: "v2/projects/archived", params: listParams, list: listed(1) },
    single("v2/projects/{id}", table, "project", 1),
    {
      ...PROJECTS,
      path: "v2/projects/{id}/permittedUsers",
      cost: 5,
      paging: "whole",
      list: (query) => {
        parentRow(account, "projects", query, "project")
        return { kind: "texts", texts: Array.from({ length: users.count }, (_, row) => String(users.id(row))) }
      }
    },
    { ...PROJECTS, path: "v1/projects/{id}/plan", cost: 20, paging: "whole", list: plan }
  ]
}
