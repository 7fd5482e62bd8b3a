import { runSource } from "@pipedrive-source/airbyte"
import { people } from "@pipedrive-source/cli"
import { crm } from "@pipedrive-source/crm"
import { fields } from "@pipedrive-source/fields"
import { products } from "@pipedrive-source/products"

await runSource({ plugins: [crm, products, fields], people })
