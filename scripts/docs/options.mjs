// What the configuration page says of each option beyond its description, with the value in its example.
const OAUTH = {
  auth_type: "oauth2.0",
  client_id: "your-client-id",
  client_secret: "your-client-secret",
  refresh_token: "your-refresh-token"
}

/** Credentials for examples of other options. */
export const API_TOKEN = { auth_type: "api_token", api_token: "your-api-token" }

export const options = {
  credentials: {
    values: [API_TOKEN, OAUTH],
    more: `With an API token the source reads what the token's user may see. With OAuth it also needs the app's scopes, which
[STREAMS.md](../STREAMS.md) names for each stream. \`npx airbyte-source-pipedrive init\` [makes this part](commands.md#init).

The source renews the access token by itself. Pipedrive may hand out a new refresh token then: Airbyte stores it, and in a
shell \`--save-config\` does. Two connections must not share a refresh token, as each would invalidate the other's.`
  },
  replication_start_date: {
    values: ["2024-01-01T00:00:00Z"],
    more: `It holds for streams that are read by time, and for their children: the later of this date and the stream's state
counts. Lists that are read whole, such as pipelines and users, ignore it. The default, or anything before it, means no
start date. A date or time in any of these forms is taken: \`2024-01-01\`, \`2024-01-01 00:00:00Z\`,
\`2024-01-01T00:00:00.000+02:00\`.`
  },
  num_workers: {
    values: [5],
    more: `A value outside the range is set to the nearest limit. More workers hide more of the network's latency; Pipedrive's
rate limits are kept however many there are. [How fast it is](../bench/README.md)`
  },
  daily_budget_share: {
    values: [50],
    more: `All integrations of a company share its tokens of the day. With 50, a sync ends when half of them are spent, by
whomever: it prints its state and a transient error that says when the budget resets.
[What a run costs](cost.md#keeping-a-share-for-others)`
  },
  mail_bodies: {
    values: [true],
    more: `It fills the column \`body\` of [deal_mail_messages](schema/mail.md#deal_mail_messages),
[person_mail_messages](schema/mail.md#person_mail_messages) and
[organization_mail_messages](schema/mail.md#organization_mail_messages).`
  },
  track_deletions: {
    values: [true],
    more: "[Which streams, what arrives and what it costs](deletions.md)"
  },
  deletion_check_hours: {
    values: [168],
    also: { track_deletions: true },
    more: "With 168 the lists are compared once a week. [What a comparison costs](deletions.md#what-it-costs)"
  },
  allow_mass_deletions: {
    values: [true],
    also: { track_deletions: true },
    more: "[What counts as many](deletions.md#when-many-rows-are-missing)"
  },
  custom_fields: {
    values: ["named"],
    more: "[Which columns each type of field becomes](custom-fields.md)"
  },
  custom_field_names: {
    values: [{ deal: { dcf558aac1ae4e8c4f849ba5e668430d8df9be12: { name: "custom_industry", type: "enum" } } }],
    also: { custom_fields: "named" },
    more: `\`discover\` hands back the config with the names it gave; Airbyte stores it, and in a shell \`--save-config\` does. A
name may be edited by hand before the first sync. [When fields change](custom-fields.md#when-fields-change)`
  },
  base_url: {
    values: ["http://localhost:8686"],
    more: `For the local Pipedrive, \`npx pipedrive-emulator\`, and for reaching the API through a company's own host. Any other
host is refused, so that credentials go nowhere else.`
  }
}
