// All on API v1: `key` is the primary key of existing connections, which v2 does not have.
import { columns as c, defineStream, offsetPages, singlePage } from "@pipedrive-source/core"
import { dealFieldColumns, fieldColumns } from "./columns.ts"

/** Fields of deals. */
export const dealFields = defineStream({
  name: "deal_fields",
  path: "v1/dealFields",
  docs: "https://developers.pipedrive.com/docs/api/v1/DealFields#getDealFields",
  tokens: 20,
  scope: "deals:read",
  columns: dealFieldColumns,
  primaryKey: ["key"],
  paging: offsetPages()
})

/** Fields of persons. */
export const personFields = defineStream({
  name: "person_fields",
  path: "v1/personFields",
  docs: "https://developers.pipedrive.com/docs/api/v1/PersonFields#getPersonFields",
  tokens: 20,
  scope: "contacts:read",
  columns: {
    ...fieldColumns,
    // The type that existing connections have: yes/no fields send booleans, all others numbers.
    options: c.listOf(c.objectOf({ id: c.anyOf("boolean", "integer"), label: c.text }))
  },
  primaryKey: ["key"],
  paging: offsetPages()
})

/** Fields of organizations. */
export const organizationFields = defineStream({
  name: "organization_fields",
  path: "v1/organizationFields",
  docs: "https://developers.pipedrive.com/docs/api/v1/OrganizationFields#getOrganizationFields",
  tokens: 20,
  scope: "contacts:read",
  columns: { ...fieldColumns, display_name: c.text },
  primaryKey: ["key"],
  paging: offsetPages()
})

/** Fields of products. */
export const productFields = defineStream({
  name: "product_fields",
  path: "v1/productFields",
  docs: "https://developers.pipedrive.com/docs/api/v1/ProductFields#getProductFields",
  tokens: 20,
  scope: "products:read",
  columns: fieldColumns,
  primaryKey: ["key"],
  paging: offsetPages()
})

/** Fields of activities. API v2 has them for admins only. */
export const activityFields = defineStream({
  name: "activity_fields",
  path: "v1/activityFields",
  docs: "https://developers.pipedrive.com/docs/api/v1/ActivityFields#getActivityFields",
  tokens: 20,
  scope: "activities:read",
  columns: fieldColumns,
  primaryKey: ["key"],
  paging: singlePage()
})

/** Fields of leads. */
export const leadFields = defineStream({
  name: "lead_fields",
  path: "v1/leadFields",
  docs: "https://developers.pipedrive.com/docs/api/v1/LeadFields#getLeadFields",
  tokens: 20,
  scope: "leads:read",
  columns: dealFieldColumns,
  primaryKey: ["key"],
  paging: offsetPages()
})

/** Fields of notes. */
export const noteFields = defineStream({
  name: "note_fields",
  path: "v1/noteFields",
  docs: "https://developers.pipedrive.com/docs/api/v1/NoteFields#getNoteFields",
  tokens: 20,
  scope: "deals:read",
  columns: fieldColumns,
  primaryKey: ["key"],
  paging: singlePage()
})
