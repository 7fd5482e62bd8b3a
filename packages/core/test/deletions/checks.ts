import { type Company, LATEST_MS, placeOf, type State, timeText } from "./company.ts"
import type { Copy } from "./history.ts"

/** Where a destination differs from the company after a list on a quiet table; see what cannot be known below. */
export const wrongs = (copies: ReadonlyArray<Copy>, company: Company, startMs: number | undefined): Array<string> =>
  copies.flatMap((copy) => {
    const there = [...company.seen.values()].filter((row) => placeOf(row) === copy.list)
    return copy.warehouses.flatMap((warehouse) => {
      const say = (id: string, what: string) => `${warehouse.name}, ${copy.stream.name} ${id}: ${what}`
      const missing = there.flatMap((row) => {
        const kept = warehouse.table.get(row.id)
        if (kept === undefined) return isWanted(row, startMs) ? [say(row.id, "missing")] : []
        if (!isWanted(row, startMs)) return [say(row.id, "sent, and always older than the start date")]
        if (kept.deletedAt !== null)
          return isExcused(row, kept.cursor, warehouse, copy, company) ? [] : [say(row.id, "flagged, and alive")]
        const isStale = kept.version !== row.version && !company.unread.has(`${copy.list} ${row.id}`)
        return isStale && !isExcused(row, kept.cursor, warehouse, copy, company)
          ? [say(row.id, `version ${kept.version} instead of ${row.version}`)]
          : []
      })
      const ghosts = [...warehouse.table.values()].flatMap(({ deletedAt, key }) => {
        if (deletedAt !== null || company.isIn(key, copy.list)) return []
        // A row that was sent while nothing was tracked stays until a refresh.
        return copy.named.has(key) ? [say(key, "still there, and gone from the company")] : []
      })
      return [...missing, ...ghosts]
    })
  })

/** Times only grow: what is older than the start date has always been. */
const isWanted = (row: State, startMs: number | undefined): boolean =>
  startMs === undefined || (row.timeMs !== undefined && row.timeMs >= startMs)

/**
 * Where the cursor decides, a row that came back with an older one than its tombstone's stays flagged until its next
 * edit: one whose return sets no time, and, where nothing is asked for a minute later, one whose return was seen late.
 */
const isExcused = (
  row: State,
  cursor: string | null,
  { guarded }: { readonly guarded: boolean },
  { asksAgain }: Copy,
  company: Company
): boolean => {
  if (!guarded || cursor === null) return false
  if (row.timeMs === undefined) return true
  if (cursor <= timeText(row.timeMs, company.nature.times)) return false
  const isLate = cursor <= timeText(row.timeMs + LATEST_MS, company.nature.times)
  return company.returned.has(row.id) || (!asksAgain && isLate)
}
