import { mkdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { type Database, openDatabase, ROW_GROUP } from "./database.ts"
import { openingError, writingError } from "./errors.ts"
import type { Warehouse } from "./interface.ts"
import { literal, quoted } from "./types.ts"
import { makeWarehouse } from "./warehouse.ts"

/** Folder beside the Parquet files with the database that they are written from. */
const STORE = ".pipedrive"

/** The Parquet file of each stream in here is as the table is. */
const createExports = (db: Database): Promise<void> =>
  db.run("CREATE TABLE IF NOT EXISTS _pipedrive_exports (stream VARCHAR PRIMARY KEY)")

const staleTables = async (db: Database): Promise<ReadonlyArray<string>> =>
  (
    await db.rows(
      "SELECT stream FROM _pipedrive_state WHERE stream NOT IN (SELECT stream FROM _pipedrive_exports) ORDER BY stream"
    )
  ).map(({ stream }) => String(stream))

/** Writes a table to a file that then takes the old one's place: whoever reads sees the one or the other, whole. */
const exportTable = async (db: Database, folder: string, stream: string): Promise<void> => {
  const draft = join(folder, STORE, `${stream}.parquet`)
  await db.run(
    `COPY ${quoted(stream)} TO ${literal(draft)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`
  )
  renameSync(draft, join(folder, `${stream}.parquet`))
  await db.run("INSERT INTO _pipedrive_exports VALUES ($1)", [stream])
}

/**
 * Opens a folder as a place for streams, each in a Parquet file of its own. Rows are merged in a database beside the
 * files, in the same transactions as in a DuckDB file, and files are written from there at the end of a run.
 *
 * @throws WarehouseError where another process uses it, or it cannot be written
 */
export const openParquet = async (folder: string): Promise<Warehouse> => {
  const path = join(folder, STORE, "tables.duckdb")
  try {
    mkdirSync(join(folder, STORE), { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw openingError(folder, cause)
  }
  const db = await openDatabase(path)
  const warehouse = makeWarehouse(db, (stream) => db.run("DELETE FROM _pipedrive_exports WHERE stream = $1", [stream]))
  return {
    begin: async (company, specs) => {
      const states = await warehouse.begin(company, specs)
      await createExports(db)
      return states
    },
    expected: () => warehouse.expected(),
    rows: (stream, page) => warehouse.rows(stream, page),
    checkpoint: (stream, state) => warehouse.checkpoint(stream, state),
    complete: (stream) => warehouse.complete(stream),
    report: () => warehouse.report(),
    flush: async () => {
      await warehouse.flush()
      try {
        for (const stream of await staleTables(db)) await exportTable(db, folder, stream)
      } catch (cause) {
        throw writingError(folder, cause)
      } finally {
        for (const stream of await staleTables(db).catch(() => []))
          rmSync(join(folder, STORE, `${stream}.parquet`), { force: true })
      }
    },
    close: () => warehouse.close()
  }
}
