import {
  byIds,
  columns as c,
  cursorPages,
  dayMs,
  defineStream,
  hourMs,
  ofChangedParents,
  offsetPages,
  perParent,
  since
} from "@pipedrive-source/core"
import { contactPoints, customFields, follower } from "./columns.ts"

/** Only sent when `include_fields` asks for them. Counts change without a new `update_time`. */
const included = {
  next_activity_id: c.integer,
  last_activity_id: c.integer,
  first_won_time: c.timestamp,
  products_count: c.integer,
  files_count: c.integer,
  notes_count: c.integer,
  followers_count: c.integer,
  email_messages_count: c.integer,
  activities_count: c.integer,
  done_activities_count: c.integer,
  undone_activities_count: c.integer,
  participants_count: c.integer,
  last_incoming_mail_time: c.timestamp,
  last_outgoing_mail_time: c.timestamp,
  smart_bcc_email: c.text,
  source_lead_id: c.uuid
}

const dealColumns = {
  id: c.integer,
  title: c.text,
  owner_id: c.integer,
  creator_user_id: c.integer,
  person_id: c.integer,
  org_id: c.integer,
  pipeline_id: c.integer,
  stage_id: c.integer,
  value: c.number,
  currency: c.text,
  add_time: c.timestamp,
  update_time: c.timestamp,
  stage_change_time: c.timestamp,
  is_deleted: c.boolean,
  is_archived: c.boolean,
  status: c.describe(c.text, "open, won, lost or deleted."),
  probability: c.number,
  lost_reason: c.text,
  visible_to: c.integer,
  close_time: c.timestamp,
  archive_time: c.timestamp,
  won_time: c.timestamp,
  lost_time: c.timestamp,
  local_close_date: c.date,
  local_lost_date: c.date,
  local_won_date: c.date,
  expected_close_date: c.date,
  label_ids: c.listOf(c.integer),
  origin: c.describe(c.text, "By what way the deal was made."),
  origin_id: c.text,
  channel: c.describe(c.integer, "Option of the marketing channel field."),
  channel_id: c.text,
  arr: c.describe(c.number, "Annual recurring revenue."),
  mrr: c.describe(c.number, "Monthly recurring revenue."),
  acv: c.describe(c.number, "Annual contract value."),
  custom_fields: customFields,
  ...included
}

/** Without `status` the list omits deleted deals, which it keeps for 30 days. */
const query = { status: "open,won,lost,deleted", sort_by: "update_time", sort_direction: "asc" }

/** Deals that are not archived. */
export const deals = defineStream({
  name: "deals",
  path: "v2/deals",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDeals",
  tokens: 10,
  scope: "deals:read",
  columns: dealColumns,
  primaryKey: ["id"],
  paging: cursorPages(),
  query,
  includeFields: { always: Object.keys(included) },
  customFields: { of: "deal", in: "custom_fields", labels: "options" },
  changes: since("update_time"),
  lookup: byIds({ sibling: "deals_archived" })
})

/** Archived deals. Read whole once a week, as archiving is not documented to touch `update_time`. */
export const dealsArchived = defineStream({
  name: "deals_archived",
  path: "v2/deals/archived",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getArchivedDeals",
  tokens: 20,
  scope: "deals:read",
  columns: dealColumns,
  primaryKey: ["id"],
  paging: cursorPages(),
  query,
  includeFields: { always: Object.keys(included) },
  customFields: { of: "deal", in: "custom_fields", labels: "options" },
  changes: since("update_time", { wholeEveryMs: 7 * dayMs, freshnessForChildrenMs: hourMs }),
  lookup: byIds({ sibling: "deals" })
})

/** Users who follow a deal. */
export const dealFollowers = defineStream({
  name: "deal_followers",
  path: "v2/deals/{id}/followers",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDealFollowers",
  tokens: 10,
  scope: "deals:read",
  columns: { deal_id: c.integer, ...follower },
  primaryKey: ["deal_id", "user_id"],
  paging: cursorPages(),
  changes: ofChangedParents(),
  parents: perParent(["deals", "deals_archived"], "deal_id", { count: "followers_count" })
})

/** Persons who take part in a deal. */
export const dealParticipants = defineStream({
  name: "deal_participants",
  path: "v1/deals/{id}/participants",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDealParticipants",
  tokens: 10,
  scope: "deals:read",
  columns: {
    id: c.integer,
    deal_id: c.integer,
    person_id: c.objectOf({
      value: c.describe(c.integer, "Id of the person."),
      name: c.text,
      email: contactPoints,
      phone: contactPoints,
      owner_id: c.integer,
      company_id: c.integer,
      active_flag: c.boolean
    }),
    person: c.describe(c.object, "The person as API v1 shows it."),
    add_time: c.localTimestamp,
    active_flag: c.boolean,
    added_by_user_id: c.objectOf({
      value: c.describe(c.integer, "Id of the user."),
      id: c.integer,
      name: c.text,
      email: c.text,
      has_pic: c.integer,
      pic_hash: c.text,
      active_flag: c.boolean
    }),
    related_item_type: c.text,
    related_item_id: c.integer,
    related_item_data: c.objectOf({ deal_id: c.integer, title: c.text }),
    marketing_status: c.describe(c.text, "With the Campaigns add-on only.")
  },
  primaryKey: ["id"],
  paging: offsetPages(),
  changes: ofChangedParents(),
  parents: perParent(["deals", "deals_archived"], "deal_id", { count: "participants_count" })
})
