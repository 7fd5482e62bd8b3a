import { columns as c } from "@pipedrive-source/core"

/** A user's place in a role; listed by user and by role alike. */
export const roleAssignment = {
  user_id: c.integer,
  role_id: c.integer,
  parent_role_id: c.integer,
  name: c.describe(c.text, "Name of the role."),
  active_flag: c.boolean,
  type: c.text
}

/** How visible new records are, and what a role has access to; only the default role has access levels. */
export const roleVisibility = {
  deal_default_visibility: c.integer,
  lead_default_visibility: c.integer,
  org_default_visibility: c.integer,
  person_default_visibility: c.integer,
  product_default_visibility: c.integer,
  deal_access_level: c.integer,
  org_access_level: c.integer,
  person_access_level: c.integer,
  product_access_level: c.integer
}
