import { definePlugin } from "@pipedrive-source/core"
import { activities, activityTypes } from "./activities.ts"
import { callLogs } from "./call-logs.ts"
import { dealFollowers, dealParticipants, deals, dealsArchived } from "./deals.ts"
import { files } from "./files.ts"
import { filterConditions, filters } from "./filters.ts"
import { leadLabels, leadSources, leads, leadsArchived } from "./leads.ts"
import { noteComments, notes } from "./notes.ts"
import { organizationFollowers, organizationRelationships, organizations } from "./organizations.ts"
import { personFollowers, personPictures, persons } from "./persons.ts"
import { pipelines, stages } from "./pipelines.ts"

/** Sales records: deals, contacts, activities, leads, notes, files, and what belongs to them. */
export const crm = definePlugin({
  name: "crm",
  streams: [
    deals,
    dealsArchived,
    persons,
    organizations,
    activities,
    notes,
    leads,
    leadsArchived,
    pipelines,
    stages,
    files,
    filters,
    filterConditions,
    activityTypes,
    leadLabels,
    leadSources,
    callLogs,
    noteComments,
    dealFollowers,
    personFollowers,
    organizationFollowers,
    dealParticipants,
    organizationRelationships,
    personPictures
  ]
})
