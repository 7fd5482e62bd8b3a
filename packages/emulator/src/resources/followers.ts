import type { Account } from "../account.ts"
import type { Endpoint } from "../endpoint.ts"
import type { Table } from "../interface.ts"
import { choice, field, int, time } from "../row.ts"
import { DataTable } from "../table.ts"
import { anyOf, CURSOR_PARAMS, childrenOf, type Family, spread } from "./family.ts"

const TOGETHER = 3

/** Followers of one kind of record and, where the API keeps one, their changelog. */
function followersOf(
  account: Account,
  parent: "deals" | "persons" | "organizations" | "products" | "users",
  child: Table,
  size: number,
  column: string,
  what: string,
  scopes: ReadonlyArray<string>
): Endpoint[] {
  const users = account.table("users")
  const parents = account.table(parent)
  const table = account.add(new DataTable({ name: child, size: account.size(child, size), touch: "add_time" }))
  const salt = child.length
  const round = TOGETHER * Math.max(1, parents.count)
  table.int(column, spread(parents, TOGETHER))
  // No user follows one record twice: later rounds over the parents take other users.
  const user = table.int("user_id", (row) =>
    Number(users.id(((row % TOGETHER) + TOGETHER * Math.floor(row / round)) % Math.max(1, users.count)))
  )
  const added = table.time("add_time", (row) => account.pastMs(child, row, 110 + salt))
  table.fields.push(field("user_id", int(user)), field("add_time", time(added, "v2")))
  if (parent !== "users") account.touchParent(table, column, parent)
  const endpoints: Endpoint[] = [
    {
      path: `v2/${parent}/{id}/followers`,
      cost: 10,
      scopes,
      paging: "cursor",
      params: CURSOR_PARAMS,
      list: childrenOf(account, parent, child, column, what)
    }
  ]
  if (parent === "users") return endpoints

  const entries = account.add(new DataTable({ name: `${child} changelog`, size: table.count * 2, touch: "time" }))
  // Two entries a follower: its own, and one of somebody who came, or has left again.
  const of = (row: number): number => row >> 1
  const entryParent = entries.int(column, (row) => table.get(column, of(row)))
  const action = entries.choice("action", ['"added"', '"removed"'], (row) => (row % 4 === 1 ? 1 : 0))
  const actor = entries.int("actor_user_id", anyOf(account, users, 120 + salt))
  const follower = entries.int("follower_user_id", (row) => (row % 2 === 0 ? user.get(of(row)) : Number(users.id(0))))
  const when = entries.time("time", (row) => added.get(of(row)) - (row % 2) * 7_200_000)
  entries.fields.push(
    field("action", choice(action)),
    field("actor_user_id", int(actor)),
    field("follower_user_id", int(follower)),
    field("time", time(when, "v2"))
  )
  table.watchers.push((row, what) => {
    if (what === "edit") return
    entries.append(account.clock.now(), {
      [entryParent.name]: table.get(column, row),
      action: what === "insert" ? "added" : "removed",
      follower_user_id: user.get(row)
    })
  })
  endpoints.push({
    path: `v2/${parent}/{id}/followers/changelog`,
    cost: 10,
    scopes,
    paging: "cursor",
    params: CURSOR_PARAMS,
    list: (query) => {
      const listing = childrenOf(account, parent, child, column, what)(query)
      const id = Number(query.need("id"))
      const rows = Array.from({ length: entries.count }, (_, row) => row)
      return {
        ...listing,
        table: entries,
        among: rows.filter((row) => entryParent.get(row) === id && entries.isListed(row))
      }
    }
  })
  return endpoints
}

export const followers: Family = (account) => [
  ...followersOf(account, "deals", "dealFollowers", 90, "deal_id", "deal", ["deals:read", "deals:full"]),
  ...followersOf(account, "persons", "personFollowers", 48, "person_id", "person", ["contacts:read", "contacts:full"]),
  ...followersOf(account, "organizations", "organizationFollowers", 36, "org_id", "organization", [
    "contacts:read",
    "contacts:full"
  ]),
  ...followersOf(account, "products", "productFollowers", 24, "product_id", "product", [
    "products:read",
    "products:full"
  ]),
  ...followersOf(account, "users", "userFollowers", 9, "followed_user_id", "user", ["users:read"])
]
