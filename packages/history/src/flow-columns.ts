import { type Column, columns as c } from "@pipedrive-source/core"

/** A value that changed: an entry of kind dealChange, personChange or organizationChange. */
export const valueChange = {
  id: c.integer,
  item_id: c.describe(c.integer, "The record whose value changed."),
  user_id: c.integer,
  field_key: c.text,
  // The value of a field of any kind: text, a number or a boolean.
  old_value: c.anyOf("text", "number", "boolean"),
  new_value: c.anyOf("text", "number", "boolean"),
  log_time: c.localTimestamp,
  change_source: c.text,
  change_source_user_agent: c.text,
  // Null in the vendor's examples; existing connections accept a boolean, 0 or 1.
  is_bulk_update_flag: c.anyOf("boolean", "integer"),
  origin: c.text,
  // An id given by whatever system made the change; existing connections accept a number or text.
  origin_id: c.anyOf("integer", "text"),
  // An object, or an empty list if it is empty.
  additional_data: c.anyOf("list", "object")
}

/** Properties that several kinds of entries have. */
const shared = {
  company_id: c.integer,
  deal_id: c.integer,
  person_id: c.integer,
  org_id: c.integer,
  lead_id: c.text,
  project_id: c.integer,
  product_id: c.integer,
  activity_id: c.integer,
  type: c.text,
  subject: c.text,
  description: c.text,
  note: c.text,
  person_name: c.text,
  org_name: c.text,
  owner_name: c.text,
  active_flag: c.boolean,
  // An activity, a note and a file send them without a zone, a mail and a comment with one.
  add_time: c.text,
  update_time: c.text
}

const activity = {
  done: c.boolean,
  type_name: c.text,
  priority: c.integer,
  private: c.boolean,
  busy_flag: c.boolean,
  due_date: c.date,
  due_time: c.text,
  duration: c.text,
  original_start_time: c.text,
  marked_as_done_time: c.describe(c.text, "Empty text while it is not done."),
  public_description: c.text,
  reference_type: c.text,
  reference_id: c.integer,
  conference_meeting_client: c.text,
  conference_meeting_url: c.text,
  conference_meeting_id: c.text,
  assigned_to_user_id: c.integer,
  created_by_user_id: c.integer,
  update_user_id: c.integer,
  last_notification_time: c.localTimestamp,
  last_notification_user_id: c.integer,
  notification_language_id: c.integer,
  calendar_sync_include_context: c.text,
  gcal_event_id: c.text,
  google_calendar_id: c.text,
  google_calendar_etag: c.text,
  source_timezone: c.text,
  rec_rule: c.text,
  rec_rule_extension: c.text,
  rec_master_activity_id: c.integer,
  is_recurring: c.boolean,
  series: c.listOf(c.object),
  attendees: c.listOf(
    c.objectOf({
      email_address: c.text,
      name: c.text,
      status: c.text,
      is_organizer: c.integer,
      person_id: c.integer,
      user_id: c.integer
    })
  ),
  participants: c.listOf(c.objectOf({ person_id: c.integer, primary_flag: c.boolean })),
  location: c.text,
  location_subpremise: c.text,
  location_street_number: c.text,
  location_route: c.text,
  location_sublocality: c.text,
  location_locality: c.text,
  location_admin_area_level_1: c.text,
  location_admin_area_level_2: c.text,
  location_country: c.text,
  location_postal_code: c.text,
  location_formatted_address: c.text,
  deal_title: c.text,
  lead_title: c.text,
  project_title: c.text,
  person_dropbox_bcc: c.text,
  deal_dropbox_bcc: c.text,
  file: c.objectOf({ id: c.text, clean_name: c.text, url: c.text })
}

const note = {
  content: c.text,
  last_update_user_id: c.integer,
  task_id: c.integer,
  deal: c.objectOf({ title: c.text }),
  person: c.objectOf({ name: c.text }),
  organization: c.objectOf({ name: c.text }),
  lead: c.object,
  project: c.objectOf({ title: c.text }),
  task: c.objectOf({ title: c.text }),
  user: c.objectOf({ name: c.text, email: c.text, icon_url: c.text, is_you: c.boolean }),
  pinned_to_deal_flag: c.boolean,
  pinned_to_person_flag: c.boolean,
  pinned_to_organization_flag: c.boolean,
  pinned_to_lead_flag: c.boolean,
  pinned_to_project_flag: c.boolean,
  pinned_to_task_flag: c.boolean
}

const file = {
  name: c.text,
  file_name: c.text,
  file_type: c.text,
  file_size: c.integer,
  url: c.text,
  inline_flag: c.boolean,
  remote_location: c.text,
  remote_id: c.text,
  s3_bucket: c.text,
  cid: c.text,
  log_id: c.integer,
  mail_message_id: c.text,
  mail_template_id: c.text,
  deal_name: c.text,
  lead_name: c.text,
  people_name: c.text,
  product_name: c.text,
  project_name: c.text
}

const parties: Column = c.listOf(
  c.objectOf({
    id: c.integer,
    name: c.text,
    email_address: c.text,
    linked_person_id: c.integer,
    linked_person_name: c.text,
    mail_message_party_id: c.integer
  })
)

/** A mail; all its flags but one are 0 or 1. */
const mail = {
  mail_thread_id: c.integer,
  account_id: c.text,
  nylas_id: c.text,
  mua_message_id: c.text,
  item_type: c.text,
  snippet: c.text,
  body_url: c.text,
  from: parties,
  to: parties,
  cc: parties,
  bcc: parties,
  attachments: c.listOf(c.object),
  draft: c.text,
  message_time: c.timestamp,
  in_reply_to: c.text,
  last_replied_at: c.timestamp,
  template_id: c.integer,
  mail_signature_id: c.integer,
  mail_queue: c.list,
  wa_meta: c.object,
  s3_bucket_path: c.text,
  connection_type: c.text,
  sender_user_id: c.integer,
  team_admin_user_id: c.integer,
  mail_tracking_status: c.text,
  mail_link_tracking_enabled_flag: c.integer,
  mail_link_tracking_last_clicked_at: c.timestamp,
  read_flag: c.integer,
  draft_flag: c.integer,
  synced_flag: c.integer,
  deleted_flag: c.integer,
  external_deleted_flag: c.boolean,
  expunged_flag: c.integer,
  sent_flag: c.integer,
  sent_from_pipedrive_flag: c.integer,
  group_sending_flag: c.integer,
  smart_bcc_flag: c.integer,
  has_body_flag: c.integer,
  has_attachments_flag: c.integer,
  has_inline_attachments_flag: c.integer,
  has_real_attachments_flag: c.integer
}

/** Entries that are only documented at the endpoint of their kind: deals, participants, comments, calls. */
const others = {
  title: c.text,
  status: c.text,
  value: c.number,
  currency: c.text,
  pipeline_id: c.integer,
  stage_id: c.integer,
  related_item_type: c.text,
  related_item_id: c.integer,
  uuid: c.text,
  object_type: c.text,
  object_id: c.text,
  updater_id: c.integer,
  outcome: c.text,
  from_phone_number: c.text,
  to_phone_number: c.text,
  start_time: c.timestamp,
  end_time: c.timestamp,
  has_recording: c.boolean
}

/** An entry of a flow, of whatever kind. */
export const flowEntry = {
  object: c.describe(c.text, "Kind of the entry, such as personChange, activity, note, file or mailMessage."),
  timestamp: c.describe(c.text, "Time of the entry; its form differs by kind."),
  ...valueChange,
  ...shared,
  ...activity,
  ...note,
  ...file,
  ...mail,
  ...others
}
