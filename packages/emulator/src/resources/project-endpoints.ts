import type { Endpoint } from "../endpoint.ts"
import type { DataTable } from "../table.ts"
import { oneRow } from "./family.ts"

/** What the endpoints of the projects add-on have in common. */
export const PROJECTS = { cost: 10, scopes: ["projects:read", "projects:full"], addOn: "projects" } as const

/** An endpoint of one record. */
export const single = (path: string, table: DataTable, what: string, cost: number): Endpoint => ({
  ...PROJECTS,
  path,
  cost,
  paging: "object",
  list: (query) => oneRow(table, query.need("id"), what)
})
