import type { Account } from "../account.ts"
import { type Field, optional } from "../row.ts"
import { Counts } from "./counts.ts"

export const DAY_MS = 86_400_000
export const CONTACT_SCOPES = ["contacts:read", "contacts:full"]

/** Parts of an address in a contact's own property. */
export const ADDRESS = [
  "country",
  "admin_area_level_1",
  "locality",
  "sublocality",
  "route",
  "street_number",
  "subpremise",
  "postal_code"
] as const

/** `include_fields` that persons and organizations have in common. */
export const SHARED_INCLUDE = [
  "next_activity_id",
  "last_activity_id",
  "open_deals_count",
  "related_open_deals_count",
  "closed_deals_count",
  "related_closed_deals_count",
  "email_messages_count",
  "activities_count",
  "done_activities_count",
  "undone_activities_count",
  "files_count",
  "notes_count",
  "followers_count",
  "won_deals_count",
  "related_won_deals_count",
  "lost_deals_count",
  "related_lost_deals_count",
  "smart_bcc_email"
]

/** Counts that persons and organizations have in common. */
export function countFields(
  account: Account,
  column: "person_id" | "org_id",
  followers: "personFollowers" | "organizationFollowers"
): Field[] {
  const counts = new Counts(account, column)
  return [
    optional("next_activity_id", counts.activity(false)),
    optional("last_activity_id", counts.activity(true)),
    optional("open_deals_count", counts.deals("open", 0)),
    optional("related_open_deals_count", "0"),
    optional("closed_deals_count", counts.deals("closed", 1, 2)),
    optional("related_closed_deals_count", "0"),
    optional("email_messages_count", counts.of("mailMessages")),
    optional("activities_count", counts.of("activities")),
    optional("done_activities_count", counts.activities(true)),
    optional("undone_activities_count", counts.activities(false)),
    optional("files_count", counts.of("files")),
    optional("notes_count", counts.of("notes")),
    optional("followers_count", counts.of(followers)),
    optional("won_deals_count", counts.deals("won", 1)),
    optional("related_won_deals_count", "0"),
    optional("lost_deals_count", counts.deals("lost", 2)),
    optional("related_lost_deals_count", "0")
  ]
}
