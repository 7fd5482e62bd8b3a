import { definePlugin } from "@pipedrive-source/core"
import {
  projectBoards,
  projectChangelog,
  projectGroups,
  projectList,
  projectPhases,
  projectPlanItems,
  projectTemplates
} from "./projects.ts"
import { tasks } from "./tasks.ts"

/** Projects with their boards, phases, templates, tasks and plans. */
export const projects = definePlugin({
  name: "projects",
  streams: [
    projectList,
    projectBoards,
    projectPhases,
    projectTemplates,
    tasks,
    projectChangelog,
    projectPlanItems,
    projectGroups
  ]
})
