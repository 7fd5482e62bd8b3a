import { definePlugin } from "@pipedrive-source/core"
import { goalList, goalResults } from "./goals.ts"

/** Goals and the progress towards them. */
export const goals = definePlugin({ name: "goals", streams: [goalList, goalResults] })
