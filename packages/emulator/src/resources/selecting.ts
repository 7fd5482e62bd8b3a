import { boolean, integer, integers, keys, listOf, type Params, type Query, timestamp } from "../query.ts"
import type { Selection } from "../row.ts"
import { CURSOR_PARAMS, sortParams } from "./family.ts"

/** Parameters that choose what is seen of a row. */
export const selectingParams = (include: ReadonlyArray<string>, labelled: boolean): Params => ({
  ...(include.length > 0 ? { include_fields: listOf(...include) } : {}),
  custom_fields: keys(15),
  ...(labelled ? { include_option_labels: boolean, include_labels: boolean } : {})
})

/** Parameters of the v2 lists that can be read by update time. */
export const sinceParams = (...sorts: string[]): Params => ({
  ...CURSOR_PARAMS,
  ids: integers(100),
  owner_id: integer,
  filter_id: integer,
  updated_since: timestamp,
  updated_until: timestamp,
  ...sortParams(...sorts)
})

export function selectionOf(query: Query): Selection {
  const custom = query.list("custom_fields")
  return {
    include: new Set(query.list("include_fields") ?? []),
    custom: custom === undefined ? undefined : new Set(custom),
    optionLabels: query.flag("include_option_labels") ?? false,
    labels: query.flag("include_labels") ?? false,
    form: ""
  }
}
