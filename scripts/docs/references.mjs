// Which column holds the key of a row of which other stream. Declarations name the parents of a stream; all other
// references follow from the names of columns, as Pipedrive uses them.
import { streamsByName } from "./plugins.mjs"

const deals = ["deals", "deals_archived"]
const leads = ["leads", "leads_archived"]
const users = ["users"]

const targets = new Map(
  Object.entries({
    activity_id: ["activities"],
    next_activity_id: ["activities"],
    last_activity_id: ["activities"],
    board_id: ["project_boards"],
    projects_board_id: ["project_boards"],
    calculated_related_org_id: ["organizations"],
    deal_id: deals,
    deal_ids: deals,
    source_deal_id: deals,
    goal_id: ["goals"],
    lead_id: leads,
    source_lead_id: leads,
    linked_organization_id: ["organizations"],
    linked_person_id: ["persons"],
    mail_thread_id: ["mailThreads"],
    note_id: ["notes"],
    org_id: ["organizations"],
    org_ids: ["organizations"],
    organization_id: ["organizations"],
    permission_set_id: ["permission_sets"],
    person_id: ["persons"],
    person_ids: ["persons"],
    phase_id: ["project_phases"],
    pipeline_id: ["pipelines"],
    pipeline_ids: ["pipelines"],
    product_id: ["products"],
    product_variation_id: ["product_variations"],
    project_id: ["projects"],
    rel_linked_org_id: ["organizations"],
    rel_owner_org_id: ["organizations"],
    role_id: ["roles"],
    parent_role_id: ["roles"],
    stage_id: ["stages"],
    task_id: ["tasks"],
    parent_task_id: ["tasks"],
    actor_user_id: users,
    added_by_user_id: users,
    assigned_to_user_id: users,
    assignee_ids: users,
    created_by_user_id: users,
    creator_id: users,
    creator_user_id: users,
    followed_user_id: users,
    follower_user_id: users,
    last_update_user_id: users,
    last_updated_by_user_id: users,
    owner_id: users,
    user_id: users
  })
)

/** Columns whose name means something else in one stream. */
const exceptions = new Map([
  ["organizations.org_id", []],
  ["leads.label_ids", ["lead_labels"]],
  ["leads_archived.label_ids", ["lead_labels"]],
  ["project_plan_items.group_id", ["project_groups"]],
  ["project_plan_items.item_id", ["tasks", "activities"]]
])

const kindOf = ({ type }) =>
  ["number", "integer"].includes(type) ? "number" : ["uuid", "text"].includes(type) ? "text" : type

/** The column that a reference is in: the key alone, the keys in a list, or the `value` of an object. */
const keyIn = (column) =>
  column.type === "list" ? column.items : column.type === "object" ? column.columns?.value : column

/** Whether a column can hold the keys of a stream: both are numbers, or both are text. */
const fits = (column, target) => {
  const { columns, primaryKey } = streamsByName.get(target)
  const key = keyIn(column)
  return key !== undefined && primaryKey.length === 1 && kindOf(key) === kindOf(columns[primaryKey[0]])
}

/** Names of the streams to whose rows a column refers; none for most columns. */
export const referencesOf = (stream, name, column) => {
  if (stream.parents?.as === name) return stream.parents.streams
  return exceptions.get(`${stream.name}.${name}`) ?? (targets.get(name) ?? []).filter((target) => fits(column, target))
}

/** Streams that are read for each row of a stream, or for many of its rows at once. */
export const childrenOf = (stream) =>
  [...streamsByName.values()].filter(({ parents }) => parents?.streams.includes(stream.name))
