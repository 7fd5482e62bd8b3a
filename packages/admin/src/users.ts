import {
  columns as c,
  cursorPages,
  dayMs,
  defineStream,
  offsetPages,
  perParent,
  singlePage,
  snapshot
} from "@pipedrive-source/core"
import { roleAssignment, roleVisibility } from "./columns.ts"

const userColumns = {
  id: c.integer,
  name: c.text,
  email: c.text,
  phone: c.text,
  default_currency: c.text,
  locale: c.text,
  lang: c.describe(c.integer, "Id of the language."),
  timezone_name: c.text,
  timezone_offset: c.text,
  role_id: c.integer,
  access: c.listOf(c.objectOf({ app: c.text, admin: c.boolean, permission_set_id: c.text })),
  is_admin: c.integer,
  is_you: c.describe(c.boolean, "Whether it is the token's user."),
  activated: c.boolean,
  active_flag: c.boolean,
  is_deleted: c.boolean,
  has_created_company: c.boolean,
  signup_flow_variation: c.text,
  icon_url: c.text,
  last_login: c.localTimestamp,
  created: c.localTimestamp,
  modified: c.localTimestamp
}

/** Users of the company; deactivated and deleted ones stay listed. */
export const users = defineStream({
  name: "users",
  path: "v1/users",
  docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUsers",
  tokens: 20,
  scope: "users:read",
  columns: userColumns,
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot({ cursorField: "modified" })
})

/** The token's user, with the company it belongs to. */
export const currentUser = defineStream({
  name: "current_user",
  path: "v1/users/me",
  docs: "https://developers.pipedrive.com/docs/api/v1/Users#getCurrentUser",
  tokens: 2,
  scope: "base",
  columns: {
    ...userColumns,
    company_id: c.integer,
    company_name: c.text,
    company_domain: c.describe(c.text, "Subdomain of pipedrive.com."),
    company_country: c.text,
    company_industry: c.text,
    language: c.objectOf({ language_code: c.text, country_code: c.text })
  },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot()
})

/** What each user may do: one row per user. */
export const userPermissions = defineStream({
  name: "user_permissions",
  path: "v1/users/{id}/permissions",
  docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUserPermissions",
  tokens: 10,
  scope: "users:read",
  columns: {
    user_id: c.integer,
    can_add_custom_fields: c.boolean,
    can_add_products: c.boolean,
    can_add_prospects_as_leads: c.boolean,
    can_bulk_edit_items: c.boolean,
    can_change_visibility_of_items: c.boolean,
    can_convert_deals_to_leads: c.boolean,
    can_create_own_workflow: c.boolean,
    can_delete_activities: c.boolean,
    can_delete_custom_fields: c.boolean,
    can_delete_deals: c.boolean,
    can_edit_custom_fields: c.boolean,
    can_edit_deals_closed_date: c.boolean,
    can_edit_products: c.boolean,
    can_edit_shared_filters: c.boolean,
    can_export_data_from_lists: c.boolean,
    can_follow_other_users: c.boolean,
    can_merge_deals: c.boolean,
    can_merge_organizations: c.boolean,
    can_merge_people: c.boolean,
    can_modify_labels: c.boolean,
    can_see_company_wide_statistics: c.boolean,
    can_see_deals_list_summary: c.boolean,
    can_see_hidden_items_names: c.boolean,
    can_see_other_users: c.boolean,
    can_see_other_users_statistics: c.boolean,
    can_see_security_dashboard: c.boolean,
    can_share_filters: c.boolean,
    can_share_insights: c.boolean,
    can_use_api: c.boolean,
    can_use_email_tracking: c.boolean,
    can_use_import: c.boolean
  },
  primaryKey: ["user_id"],
  paging: singlePage(),
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("users", "user_id")
})

/** Roles of each user. */
export const userRoleAssignments = defineStream({
  name: "user_role_assignments",
  path: "v1/users/{id}/roleAssignments",
  docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUserRoleAssignments",
  tokens: 10,
  scope: "users:read",
  columns: roleAssignment,
  primaryKey: ["user_id", "role_id"],
  paging: offsetPages(),
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("users", "user_id")
})

/** The visibility that each user's role gives: one row per user. */
export const userRoleSettings = defineStream({
  name: "user_role_settings",
  path: "v1/users/{id}/roleSettings",
  docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUserRoleSettings",
  tokens: 10,
  scope: "users:read",
  columns: { user_id: c.integer, ...roleVisibility },
  primaryKey: ["user_id"],
  paging: singlePage(),
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("users", "user_id")
})

/** Users who follow another user. */
export const userFollowers = defineStream({
  name: "user_followers",
  path: "v2/users/{id}/followers",
  docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUserFollowers",
  tokens: 10,
  scope: "users:read",
  columns: {
    followed_user_id: c.integer,
    user_id: c.describe(c.integer, "The user who follows."),
    add_time: c.timestamp
  },
  primaryKey: ["followed_user_id", "user_id"],
  paging: cursorPages(),
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("users", "followed_user_id")
})
