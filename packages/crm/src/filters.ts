import { columns as c, dayMs, defineStream, perParent, singlePage, snapshot } from "@pipedrive-source/core"

const filterColumns = {
  id: c.integer,
  name: c.text,
  type: c.describe(c.text, "What it filters: deals, leads, org, people …"),
  filter_code: c.text,
  is_editable: c.boolean,
  active_flag: c.boolean,
  temporary_flag: c.boolean,
  user_id: c.integer,
  visible_to: c.text,
  custom_view_id: c.integer,
  add_time: c.localTimestamp,
  update_time: c.localTimestamp,
  last_used_time: c.text
}

/** Filters, without their conditions. */
export const filters = defineStream({
  name: "filters",
  path: "v1/filters",
  docs: "https://developers.pipedrive.com/docs/api/v1/Filters#getFilters",
  tokens: 20,
  scope: "deals:read",
  columns: filterColumns,
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot({ cursorField: "update_time" })
})

const condition = c.objectOf({
  object: c.text,
  field_id: c.text,
  field_code: c.text,
  operator: c.text,
  value: c.text,
  extra_value: c.text,
  json_value_flag: c.boolean
})

/** Filters with their conditions, in two groups: all conditions of the first must hold, and any of the second. */
export const filterConditions = defineStream({
  name: "filter_conditions",
  path: "v1/filters/{id}",
  docs: "https://developers.pipedrive.com/docs/api/v1/Filters#getFilter",
  tokens: 2,
  scope: "deals:read",
  columns: {
    ...filterColumns,
    conditions: c.objectOf({
      glue: c.text,
      conditions: c.listOf(c.objectOf({ glue: c.text, conditions: c.listOf(condition) }))
    })
  },
  primaryKey: ["id"],
  paging: singlePage(),
  query: { include_field_code: "true" },
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("filters", "id")
})
