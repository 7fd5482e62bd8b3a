import { contractTests } from "@pipedrive-source/contract"
import { projects } from "./index.ts"

contractTests(projects)
