import {
  columns as c,
  dayMs,
  defineStream,
  hourMs,
  offsetPages,
  perParent,
  singlePage,
  snapshot
} from "@pipedrive-source/core"
import { roleAssignment, roleVisibility } from "./columns.ts"

/** Roles: groups of users that decide who sees what. */
export const roles = defineStream({
  name: "roles",
  path: "v1/roles",
  docs: "https://developers.pipedrive.com/docs/api/v1/Roles#getRoles",
  tokens: 20,
  scope: "admin",
  columns: {
    id: c.integer,
    parent_role_id: c.integer,
    name: c.text,
    description: c.text,
    level: c.integer,
    active_flag: c.boolean,
    assignment_count: c.describe(c.text, "A number, sent as text."),
    sub_role_count: c.describe(c.text, "A number, sent as text.")
  },
  primaryKey: ["id"],
  paging: offsetPages(),
  changes: snapshot({ freshnessMs: hourMs })
})

/** Users of each role. */
export const roleAssignments = defineStream({
  name: "role_assignments",
  path: "v1/roles/{id}/assignments",
  docs: "https://developers.pipedrive.com/docs/api/v1/Roles#getRoleAssignments",
  tokens: 10,
  scope: "admin",
  columns: roleAssignment,
  primaryKey: ["user_id", "role_id"],
  paging: offsetPages(),
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("roles", "role_id")
})

/** The visibility that each role gives: one row per role. */
export const roleSettings = defineStream({
  name: "role_settings",
  path: "v1/roles/{id}/settings",
  docs: "https://developers.pipedrive.com/docs/api/v1/Roles#getRoleSettings",
  tokens: 20,
  scope: "admin",
  columns: { role_id: c.integer, ...roleVisibility },
  primaryKey: ["role_id"],
  paging: singlePage(),
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("roles", "role_id")
})

/** Pipelines that each role sees, and those hidden from it: two rows per role. */
export const rolePipelines = defineStream({
  name: "role_pipelines",
  path: "v1/roles/{id}/pipelines",
  docs: "https://developers.pipedrive.com/docs/api/v1/Roles#getRolePipelines",
  tokens: 20,
  scope: "admin",
  columns: {
    role_id: c.integer,
    visible: c.describe(c.boolean, "Whether the pipelines of this row are the visible or the hidden ones."),
    pipeline_ids: c.listOf(c.integer)
  },
  primaryKey: ["role_id", "visible"],
  paging: singlePage(),
  parts: [{ query: { visible: "true" } }, { query: { visible: "false" } }],
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("roles", "role_id")
})
