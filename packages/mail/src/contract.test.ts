import { contractTests } from "@pipedrive-source/contract"
import { crm } from "@pipedrive-source/crm"
import { mail } from "./index.ts"

contractTests(mail, { with: [crm] })
