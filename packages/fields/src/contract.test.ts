import { contractTests } from "@pipedrive-source/contract"
import { fields } from "./index.ts"

contractTests(fields)
