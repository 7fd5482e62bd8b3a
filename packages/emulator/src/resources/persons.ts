import { NEVER, NONE } from "../column.ts"
import { quote } from "../json.ts"
import { integer } from "../query.ts"
import { below } from "../random.ts"
import { choice, field, id, int, made, optional, time, varied } from "../row.ts"
import { addressText, customObject } from "../seed/custom.ts"
import { firstName, lastName, opening, sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { ADDRESS, CONTACT_SCOPES, countFields, DAY_MS, SHARED_INCLUDE } from "./contacts.ts"
import { Counts } from "./counts.ts"
import { anyOf, everyRow, type Family, once, oneRow, sometimesNone, sortOf } from "./family.ts"
import { narrowed } from "./filtering.ts"
import { selectingParams, selectionOf, sinceParams } from "./selecting.ts"

const MARKETING = ["marketing_status", "doi_status"]
const PERSON_INCLUDE = [
  ...SHARED_INCLUDE,
  "participant_open_deals_count",
  "participant_closed_deals_count",
  "last_incoming_mail_time",
  "last_outgoing_mail_time",
  ...MARKETING
]

export const persons: Family = (account) => {
  const table = account.add(
    new DataTable({ name: "persons", size: account.size("persons", 80), updated: "update_time", touch: "name" })
  )
  const custom = account.custom("person")
  account.customChanged.add((entity) => {
    if (entity === "person") table.forget()
  })
  const withNulls = account.options.nullUpdateTimes ?? true
  const updated = table.time("update_time", (row) =>
    withNulls && row % 37 === 11 && !account.isTied("persons", row) ? NEVER : account.pastMs("persons", row, 61)
  )
  const added = table.time(
    "add_time",
    (row) => account.pastMs("persons", row, 61) - below(300, account.seed, row) * DAY_MS
  )
  const owner = table.int("owner_id", anyOf(account, account.table("users"), 62))
  const org = table.int("org_id", sometimesNone(9, anyOf(account, account.table("organizations"), 63), NONE))
  const deleted = table.choice("is_deleted", ["false", "true"], () => 0)
  const pictures = once(() => account.links("pictures", "item_id"))
  const picture = made((row) => {
    const at = pictures().of(row + 1)[0]
    return at === undefined ? "null" : String(account.table("pictures").id(at))
  })
  const counts = new Counts(account, "person_id")
  const participations = once(() => account.links("dealParticipants", "person"))
  const participating = (...states: number[]) =>
    made((row) => {
      const dealTable = account.table("deals")
      const participants = account.table("dealParticipants")
      let count = 0
      for (const at of participations().of(row + 1)) {
        const deal = dealTable.find(participants.get("deal_id", at))
        if (deal >= 0 && states.includes(dealTable.get("status", deal))) count++
      }
      return String(count)
    })
  table.fields.push(
    field("id", id),
    { key: "name", parts: (variant) => [opening(`${firstName(variant)} ${lastName(variant)} `), id, '"'] },
    varied("first_name", (variant) => quote(variant % 16 === 9 ? "Jos\u00e9\u2028" : firstName(variant))),
    { key: "last_name", parts: (variant) => [opening(`${lastName(variant)} `), id, '"'] },
    field("owner_id", int(owner)),
    field("org_id", int(org)),
    field("add_time", time(added, "v2")),
    field("update_time", time(updated, "v2")),
    {
      key: "emails",
      parts: (variant) =>
        variant % 7 === 6
          ? ["[]"]
          : [
              '[{"value":"p',
              id,
              '@post.example","primary":true,"label":"work"}',
              variant % 2 ? ',{"value":"home@post.example","primary":false,"label":"home"}]' : "]"
            ]
    },
    varied("phones", (variant) =>
      variant % 3 ? `[{"value":"+372 55${100 + variant}","primary":true,"label":"mobile"}]` : "[]"
    ),
    field("is_deleted", choice(deleted)),
    varied("visible_to", (variant) => String([3, 7, 1, 5][variant % 4])),
    varied("label_ids", (variant) => (variant % 2 ? "[]" : "[8]")),
    field("picture_id", picture),
    varied("postal_address", (variant) => (variant % 5 ? "null" : addressText(variant, ADDRESS))),
    varied("notes", (variant) => (variant % 5 ? "null" : quote(sentence(variant)))),
    varied("im", (variant) => (variant % 6 ? "[]" : `[{"value":"im${variant}","primary":true,"label":"skype"}]`)),
    varied("birthday", (variant) => (variant % 4 ? "null" : quote(`198${variant % 10}-02-29`.replace("29", "28")))),
    varied("job_title", (variant) => (variant % 3 ? "null" : quote("Leiter:in Einkauf / R&D"))),
    {
      key: "custom_fields",
      parts: (variant, selection) => [customObject(custom, variant, selection, account.hasOddValues)]
    },
    {
      key: "labels",
      when: ({ labels }) => labels,
      parts: (variant) => [variant % 2 ? "[]" : '[{"id":8,"label":"Hot","color":"red"}]']
    },
    ...countFields(account, "person_id", "personFollowers"),
    optional("participant_open_deals_count", participating(0)),
    optional("participant_closed_deals_count", participating(1, 2)),
    optional("last_incoming_mail_time", counts.lastMail(false)),
    optional("last_outgoing_mail_time", counts.lastMail(true)),
    optional("marketing_status", quote("no_consent")),
    optional("doi_status", "null"),
    optional("smart_bcc_email", `"${account.companyDomain}+person`, id, '@mail.example"')
  )
  const include = account.hasAddOn("campaigns")
    ? PERSON_INCLUDE
    : PERSON_INCLUDE.filter((name) => !MARKETING.includes(name))
  return [
    {
      path: "v2/persons",
      cost: 10,
      scopes: CONTACT_SCOPES,
      paging: "cursor",
      params: {
        ...sinceParams("id", "update_time", "add_time"),
        org_id: integer,
        deal_id: integer,
        ...selectingParams(include, true)
      },
      list: (query) => {
        const deal = query.number("deal_id")
        const dealTable = account.table("deals")
        const ofDeal = deal === undefined ? undefined : dealTable.get("person_id", dealTable.find(deal))
        return everyRow(table, {
          selection: selectionOf(query),
          sort: sortOf(query),
          ...narrowed(
            account,
            table,
            query,
            ["owner_id", "org_id"],
            (row) => ofDeal === undefined || row + 1 === ofDeal
          )
        })
      }
    },
    {
      path: "v2/persons/{id}",
      cost: 1,
      scopes: CONTACT_SCOPES,
      paging: "object",
      params: selectingParams(include, true),
      list: (query) => oneRow(table, query.need("id"), "person", selectionOf(query))
    }
  ]
}
