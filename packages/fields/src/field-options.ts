import { columns as c, cursorPages, defineStream, type Part, type Scope } from "@pipedrive-source/core"

const of = (entity: string, scope: Scope, addOn?: string): Part => ({
  path: `v2/${entity}Fields`,
  scope,
  adds: { entity },
  ...(addOn !== undefined && { addOn })
})

/** The choices that fields of records offer today, built-in fields and custom ones. */
export const fieldOptions = defineStream({
  name: "field_options",
  path: "v2/dealFields",
  docs: "https://developers.pipedrive.com/docs/api/v1/DealFields#getDealFields",
  tokens: 10,
  scope: "deals:read",
  columns: {
    entity: c.describe(
      c.text,
      "The record: deal, person, organization, product or project. Leads have the fields of deals."
    ),
    field_code: c.describe(c.text, "Name of the property in the record: 40 characters for a custom field."),
    field_name: c.text,
    id: c.describe(c.text, "What records hold: a number in a custom field, a word in some built-in ones."),
    label: c.text,
    color: c.text,
    position: c.describe(c.integer, "Place among the options of the field, from 1.")
  },
  primaryKey: ["entity", "field_code", "id"],
  paging: cursorPages(),
  parts: [
    of("deal", "deals:read"),
    of("person", "contacts:read"),
    of("organization", "contacts:read"),
    of("product", "products:read"),
    of("project", "projects:read", "Projects add-on")
  ],
  elements: {
    list: "options",
    keep: ["field_code", "field_name"],
    members: ["id", "label", "color"],
    texts: ["id"],
    position: "position"
  }
})
