import type { Account } from "../account.ts"
import type { TableListing } from "../endpoint.ts"
import { notFound } from "../errors.ts"
import type { Query } from "../query.ts"
import { hash } from "../random.ts"
import type { DataTable } from "../table.ts"

type Where = (row: number) => boolean

/**
 * Which rows of a table a request's quick filters leave: `ids`, the update window, and equality on columns. A saved
 * filter (`filter_id`) replaces the quick filters and leaves about half of the rows.
 */
export function narrowed(
  account: Account,
  table: DataTable,
  query: Query,
  equal: ReadonlyArray<string>,
  base: Where
): Pick<TableListing, "where" | "among" | "since"> {
  const since = query.timeMs("updated_since")
  const until = query.timeMs("updated_until")
  const updated = table.updated === undefined ? undefined : table.columns.get(table.updated)
  const inTime: Where = (row) => until === undefined || (updated !== undefined && updated.get(row) < until)
  const window = since === undefined ? {} : { since }

  const filter = query.number("filter_id")
  if (filter !== undefined) {
    if (account.table("filters").find(filter) < 0) throw notFound("filter")
    return { ...window, where: (row) => base(row) && inTime(row) && hash(filter, row) % 2 === 0 }
  }

  const tests: Array<readonly [(row: number) => number, number]> = []
  for (const name of equal) {
    const wanted = query.number(name)
    const column = table.columns.get(name)
    if (wanted !== undefined && column !== undefined) tests.push([(row) => column.get(row), wanted])
  }
  const where: Where = (row) => base(row) && inTime(row) && tests.every(([of, wanted]) => of(row) === wanted)
  const ids = query.list("ids")
  if (ids === undefined) return { ...window, where }
  const among = [...new Set(ids.map((id) => table.find(id)))].filter((row) => row >= 0).sort((a, b) => a - b)
  return { ...window, where, among }
}
