import { admin } from "@pipedrive-source/admin"
import { runSource } from "@pipedrive-source/airbyte"
import { crm } from "@pipedrive-source/crm"
import { fields } from "@pipedrive-source/fields"
import { goals } from "@pipedrive-source/goals"
import { history } from "@pipedrive-source/history"
import { mail } from "@pipedrive-source/mail"
import { products } from "@pipedrive-source/products"
import { projects } from "@pipedrive-source/projects"
import manifest from "../package.json" with { type: "json" }

/** The streams of Airbyte's own Pipedrive source, in its order: they come first, so that a catalog is easily compared. */
const order = [
  "deals",
  "deals_archived",
  "deal_fields",
  "goals",
  "files",
  "filters",
  "lead_labels",
  "leads",
  "notes",
  "activities",
  "activity_types",
  "activity_fields",
  "currencies",
  "mail",
  "organizations",
  "organization_fields",
  "permission_sets",
  "persons",
  "person_fields",
  "pipelines",
  "products",
  "product_fields",
  "roles",
  "stages",
  "users",
  "deal_products",
  "mailThreads",
  "call_logs",
  "lead_sources",
  "legacy_teams",
  "projects",
  "tasks",
  "deal_installments",
  "deal_flow",
  "permission_set_assignments"
]

await runSource({
  plugins: [crm, products, fields, goals, mail, projects, admin, history],
  name: manifest.name,
  version: manifest.version,
  order
})
