import { columns as c, cursorPages, defineStream, snapshot } from "@pipedrive-source/core"

/** Pipelines. */
export const pipelines = defineStream({
  name: "pipelines",
  path: "v2/pipelines",
  docs: "https://developers.pipedrive.com/docs/api/v1/Pipelines#getPipelines",
  tokens: 5,
  scope: "deals:read",
  columns: {
    id: c.integer,
    name: c.text,
    order_nr: c.integer,
    is_deleted: c.boolean,
    is_deal_probability_enabled: c.boolean,
    add_time: c.timestamp,
    update_time: c.timestamp
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  changes: snapshot({ cursorField: "update_time" })
})

/** Stages of all pipelines. */
export const stages = defineStream({
  name: "stages",
  path: "v2/stages",
  docs: "https://developers.pipedrive.com/docs/api/v1/Stages#getStages",
  tokens: 5,
  scope: "deals:read",
  columns: {
    id: c.integer,
    order_nr: c.integer,
    name: c.text,
    is_deleted: c.boolean,
    deal_probability: c.number,
    pipeline_id: c.integer,
    is_deal_rot_enabled: c.boolean,
    days_to_rotten: c.describe(c.integer, "Days without an update after which a deal counts as rotten."),
    add_time: c.timestamp,
    update_time: c.timestamp
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  changes: snapshot({ cursorField: "update_time" })
})
