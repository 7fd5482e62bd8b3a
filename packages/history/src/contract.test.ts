import { contractTests } from "@pipedrive-source/contract"
import { crm } from "@pipedrive-source/crm"
import { products } from "@pipedrive-source/products"
import { history } from "./index.ts"

contractTests(history, { with: [crm, products] })
