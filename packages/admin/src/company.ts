import { columns as c, defineStream, hourMs, singlePage, snapshot } from "@pipedrive-source/core"

/** Currencies, including custom ones. */
export const currencies = defineStream({
  name: "currencies",
  path: "v1/currencies",
  docs: "https://developers.pipedrive.com/docs/api/v1/Currencies#getCurrencies",
  tokens: 20,
  scope: "base",
  columns: {
    id: c.integer,
    code: c.text,
    name: c.text,
    symbol: c.text,
    decimal_points: c.integer,
    active_flag: c.boolean,
    is_custom_flag: c.boolean
  },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot({ freshnessMs: hourMs })
})

/** Teams. The endpoint is deprecated, and gone in accounts where it was retired. */
export const legacyTeams = defineStream({
  name: "legacy_teams",
  path: "v1/legacyTeams",
  docs: "https://developers.pipedrive.com/docs/api/v1/LegacyTeams#getTeams",
  tokens: 20,
  scope: "users:read",
  addOn: "legacy teams",
  columns: {
    id: c.integer,
    name: c.text,
    description: c.text,
    manager_id: c.integer,
    users: c.describe(c.listOf(c.integer), "Ids of the members."),
    active_flag: c.describe(c.integer, "0 or 1."),
    deleted_flag: c.describe(c.integer, "0 or 1."),
    created_by_user_id: c.integer,
    add_time: c.text
  },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot()
})

/** Webhooks, without their password; an OAuth app only sees its own. */
export const webhooks = defineStream({
  name: "webhooks",
  path: "v1/webhooks",
  docs: "https://developers.pipedrive.com/docs/api/v1/Webhooks#getWebhooks",
  tokens: 10,
  scope: "admin",
  columns: {
    id: c.integer,
    name: c.text,
    company_id: c.integer,
    owner_id: c.integer,
    user_id: c.integer,
    admin_id: c.integer,
    type: c.describe(c.text, "general, application or automation."),
    version: c.text,
    event_action: c.text,
    event_object: c.text,
    subscription_url: c.text,
    http_auth_user: c.text,
    is_active: c.describe(c.integer, "0 or 1."),
    add_time: c.timestamp,
    remove_time: c.timestamp,
    remove_reason: c.text,
    last_delivery_time: c.timestamp,
    last_http_status: c.integer
  },
  primaryKey: ["id"],
  paging: singlePage(),
  secrets: ["http_auth_password"],
  changes: snapshot()
})

/** Add-ons that the company has. */
export const billingAddons = defineStream({
  name: "billing_addons",
  path: "v1/billing/subscriptions/addons",
  docs: "https://developers.pipedrive.com/docs/api/v1/Billing#getCompanyAddons",
  tokens: 20,
  scope: "users:read",
  columns: { code: c.text },
  primaryKey: ["code"],
  paging: singlePage(),
  changes: snapshot()
})
