import { contractTests } from "@pipedrive-source/contract"
import { crm } from "./index.ts"

contractTests(crm)
