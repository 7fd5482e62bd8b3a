import { columns as c, cursorPages, defineStream, hourMs, snapshot } from "@pipedrive-source/core"

/** Tasks of all projects, done or not. */
export const tasks = defineStream({
  name: "tasks",
  path: "v2/tasks",
  docs: "https://developers.pipedrive.com/docs/api/v1/Tasks#getTasks",
  tokens: 10,
  scope: "projects:read",
  addOn: "Projects add-on",
  columns: {
    id: c.integer,
    title: c.text,
    description: c.text,
    project_id: c.integer,
    parent_task_id: c.describe(c.integer, "Null for a task that is no part of another."),
    creator_id: c.integer,
    assignee_ids: c.listOf(c.integer),
    priority: c.integer,
    is_done: c.boolean,
    is_milestone: c.boolean,
    start_date: c.text,
    due_date: c.text,
    marked_as_done_time: c.text,
    add_time: c.text,
    update_time: c.text
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  changes: snapshot({ cursorField: "update_time", freshnessMs: hourMs })
})
