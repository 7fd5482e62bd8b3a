import { byPath, columns as c, defineStream, newestFirst, offsetPages } from "@pipedrive-source/core"

/** Files, without their content. */
export const files = defineStream({
  name: "files",
  path: "v1/files",
  docs: "https://developers.pipedrive.com/docs/api/v1/Files#getFiles",
  tokens: 20,
  scope: "deals:read",
  columns: {
    id: c.integer,
    name: c.text,
    file_name: c.text,
    file_type: c.text,
    file_size: c.describe(c.integer, "Bytes."),
    description: c.text,
    url: c.text,
    active_flag: c.boolean,
    inline_flag: c.boolean,
    add_time: c.localTimestamp,
    update_time: c.localTimestamp,
    user_id: c.integer,
    deal_id: c.integer,
    deal_name: c.text,
    lead_id: c.text,
    lead_name: c.text,
    person_id: c.integer,
    person_name: c.text,
    people_name: c.text,
    org_id: c.integer,
    org_name: c.text,
    product_id: c.integer,
    product_name: c.text,
    project_id: c.integer,
    project_name: c.text,
    activity_id: c.integer,
    log_id: c.integer,
    mail_message_id: c.text,
    mail_template_id: c.text,
    cid: c.describe(c.text, "Content id of a file inside a mail."),
    remote_location: c.describe(c.text, "Service that holds a file linked from outside."),
    remote_id: c.text,
    s3_bucket: c.text
  },
  primaryKey: ["id"],
  paging: offsetPages({ limit: 100 }),
  changes: newestFirst("update_time", {
    descending: { sort: "update_time DESC" },
    ascending: { by: "id", query: { sort: "id ASC" } }
  }),
  lookup: byPath("v1/files/{id}", { tokens: 2 })
})
