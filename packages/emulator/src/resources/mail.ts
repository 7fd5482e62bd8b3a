import { timeText } from "../clock.ts"
import { NONE } from "../column.ts"
import type { TableListing } from "../endpoint.ts"
import { quote } from "../json.ts"
import { oneOf, type Query, zeroOrOne } from "../query.ts"
import { below } from "../random.ts"
import { choice, type Field, field, id, int, made, PLAIN, time, varied } from "../row.ts"
import { AWKWARD, opening, sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { childrenOf, everyRow, type Family, OFFSET_PARAMS, oneRow, sometimesNone, spread } from "./family.ts"

const SCOPES = ["mail:read", "mail:full"]
const FOLDERS = ["inbox", "drafts", "sent", "archive"] as const
/** Folders of a thread, by `row % 5`; the last kind stands in two. */
const PLACES = ['["inbox"]', '["drafts"]', '["sent"]', '["archive"]', '["inbox","sent"]']
const DAY_MS = 86_400_000

/** The token user's mail threads in four folders and their messages, newest first. */
export const mail: Family = (account) => {
  const threads = account.add(
    new DataTable({
      name: "mailThreads",
      size: account.size("mailThreads", 30),
      updated: "update_time",
      touch: "snippet",
      millis: true
    })
  )
  const deals = account.table("deals")
  const persons = account.table("persons")
  const me = Number(account.table("users").id(0))
  const last = threads.time("last_message_timestamp", (row) => account.pastMs("mailThreads", row, 161))
  const updated = threads.time("update_time", (row) => last.get(row) + 1000 * (row % 40))
  const folders = threads.choice("folders", PLACES, (row) => row % PLACES.length)
  const read = threads.int("read_flag", (row) => row % 2, 0)
  const deal = threads.int("deal_id", sometimesNone(3, spread(deals, 1), NONE))
  const person = threads.int("person_id", sometimesNone(4, spread(persons, 1), NONE))
  const org = threads.int("org_id", (row) =>
    person.get(row) === NONE ? NONE : persons.get("org_id", persons.find(person.get(row)))
  )
  const personName = (at: number): string =>
    at === NONE || persons.find(at) < 0 ? '""' : persons.value(persons.find(at), "name")
  const party = (row: number, at: number, sent: boolean): string =>
    `{"id":${row * 2 + Number(sent) + 1},"name":${personName(at)},"latest_sent":${sent},"email_address":"p${row}@post.example",` +
    `"message_time":${Math.floor(last.get(row))},"linked_person_id":${at === NONE ? "null" : at},"linked_person_name":${personName(at)},` +
    `"linked_organization_id":${org.get(row) === NONE ? "null" : org.get(row)},"mail_message_party_id":${5000 + row}}`
  const flags = (...names: string[]): Field[] =>
    names.map((name) => varied(`${name}_flag`, (variant) => String(below(2, variant, name.length))))
  threads.fields.push(
    field("id", id),
    field(
      "parties",
      made((row) => `{"to":[${party(row, NONE, true)}],"from":[${party(row, person.get(row), false)}]}`)
    ),
    field("drafts_parties", "[]"),
    field("folders", choice(folders)),
    field("account_id", '"acc-1"'),
    field("user_id", String(me)),
    varied("version", (variant) => String(1 + variant)),
    { key: "subject", parts: (variant) => [opening(`Re: ${sentence(variant)} `), id, '"'] },
    varied("snippet", (variant) => quote(AWKWARD[variant % AWKWARD.length] as string)),
    field("snippet_draft", "null"),
    varied("snippet_sent", (variant) => quote(`Sent ${variant}`)),
    varied("mail_tracking_status", (variant) => (variant % 2 ? "null" : quote("opened"))),
    field("mail_link_tracking_enabled_flag", "0"),
    field("read_flag", int(read)),
    ...flags("has_attachments", "has_inline_attachments", "has_real_attachments", "has_draft", "has_sent"),
    field(
      "archived_flag",
      made((row) => (folders.get(row) === 3 ? "1" : "0"))
    ),
    field("deleted_flag", "0"),
    field("shared_flag", "0"),
    field("synced_flag", "1"),
    field("external_deleted_flag", "0"),
    field("smart_bcc_flag", "0"),
    field("first_message_to_me_flag", "1"),
    field("all_messages_sent_flag", "0"),
    field(
      "message_count",
      made((row) => String(account.links("mailMessages", "mail_thread_id").count(row + 1)))
    ),
    field("last_message_timestamp", time(last, "ms")),
    field(
      "first_message_timestamp",
      made((row) => quote(timeText(last.get(row) - 3 * DAY_MS, "ms")))
    ),
    field(
      "last_message_sent_timestamp",
      made((row) => (row % 2 ? "null" : quote(timeText(last.get(row), "ms"))))
    ),
    field("last_message_received_timestamp", time(last, "ms")),
    field(
      "add_time",
      made((row) => quote(timeText(last.get(row) - 3 * DAY_MS, "ms")))
    ),
    field("update_time", time(updated, "ms")),
    field("deal_id", int(deal)),
    field(
      "deal_status",
      made((row) =>
        deal.get(row) === NONE || deals.find(deal.get(row)) < 0
          ? "null"
          : deals.value(deals.find(deal.get(row)), "status")
      )
    ),
    field("lead_id", "null")
  )

  const messages = account.add(
    new DataTable({
      name: "mailMessages",
      size: account.size("mailMessages", 72),
      updated: "update_time",
      touch: "snippet",
      millis: true
    })
  )
  const thread = messages.int("mail_thread_id", spread(threads, 3))
  const at = (row: number): number => threads.find(thread.get(row))
  const sentAt = messages.time(
    "message_time",
    (row) => (at(row) < 0 ? account.zeroMs - DAY_MS : last.get(at(row))) - (row % 3) * DAY_MS
  )
  const messageUpdated = messages.time("update_time", (row) => sentAt.get(row) + 5000)
  const ofThread = (column: typeof deal) => (row: number) => (at(row) < 0 ? NONE : column.get(at(row)))
  messages.int("deal_id", ofThread(deal))
  const messagePerson = messages.int("person_id", ofThread(person))
  messages.int("org_id", ofThread(org))
  const sent = messages.int("sent_flag", (row) => row % 2, 0)
  const isLinked = ({ form }: { readonly form: string }): boolean => form === "linked"
  const address = (row: number, isFrom: boolean): string => {
    const linked = messagePerson.get(row)
    return (
      `{"id":${row * 4 + Number(isFrom) + 1},"email_address":"p${row}@post.example","name":${personName(linked)},` +
      `"linked_person_id":${linked === NONE ? "null" : linked},"linked_person_name":${personName(linked)},"mail_message_party_id":${9000 + row}` +
      `,"latest_sent":true,"message_time":${Math.floor(sentAt.get(row))},"linked_organization_id":null}`
    )
  }
  const linkedOnly = (each: Field): Field => ({ ...each, when: isLinked })
  messages.fields.push(
    field("id", id),
    field(
      "from",
      made((row) => `[${address(row, true)}]`)
    ),
    field(
      "to",
      made((row) => `[${address(row, false)}]`)
    ),
    field("cc", "[]"),
    field("bcc", "[]"),
    field("body_url", '"https://emulated.example/mail/', id, '/body"'),
    {
      key: "body",
      when: ({ include }) => include.has("body"),
      parts: (variant) => [opening(`<div>${sentence(variant)}</div><p>`), id, '</p>"']
    },
    linkedOnly(varied("nylas_id", (variant) => quote(`ny-${variant}`))),
    field("account_id", '"acc-1"'),
    field("user_id", String(me)),
    field("mail_thread_id", int(thread)),
    { key: "subject", parts: (variant) => [opening(`Re: ${sentence(variant)} `), id, '"'] },
    varied("snippet", (variant) => quote(AWKWARD[(variant + 3) % AWKWARD.length] as string)),
    varied("mail_tracking_status", (variant) => (variant % 2 ? "null" : quote("opened"))),
    field("mail_link_tracking_enabled_flag", "0"),
    field("read_flag", "1"),
    varied("draft", (variant) => (variant % 2 ? quote("") : "null")),
    linkedOnly(field("draft_flag", "0")),
    linkedOnly(field("s3_bucket", '"mail-bucket"')),
    linkedOnly(field("s3_bucket_path", '"a/b/', id, '"')),
    field("synced_flag", "1"),
    field("deleted_flag", "0"),
    linkedOnly(field("external_deleted_flag", "false")),
    field("has_body_flag", "1"),
    field("sent_flag", int(sent)),
    field("sent_from_pipedrive_flag", "0"),
    field("smart_bcc_flag", "0"),
    ...flags("has_attachments", "has_inline_attachments", "has_real_attachments"),
    field("message_time", time(sentAt, "ms")),
    field("add_time", time(sentAt, "ms")),
    field("update_time", time(messageUpdated, "ms")),
    linkedOnly(field("mua_message_id", '"<m', id, '@post.example>"')),
    linkedOnly(field("template_id", "null")),
    linkedOnly(field("item_type", '"mailMessage"')),
    linkedOnly(field("timestamp", time(sentAt, "ms"))),
    linkedOnly(field("company_id", String(account.companyId)))
  )
  account.touchParent(messages, "mail_thread_id", "mailThreads")

  const selection = (form: string, query: Query) => ({
    ...PLAIN,
    form,
    include: new Set(query.flag("include_body") ? ["body"] : [])
  })
  const newest: TableListing["sort"] = [{ name: "message_time", direction: "desc" }]
  const linked = (parent: "deals" | "persons" | "organizations", column: string, what: string) => ({
    path: `v1/${parent}/{id}/mailMessages`,
    cost: 20,
    scopes: SCOPES,
    paging: "offset" as const,
    params: { ...OFFSET_PARAMS, include_body: zeroOrOne },
    list: (query: Query) => ({
      ...childrenOf(account, parent, "mailMessages", column, what)(query),
      selection: selection("linked", query),
      sort: newest,
      wrap: (row: number) => wrapped("mailMessage", timeText(sentAt.get(row), "v1"))
    })
  })
  return [
    {
      path: "v1/mailbox/mailThreads",
      cost: 20,
      scopes: SCOPES,
      paging: "offset",
      bare: !account.switches.undeclaredPaging,
      params: { ...OFFSET_PARAMS, folder: oneOf(...FOLDERS) },
      required: ["folder"],
      list: (query) => {
        const folder = query.text("folder")
        return everyRow(threads, {
          sort: [{ name: "last_message_timestamp", direction: "desc" }],
          where: (row) => folder === undefined || (folders.texts[folders.get(row)] ?? "").includes(`"${folder}"`),
          ...(folder === undefined ? {} : { insertWith: { folders: [folder] } })
        })
      }
    },
    {
      path: "v1/mailbox/mailThreads/{id}",
      cost: 20,
      scopes: SCOPES,
      paging: "object",
      list: (query) => oneRow(threads, query.need("id"), "mail thread")
    },
    {
      path: "v1/mailbox/mailThreads/{id}/mailMessages",
      cost: 20,
      scopes: SCOPES,
      paging: "whole",
      list: childrenOf(account, "mailThreads", "mailMessages", "mail_thread_id", "mail thread")
    },
    {
      path: "v1/mailbox/mailMessages/{id}",
      cost: 2,
      scopes: SCOPES,
      paging: "object",
      params: { include_body: zeroOrOne },
      list: (query) => oneRow(messages, query.need("id"), "mail message", selection("", query))
    },
    linked("deals", "deal_id", "deal"),
    linked("persons", "person_id", "person"),
    linked("organizations", "org_id", "organization")
  ]
}

/** Text around a row that stands in a flow or a list of linked mail. */
export const wrapped = (object: string, timestamp: string): readonly [string, string] => [
  `{"object":"${object}","timestamp":"${timestamp}","data":`,
  "}"
]
