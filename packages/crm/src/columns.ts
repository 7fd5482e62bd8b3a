import { type Column, columns as c } from "@pipedrive-source/core"

/** Custom fields as API v2 sends them. */
export const customFields: Column = c.describe(c.object, "Custom fields of the account, by the key of the field.")

/** A postal address, in full and in parts. */
export const address: Column = c.objectOf({
  value: c.describe(c.text, "The whole address."),
  country: c.text,
  admin_area_level_1: c.text,
  admin_area_level_2: c.text,
  locality: c.text,
  sublocality: c.text,
  route: c.text,
  street_number: c.text,
  subpremise: c.text,
  postal_code: c.text
})

/** Email addresses, phone numbers or messengers of a person. */
export const contactPoints: Column = c.listOf(c.objectOf({ value: c.text, primary: c.boolean, label: c.text }))

/** A user who follows a record. */
export const follower = { user_id: c.integer, add_time: c.timestamp }

/** Fields that persons and organizations only send when `include_fields` asks for them. */
export const contactCounts = {
  next_activity_id: c.integer,
  last_activity_id: c.integer,
  open_deals_count: c.integer,
  related_open_deals_count: c.integer,
  closed_deals_count: c.integer,
  related_closed_deals_count: c.integer,
  won_deals_count: c.integer,
  related_won_deals_count: c.integer,
  lost_deals_count: c.integer,
  related_lost_deals_count: c.integer,
  email_messages_count: c.integer,
  activities_count: c.integer,
  done_activities_count: c.integer,
  undone_activities_count: c.integer,
  files_count: c.integer,
  notes_count: c.integer,
  followers_count: c.integer,
  smart_bcc_email: c.text
}
