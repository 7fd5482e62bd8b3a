import {
  columns as c,
  cursorPages,
  dayMs,
  defineStream,
  hourMs,
  ofChangedParents,
  perParent,
  perParents,
  ROW_KEY,
  singlePage,
  snapshot
} from "@pipedrive-source/core"

/** Deleted projects are listed only when asked for. */
const status = "open,completed,canceled,deleted"

/** Projects, including archived and deleted ones. */
export const projectList = defineStream({
  name: "projects",
  path: "v2/projects",
  docs: "https://developers.pipedrive.com/docs/api/v1/Projects#getProjects",
  tokens: 10,
  scope: "projects:read",
  addOn: "Projects add-on",
  columns: {
    id: c.integer,
    title: c.text,
    description: c.text,
    status: c.describe(c.text, "open, completed, canceled or deleted."),
    board_id: c.integer,
    phase_id: c.integer,
    owner_id: c.integer,
    start_date: c.text,
    end_date: c.text,
    deal_ids: c.listOf(c.integer),
    person_ids: c.listOf(c.integer),
    org_ids: c.listOf(c.integer),
    label_ids: c.listOf(c.integer),
    health_status: c.integer,
    add_time: c.text,
    update_time: c.text,
    status_change_time: c.text,
    archive_time: c.text,
    custom_fields: c.describe(c.object, "Custom fields of the account, by the key of the field.")
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  parts: [
    { path: "v2/projects", query: { status } },
    { path: "v2/projects/archived", query: { status } }
  ],
  customFields: { of: "project", in: "custom_fields" },
  changes: snapshot({ cursorField: "update_time", freshnessMs: hourMs })
})

/** Boards of projects. */
export const projectBoards = defineStream({
  name: "project_boards",
  path: "v2/boards",
  docs: "https://developers.pipedrive.com/docs/api/v1/ProjectBoards#getProjectsBoards",
  tokens: 10,
  scope: "projects:read",
  addOn: "Projects add-on",
  columns: { id: c.integer, name: c.text, order_nr: c.integer, add_time: c.timestamp, update_time: c.timestamp },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot()
})

/** Phases of every board. The endpoint takes one board per request. */
export const projectPhases = defineStream({
  name: "project_phases",
  path: "v2/phases",
  docs: "https://developers.pipedrive.com/docs/api/v1/ProjectPhases#getProjectsPhases",
  tokens: 10,
  scope: "projects:read",
  addOn: "Projects add-on",
  columns: {
    id: c.integer,
    board_id: c.integer,
    name: c.text,
    order_nr: c.integer,
    add_time: c.timestamp,
    update_time: c.timestamp
  },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParents("project_boards", "board_id", { parameter: "board_id", size: 1 })
})

/** Templates that projects are made from. */
export const projectTemplates = defineStream({
  name: "project_templates",
  path: "v2/projectTemplates",
  docs: "https://developers.pipedrive.com/docs/api/v1/ProjectTemplates#getProjectTemplates",
  tokens: 10,
  scope: "projects:read",
  addOn: "Projects add-on",
  columns: {
    id: c.integer,
    title: c.text,
    description: c.text,
    projects_board_id: c.integer,
    owner_id: c.integer,
    add_time: c.timestamp,
    update_time: c.timestamp
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  changes: snapshot()
})

/** Changes of the values of a project. An entry is itself a change of its project. */
export const projectChangelog = defineStream({
  name: "project_changelog",
  path: "v2/projects/{id}/changelog",
  docs: "https://developers.pipedrive.com/docs/api/v1/Projects#getProjectChangelog",
  tokens: 10,
  scope: "projects:read",
  addOn: "Projects add-on",
  columns: {
    project_id: c.integer,
    time: c.timestamp,
    actor_user_id: c.integer,
    old_values: c.describe(c.object, "Values before the change, by the key of the field."),
    new_values: c.describe(c.object, "Values after the change, by the key of the field."),
    change_source: c.text,
    change_source_user_agent: c.text
  },
  primaryKey: [ROW_KEY],
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "time", sweep: "none" }),
  parents: perParent("projects", "project_id")
})

/** Tasks and activities in the plan of a project. */
export const projectPlanItems = defineStream({
  name: "project_plan_items",
  path: "v1/projects/{id}/plan",
  docs: "https://developers.pipedrive.com/docs/api/v1/Projects#getProjectPlan",
  tokens: 20,
  scope: "projects:read",
  addOn: "Projects add-on",
  columns: {
    project_id: c.integer,
    item_type: c.describe(c.text, "task or activity."),
    item_id: c.integer,
    phase_id: c.integer,
    group_id: c.integer
  },
  primaryKey: ["project_id", "item_type", "item_id"],
  paging: singlePage(),
  changes: ofChangedParents(),
  parents: perParent("projects", "project_id")
})

/** Groups in the plan of a project. */
export const projectGroups = defineStream({
  name: "project_groups",
  path: "v1/projects/{id}/groups",
  docs: "https://developers.pipedrive.com/docs/api/v1/Projects#getProjectGroups",
  tokens: 20,
  scope: "projects:read",
  addOn: "Projects add-on",
  columns: { project_id: c.integer, id: c.integer, name: c.text, order_nr: c.integer },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: ofChangedParents(),
  parents: perParent("projects", "project_id")
})
