import type { Account } from "../account.ts"
import type { Endpoint } from "../endpoint.ts"
import { quote } from "../json.ts"
import { listOf } from "../query.ts"
import { type Field, field, made, optional } from "../row.ts"
import type { CustomField } from "../seed/custom-fields.ts"
import { DataTable } from "../table.ts"
import { CURSOR_PARAMS, everyRow, type Family } from "./family.ts"
import { selectionOf } from "./selecting.ts"

/** A field as its row is made; name and options are looked up for each answer, as they can change. */
interface Described {
  readonly code: string
  readonly name: () => string
  readonly type: string
  readonly options: () => string
  readonly subfields: string
  readonly isCustom: boolean
  readonly isOptional: boolean
}

const BUILT_IN: Readonly<Record<string, ReadonlyArray<readonly [code: string, name: string, type: string]>>> = {
  deal: [
    ["id", "ID", "int"],
    ["title", "Title", "varchar"],
    ["value", "Value", "monetary"],
    ["status", "Status", "status"],
    ["owner_id", "Owner", "user"],
    ["label_ids", "Labels", "set"],
    ["stage_id", "Stage", "stage"],
    ["notes_count", "Number of notes", "int"]
  ],
  person: [
    ["id", "ID", "int"],
    ["name", "Name", "varchar"],
    ["emails", "Emails", "varchar_options"],
    ["label_ids", "Labels", "set"],
    ["org_id", "Organization", "org"]
  ],
  organization: [
    ["id", "ID", "int"],
    ["name", "Name", "varchar"],
    ["label_ids", "Labels", "set"],
    ["address", "Address", "address"]
  ],
  product: [
    ["id", "ID", "int"],
    ["name", "Name", "varchar"],
    ["prices", "Prices", "price_list"],
    ["billing_frequency", "Billing frequency", "billing_frequency"]
  ],
  activity: [
    ["id", "ID", "int"],
    ["subject", "Subject", "varchar"],
    ["deal_id", "Deal", "deal"],
    ["done", "Done", "boolean"]
  ],
  project: [
    ["id", "ID", "int"],
    ["title", "Title", "varchar"],
    ["board_id", "Board", "projects_board"],
    ["phase_id", "Phase", "projects_phase"]
  ]
}

const when = '"add_time":"2023-04-05T06:07:08Z","update_time":null'

const LABELS = `[${["Hot", "Customer", "Cold 🧊", "Reseller", "VIP"]
  .map((label, at) => `{"id":${at + 1},"label":${quote(label)},"color":"green",${when}}`)
  .join(",")}]`

const builtInOptions = (type: string): string =>
  type === "status"
    ? '[{"id":"open","label":"Open","color":null},{"id":"won","label":"Won „✓“","color":"green"}]'
    : type === "set"
      ? LABELS
      : "null"

const describeBuiltIn = (entity: string): Described[] =>
  (BUILT_IN[entity] ?? []).map(([code, name, type]) => ({
    code,
    name: () => name,
    type,
    options: () => builtInOptions(type),
    subfields:
      type === "monetary"
        ? '[{"field_code":"value","field_name":"Amount","field_type":"double"},{"field_code":"currency","field_name":"Currency","field_type":"varchar"}]'
        : "null",
    isCustom: false,
    isOptional: code.endsWith("_count")
  }))

const describeCustom = (field: CustomField): Described => ({
  code: field.key,
  name: () => field.name,
  type: field.type,
  options: () => {
    const offered = field.options.filter(({ isRemoved }) => !isRemoved)
    return field.options.length === 0
      ? "null"
      : `[${offered.map((option) => `{"id":${option.id},"label":${quote(option.label)},"color":null,${when}}`).join(",")}]`
  },
  subfields:
    field.type === "daterange" || field.type === "timerange"
      ? `[{"field_code":"value","field_name":"Start","field_type":"date"},{"field_code":"until","field_name":"End","field_type":"date"}]`
      : "null",
  isCustom: true,
  isOptional: false
})

const LISTS = [
  ["dealFields", "deal", "deal", ["deals:read", "deals:full", "admin", "deal-fields:full"]],
  ["personFields", "person", "person", ["contacts:read", "contacts:full", "admin", "contact-fields:full"]],
  [
    "organizationFields",
    "organization",
    "organization",
    ["contacts:read", "contacts:full", "admin", "contact-fields:full"]
  ],
  ["productFields", "product", "product", ["products:read", "products:full", "product-fields:full"]],
  ["activityFields", "activity", undefined, ["admin"]],
  ["projectFields", "project", "project", ["projects:read", "projects:full", "project-fields:full"]]
] as const

function fieldsOf(of: (row: number) => Described): Field[] {
  return [
    field(
      "field_name",
      made((row) => quote(of(row).name()))
    ),
    field(
      "field_code",
      made((row) => quote(of(row).code))
    ),
    field(
      "description",
      made((row) => (row % 2 ? quote(`What “${of(row).name()}” means`) : '""'))
    ),
    field(
      "field_type",
      made((row) => quote(of(row).type))
    ),
    field(
      "options",
      made((row) => of(row).options())
    ),
    field(
      "subfields",
      made((row) => of(row).subfields)
    ),
    field(
      "is_custom_field",
      made((row) => String(of(row).isCustom))
    ),
    field(
      "is_optional_response_field",
      made((row) => String(of(row).isOptional))
    ),
    optional("ui_visibility", '{"add_visible_flag":true,"details_visible_flag":true}'),
    optional("important_fields", '{"enabled":false,"stage_ids":[]}'),
    optional("required_fields", '{"enabled":false,"stage_ids":[],"statuses":{}}')
  ]
}

function listOfFields(account: Account, [name, entity, custom, scopes]: (typeof LISTS)[number]): Endpoint {
  const described = new Map<number, Described>(
    [...describeBuiltIn(entity), ...(custom === undefined ? [] : account.custom(custom).map(describeCustom))].entries()
  )
  const of = (row: number): Described =>
    described.get(row) ?? {
      code: `f${row}`,
      name: () => `New ${row}`,
      type: "varchar",
      options: () => "null",
      subfields: "null",
      isCustom: true,
      isOptional: false
    }
  const table = account.add(
    new DataTable({
      name: `v2 ${name}`,
      size: described.size,
      touch: "field_name",
      naming: {
        of: (row) => of(row).code,
        find: (code) => {
          for (const [row, each] of described) if (each.code === code) return row
          return Number(String(code).slice(1))
        }
      }
    })
  )
  table.fields.push(...fieldsOf(of))
  account.customChanged.add((changed, each, what) => {
    if (changed !== custom) return
    if (what === "made") described.set(table.count, describeCustom(each))
    if (what === "made") table.append(account.clock.now())
    if (what === "removed") table.remove(table.find(each.key), account.clock.now())
  })
  const isLean = entity === "product" || entity === "activity"
  const include = isLean ? ["ui_visibility"] : ["ui_visibility", "important_fields", "required_fields"]
  return {
    path: `v2/${name}`,
    cost: 10,
    scopes: [...scopes],
    paging: "cursor",
    ...(entity === "project" ? { addOn: "projects" } : {}),
    params: { ...CURSOR_PARAMS, ...(entity === "project" ? {} : { include_fields: listOf(...include) }) },
    list: (query) => everyRow(table, { selection: selectionOf(query) })
  }
}

/** Field lists of v2. */
export const fieldsV2: Family = (account) => LISTS.map((list) => listOfFields(account, list))
