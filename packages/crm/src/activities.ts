import { byIds, columns as c, cursorPages, defineStream, since, singlePage, snapshot } from "@pipedrive-source/core"
import { address, customFields } from "./columns.ts"

/** Activities with their attendees. */
export const activities = defineStream({
  name: "activities",
  path: "v2/activities",
  docs: "https://developers.pipedrive.com/docs/api/v1/Activities#getActivities",
  tokens: 10,
  scope: "activities:read",
  columns: {
    id: c.integer,
    subject: c.text,
    type: c.describe(c.text, "Key of the activity type."),
    owner_id: c.integer,
    creator_user_id: c.integer,
    is_deleted: c.boolean,
    add_time: c.timestamp,
    update_time: c.timestamp,
    deal_id: c.integer,
    lead_id: c.text,
    person_id: c.integer,
    org_id: c.integer,
    project_id: c.integer,
    due_date: c.date,
    due_time: c.text,
    duration: c.text,
    busy: c.boolean,
    done: c.boolean,
    private: c.boolean,
    marked_as_done_time: c.timestamp,
    location: address,
    participants: c.listOf(c.objectOf({ person_id: c.integer, primary: c.boolean })),
    attendees: c.listOf(
      c.objectOf({
        email: c.text,
        name: c.text,
        status: c.text,
        is_organizer: c.boolean,
        person_id: c.integer,
        user_id: c.integer
      })
    ),
    conference_meeting_client: c.text,
    conference_meeting_url: c.text,
    conference_meeting_id: c.text,
    public_description: c.text,
    priority: c.describe(c.integer, "Option of the priority field."),
    outcome: c.integer,
    note: c.text,
    custom_fields: customFields
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  query: { sort_by: "update_time", sort_direction: "asc" },
  includeFields: { always: ["attendees"] },
  changes: since("update_time"),
  lookup: byIds()
})

/** Kinds of activities. */
export const activityTypes = defineStream({
  name: "activity_types",
  path: "v1/activityTypes",
  docs: "https://developers.pipedrive.com/docs/api/v1/ActivityTypes#getActivityTypes",
  tokens: 20,
  scope: "activities:read",
  columns: {
    id: c.integer,
    name: c.text,
    key_string: c.describe(c.text, "What the `type` of an activity refers to."),
    icon_key: c.text,
    color: c.text,
    order_nr: c.integer,
    active_flag: c.boolean,
    is_custom_flag: c.boolean,
    add_time: c.localTimestamp,
    update_time: c.localTimestamp
  },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot({ cursorField: "update_time" })
})
