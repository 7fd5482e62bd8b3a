import type { Account } from "../account.ts"
import type { Endpoint } from "../endpoint.ts"
import type { FieldedEntity } from "../interface.ts"
import { quote } from "../json.ts"
import { type Field, field, id, made } from "../row.ts"
import type { CustomField } from "../seed/custom-fields.ts"
import { counted, DataTable } from "../table.ts"
import { everyRow, type Family, OFFSET_PARAMS } from "./family.ts"

/** A built-in field: key, name and type. */
type BuiltIn = readonly [key: string, name: string, type: string]

const BUILT_IN: Readonly<Record<string, ReadonlyArray<BuiltIn>>> = {
  deal: [
    ["title", "Title", "varchar"],
    ["value", "Value", "monetary"],
    ["status", "Status", "enum"],
    ["user_id", "Owner", "user"],
    ["add_time", "Deal created", "date"],
    ["visible_to", "Visible to", "visible_to"]
  ],
  person: [
    ["name", "Name", "varchar"],
    ["phone", "Phone", "phone"],
    ["label", "Label", "set"],
    ["org_id", "Organization", "org"]
  ],
  organization: [
    ["name", "Name", "varchar"],
    ["address", "Address", "address"],
    ["label", "Label", "set"]
  ],
  product: [
    ["name", "Name", "varchar"],
    ["code", "Product code", "varchar"],
    ["category", "Category", "enum"]
  ],
  activity: [
    ["subject", "Subject", "varchar"],
    ["type", "Type", "enum"],
    ["due_date", "Due date", "date"],
    ["done", "Done", "enum"]
  ],
  lead: [
    ["title", "Title", "varchar"],
    ["label_ids", "Labels", "set"],
    ["value", "Value", "monetary"]
  ]
}

const TIME = quote("2023-04-05 06:07:08")

/** A field as its row is made; name and options are looked up for each answer, as they can change. */
interface Described {
  readonly key: string
  readonly name: () => string
  readonly type: string
  readonly isCustom: boolean
  readonly isSubfield: boolean
  readonly options: () => string
}

const optionsText = (fieldOptions: CustomField["options"]): string =>
  `[${fieldOptions.map(({ id: option, label }) => `{"id":${option},"label":${quote(label)}}`).join(",")}]`

const none = (): string => "null"

const describeBuiltIn = (entity: string): Described[] =>
  (BUILT_IN[entity] ?? []).map(([key, name, type]) => ({
    key,
    name: () => name,
    type,
    isCustom: false,
    isSubfield: false,
    options: () => (type === "enum" || type === "set" ? '[{"id":1,"label":"One"},{"id":2,"label":"Two „2“"}]' : "null")
  }))

/** A custom field and its second values, which stand as rows of their own, without an id. */
function describeCustom(field: CustomField): Described[] {
  const { key, options, type } = field
  const part = (ending: string, name: string, partType: string): Described => ({
    key: `${key}_${ending}`,
    name: () => `${name} of ${field.name}`,
    type: partType,
    isCustom: true,
    isSubfield: true,
    options: none
  })
  return [
    {
      key,
      name: () => field.name,
      type,
      isCustom: true,
      isSubfield: false,
      options: () => (options.length > 0 ? optionsText(options.filter(({ isRemoved }) => !isRemoved)) : "null")
    },
    ...(type === "monetary" ? [part("currency", "Currency", "varchar")] : []),
    ...(type === "daterange" || type === "timerange" ? [part("until", "End", "date")] : [])
  ]
}

function fieldRows(isProduct: boolean, of: (row: number) => Described): Field[] {
  const flag = (key: string, test: (described: Described) => boolean): Field =>
    field(
      key,
      made((row) => String(test(of(row))))
    )
  const always = [
    field("active_flag", "true"),
    flag("edit_flag", ({ isCustom }) => isCustom),
    ...(isProduct ? [] : [field("index_visible_flag", "true"), field("details_visible_flag", "true")]),
    field("add_visible_flag", "false"),
    field("important_flag", "false"),
    field("bulk_edit_allowed", "true"),
    flag("searchable_flag", ({ type }) => type === "varchar" || type === "text"),
    field("filtering_allowed", "true"),
    field("sortable_flag", "true"),
    flag("mandatory_flag", ({ isCustom }) => !isCustom)
  ]
  const rest: Field[] = isProduct
    ? []
    : [
        field(
          "options_deleted",
          made((row) => (of(row).type === "enum" ? '[{"id":99,"label":"Gone"}]' : "[]"))
        ),
        flag("is_subfield", ({ isSubfield }) => isSubfield),
        field("subfields", "[]")
      ]
  return [
    field(
      "id",
      made((row) => (of(row).isSubfield && !isProduct ? "null" : String(12_400 + row)))
    ),
    field(
      "key",
      made((row) => quote(of(row).key))
    ),
    field(
      "name",
      made((row) => quote(of(row).name()))
    ),
    field(
      "order_nr",
      made((row) => String(row + 1))
    ),
    field(
      "field_type",
      made((row) => quote(of(row).type))
    ),
    field("add_time", TIME),
    field(
      "update_time",
      made((row) => (row % 4 || isProduct ? TIME : "null"))
    ),
    field(
      "last_updated_by_user_id",
      made((row) => (isProduct || of(row).isCustom ? "13000001" : "null"))
    ),
    field(
      "created_by_user_id",
      made((row) => (isProduct || of(row).isCustom ? "13000001" : "null"))
    ),
    ...always,
    field(
      "options",
      made((row) => (isProduct && of(row).options() === "null" ? "[]" : of(row).options()))
    ),
    ...rest
  ]
}

function fieldTable(account: Account, name: string, entity: string, custom: FieldedEntity | undefined): DataTable {
  const described = new Map<number, Described>(
    [
      ...describeBuiltIn(entity),
      ...(custom === undefined ? [] : account.custom(custom).flatMap(describeCustom))
    ].entries()
  )
  const table = account.add(
    new DataTable({
      name,
      size: described.size,
      touch: "name",
      naming: counted(12_400)
    })
  )
  const of = (row: number): Described =>
    described.get(row) ?? {
      key: `${row.toString(16).padStart(4, "0")}${"ab".repeat(18)}`,
      name: () => `New ${row}`,
      type: "varchar",
      isCustom: true,
      isSubfield: false,
      options: none
    }
  table.fields.push(...fieldRows(entity === "product", of))
  account.customChanged.add((changed, each, what) => {
    if (changed !== custom) return
    if (what === "made") {
      for (const one of describeCustom(each)) {
        described.set(table.count, one)
        table.append(account.clock.now())
      }
    }
    if (what === "removed") {
      for (const [row, { key }] of described)
        if (key.startsWith(each.key) && table.isListed(row)) table.remove(row, account.clock.now())
    }
  })
  return table
}

const LISTS = [
  ["dealFields", "deal", "deal", ["deals:read", "deals:full", "deal-fields:full", "admin"]],
  ["personFields", "person", "person", ["contacts:read", "contacts:full", "contact-fields:full", "admin"]],
  [
    "organizationFields",
    "organization",
    "organization",
    ["contacts:read", "contacts:full", "contact-fields:full", "admin"]
  ],
  ["productFields", "product", "product", ["products:read", "products:full", "product-fields:full"]],
  ["activityFields", "activity", undefined, ["activities:read", "activities:full"]],
  ["leadFields", "lead", "deal", ["leads:read", "leads:full", "admin"]]
] as const

/** Field lists of v1 and the single list of note fields. */
export const fieldsV1: Family = (account) => {
  const endpoints: Endpoint[] = LISTS.map(([name, entity, custom, scopes]) => {
    const table = fieldTable(account, `v1 ${name}`, entity, custom)
    const isWhole = name === "activityFields"
    return {
      path: `v1/${name}`,
      cost: 20,
      scopes: [...scopes],
      paging: isWhole ? "whole" : "offset",
      ...(isWhole ? {} : { params: OFFSET_PARAMS }),
      list: () => everyRow(table)
    }
  })
  const notes = account.add(new DataTable({ name: "v1 noteFields", size: 4, touch: "name", naming: counted(1) }))
  const keys = ["content", "pinned_to_deal_flag", "pinned_to_person_flag", "user_id"]
  notes.fields.push(
    field("id", id),
    field(
      "key",
      made((row) => quote(keys[row] ?? `extra_${row}`))
    ),
    field(
      "name",
      made((row) => quote(["Content", "Pinned to deal", "Pinned to person", "Author"][row] ?? `Extra ${row}`))
    ),
    field(
      "field_type",
      made((row) => quote(["text", "enum", "enum", "user"][row] ?? "varchar"))
    ),
    field("active_flag", "true"),
    field("edit_flag", "false"),
    field("bulk_edit_allowed", "true"),
    field(
      "mandatory_flag",
      made((row) => String(row === 0))
    ),
    field(
      "options",
      made((row) => (row === 1 || row === 2 ? '[{"id":1,"label":"Yes"},{"id":0,"label":"No"}]' : "[]"))
    )
  )
  endpoints.push({
    path: "v1/noteFields",
    cost: 20,
    scopes: ["deals:read", "deals:full", "contacts:read", "contacts:full"],
    paging: "whole",
    list: () => everyRow(notes)
  })
  return endpoints
}
