import { definePlugin } from "@pipedrive-source/core"
import { dealMailMessages, organizationMailMessages, personMailMessages } from "./linked-mail.ts"
import { mail as mails, mailThreads } from "./mailbox.ts"

/** The mailbox of the token's user, and the mails linked to deals, persons and organizations. */
export const mail = definePlugin({
  name: "mail",
  streams: [mailThreads, mails, dealMailMessages, personMailMessages, organizationMailMessages]
})
