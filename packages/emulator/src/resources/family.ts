import type { Account } from "../account.ts"
import { type Column, NONE } from "../column.ts"
import type { Endpoint, Listing, SortKey, TableListing } from "../endpoint.ts"
import { gatewayError, notFound, resourceError } from "../errors.ts"
import type { Table } from "../interface.ts"
import { anyText, integer, oneOf, type Params, type Query } from "../query.ts"
import { below, stride } from "../random.ts"
import { PLAIN, type Selection } from "../row.ts"
import type { DataTable } from "../table.ts"

/** Adds a family's tables to an account and returns its endpoints. */
export type Family = (account: Account) => Endpoint[]

export const CURSOR_PARAMS: Params = { cursor: anyText, limit: integer }
export const OFFSET_PARAMS: Params = { start: integer, limit: integer }

/** For how long a deleted row is kept. */
const KEPT_DELETED_MS = 30 * 86_400_000

/** `sort_by` and `sort_direction` of v2. */
export const sortParams = (...names: string[]): Params => ({
  sort_by: oneOf(...names),
  sort_direction: oneOf("asc", "desc")
})

/** The order a v2 request asks for; by id when none. */
export function sortOf(
  query: Query,
  values: Readonly<Record<string, (row: number) => number | string>> = {}
): SortKey[] {
  const name = query.text("sort_by") ?? "id"
  const direction = query.text("sort_direction") === "desc" ? "desc" : "asc"
  const value = values[name]
  return [value === undefined ? { name, direction } : { name, direction, value }]
}

/** The order a v1 request asks for: `update_time DESC, id ASC`. */
export function sortOfV1(query: Query, values: Readonly<Record<string, (row: number) => number | string>>): SortKey[] {
  const text = query.text("sort")
  if (text === undefined) return []
  return text.split(",").map((part) => {
    const [name = "", direction = "ASC"] = part.trim().split(/\s+/)
    const value = values[name]
    const key = { name, direction: direction.toUpperCase() === "DESC" ? ("desc" as const) : ("asc" as const) }
    return value === undefined ? key : { ...key, value }
  })
}

/** Refuses a v1 `sort` on other fields than these. */
export const sortV1 =
  (...names: string[]) =>
  (text: string): string | undefined =>
    text.split(",").every((part) => {
      const [name = "", direction = "ASC", ...rest] = part.trim().split(/\s+/)
      return names.includes(name) && /^(asc|desc)$/i.test(direction) && rest.length === 0
    })
      ? undefined
      : "is not a sort order"

/** A list of a whole table in the order of its ids. */
export function everyRow(table: DataTable, more: Partial<TableListing> = {}): TableListing {
  return { kind: "rows", table, selection: PLAIN, sort: [], ...more }
}

/** The one row an id names, or 404. */
export function oneRow(
  table: DataTable,
  id: string | number,
  what: string,
  selection: Selection = PLAIN
): TableListing {
  const row = table.find(id)
  if (row < 0) throw notFound(what)
  refuseHidden(table, row, what)
  return { kind: "rows", table, selection, among: [row], sort: [] }
}

function refuseHidden(table: DataTable, row: number, what: string): void {
  if (!table.fates.isHidden(row)) return
  throw table.fates.viewer.hiddenStatus === 404
    ? notFound(what)
    : resourceError(403, "You do not have permissions to do this.")
}

/** The one row an id names, or what v1 says of a deleted one: nothing, or the row with `active_flag` false. */
export function oneActiveRow(account: Account, table: DataTable, id: string, what: string): Listing {
  const row = table.findAny(id)
  const removedMs = row < 0 ? undefined : table.fates.removedAt(row)
  const isKept = removedMs !== undefined && account.clock.now() - removedMs < KEPT_DELETED_MS
  if (isKept && account.switches.deletedSingle === "410") throw resourceError(410, `The ${what} was deleted`)
  if (!isKept || account.switches.deletedSingle !== "row") return oneRow(table, id, what)
  refuseHidden(table, row, what)
  const text = table.text(row).replace('"active_flag":true', '"active_flag":false')
  return { kind: "texts", texts: [text], table, among: [row] }
}

/** The row of a path's parent; a parent that is missing, or deleted as the switch says, is refused. */
export function parentRow(account: Account, parent: Table, query: Query, what: string): number {
  const table = account.table(parent)
  const row = table.find(query.need("id"))
  if (row < 0) throw notFound(what)
  refuseHidden(table, row, what)
  // Deleted users keep their roles and settings.
  const deleted = parent === "users" ? undefined : table.columns.get("is_deleted")
  if (deleted?.texts[deleted.get(row)] === "true" && account.switches.deletedParent !== "rows") {
    if (account.switches.deletedParent === "410") throw gatewayError(410, `The ${what} was deleted`)
    throw notFound(what)
  }
  return row
}

/** Children of the path's parent. */
export function childrenOf(
  account: Account,
  parent: Table,
  child: Table,
  column: string,
  what: string,
  more: Partial<TableListing> = {}
): (query: Query) => TableListing {
  return (query) => {
    parentRow(account, parent, query, what)
    const id = Number(query.need("id"))
    return everyRow(account.table(child), {
      among: account.links(child, column).of(id),
      insertWith: { [column]: id },
      ...more
    })
  }
}

/** Id of the parent of a child row: groups of `together` children stand under scattered parents. */
export function spread(parent: DataTable, together: number): (row: number) => number {
  const { count } = parent
  if (count === 0) return () => NONE
  const step = stride(count)
  return (row) => Number(parent.id((Math.floor(row / together) * step) % count))
}

/** Id of a random row of a table, as whole number. */
export function anyOf(account: Account, table: DataTable, salt: number): (row: number) => number {
  const { count } = table
  if (count === 0) return () => NONE
  return (row) => Number(table.id(below(count, account.seed + salt, row)))
}

/** A number that is absent in one row of `every`. */
export const sometimesNone =
  (every: number, fill: (row: number) => number, none = -1): ((row: number) => number) =>
  (row) =>
    row % every === every - 1 ? none : fill(row)

export const isTrue = (column: Column, row: number): boolean => column.texts[column.get(row)] === "true"

/** Makes a value at its first use: tables of later families are there by then. */
export function once<Value extends object>(make: () => Value): () => Value {
  let value: Value | undefined
  return () => {
    value ??= make()
    return value
  }
}
