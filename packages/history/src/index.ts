import { definePlugin } from "@pipedrive-source/core"
import {
  dealChangelog,
  dealFollowersChangelog,
  dealParticipantsChangelog,
  organizationChangelog,
  organizationFollowersChangelog,
  personChangelog,
  personFollowersChangelog,
  productFollowersChangelog
} from "./changelogs.ts"
import { dealFlow, organizationFlow, personFlow } from "./flows.ts"

/** What happened to records: flows and changelogs, read one record at a time. */
export const history = definePlugin({
  name: "history",
  streams: [
    dealFlow,
    personFlow,
    organizationFlow,
    dealChangelog,
    personChangelog,
    organizationChangelog,
    dealParticipantsChangelog,
    dealFollowersChangelog,
    personFollowersChangelog,
    organizationFollowersChangelog,
    productFollowersChangelog
  ]
})
