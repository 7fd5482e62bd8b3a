import {
  columns as c,
  dayMs,
  defineStream,
  newestFirst,
  ofChangedParents,
  offsetPages,
  perParent,
  singlePage
} from "@pipedrive-source/core"
import { message, parties } from "./columns.ts"

/** Mail threads of the token's user, in four folders. Each folder lists its newest message first. */
export const mailThreads = defineStream({
  name: "mailThreads",
  path: "v1/mailbox/mailThreads",
  docs: "https://developers.pipedrive.com/docs/api/v1/Mailbox#getMailThreads",
  tokens: 20,
  scope: "mail:read",
  columns: {
    id: c.integer,
    account_id: c.text,
    user_id: c.integer,
    subject: c.text,
    snippet: c.text,
    snippet_draft: c.text,
    snippet_sent: c.text,
    folders: c.listOf(c.text),
    parties: c.objectOf({ from: parties, to: parties }),
    drafts_parties: c.list,
    message_count: c.integer,
    deal_id: c.integer,
    deal_status: c.text,
    lead_id: c.text,
    mail_tracking_status: c.text,
    mail_link_tracking_enabled_flag: c.integer,
    read_flag: c.integer,
    archived_flag: c.integer,
    shared_flag: c.integer,
    synced_flag: c.integer,
    deleted_flag: c.integer,
    external_deleted_flag: c.integer,
    smart_bcc_flag: c.integer,
    first_message_to_me_flag: c.integer,
    all_messages_sent_flag: c.integer,
    has_draft_flag: c.integer,
    has_sent_flag: c.integer,
    has_attachments_flag: c.integer,
    has_inline_attachments_flag: c.integer,
    has_real_attachments_flag: c.integer,
    version: c.integer,
    first_message_timestamp: c.text,
    last_message_timestamp: c.text,
    last_message_received_timestamp: c.text,
    last_message_sent_timestamp: c.text,
    add_time: c.text,
    update_time: c.text
  },
  primaryKey: ["id"],
  paging: offsetPages({ declared: false }),
  parts: [
    { query: { folder: "inbox" } },
    { query: { folder: "drafts" } },
    { query: { folder: "sent" } },
    { query: { folder: "archive" } }
  ],
  changes: newestFirst("last_message_timestamp", { descending: {}, wholeEveryMs: dayMs })
})

/** Mails of the threads that changed. The body is a link. */
export const mail = defineStream({
  name: "mail",
  path: "v1/mailbox/mailThreads/{id}/mailMessages",
  docs: "https://developers.pipedrive.com/docs/api/v1/Mailbox#getMailThreadMessages",
  tokens: 20,
  scope: "mail:read",
  columns: { ...message, message_time: c.dateTime, add_time: c.dateTime, update_time: c.dateTime },
  primaryKey: ["id"],
  paging: singlePage(),
  // Threads have no order by id in which they could be rescanned.
  changes: ofChangedParents({ sweep: "none" }),
  parents: perParent("mailThreads", "mail_thread_id")
})
