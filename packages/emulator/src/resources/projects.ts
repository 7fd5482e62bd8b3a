import { timeText } from "../clock.ts"
import { NONE } from "../column.ts"
import type { TableListing, TextListing } from "../endpoint.ts"
import { quote } from "../json.ts"
import { boolean, integer, listOf, type Query } from "../query.ts"
import { below } from "../random.ts"
import { choice, field, id, int, made, time, varied } from "../row.ts"
import { customObject } from "../seed/custom.ts"
import { opening, sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { anyOf, CURSOR_PARAMS, childrenOf, everyRow, type Family, isTrue, oneRow, parentRow, spread } from "./family.ts"
import { narrowed } from "./filtering.ts"
import { selectionOf } from "./selecting.ts"

const SCOPES = ["projects:read", "projects:full"]
const STATUSES = ["open", "completed", "canceled", "deleted"] as const
const addOn = "projects"

/** Projects with boards, phases, templates, tasks, groups, plans and changelogs. */
export const projects: Family = (account) => {
  const users = account.table("users")
  const timed = (name: "boards" | "phases" | "projectTemplates", size: number, salt: number) => {
    const table = account.add(
      new DataTable({
        name,
        size: account.size(name, size),
        updated: "update_time",
        touch: name === "projectTemplates" ? "title" : "name",
        millis: true
      })
    )
    const updated = table.time("update_time", (row) => account.pastMs(name, row, salt))
    const added = table.time("add_time", (row) => updated.get(row) - 40 * 86_400_000)
    return { table, times: [field("add_time", time(added, "ms")), field("update_time", time(updated, "ms"))] }
  }
  const boards = timed("boards", 3, 181)
  boards.table.fields.push(
    field("id", id),
    varied("name", (variant) => quote(variant === 1 ? "Umbau „Ost“" : `Board ${variant + 1}`)),
    field("order_nr", id),
    ...boards.times
  )
  const phases = timed("phases", 9, 182)
  const phaseBoard = phases.table.int("board_id", (row) => 1 + (row % Math.max(1, boards.table.count)))
  phases.table.fields.push(
    field("id", id),
    varied("name", (variant) => quote(`Phase ${variant + 1}`)),
    field("board_id", int(phaseBoard)),
    field(
      "order_nr",
      made((row) => String(1 + Math.floor(row / 3)))
    ),
    ...phases.times
  )
  const templates = timed("projectTemplates", 4, 183)
  const templateOwner = templates.table.int("owner_id", anyOf(account, users, 184))
  templates.table.fields.push(
    field("id", id),
    varied("title", (variant) => quote(`Template ${variant + 1} – Büroumzug`)),
    varied("description", (variant) => quote(sentence(variant))),
    field(
      "projects_board_id",
      made((row) => String(1 + (row % 3)))
    ),
    field("owner_id", int(templateOwner)),
    ...templates.times
  )

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
  const updated = table.time("update_time", (row) => account.pastMs("projects", row, 185))
  const added = table.time("add_time", (row) => updated.get(row) - below(90, account.seed, row) * 86_400_000)
  const owner = table.int("owner_id", anyOf(account, users, 186))
  const phase = table.int("phase_id", anyOf(account, phases.table, 187))
  const board = table.int("board_id", (row) => phaseBoard.get(phases.table.find(phase.get(row))))
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
  table.erase = (row, nowMs) => {
    status.set(row, 3)
    table.stamp(row, nowMs)
  }
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
    { key: "custom_fields", parts: (variant, selection) => [customObject(custom, variant, selection)] }
  )

  const tasks = account.add(
    new DataTable({
      name: "tasks",
      size: account.size("tasks", 30),
      updated: "update_time",
      touch: "title",
      millis: true
    })
  )
  const taskUpdated = tasks.time("update_time", (row) => account.pastMs("tasks", row, 191))
  const taskProject = tasks.int("project_id", spread(table, 3))
  const taskParent = tasks.int("parent_task_id", (row) => (row % 4 === 3 ? row : NONE))
  const assignee = tasks.int("assignee_id", anyOf(account, users, 192))
  const done = tasks.choice("is_done", ["false", "true"], (row) => row % 2)
  const milestone = tasks.choice("is_milestone", ["false", "true"], (row) => (row % 7 === 6 ? 1 : 0))
  tasks.fields.push(
    field("id", id),
    { key: "title", parts: (variant) => [opening(`${sentence(variant)} `), id, '"'] },
    field("creator_id", int(assignee)),
    varied("description", (variant) => (variant % 3 ? "null" : quote(sentence(variant + 1)))),
    field("project_id", int(taskProject)),
    field("is_done", choice(done)),
    field("is_milestone", choice(milestone)),
    varied("due_date", (variant) => (variant % 3 ? quote("2026-12-01") : "null")),
    varied("start_date", (variant) => (variant % 3 ? quote("2026-11-01") : "null")),
    field("parent_task_id", int(taskParent)),
    field("assignee_ids", "[", int(assignee), "]"),
    varied("priority", (variant) => (variant % 4 ? "null" : "1")),
    field("add_time", time(taskUpdated, "ms")),
    field("update_time", time(taskUpdated, "ms")),
    field(
      "marked_as_done_time",
      made((row) => (isTrue(done, row) ? quote(timeText(taskUpdated.get(row), "ms")) : "null"))
    )
  )

  const groups = account.add(
    new DataTable({ name: "projectGroups", size: account.size("projectGroups", 20), touch: "name" })
  )
  groups.int("project_id", spread(table, 2))
  groups.fields.push(
    field("id", id),
    varied("name", (variant) => quote(`Group ${variant + 1}`)),
    field(
      "order_nr",
      made((row) => String(1 + (row % 2)))
    )
  )

  const changes = account.add(
    new DataTable({
      name: "projectChanges",
      size: account.size("projectChanges", 40),
      touch: "change_source",
      millis: true
    })
  )
  const changeTime = changes.time("time", (row) => account.pastMs("projectChanges", row, 193))
  changes.int("project_id", spread(table, 3))
  const actor = changes.int("actor_user_id", anyOf(account, users, 194))
  changes.fields.push(
    varied("change_source", (variant) => (variant % 5 ? quote("app") : "null")),
    varied("change_source_user_agent", (variant) => (variant % 2 ? quote("Browser/1.0") : "null")),
    field("time", time(changeTime, "ms")),
    varied("new_values", (variant) =>
      variant % 2 ? `{"title":"Title ${variant}"}` : `{"status":"open","board_id":${variant}}`
    ),
    varied("old_values", (variant) => (variant % 2 ? '{"title":"Old „one“"}' : '{"status":"completed","board_id":1}')),
    field("actor_user_id", int(actor))
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
  const ofProject = (child: "projectGroups" | "tasks" | "activities", column = "project_id") =>
    childrenOf(account, "projects", child, column, "project")
  const plan = (query: Query): TextListing => {
    parentRow(account, "projects", query, "project")
    const project = Number(query.need("id"))
    const projectRow = table.find(project)
    const group = groupOf(project)
    const item = (type: string, at: number): string =>
      `{"item_id":${at},"item_type":"${type}","phase_id":${phase.get(projectRow)},"group_id":${group}}`
    const taskRows = account.links("tasks", "project_id").of(project)
    const activityRows = account.links("activities", "project_id").of(project)
    return {
      kind: "texts",
      texts: [
        ...[...taskRows].map((row) => item("task", row + 1)),
        ...[...activityRows].map((row) => item("activity", row + 1))
      ],
      table: tasks,
      among: [...taskRows],
      insertWith: { project_id: project }
    }
  }
  const groupOf = (project: number): string => {
    const row = account.links("projectGroups", "project_id").of(project)[0]
    return row === undefined ? "null" : String(groups.id(row))
  }
  const whole = { cost: 10, scopes: SCOPES, paging: "whole" as const, addOn }
  const cursor = { cost: 10, scopes: SCOPES, paging: "cursor" as const, addOn }
  const single = (path: string, of: DataTable, what: string, cost: number) => ({
    path,
    cost,
    scopes: SCOPES,
    paging: "object" as const,
    addOn,
    list: (query: Query): TableListing => oneRow(of, query.need("id"), what)
  })
  return [
    {
      ...cursor,
      path: "v2/projects",
      params: { ...listParams, deal_id: integer, person_id: integer, org_id: integer },
      list: listed(0)
    },
    { ...cursor, path: "v2/projects/archived", params: listParams, list: listed(1) },
    single("v2/projects/{id}", table, "project", 1),
    {
      ...cursor,
      path: "v2/projects/{id}/changelog",
      params: CURSOR_PARAMS,
      list: (query) => ({
        ...childrenOf(account, "projects", "projectChanges", "project_id", "project")(query),
        sort: [{ name: "time", direction: "desc" }]
      })
    },
    {
      path: "v2/projects/{id}/permittedUsers",
      cost: 5,
      scopes: SCOPES,
      paging: "whole",
      addOn,
      list: (query) => {
        parentRow(account, "projects", query, "project")
        return { kind: "texts", texts: Array.from({ length: users.count }, (_, row) => String(users.id(row))) }
      }
    },
    { ...whole, path: "v2/boards", list: () => everyRow(boards.table) },
    single("v2/boards/{id}", boards.table, "board", 10),
    {
      ...whole,
      path: "v2/phases",
      params: { board_id: integer },
      required: ["board_id"],
      list: (query) => {
        const wanted = query.number("board_id")
        return everyRow(phases.table, {
          where: (row) => wanted === undefined || phaseBoard.get(row) === wanted,
          ...(wanted === undefined ? {} : { insertWith: { board_id: wanted } })
        })
      }
    },
    single("v2/phases/{id}", phases.table, "phase", 10),
    { ...cursor, path: "v2/projectTemplates", params: CURSOR_PARAMS, list: () => everyRow(templates.table) },
    single("v2/projectTemplates/{id}", templates.table, "project template", 1),
    {
      ...cursor,
      path: "v2/tasks",
      params: {
        ...CURSOR_PARAMS,
        is_done: boolean,
        is_milestone: boolean,
        assignee_id: integer,
        project_id: integer,
        parent_task_id: (text) => (text === "null" ? undefined : integer(text))
      },
      list: (query) => {
        const wantDone = query.flag("is_done")
        const wantMilestone = query.flag("is_milestone")
        const parent = query.text("parent_task_id")
        return everyRow(
          tasks,
          narrowed(
            account,
            tasks,
            query,
            ["assignee_id", "project_id"],
            (row) =>
              (wantDone === undefined || isTrue(done, row) === wantDone) &&
              (wantMilestone === undefined || isTrue(milestone, row) === wantMilestone) &&
              (parent === undefined || taskParent.get(row) === (parent === "null" ? NONE : Number(parent)))
          )
        )
      }
    },
    single("v2/tasks/{id}", tasks, "task", 1),
    { ...whole, path: "v1/projects/{id}/plan", cost: 20, list: plan },
    { ...whole, path: "v1/projects/{id}/groups", cost: 20, list: ofProject("projectGroups") },
    { ...whole, path: "v1/projects/{id}/tasks", cost: 20, list: ofProject("tasks") },
    { ...whole, path: "v1/projects/{id}/activities", cost: 20, list: ofProject("activities") }
  ]
}
