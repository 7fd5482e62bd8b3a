#!/usr/bin/env node
import { runSource } from "@pipedrive-source/airbyte"
import { columns as c, definePlugin, defineStream, singlePage, snapshot } from "@pipedrive-source/core"
import { crm } from "@pipedrive-source/crm"

/** Labels of leads under a name of our own; only those that are new or different are sent again. */
const labels = defineStream({
  name: "my_lead_labels",
  path: "v1/leadLabels",
  docs: "https://developers.pipedrive.com/docs/api/v1/LeadLabels#getLeadLabels",
  tokens: 10,
  scope: "leads:read",
  columns: { id: c.uuid, name: c.text, color: c.text, add_time: c.timestamp, update_time: c.timestamp },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot()
})

await runSource({ plugins: [crm, definePlugin({ name: "mine", streams: [labels] })] })
