import { columns as c, dayMs, defineStream, offsetPages, snapshot } from "@pipedrive-source/core"

/** Calls of the token's user. */
export const callLogs = defineStream({
  name: "call_logs",
  path: "v1/callLogs",
  docs: "https://developers.pipedrive.com/docs/api/v1/CallLogs#getUserCallLogs",
  tokens: 20,
  scope: "phone-integration",
  addOn: "phone integration",
  columns: {
    id: c.text,
    user_id: c.integer,
    company_id: c.integer,
    activity_id: c.integer,
    person_id: c.integer,
    org_id: c.integer,
    deal_id: c.integer,
    lead_id: c.text,
    subject: c.text,
    duration: c.describe(c.text, "Seconds."),
    outcome: c.text,
    from_phone_number: c.text,
    to_phone_number: c.text,
    start_time: c.text,
    end_time: c.text,
    has_recording: c.boolean,
    note: c.text
  },
  primaryKey: ["id"],
  paging: offsetPages({ limit: 50 }),
  changes: snapshot({ freshnessMs: dayMs })
})
