import { type Column, columns as c } from "@pipedrive-source/core"

/** Choices of a field. */
const options: Column = c.listOf(
  // A number in a custom field, a word or a boolean in a built-in one.
  c.objectOf({ id: c.anyOf("integer", "text", "boolean"), label: c.text })
)

/** A field as API v1 describes it, whatever record it belongs to. */
export const fieldColumns = {
  id: c.describe(c.integer, "Null for a part of another field, such as the currency of an amount."),
  key: c.describe(c.text, "Name of the property in the record: 40 characters for a custom field."),
  name: c.text,
  description: c.text,
  field_type: c.text,
  order_nr: c.integer,
  group_id: c.integer,
  options,
  options_deleted: options,
  is_subfield: c.boolean,
  subfields: c.listOf(c.object),
  parent_id: c.describe(c.integer, "Field that this one is a part of."),
  id_suffix: c.describe(c.text, "What a part adds to the key of its field."),
  link: c.text,
  use_field: c.text,
  display_field: c.text,
  active_flag: c.boolean,
  edit_flag: c.boolean,
  add_visible_flag: c.boolean,
  details_visible_flag: c.boolean,
  index_visible_flag: c.boolean,
  important_flag: c.boolean,
  mandatory_flag: c.boolean,
  bulk_edit_allowed: c.boolean,
  filtering_allowed: c.boolean,
  searchable_flag: c.boolean,
  sortable_flag: c.boolean,
  json_column_flag: c.boolean,
  picklist_data: c.object,
  restriction_settings: c.object,
  user_restrictions: c.object,
  add_time: c.localTimestamp,
  update_time: c.localTimestamp,
  created_by_user_id: c.integer,
  last_updated_by_user_id: c.integer
}

/** Further properties of deals' fields; leads share the custom fields of deals. */
export const dealFieldColumns = {
  ...fieldColumns,
  // A boolean, or 0 or 1; an object where stages or pipelines decide. Existing connections have the three types.
  mandatory_flag: c.describe(
    c.anyOf("object", "boolean", "integer"),
    "Whether a value is required; an object where it is in some stages only."
  ),
  show_in_pipelines: c.objectOf({ show_in_all: c.boolean, pipeline_ids: c.listOf(c.integer) }),
  projects_detail_visible_flag: c.boolean
}
