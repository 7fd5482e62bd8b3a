import { NONE } from "../column.ts"
import { quote } from "../json.ts"
import { integer, timestamp } from "../query.ts"
import { below } from "../random.ts"
import { choice, type Field, field, id, int, time, varied } from "../row.ts"
import { customRoot } from "../seed/custom.ts"
import type { CustomField } from "../seed/custom-fields.ts"
import { ODD_NUMBERS, opening, sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { anyOf, everyRow, type Family, OFFSET_PARAMS, oneRow, sometimesNone, sortOfV1, sortV1 } from "./family.ts"
import { narrowed } from "./filtering.ts"

const SCOPES = ["leads:read", "leads:full"]
const SORTS = [
  "id",
  "title",
  "owner_id",
  "creator_id",
  "was_seen",
  "expected_close_date",
  "next_activity_id",
  "add_time",
  "update_time"
]
const COLORS = ["blue", "green", "red", "yellow", "purple", "orange"]
const SOURCES = ["API", "Deal", "Import", "Live chat", "Manually created", "Web forms"]

/** Id of a lead by its row; ascending like the rows. */
export const leadId = (row: number): string => `${(0x40000000 + row * 9).toString(16)}-0e10-11eb-879b-05d71fb426ec`
const leadRow = (text: number | string): number => (Number.parseInt(String(text).slice(0, 8), 16) - 0x40000000) / 9

const labelId = (row: number): string => `${(0x60000000 + row * 5).toString(16)}-4e75-11ea-9643-03698ef1cfd6`
const labelRow = (text: number | string): number => (Number.parseInt(String(text).slice(0, 8), 16) - 0x60000000) / 5

/** Leads, open and archived, with their labels and sources. */
export const leads: Family = (account) => {
  const table = account.add(
    new DataTable({
      name: "leads",
      size: account.size("leads", 40),
      updated: "update_time",
      touch: "title",
      millis: true,
      naming: { of: leadId, find: leadRow }
    })
  )
  const custom = account.custom("deal")
  const persons = account.table("persons")
  const users = account.table("users")
  const updated = table.time("update_time", (row) => account.pastMs("leads", row, 151))
  const added = table.time("add_time", (row) => updated.get(row) - below(100, account.seed, row) * 86_400_000)
  const owner = table.int("owner_id", anyOf(account, users, 152))
  const creator = table.int("creator_id", anyOf(account, users, 153))
  const person = table.int("person_id", sometimesNone(4, anyOf(account, persons, 154), NONE))
  const organization = table.int("organization_id", (row) =>
    person.get(row) === NONE
      ? 1 + below(Math.max(1, account.table("organizations").count), account.seed, row)
      : persons.get("org_id", persons.find(person.get(row)))
  )
  const archived = table.choice("is_archived", ["false", "true"], (row) =>
    row % 4 === 2 && !account.isTied("leads", row) ? 1 : 0
  )
  table.fields.push(
    field("id", id),
    { key: "title", parts: (variant) => [opening(`${sentence(variant)} lead`), '"'] },
    field("owner_id", int(owner)),
    field("creator_id", int(creator)),
    varied("label_ids", (variant) => (variant % 3 ? `["${labelId(variant % 3)}"]` : "[]")),
    field("person_id", int(person)),
    field("organization_id", int(organization)),
    varied("source_name", (variant) => quote(SOURCES[variant % SOURCES.length] as string)),
    varied("origin", (variant) => quote(variant % 2 ? "API" : "ManuallyCreated")),
    varied("origin_id", (variant) => (variant % 2 ? quote(`o-${variant}`) : "null")),
    varied("channel", (variant) => (variant % 5 ? "null" : "52")),
    varied("channel_id", (variant) => (variant % 5 ? "null" : quote("Fair 2026"))),
    varied("source_deal_id", (variant) => (variant % 9 ? "null" : String(700_000 + variant))),
    field("is_archived", choice(archived)),
    varied("was_seen", (variant) => String(variant % 2 === 0)),
    varied("value", (variant) =>
      variant % 3 ? `{"amount":${ODD_NUMBERS[variant % ODD_NUMBERS.length]},"currency":"EUR"}` : "null"
    ),
    varied("expected_close_date", (variant) => (variant % 4 ? "null" : quote("2027-03-31"))),
    varied("next_activity_id", (variant) => (variant % 6 ? "null" : String(1 + variant))),
    field("add_time", time(added, "ms")),
    field("update_time", time(updated, "ms")),
    varied("visible_to", (variant) => quote(["3", "7", "1", "5"][variant % 4] as string)),
    varied("cc_email", (variant) => quote(`${account.companyDomain}+lead${variant}@mail.example`)),
    ...custom.flatMap(rootFields)
  )

  /** A custom field at the root of the row; absent where it is not set. */
  function rootFields(each: CustomField): Field[] {
    const names = new Set<string>()
    for (let variant = 0; variant < table.variants; variant++) {
      for (const [name] of customRoot(each, variant, account.hasOddValues)) names.add(name)
    }
    return [...names].map(
      (name): Field => ({
        key: name,
        parts: (variant) => {
          const found = customRoot(each, variant, account.hasOddValues).find(([key]) => key === name)
          return found === undefined ? undefined : [found[1]]
        }
      })
    )
  }
  account.customChanged.add((entity, each, what) => {
    if (entity !== "deal") return
    if (what === "made") table.fields.push(...rootFields(each))
    if (what === "removed") {
      const left = table.fields.filter(({ key }) => !key.startsWith(each.key))
      table.fields.splice(0, table.fields.length, ...left)
    }
    table.forget()
  })

  const labels = account.add(
    new DataTable({
      name: "leadLabels",
      size: account.size("leadLabels", 5),
      updated: "update_time",
      touch: "name",
      millis: true,
      naming: { of: labelId, find: labelRow }
    })
  )
  const labelUpdated = labels.time("update_time", (row) => account.pastMs("leadLabels", row, 155))
  labels.fields.push(
    field("id", id),
    varied("name", (variant) => quote(["Hot", "Warm", "Cold ❄️", "Überfällig", "VIP"][variant % 5] as string)),
    varied("color", (variant) => quote(COLORS[variant % COLORS.length] as string)),
    field("add_time", time(labelUpdated, "ms")),
    field("update_time", time(labelUpdated, "ms"))
  )

  const sources = account.add(new DataTable({ name: "leadSources", size: SOURCES.length }))
  sources.fields.push({ key: "name", parts: (variant) => [quote(SOURCES[variant] ?? `Source ${variant}`)] })

  const equal = ["owner_id", "person_id", "organization_id"]
  const listed = (inArchive: 0 | 1) => (query: Parameters<typeof sortOfV1>[0]) =>
    everyRow(table, {
      sort: sortOfV1(query, {
        title: (row) => table.value(row, "title"),
        owner_id: (row) => owner.get(row),
        creator_id: (row) => creator.get(row),
        was_seen: (row) => table.value(row, "was_seen"),
        expected_close_date: (row) => table.value(row, "expected_close_date"),
        next_activity_id: (row) => Number(table.value(row, "next_activity_id")) || 0
      }),
      insertWith: { is_archived: inArchive === 1 },
      ...narrowed(account, table, query, equal, (row) => archived.get(row) === inArchive)
    })
  const params = {
    ...OFFSET_PARAMS,
    owner_id: integer,
    person_id: integer,
    organization_id: integer,
    filter_id: integer,
    sort: sortV1(...SORTS)
  }
  return [
    {
      path: "v1/leads",
      cost: 20,
      scopes: SCOPES,
      paging: "offset",
      params: { ...params, updated_since: timestamp },
      list: listed(0)
    },
    { path: "v1/leads/archived", cost: 40, scopes: SCOPES, paging: "offset", params, list: listed(1) },
    {
      path: "v1/leads/{id}",
      cost: 2,
      scopes: SCOPES,
      paging: "object",
      list: (query) => oneRow(table, query.need("id"), "lead")
    },
    { path: "v1/leadLabels", cost: 10, scopes: SCOPES, paging: "whole", list: () => everyRow(labels) },
    { path: "v1/leadSources", cost: 2, scopes: SCOPES, paging: "whole", list: () => everyRow(sources) }
  ]
}
