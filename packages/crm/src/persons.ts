import {
  byIds,
  columns as c,
  cursorPages,
  defineStream,
  ofChangedParents,
  perParent,
  since,
  singlePage
} from "@pipedrive-source/core"
import { address, contactCounts, contactPoints, customFields, follower } from "./columns.ts"

/** Only sent when `include_fields` asks for them. Counts change without a new `update_time`. */
const included = {
  ...contactCounts,
  participant_open_deals_count: c.integer,
  participant_closed_deals_count: c.integer,
  last_incoming_mail_time: c.timestamp,
  last_outgoing_mail_time: c.timestamp
}

/** The API refuses to include these if the company does not have the Campaigns add-on. */
const campaigns = {
  marketing_status: c.describe(c.text, "With the Campaigns add-on only."),
  doi_status: c.describe(c.text, "Double opt-in; with the Campaigns add-on only.")
}

/** Persons. */
export const persons = defineStream({
  name: "persons",
  path: "v2/persons",
  docs: "https://developers.pipedrive.com/docs/api/v1/Persons#getPersons",
  tokens: 10,
  scope: "contacts:read",
  columns: {
    id: c.integer,
    name: c.text,
    first_name: c.text,
    last_name: c.text,
    owner_id: c.integer,
    org_id: c.integer,
    add_time: c.timestamp,
    update_time: c.timestamp,
    emails: contactPoints,
    phones: contactPoints,
    is_deleted: c.boolean,
    visible_to: c.integer,
    label_ids: c.listOf(c.integer),
    picture_id: c.integer,
    postal_address: address,
    notes: c.describe(c.text, "Notes from contact sync."),
    im: c.describe(contactPoints, "Messengers."),
    birthday: c.date,
    job_title: c.text,
    custom_fields: customFields,
    ...included,
    ...campaigns
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  query: { sort_by: "update_time", sort_direction: "asc" },
  includeFields: { always: Object.keys(included), planBound: Object.keys(campaigns) },
  customFields: { of: "person", in: "custom_fields", labels: "options" },
  changes: since("update_time"),
  lookup: byIds()
})

/** Users who follow a person. */
export const personFollowers = defineStream({
  name: "person_followers",
  path: "v2/persons/{id}/followers",
  docs: "https://developers.pipedrive.com/docs/api/v1/Persons#getPersonFollowers",
  tokens: 10,
  scope: "contacts:read",
  columns: { person_id: c.integer, ...follower },
  primaryKey: ["person_id", "user_id"],
  paging: cursorPages(),
  changes: ofChangedParents(),
  parents: perParent("persons", "person_id", { count: "followers_count" })
})

/** Pictures of persons, as links. Only requested if the person has one. */
export const personPictures = defineStream({
  name: "person_pictures",
  path: "v2/persons/{id}/picture",
  docs: "https://developers.pipedrive.com/docs/api/v1/Persons#getPersonPicture",
  tokens: 1,
  scope: "contacts:read",
  columns: {
    id: c.integer,
    person_id: c.integer,
    item_type: c.text,
    item_id: c.integer,
    added_by_user_id: c.integer,
    active_flag: c.boolean,
    file_size: c.integer,
    pictures: c.describe(c.objectOf({ 128: c.text, 512: c.text }), "Links by width in pixels.")
  },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: ofChangedParents(),
  parents: perParent("persons", "person_id", { only: "picture_id" })
})
