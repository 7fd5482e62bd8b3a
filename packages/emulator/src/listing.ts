import type { Listing, SortKey, TableListing } from "./endpoint.ts"
import type { Mark } from "./order.ts"

/** The last row passed: its sort value (null for none) and number. */
export interface Place {
  readonly value: number | string | null
  readonly row: number
}

export interface Slice {
  /** Row numbers, or positions among texts. */
  readonly rows: ReadonlyArray<number>
  readonly more: boolean
}

const timeColumn = (listing: TableListing, key: SortKey) =>
  key.value === undefined ? listing.table.columns.get(key.name) : undefined

/** Sort value of a row as a cursor carries it. */
export function placeOf(listing: TableListing, row: number): Place {
  const key = listing.sort[0]
  if (key === undefined || key.name === "id") return { value: null, row }
  const value = key.value?.(row) ?? timeColumn(listing, key)?.get(row) ?? null
  return { value: typeof value === "number" && Number.isNaN(value) ? null : value, row }
}

function accept(listing: TableListing): (row: number) => boolean {
  const { table, where, since } = listing
  const updated = table.updated === undefined ? undefined : table.columns.get(table.updated)
  return (row) =>
    table.isListed(row) &&
    (since === undefined || updated === undefined || updated.get(row) >= since) &&
    (where === undefined || where(row))
}

type Walker = (after: Place | undefined, visit: (row: number) => boolean) => void

/** First position whose row lies behind `row`. */
function behind(among: ArrayLike<number>, row: number): number {
  let low = 0
  let high = among.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((among[middle] as number) > row) high = middle
    else low = middle + 1
  }
  return low
}

function byNumber(listing: TableListing, direction: "asc" | "desc"): Walker {
  const { among, table } = listing
  const length = among?.length ?? table.count
  const at = (position: number): number => (among === undefined ? position : (among[position] as number))
  return (after, visit) => {
    let next = 0
    if (after !== undefined) next = among === undefined ? after.row + 1 : behind(among, after.row)
    if (direction === "asc") {
      for (let position = next; position < length; position++) if (!visit(at(position))) return
      return
    }
    let position = after === undefined ? length - 1 : next - 1
    if (after !== undefined && position >= 0 && at(position) === after.row) position--
    for (; position >= 0; position--) if (!visit(at(position))) return
  }
}

function byTime(listing: TableListing, key: SortKey, nulls: "first" | "last"): Walker {
  const column = timeColumn(listing, key)
  if (column === undefined) throw new Error(`${listing.table.name} has no time ${key.name}`)
  const nullsFirst = (nulls === "first") === (key.direction === "asc")
  const { since, table } = listing
  return (after, visit) => {
    let mark: Mark | undefined =
      after === undefined
        ? undefined
        : { value: after.value === null ? Number.NaN : Number(after.value), row: after.row }
    const filtered = since !== undefined && key.name === table.updated
    if (filtered && key.direction === "asc" && (mark === undefined || !(mark.value >= since))) {
      mark = { value: since, row: -1 }
    }
    table.order(column).walk(key.direction, nullsFirst, mark, (row) => {
      if (filtered && key.direction === "desc" && column.get(row) < since) return false
      return visit(row)
    })
  }
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0
  return Number(a) - Number(b)
}

/** All rows of a listing in its order, for orders that are no time column's. */
function sorted(listing: TableListing, nulls: "first" | "last"): number[] {
  const wanted = accept(listing)
  const rows: number[] = []
  byNumber(listing, "asc")(undefined, (row) => {
    if (wanted(row)) rows.push(row)
    return true
  })
  const values = listing.sort.map((key) => {
    const column = timeColumn(listing, key)
    const nullValue = nulls === "first" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    return (row: number): number | string => {
      if (key.value !== undefined) return key.value(row)
      const value = key.name === "id" ? row : (column?.get(row) ?? 0)
      return Number.isNaN(value) ? nullValue : value
    }
  })
  return rows.sort((a, b) => {
    for (let at = 0; at < values.length; at++) {
      const value = values[at] as (row: number) => number | string
      const order = compare(value(a), value(b))
      if (order !== 0) return listing.sort[at]?.direction === "desc" ? -order : order
    }
    return listing.sort[0]?.direction === "desc" && listing.sort.length === 1 ? b - a : a - b
  })
}

function walker(listing: TableListing, nulls: "first" | "last"): Walker {
  const key = listing.sort[0]
  const tie = listing.sort[1]
  if (key === undefined) return byNumber(listing, "asc")
  if (key.name === "id" && key.value === undefined) return byNumber(listing, key.direction)
  const sameTie = tie === undefined || (tie.name === "id" && tie.direction === key.direction)
  if (sameTie && listing.among === undefined && timeColumn(listing, key)?.kind === "time") {
    return byTime(listing, key, nulls)
  }
  const rows = sorted(listing, nulls)
  return (after, visit) => {
    // A row that moved or left since is found again by its place in the order.
    let begin = 0
    if (after !== undefined) {
      const at = rows.indexOf(after.row)
      if (at >= 0 && String(placeOf(listing, after.row).value) === String(after.value)) begin = at + 1
      else {
        const nullValue = nulls === "first" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
        const value = after.value ?? nullValue
        const sign = key.direction === "desc" ? -1 : 1
        begin = rows.findIndex((row) => {
          const order = compare(placeOf(listing, row).value ?? nullValue, value) * sign
          return order > 0 || (order === 0 && (row - after.row) * sign > 0)
        })
        if (begin < 0) begin = rows.length
      }
    }
    for (let at = begin; at < rows.length; at++) if (!visit(rows[at] as number)) return
  }
}

/** Rows behind a place or an offset. */
export function slice(
  listing: Listing,
  nulls: "first" | "last",
  from: { readonly after?: Place | undefined; readonly skip?: number },
  count: number
): Slice {
  const skip = from.skip ?? 0
  if (listing.kind === "texts") {
    const begin = from.after === undefined ? skip : from.after.row + 1
    const end = Math.min(listing.texts.length, begin + count)
    const rows: number[] = []
    for (let at = begin; at < end; at++) rows.push(at)
    return { rows, more: end < listing.texts.length }
  }
  const wanted = accept(listing)
  const rows: number[] = []
  let passed = 0
  let more = false
  walker(listing, nulls)(from.after, (row) => {
    if (!wanted(row)) return true
    if (passed++ < skip) return true
    if (rows.length === count) {
      more = true
      return false
    }
    rows.push(row)
    return true
  })
  return { rows, more }
}
