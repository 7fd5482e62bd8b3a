import type { Database } from "./database.ts"
import type { Effects } from "./merge.ts"
import { endRefresh } from "./own-tables.ts"
import { countRows, type Table } from "./tables.ts"
import { quoted } from "./types.ts"

const columnsOf = async (db: Database, table: string): Promise<ReadonlyArray<string>> =>
  (
    await db.rows(
      "SELECT column_name AS name FROM duckdb_columns() WHERE database_name = 'target' AND table_name = $1 ORDER BY column_index",
      [table]
    )
  ).map(({ name }) => String(name))

/** What the new table has that the old one lacks, has differently, and lacks. */
const effectsOf = async (db: Database, { primaryKey, stream, target }: Table): Promise<Effects> => {
  const before = new Set(await columnsOf(db, stream))
  const shared = (await columnsOf(db, target)).filter((name) => before.has(name)).map(quoted)
  if (primaryKey.length === 0 || !primaryKey.every((name) => before.has(name)))
    return { added: await countRows(db, target), changed: 0, deleted: await countRows(db, stream) }
  // Rows are compared by a hash each: whole ones of two large tables would not fit into memory.
  const key = primaryKey.map((name) => `${quoted(name)}::VARCHAR`).join(", ")
  const side = (table: string) =>
    `(SELECT ROW(${key}) AS key, hash(${shared.join(", ")}) AS content FROM ${quoted(table)})`
  const [row] = await db.rows(`SELECT
    count(*) FILTER (held.key IS NULL) AS added,
    count(*) FILTER (fresh.key IS NULL) AS deleted,
    count(*) FILTER (held.content <> fresh.content) AS changed
    FROM ${side(stream)} AS held FULL JOIN ${side(target)} AS fresh ON held.key = fresh.key`)
  return { added: Number(row?.added), changed: Number(row?.changed), deleted: Number(row?.deleted) }
}

/** Puts a table that is complete in the place of the stream's own, in a transaction that the caller opens. */
export const replace = async (db: Database, table: Table): Promise<Effects> => {
  const effects = await effectsOf(db, table)
  await db.run(`DROP TABLE ${quoted(table.stream)}`)
  await db.run(`ALTER TABLE ${quoted(table.target)} RENAME TO ${quoted(table.stream)}`)
  await db.run("DELETE FROM _pipedrive_issues WHERE stream = $1", [table.stream])
  await db.run("UPDATE _pipedrive_issues SET stream = $1 WHERE stream = $2", [table.stream, table.target])
  await endRefresh(db, table.stream)
  return effects
}
