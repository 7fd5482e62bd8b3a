import { contractTests } from "@pipedrive-source/contract"
import { admin } from "./index.ts"

contractTests(admin)
