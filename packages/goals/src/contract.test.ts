import { contractTests } from "@pipedrive-source/contract"
import { goals } from "./index.ts"

contractTests(goals)
