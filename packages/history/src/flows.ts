import { columns as c, defineStream, ofChangedParents, offsetPages, perParent } from "@pipedrive-source/core"
import { flowEntry, valueChange } from "./flow-columns.ts"

/** Changed values of deals, from their flow. An entry is itself a change of its deal, whose id is `item_id`. */
export const dealFlow = defineStream({
  name: "deal_flow",
  path: "v1/deals/{id}/flow",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDealUpdates",
  tokens: 40,
  scope: "recents:read",
  // The type that existing connections have.
  columns: { ...valueChange, log_time: c.text },
  primaryKey: ["id"],
  paging: offsetPages(),
  query: { items: "dealChange", all_changes: "1" },
  unwrap: "alone",
  changes: ofChangedParents({ cursorField: "log_time", sweep: "none", globalCursor: true }),
  parents: perParent(["deals", "deals_archived"], "item_id", { from: "@pipedrive-source/crm" })
})

/** Everything that happened to a person: changed values, activities, notes, files, mails. */
export const personFlow = defineStream({
  name: "person_flow",
  path: "v1/persons/{id}/flow",
  docs: "https://developers.pipedrive.com/docs/api/v1/Persons#getPersonUpdates",
  tokens: 40,
  scope: "recents:read",
  columns: { ...flowEntry, person_id: c.describe(c.integer, "The person in whose flow the entry is.") },
  primaryKey: ["person_id", "object", "id"],
  paging: offsetPages(),
  query: { all_changes: "1" },
  unwrap: "beside",
  changes: ofChangedParents(),
  parents: perParent("persons", "person_id", { from: "@pipedrive-source/crm" })
})

/** Everything that happened to an organization: changed values, activities, notes, files, mails. */
export const organizationFlow = defineStream({
  name: "organization_flow",
  path: "v1/organizations/{id}/flow",
  docs: "https://developers.pipedrive.com/docs/api/v1/Organizations#getOrganizationUpdates",
  tokens: 40,
  scope: "recents:read",
  columns: { ...flowEntry, org_id: c.describe(c.integer, "The organization in whose flow the entry is.") },
  primaryKey: ["org_id", "object", "id"],
  paging: offsetPages(),
  query: { all_changes: "1" },
  unwrap: "beside",
  changes: ofChangedParents(),
  parents: perParent("organizations", "org_id", { from: "@pipedrive-source/crm" })
})
