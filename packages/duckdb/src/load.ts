import type { WaitingRows } from "./batch.ts"
import type { Database } from "./database.ts"
import type { Effects } from "./merge.ts"
import { sourceOf } from "./source.ts"
import type { Table } from "./tables.ts"
import { quoted, strictly } from "./types.ts"

/**
 * Adds rows to a table in one pass: the fast way, for the first read of a stream. Fails where a key is there already or
 * comes twice, and where a value does not fit; then the rows are to be merged.
 */
export const load = async (db: Database, table: Table, rows: WaitingRows): Promise<Effects> => {
  const names = [...table.columns.keys()].map(quoted).join(", ")
  const values = [...table.columns].map(([name, type]) => strictly(type, quoted(name))).join(", ")
  await db.run(`INSERT INTO ${quoted(table.target)} (${names}) SELECT ${values} FROM ${sourceOf(rows, table)}`)
  return { added: rows.count, changed: 0, deleted: 0 }
}
