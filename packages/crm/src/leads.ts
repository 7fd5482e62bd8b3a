import {
  byPath,
  columns as c,
  dayMs,
  defineStream,
  newestFirst,
  offsetPages,
  seekPages,
  since,
  singlePage,
  snapshot
} from "@pipedrive-source/core"

/** Custom fields are beside these, each under its own key, and again in `custom_fields`. */
const leadColumns = {
  id: c.text,
  title: c.text,
  owner_id: c.integer,
  creator_id: c.integer,
  label_ids: c.describe(c.list, "Ids of lead labels."),
  person_id: c.integer,
  organization_id: c.integer,
  source_name: c.text,
  origin: c.describe(c.text, "By what way the lead was made."),
  origin_id: c.text,
  channel: c.describe(c.integer, "Option of the marketing channel field."),
  channel_id: c.text,
  source_deal_id: c.describe(c.integer, "Deal that was turned into this lead."),
  is_archived: c.boolean,
  was_seen: c.boolean,
  value: c.objectOf({ amount: c.number, currency: c.text }),
  expected_close_date: c.date,
  next_activity_id: c.integer,
  add_time: c.preciseTimestamp,
  update_time: c.preciseTimestamp,
  visible_to: c.text,
  cc_email: c.text,
  custom_fields: c.describe(
    c.object,
    "Custom fields of the account, by the key of the field: those of the row's own properties, once more."
  )
}

/** Leads that are not archived. */
export const leads = defineStream({
  name: "leads",
  path: "v1/leads",
  docs: "https://developers.pipedrive.com/docs/api/v1/Leads#getLeads",
  tokens: 20,
  scope: "leads:read",
  columns: leadColumns,
  customFields: { of: "deal", in: "row", labels: "leadLabels" },
  primaryKey: ["id"],
  paging: seekPages(),
  query: { sort: "update_time ASC, id ASC" },
  changes: since("update_time"),
  lookup: byPath("v1/leads/{id}", { tokens: 2, within: { column: "is_archived", value: false } })
})

/** Archived leads. Read whole once a week, as archiving is not documented to touch `update_time`. */
export const leadsArchived = defineStream({
  name: "leads_archived",
  path: "v1/leads/archived",
  docs: "https://developers.pipedrive.com/docs/api/v1/Leads#getArchivedLeads",
  tokens: 40,
  scope: "leads:read",
  columns: leadColumns,
  customFields: { of: "deal", in: "row", labels: "leadLabels" },
  primaryKey: ["id"],
  paging: offsetPages(),
  changes: newestFirst("update_time", {
    descending: { sort: "update_time DESC" },
    ascending: { by: "update_time", query: { sort: "update_time ASC, id ASC" } },
    wholeEveryMs: 7 * dayMs
  }),
  lookup: byPath("v1/leads/{id}", { tokens: 2, within: { column: "is_archived", value: true } })
})

/** Labels of leads. */
export const leadLabels = defineStream({
  name: "lead_labels",
  path: "v1/leadLabels",
  docs: "https://developers.pipedrive.com/docs/api/v1/LeadLabels#getLeadLabels",
  tokens: 10,
  scope: "leads:read",
  columns: { id: c.text, name: c.text, color: c.text, add_time: c.preciseTimestamp, update_time: c.preciseTimestamp },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot({ cursorField: "update_time" })
})

/** Where leads can come from: a fixed list of names. */
export const leadSources = defineStream({
  name: "lead_sources",
  path: "v1/leadSources",
  docs: "https://developers.pipedrive.com/docs/api/v1/LeadSources#getLeadSources",
  tokens: 2,
  scope: "leads:read",
  columns: { name: c.text },
  primaryKey: ["name"],
  paging: singlePage(),
  changes: snapshot()
})
