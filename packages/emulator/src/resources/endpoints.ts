import { Account } from "../account.ts"
import { makeClock } from "../clock.ts"
import type { Endpoint } from "../endpoint.ts"
import { activities } from "./activities.ts"
import { admin } from "./admin.ts"
import { boards } from "./boards.ts"
import { company } from "./company.ts"
import { dealProducts } from "./deal-products.ts"
import { deals } from "./deals.ts"
import type { Family } from "./family.ts"
import { fieldsV1 } from "./fields-v1.ts"
import { fieldsV2 } from "./fields-v2.ts"
import { files } from "./files.ts"
import { filters } from "./filters.ts"
import { followers } from "./followers.ts"
import { goals } from "./goals.ts"
import { history } from "./history.ts"
import { leads } from "./leads.ts"
import { mail } from "./mail.ts"
import { notes } from "./notes.ts"
import { organizations } from "./organizations.ts"
import { participants } from "./participants.ts"
import { persons } from "./persons.ts"
import { pipelines } from "./pipelines.ts"
import { products } from "./products.ts"
import { projects } from "./projects.ts"
import { relations } from "./relations.ts"
import { roles } from "./roles.ts"
import { tasks } from "./tasks.ts"
import { users } from "./users.ts"

/** Parents before children. */
const FAMILIES: ReadonlyArray<Family> = [
  users,
  company,
  filters,
  pipelines,
  organizations,
  persons,
  products,
  deals,
  activities,
  dealProducts,
  leads,
  notes,
  files,
  followers,
  participants,
  relations,
  mail,
  goals,
  boards,
  projects,
  tasks,
  roles,
  admin,
  history,
  fieldsV1,
  fieldsV2
]

/** Fills an account and returns all its endpoints. */
export const fill = (account: Account): Endpoint[] => FAMILIES.flatMap((family) => family(account))

/** What is known of an endpoint without running it. */
export interface EndpointFacts {
  readonly path: string
  readonly cost: number
  readonly scopes: ReadonlyArray<string>
  readonly paging: Endpoint["paging"]
  readonly addOn?: string
}

/** Facts of all endpoints. */
export function listEndpoints(): EndpointFacts[] {
  return fill(new Account({}, makeClock(undefined))).map(({ path, cost, scopes, paging, addOn }) => ({
    path,
    cost,
    scopes,
    paging,
    ...(addOn === undefined ? {} : { addOn })
  }))
}
