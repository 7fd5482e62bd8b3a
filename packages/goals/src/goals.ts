import {
  columns as c,
  dayMs,
  defineStream,
  hourMs,
  PERIOD,
  perParent,
  singlePage,
  snapshot
} from "@pipedrive-source/core"

const goalColumns = {
  id: c.text,
  owner_id: c.number,
  title: c.text,
  type: c.objectOf({
    name: c.text,
    params: c.objectOf({ pipeline_id: c.listOf(c.number), activity_type_id: c.listOf(c.number) })
  }),
  assignee: c.objectOf({ type: c.text, id: c.number }),
  interval: c.text,
  duration: c.objectOf({ start: c.text, end: c.text }),
  expected_outcome: c.objectOf({ target: c.number, tracking_metric: c.text }),
  is_active: c.boolean,
  report_ids: c.listOf(c.text)
}

/** Everyone's goals: without a type the endpoint lists only those of the token's user, and by default only active ones. */
export const goalList = defineStream({
  name: "goals",
  path: "v1/goals/find",
  docs: "https://developers.pipedrive.com/docs/api/v1/Goals#getGoals",
  tokens: 20,
  scope: "goals:read",
  columns: goalColumns,
  primaryKey: ["id"],
  paging: singlePage(),
  parts: [
    { query: { "type.name": "deals_won", is_active: "true" } },
    { query: { "type.name": "deals_won", is_active: "false" } },
    { query: { "type.name": "deals_progressed", is_active: "true" } },
    { query: { "type.name": "deals_progressed", is_active: "false" } },
    { query: { "type.name": "deals_started", is_active: "true" } },
    { query: { "type.name": "deals_started", is_active: "false" } },
    { query: { "type.name": "activities_completed", is_active: "true" } },
    { query: { "type.name": "activities_completed", is_active: "false" } },
    { query: { "type.name": "activities_added", is_active: "true" } },
    { query: { "type.name": "activities_added", is_active: "false" } }
  ],
  rows: "goals",
  changes: snapshot({ freshnessMs: hourMs })
})

/** Progress of each goal over its own duration. */
export const goalResults = defineStream({
  name: "goal_results",
  path: "v1/goals/{id}/results",
  docs: "https://developers.pipedrive.com/docs/api/v1/Goals#getGoalResult",
  tokens: 20,
  scope: "goals:read",
  columns: {
    goal_id: c.text,
    progress: c.describe(c.number, "What was reached, in the metric of the goal."),
    goal: c.objectOf(goalColumns)
  },
  primaryKey: ["goal_id", PERIOD],
  paging: singlePage(),
  changes: snapshot({ freshnessMs: dayMs }),
  parents: perParent("goals", "goal_id", {
    period: {
      start: { column: "duration.start", parameter: "period.start" },
      end: { column: "duration.end", parameter: "period.end" }
    }
  })
})
