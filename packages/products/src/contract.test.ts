import { contractTests } from "@pipedrive-source/contract"
import { crm } from "@pipedrive-source/crm"
import { products } from "./index.ts"

contractTests(products, { with: [crm] })
