import { timeText } from "../clock.ts"
import { NONE } from "../column.ts"
import { quote } from "../json.ts"
import { boolean, integer } from "../query.ts"
import { choice, field, id, int, made, time, varied } from "../row.ts"
import { opening, sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { anyOf, CURSOR_PARAMS, childrenOf, everyRow, type Family, isTrue, spread } from "./family.ts"
import { narrowed } from "./filtering.ts"
import { PROJECTS, single } from "./project-endpoints.ts"

/** Tasks, groups and changelogs of projects. */
export const tasks: Family = (account) => {
  const users = account.table("users")
  const projects = account.table("projects")
  const table = account.add(
    new DataTable({
      name: "tasks",
      size: account.size("tasks", 30),
      updated: "update_time",
      touch: "title",
      millis: true
    })
  )
  const taskUpdated = table.time("update_time", (row) => account.pastMs("tasks", row, 191))
  const taskProject = table.int("project_id", spread(projects, 3))
  const taskParent = table.int("parent_task_id", (row) => (row % 4 === 3 ? row : NONE))
  const assignee = table.int("assignee_id", anyOf(account, users, 192))
  const done = table.choice("is_done", ["false", "true"], (row) => row % 2)
  const milestone = table.choice("is_milestone", ["false", "true"], (row) => (row % 7 === 6 ? 1 : 0))
  table.fields.push(
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
  groups.int("project_id", spread(projects, 2))
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
  changes.int("project_id", spread(projects, 3))
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

  const ofProject = (child: "projectGroups" | "tasks" | "activities") =>
    childrenOf(account, "projects", child, "project_id", "project")
  const old = { ...PROJECTS, cost: 20, paging: "whole" as const }
  return [
    {
      ...PROJECTS,
      paging: "cursor",
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
          table,
          narrowed(
            account,
            table,
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
    single("v2/tasks/{id}", table, "task", 1),
    {
      ...PROJECTS,
      paging: "cursor",
      path: "v2/projects/{id}/changelog",
      params: CURSOR_PARAMS,
      list: (query) => ({
        ...childrenOf(account, "projects", "projectChanges", "project_id", "project")(query),
        sort: [{ name: "time", direction: "desc" }]
      })
    },
    { ...old, path: "v1/projects/{id}/groups", list: ofProject("projectGroups") },
    { ...old, path: "v1/projects/{id}/tasks", list: ofProject("tasks") },
    { ...old, path: "v1/projects/{id}/activities", list: ofProject("activities") }
  ]
}
