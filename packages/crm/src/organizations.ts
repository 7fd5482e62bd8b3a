import {
  byIds,
  columns as c,
  cursorPages,
  defineStream,
  ofChangedParents,
  perParent,
  perParents,
  since,
  singlePage
} from "@pipedrive-source/core"
import { address, contactCounts, customFields, follower } from "./columns.ts"

/** Only sent when `include_fields` asks for them. Counts change without a new `update_time`. */
const included = { ...contactCounts, people_count: c.integer }

/** Organizations. */
export const organizations = defineStream({
  name: "organizations",
  path: "v2/organizations",
  docs: "https://developers.pipedrive.com/docs/api/v1/Organizations#getOrganizations",
  tokens: 10,
  scope: "contacts:read",
  columns: {
    id: c.integer,
    org_id: c.describe(c.integer, "In the vendor's example, but not in its schema."),
    name: c.text,
    owner_id: c.integer,
    add_time: c.timestamp,
    update_time: c.timestamp,
    is_deleted: c.boolean,
    visible_to: c.integer,
    address,
    label_ids: c.listOf(c.integer),
    website: c.text,
    linkedin: c.text,
    industry: c.describe(c.integer, "Option of the industry field."),
    annual_revenue: c.number,
    employee_count: c.integer,
    custom_fields: customFields,
    ...included
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  query: { sort_by: "update_time", sort_direction: "asc" },
  includeFields: { always: Object.keys(included) },
  customFields: { of: "organization", in: "custom_fields", labels: "options" },
  changes: since("update_time"),
  lookup: byIds()
})

/** Users who follow an organization. */
export const organizationFollowers = defineStream({
  name: "organization_followers",
  path: "v2/organizations/{id}/followers",
  docs: "https://developers.pipedrive.com/docs/api/v1/Organizations#getOrganizationFollowers",
  tokens: 10,
  scope: "contacts:read",
  columns: { org_id: c.integer, ...follower },
  primaryKey: ["org_id", "user_id"],
  paging: cursorPages(),
  changes: ofChangedParents(),
  parents: perParent("organizations", "org_id", { count: "followers_count" })
})

/** One side of a relationship, as API v1 shows it. */
const relatedOrganization = c.objectOf({
  value: c.describe(c.integer, "Id of the organization."),
  name: c.text,
  people_count: c.integer,
  owner_id: c.integer,
  address: c.text,
  cc_email: c.text,
  active_flag: c.boolean
})

/** Relationships between organizations. The endpoint takes one organization per request and shows each relationship from both sides. */
export const organizationRelationships = defineStream({
  name: "organization_relationships",
  path: "v1/organizationRelationships",
  docs: "https://developers.pipedrive.com/docs/api/v1/OrganizationRelationships#getOrganizationRelationships",
  tokens: 20,
  scope: "contacts:read",
  columns: {
    id: c.integer,
    org_id: c.describe(c.integer, "Organization from whose side the calculated columns are."),
    type: c.describe(c.text, "parent or related."),
    rel_owner_org_id: relatedOrganization,
    rel_linked_org_id: relatedOrganization,
    add_time: c.localTimestamp,
    update_time: c.localTimestamp,
    active_flag: c.describe(c.text, "The text true or false."),
    calculated_type: c.text,
    calculated_related_org_id: c.integer,
    related_organization_name: c.text
  },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: ofChangedParents({ cursorField: "update_time" }),
  parents: perParents("organizations", "org_id", { parameter: "org_id", size: 1 }, { shared: true })
})
