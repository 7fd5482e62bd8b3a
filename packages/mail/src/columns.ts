import { type Column, columns as c } from "@pipedrive-source/core"

/** Senders or receivers of a mail. */
export const parties: Column = c.listOf(
  c.objectOf({
    id: c.integer,
    name: c.text,
    email_address: c.text,
    latest_sent: c.boolean,
    message_time: c.describe(c.integer, "Milliseconds since 1970."),
    linked_person_id: c.integer,
    linked_person_name: c.text,
    linked_organization_id: c.integer,
    mail_message_party_id: c.integer
  })
)

/** A mail without its times, whose format depends on the endpoint. Flags are 0 or 1. */
export const message = {
  id: c.integer,
  mail_thread_id: c.integer,
  account_id: c.text,
  user_id: c.integer,
  subject: c.text,
  snippet: c.text,
  body_url: c.text,
  from: parties,
  to: parties,
  cc: parties,
  bcc: parties,
  draft: c.text,
  mail_tracking_status: c.text,
  mail_link_tracking_enabled_flag: c.integer,
  read_flag: c.integer,
  draft_flag: c.integer,
  synced_flag: c.integer,
  deleted_flag: c.integer,
  sent_flag: c.integer,
  sent_from_pipedrive_flag: c.integer,
  smart_bcc_flag: c.integer,
  has_body_flag: c.integer,
  has_attachments_flag: c.integer,
  has_inline_attachments_flag: c.integer,
  has_real_attachments_flag: c.integer
}
