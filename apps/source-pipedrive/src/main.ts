import { runSource } from "@pipedrive-source/airbyte"
import { people } from "@pipedrive-source/cli"
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
  plugins: async () => (await import("./plugins.ts")).plugins,
  name: "source-pipedrive",
  command: "npx airbyte-source-pipedrive",
  version: manifest.version,
  order,
  people
})
