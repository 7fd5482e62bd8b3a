import { columns as c, defineStream, ofChangedParents, offsetPages, perParent } from "@pipedrive-source/core"
import { message } from "./columns.ts"

/** A mail as the record that it is linked to lists it: inside `{object, timestamp, data}`. */
const linkedMessage = {
  ...message,
  object: c.describe(c.text, "Kind of the entry: mailMessage."),
  // The entry and the mail in it both have one, the first without a zone and the second with one.
  timestamp: c.text,
  message_time: c.timestamp,
  add_time: c.timestamp,
  update_time: c.timestamp,
  body: c.describe(c.text, "Text of the mail; sent with the option mail_bodies alone."),
  external_deleted_flag: c.boolean,
  template_id: c.integer,
  item_type: c.text,
  company_id: c.integer,
  nylas_id: c.text,
  mua_message_id: c.text,
  s3_bucket: c.text,
  s3_bucket_path: c.text
}

/** The text of a mail is sent on request, at the same price. */
const withBody = { mail_bodies: { include_body: "1" } }

/** Mails linked to a deal. */
export const dealMailMessages = defineStream({
  name: "deal_mail_messages",
  path: "v1/deals/{id}/mailMessages",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDealMailMessages",
  tokens: 20,
  scope: "mail:read",
  columns: { deal_id: c.integer, ...linkedMessage },
  primaryKey: ["deal_id", "id"],
  paging: offsetPages(),
  unwrap: "beside",
  optionalQuery: withBody,
  changes: ofChangedParents(),
  parents: perParent(["deals", "deals_archived"], "deal_id", {
    count: "email_messages_count",
    from: "@pipedrive-source/crm"
  })
})

/** Mails linked to a person. */
export const personMailMessages = defineStream({
  name: "person_mail_messages",
  path: "v1/persons/{id}/mailMessages",
  docs: "https://developers.pipedrive.com/docs/api/v1/Persons#getPersonMailMessages",
  tokens: 20,
  scope: "mail:read",
  columns: { person_id: c.integer, ...linkedMessage },
  primaryKey: ["person_id", "id"],
  paging: offsetPages(),
  unwrap: "beside",
  optionalQuery: withBody,
  changes: ofChangedParents(),
  parents: perParent("persons", "person_id", { count: "email_messages_count", from: "@pipedrive-source/crm" })
})

/** Mails linked to an organization. */
export const organizationMailMessages = defineStream({
  name: "organization_mail_messages",
  path: "v1/organizations/{id}/mailMessages",
  docs: "https://developers.pipedrive.com/docs/api/v1/Organizations#getOrganizationMailMessages",
  tokens: 20,
  scope: "mail:read",
  columns: { org_id: c.integer, ...linkedMessage },
  primaryKey: ["org_id", "id"],
  paging: offsetPages(),
  unwrap: "beside",
  optionalQuery: withBody,
  changes: ofChangedParents(),
  parents: perParent("organizations", "org_id", { count: "email_messages_count", from: "@pipedrive-source/crm" })
})
