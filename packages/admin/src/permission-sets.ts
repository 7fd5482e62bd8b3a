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

const permissionSet = {
  id: c.text,
  name: c.text,
  description: c.text,
  app: c.text,
  type: c.describe(c.text, "admin, manager, regular or custom."),
  assignment_count: c.describe(c.integer, "Number of users who have it.")
}

/** Permission sets of all apps. */
export const permissionSets = defineStream({
  name: "permission_sets",
  path: "v1/permissionSets",
  docs: "https://developers.pipedrive.com/docs/api/v1/PermissionSets#getPermissionSets",
  tokens: 20,
  scope: "admin",
  columns: permissionSet,
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot({ freshnessMs: hourMs })
})

/** Permission sets with the permissions in them; the answer may come as a list of one. */
export const permissionSetDetails = defineStream({
  name: "permission_set_details",
  path: "v1/permissionSets/{id}",
  docs: "https://developers.pipedrive.com/docs/api/v1/PermissionSets#getPermissionSet",
  tokens: 2,
  scope: "admin",
  columns: { ...permissionSet, contents: c.describe(c.listOf(c.text), "Names of the permissions.") },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("permission_sets", "id")
})

/** Users of each permission set; the endpoint is for admins only. */
export const permissionSetAssignments = defineStream({
  name: "permission_set_assignments",
  path: "v1/permissionSets/{id}/assignments",
  docs: "https://developers.pipedrive.com/docs/api/v1/PermissionSets#getPermissionSetAssignments",
  tokens: 20,
  scope: "admin",
  addOn: "admin rights",
  columns: {
    permission_set_id: c.text,
    user_id: c.integer,
    name: c.describe(c.text, "Name of the permission set."),
    permission_set_app: c.text,
    permission_set_type: c.text
  },
  primaryKey: ["permission_set_id", "user_id"],
  paging: offsetPages({ declared: false }),
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("permission_sets", "permission_set_id")
})
