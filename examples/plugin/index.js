import { columns as c, cursorPages, definePlugin, defineStream, since } from "@pipedrive-source/core"

/** Deals that are won. What is not among the columns is read too, but discover does not show it. */
const wonDeals = defineStream({
  name: "won_deals",
  path: "v2/deals",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDeals",
  tokens: 10,
  scope: "deals:read",
  columns: {
    id: c.integer,
    title: c.text,
    status: c.text,
    value: c.number,
    currency: c.text,
    probability: c.number,
    lost_reason: c.text,
    owner_id: c.integer,
    creator_user_id: c.integer,
    person_id: c.integer,
    org_id: c.integer,
    pipeline_id: c.integer,
    stage_id: c.integer,
    visible_to: c.integer,
    is_deleted: c.boolean,
    is_archived: c.boolean,
    label_ids: c.listOf(c.integer),
    add_time: c.timestamp,
    update_time: c.timestamp,
    stage_change_time: c.timestamp,
    close_time: c.timestamp,
    archive_time: c.timestamp,
    won_time: c.timestamp,
    lost_time: c.timestamp,
    local_won_date: c.date,
    local_lost_date: c.date,
    local_close_date: c.date,
    expected_close_date: c.date,
    origin: c.text,
    origin_id: c.text,
    channel: c.integer,
    channel_id: c.text,
    arr: c.number,
    mrr: c.number,
    acv: c.number,
    custom_fields: c.object
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  query: { status: "won", sort_by: "update_time", sort_direction: "asc" },
  // The connection's owner may have custom fields as columns; the reader then makes them.
  customFields: { of: "deal", in: "custom_fields", labels: "options" },
  changes: since("update_time")
})

export const wins = definePlugin({ name: "wins", streams: [wonDeals] })
