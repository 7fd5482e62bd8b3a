import { wholeText } from "../column.ts"
import { quote } from "../json.ts"
import { choice, field, id, int, made, time } from "../row.ts"
import { DataTable } from "../table.ts"
import { anyOf, CURSOR_PARAMS, childrenOf, type Family, OFFSET_PARAMS, spread } from "./family.ts"

const SCOPES = ["deals:read", "deals:full"]

/** Participants of deals, in v1's nested shape, and their changelog. */
export const participants: Family = (account) => {
  const deals = account.table("deals")
  const persons = account.table("persons")
  const organizations = account.table("organizations")
  const users = account.table("users")
  const table = account.add(
    new DataTable({ name: "dealParticipants", size: account.size("dealParticipants", 60), touch: "active_flag" })
  )
  const deal = table.int("deal_id", spread(deals, 2))
  const person = table.int("person", anyOf(account, persons, 201))
  const by = table.int("added_by", anyOf(account, users, 202))
  const added = table.time("add_time", (row) => account.pastMs("dealParticipants", row, 203))

  const ofPerson = (row: number, key: string): string => {
    const at = persons.find(person.get(row))
    return at < 0 ? "null" : persons.value(at, key)
  }
  const contact = (row: number, key: "emails" | "phones"): string => {
    const text = ofPerson(row, key)
    return text === "[]" || text === "null" ? '[{"value":"","primary":true,"label":"work"}]' : text
  }
  const userOf = (at: number): number => users.find(at)
  const nestedUser = (at: number): string => {
    const row = userOf(at)
    if (row < 0) return "null"
    return `{"id":${at},"name":${users.value(row, "name")},"email":${users.value(row, "email")},"has_pic":0,"pic_hash":null,"active_flag":${users.value(row, "active_flag")},"value":${at}}`
  }
  const nestedOrganization = (row: number): string => {
    const at = organizations.find(Number(ofPerson(row, "org_id")))
    if (at < 0) return "null"
    const org = Number(organizations.id(at))
    return (
      `{"name":${organizations.value(at, "name")},"people_count":${organizations.value(at, "people_count")},"owner_id":${organizations.value(at, "owner_id")},` +
      `"address":null,"label_ids":[],"active_flag":true,"cc_email":null,"value":${org}}`
    )
  }
  const COUNTS = [
    "email_messages_count",
    "activities_count",
    "done_activities_count",
    "undone_activities_count",
    "files_count",
    "notes_count",
    "followers_count",
    "open_deals_count",
    "closed_deals_count",
    "won_deals_count",
    "lost_deals_count"
  ]
  const nestedPerson = (row: number): string => {
    if (persons.find(person.get(row)) < 0) return "null"
    const counts = COUNTS.map((name) => `"${name}":${ofPerson(row, name)}`).join(",")
    return (
      `{"id":${person.get(row)},"company_id":${account.companyId},"active_flag":true,"phone":${contact(row, "phones")},"email":${contact(row, "emails")},` +
      `"first_char":"p","add_time":${ofPerson(row, "add_time")},"update_time":${ofPerson(row, "update_time")},"visible_to":"3","picture_id":null,"label":null,"label_ids":[],` +
      `"org_name":null,"owner_name":"Owner","cc_email":null,"owner_id":${nestedUser(Number(ofPerson(row, "owner_id")))},"org_id":${nestedOrganization(row)},` +
      `"name":${ofPerson(row, "name")},"first_name":${ofPerson(row, "first_name")},"last_name":${ofPerson(row, "last_name")},${counts},` +
      `"related_open_deals_count":0,"related_closed_deals_count":0,"related_won_deals_count":0,"related_lost_deals_count":0,` +
      `"last_incoming_mail_time":null,"last_outgoing_mail_time":null,"next_activity_date":null,"next_activity_time":null,"next_activity_id":null,"last_activity_id":null,"last_activity_date":null}`
    )
  }
  table.fields.push(
    field("id", id),
    field(
      "person_id",
      made(
        (row) =>
          `{"active_flag":true,"name":${ofPerson(row, "name")},"email":${contact(row, "emails")},"phone":${contact(row, "phones")},` +
          `"owner_id":${ofPerson(row, "owner_id")},"company_id":${account.companyId},"value":${wholeText(person.get(row))}}`
      )
    ),
    field("add_time", time(added, "v1")),
    field("active_flag", "true"),
    field(
      "related_item_data",
      made((row) => `{"deal_id":${wholeText(deal.get(row))},"title":${quote(`Deal ${deal.get(row)}`)}}`)
    ),
    field("person", made(nestedPerson)),
    field(
      "added_by_user_id",
      made((row) => {
        const at = userOf(by.get(row))
        return `{"success":true,"data":${at < 0 ? "null" : users.text(at)}}`
      })
    ),
    field("related_item_type", '"deal"'),
    field("related_item_id", int(deal))
  )
  account.touchParent(table, "deal_id", "deals")

  const entries = account.add(
    new DataTable({
      name: "participantChanges",
      size: account.size("participantChanges", table.count * 2),
      touch: "time"
    })
  )
  const of = (row: number): number => (table.count === 0 ? 0 : (row >> 1) % table.count)
  entries.int("deal_id", (row) => deal.get(of(row)) || 1)
  const actor = entries.int("actor_user_id", anyOf(account, users, 204))
  const who = entries.int("person_id", (row) =>
    row % 2 ? Number(persons.id(row % Math.max(1, persons.count))) : person.get(of(row)) || 1
  )
  const action = entries.choice("action", ['"added"', '"removed"'], (row) => (row % 4 === 1 ? 1 : 0))
  const when = entries.time("time", (row) => (added.get(of(row)) || account.zeroMs) - (row % 2) * 5_400_000)
  entries.fields.push(
    field("actor_user_id", int(actor)),
    field("person_id", int(who)),
    field("action", choice(action)),
    field("time", time(when, "v1"))
  )
  table.watchers.push((row, what) => {
    if (what === "edit") return
    entries.append(account.clock.now(), {
      deal_id: deal.get(row),
      person_id: person.get(row),
      action: what === "insert" ? "added" : "removed"
    })
  })
  return [
    {
      path: "v1/deals/{id}/participants",
      cost: 10,
      scopes: SCOPES,
      paging: "offset",
      params: OFFSET_PARAMS,
      list: childrenOf(account, "deals", "dealParticipants", "deal_id", "deal")
    },
    {
      path: "v1/deals/{id}/participantsChangelog",
      cost: 10,
      scopes: SCOPES,
      paging: "cursor",
      params: CURSOR_PARAMS,
      list: (query) => ({
        ...childrenOf(account, "deals", "participantChanges", "deal_id", "deal")(query),
        sort: [{ name: "time", direction: "desc" }]
      })
    }
  ]
}
