import { columns as c, cursorPages, defineStream, ofChangedParents, perParent, ROW_KEY } from "@pipedrive-source/core"

/** A value that changed, as API v1 logs it. */
const fieldChange = {
  field_key: c.text,
  old_value: c.text,
  new_value: c.text,
  time: c.localTimestamp,
  actor_user_id: c.integer,
  change_source: c.text,
  change_source_user_agent: c.text,
  is_bulk_update_flag: c.boolean
}

/** A follower who was added or removed. */
const followerChange = {
  action: c.describe(c.text, "added or removed."),
  follower_user_id: c.integer,
  actor_user_id: c.integer,
  time: c.timestamp
}

/** Changed values of deals. An entry is itself a change of its deal, as for the next two. */
export const dealChangelog = defineStream({
  name: "deal_changelog",
  path: "v1/deals/{id}/changelog",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDealChangelog",
  tokens: 20,
  scope: "recents:read",
  columns: { deal_id: c.integer, ...fieldChange },
  primaryKey: [ROW_KEY],
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "time", sweep: "none" }),
  parents: perParent(["deals", "deals_archived"], "deal_id", { from: "@pipedrive-source/crm" })
})

/** Changed values of persons. */
export const personChangelog = defineStream({
  name: "person_changelog",
  path: "v1/persons/{id}/changelog",
  docs: "https://developers.pipedrive.com/docs/api/v1/Persons#getPersonChangelog",
  tokens: 20,
  scope: "recents:read",
  columns: { person_id: c.integer, ...fieldChange },
  primaryKey: [ROW_KEY],
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "time", sweep: "none" }),
  parents: perParent("persons", "person_id", { from: "@pipedrive-source/crm" })
})

/** Changed values of organizations. */
export const organizationChangelog = defineStream({
  name: "organization_changelog",
  path: "v1/organizations/{id}/changelog",
  docs: "https://developers.pipedrive.com/docs/api/v1/Organizations#getOrganizationChangelog",
  tokens: 20,
  scope: "recents:read",
  columns: { org_id: c.integer, ...fieldChange },
  primaryKey: [ROW_KEY],
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "time", sweep: "none" }),
  parents: perParent("organizations", "org_id", { from: "@pipedrive-source/crm" })
})

/** Participants who were added to a deal or removed from it. */
export const dealParticipantsChangelog = defineStream({
  name: "deal_participants_changelog",
  path: "v1/deals/{id}/participantsChangelog",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDealParticipantsChangelog",
  tokens: 10,
  scope: "deals:read",
  columns: {
    deal_id: c.integer,
    person_id: c.integer,
    action: c.describe(c.text, "added or removed."),
    actor_user_id: c.integer,
    time: c.localTimestamp
  },
  primaryKey: [ROW_KEY],
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "time" }),
  parents: perParent(["deals", "deals_archived"], "deal_id", { from: "@pipedrive-source/crm" })
})

/** Followers of deals who were added or removed. */
export const dealFollowersChangelog = defineStream({
  name: "deal_followers_changelog",
  path: "v2/deals/{id}/followers/changelog",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDealFollowersChangelog",
  tokens: 10,
  scope: "deals:read",
  columns: { deal_id: c.integer, ...followerChange },
  primaryKey: [ROW_KEY],
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "time" }),
  parents: perParent(["deals", "deals_archived"], "deal_id", { from: "@pipedrive-source/crm" })
})

/** Followers of persons who were added or removed. */
export const personFollowersChangelog = defineStream({
  name: "person_followers_changelog",
  path: "v2/persons/{id}/followers/changelog",
  docs: "https://developers.pipedrive.com/docs/api/v1/Persons#getPersonFollowersChangelog",
  tokens: 10,
  scope: "contacts:read",
  columns: { person_id: c.integer, ...followerChange },
  primaryKey: [ROW_KEY],
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "time" }),
  parents: perParent("persons", "person_id", { from: "@pipedrive-source/crm" })
})

/** Followers of organizations who were added or removed. */
export const organizationFollowersChangelog = defineStream({
  name: "organization_followers_changelog",
  path: "v2/organizations/{id}/followers/changelog",
  docs: "https://developers.pipedrive.com/docs/api/v1/Organizations#getOrganizationFollowersChangelog",
  tokens: 10,
  scope: "contacts:read",
  columns: { org_id: c.integer, ...followerChange },
  primaryKey: [ROW_KEY],
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "time" }),
  parents: perParent("organizations", "org_id", { from: "@pipedrive-source/crm" })
})

/** Followers of products who were added or removed. */
export const productFollowersChangelog = defineStream({
  name: "product_followers_changelog",
  path: "v2/products/{id}/followers/changelog",
  docs: "https://developers.pipedrive.com/docs/api/v1/Products#getProductFollowersChangelog",
  tokens: 10,
  scope: "products:read",
  columns: { product_id: c.integer, ...followerChange },
  primaryKey: [ROW_KEY],
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "time" }),
  parents: perParent("products", "product_id", { from: "@pipedrive-source/products" })
})
