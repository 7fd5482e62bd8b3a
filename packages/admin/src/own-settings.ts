import { columns as c, defineStream, ROW_KEY, singlePage, snapshot } from "@pipedrive-source/core"

/** Settings of the token's user: one row. */
export const userSettings = defineStream({
  name: "user_settings",
  path: "v1/userSettings",
  docs: "https://developers.pipedrive.com/docs/api/v1/UserSettings#getUserSettings",
  tokens: 2,
  scope: "base",
  columns: {
    marketplace_team: c.boolean,
    list_limit: c.describe(c.integer, "Rows that a list in the app shows."),
    beta_app: c.boolean,
    prevent_salesphone_callto_override: c.boolean,
    file_upload_destination: c.text,
    callto_link_syntax: c.text,
    autofill_deal_expected_close_date: c.boolean,
    person_duplicate_condition: c.describe(c.text, "What makes two persons count as one.")
  },
  primaryKey: [ROW_KEY],
  paging: singlePage(),
  changes: snapshot()
})

/** Accounts elsewhere that the token's user has connected: one row. */
export const userConnections = defineStream({
  name: "user_connections",
  path: "v1/userConnections",
  docs: "https://developers.pipedrive.com/docs/api/v1/UserConnections#getUserConnections",
  tokens: 20,
  scope: "base",
  columns: { google: c.describe(c.text, "Id of the Google account.") },
  primaryKey: [ROW_KEY],
  paging: singlePage(),
  changes: snapshot()
})
