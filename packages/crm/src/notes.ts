import {
  byPath,
  columns as c,
  defineStream,
  ofChangedParents,
  offsetPages,
  perParent,
  seekPages,
  since
} from "@pipedrive-source/core"

/** Notes on deals, leads, persons, organizations, projects and tasks. */
export const notes = defineStream({
  name: "notes",
  path: "v1/notes",
  docs: "https://developers.pipedrive.com/docs/api/v1/Notes#getNotes",
  tokens: 20,
  scope: "deals:read",
  columns: {
    id: c.integer,
    content: c.describe(c.text, "HTML."),
    active_flag: c.boolean,
    add_time: c.localTimestamp,
    update_time: c.localTimestamp,
    user_id: c.integer,
    user: c.objectOf({ email: c.text, icon_url: c.text, is_you: c.boolean, name: c.text }),
    last_update_user_id: c.integer,
    deal_id: c.integer,
    deal: c.objectOf({ title: c.text }),
    lead_id: c.text,
    lead: c.object,
    person_id: c.integer,
    person: c.objectOf({ name: c.text }),
    org_id: c.integer,
    organization: c.objectOf({ name: c.text }),
    project_id: c.integer,
    project: c.objectOf({ title: c.text }),
    task_id: c.integer,
    task: c.objectOf({ title: c.text }),
    pinned_to_deal_flag: c.boolean,
    pinned_to_lead_flag: c.boolean,
    pinned_to_organization_flag: c.boolean,
    pinned_to_person_flag: c.boolean,
    pinned_to_project_flag: c.boolean,
    pinned_to_task_flag: c.boolean
  },
  primaryKey: ["id"],
  paging: seekPages(),
  query: { sort: "update_time ASC, id ASC" },
  changes: since("update_time"),
  lookup: byPath("v1/notes/{id}", { tokens: 2 })
})

/** Comments on notes. */
export const noteComments = defineStream({
  name: "note_comments",
  path: "v1/notes/{id}/comments",
  docs: "https://developers.pipedrive.com/docs/api/v1/Notes#getNoteComments",
  tokens: 20,
  scope: "deals:read",
  columns: {
    uuid: c.uuid,
    note_id: c.integer,
    content: c.text,
    active_flag: c.boolean,
    add_time: c.timestamp,
    update_time: c.timestamp,
    user_id: c.integer,
    updater_id: c.integer,
    company_id: c.integer,
    object_id: c.describe(c.text, "Id of the note, as text."),
    object_type: c.text
  },
  primaryKey: ["uuid"],
  paging: offsetPages(),
  changes: ofChangedParents({ cursorField: "update_time" }),
  parents: perParent("notes", "note_id")
})
