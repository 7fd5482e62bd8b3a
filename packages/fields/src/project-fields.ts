import { columns as c, cursorPages, defineStream } from "@pipedrive-source/core"

/** Fields of projects: only API v2 has them, in a form of its own. */
export const projectFields = defineStream({
  name: "project_fields",
  path: "v2/projectFields",
  docs: "https://developers.pipedrive.com/docs/api/v1/ProjectFields#getProjectFields",
  tokens: 10,
  scope: "projects:read",
  addOn: "Projects add-on",
  columns: {
    field_code: c.describe(c.text, "Name of the property in the record: 40 characters for a custom field."),
    field_name: c.text,
    field_type: c.text,
    description: c.text,
    options: c.listOf(
      c.objectOf({
        // The vendor documents both types.
        id: c.describe(c.anyOf("integer", "text"), "A number in a custom field, a word in a built-in one."),
        label: c.text,
        color: c.text,
        add_time: c.timestamp,
        update_time: c.timestamp
      })
    ),
    subfields: c.listOf(c.objectOf({ field_code: c.text, field_name: c.text, field_type: c.text })),
    is_custom_field: c.boolean,
    is_optional_response_field: c.describe(c.boolean, "Whether records carry it only when it is asked for."),
    ui_visibility: c.objectOf({ add_visible_flag: c.boolean, details_visible_flag: c.boolean }),
    important_fields: c.objectOf({ enabled: c.boolean, stage_ids: c.listOf(c.integer) }),
    required_fields: c.objectOf({ enabled: c.boolean })
  },
  primaryKey: ["field_code"],
  paging: cursorPages()
})
