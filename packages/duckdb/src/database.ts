import { existsSync, mkdirSync, rmSync } from "node:fs"
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import { openingError } from "./errors.ts"
import { literal, quoted } from "./types.ts"

/** Rows are written in groups of this many: a batch of so many is compressed once and written once. */
export const ROW_GROUP = 20_480

/**
 * Bytes of a block. Each column of each table takes one at least, also in memory, and there are thousands of columns; in
 * smaller ones rows take more time to be compressed, and more space.
 */
const BLOCK = 65_536

/**
 * Memory for DuckDB. Sorting and joins beyond it go to disk; what a batch needs is well below it. One thread writes
 * rows in the order they came, and faster than Pipedrive sends them.
 */
const SETTINGS = { threads: "1", memory_limit: "160MB" }

/** Memory that is free goes back to the system early: by itself the allocator keeps some hundred megabytes. */
const EARLY = ["allocator_flush_threshold = '8MB'", "allocator_bulk_deallocation_flush_threshold = '16MB'"]

/** A value that a query gives or takes. */
export type Value = string | number | bigint | boolean | null

/** An open database file. */
export interface Database {
  /** The file, for messages. */
  readonly path: string
  /** Folder of files that are gone when the database is closed. */
  readonly scratch: string
  readonly run: (sql: string, values?: ReadonlyArray<Value>) => Promise<void>
  readonly rows: (sql: string, values?: ReadonlyArray<Value>) => Promise<ReadonlyArray<Record<string, Value>>>
  /** Does all of it or nothing. */
  readonly transaction: <A>(work: () => Promise<A>) => Promise<A>
  readonly close: () => Promise<void>
}

const attach = async (connection: DuckDBConnection, path: string): Promise<void> => {
  const isNew = !existsSync(path)
  await connection.run(
    `ATTACH ${literal(path)} AS target${isNew ? ` (ROW_GROUP_SIZE ${ROW_GROUP}, BLOCK_SIZE ${BLOCK})` : ""}`
  )
  await connection.run("USE target")
}

const openScratch = (path: string): string => {
  const scratch = `${path}.loading`
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(scratch, { mode: 0o700 })
  return scratch
}

/**
 * Opens a DuckDB file, or creates it.
 *
 * @throws WarehouseError where it is in use, is no DuckDB file or cannot be written
 */
export const openDatabase = async (path: string): Promise<Database> => {
  const instance = await DuckDBInstance.create(":memory:", SETTINGS)
  const connection = await instance.connect()
  let scratch: string
  try {
    await attach(connection, path)
    // Only once the file is ours: another process may have a folder of the same name in use.
    scratch = openScratch(path)
    await connection.run(`SET temp_directory = ${literal(scratch)}`)
    // Without a zone the texts of the API are in UTC.
    await connection.run("SET TimeZone = 'UTC'")
    for (const setting of EARLY) await connection.run(`SET ${setting}`)
    await connection.run("SET checkpoint_threshold = '64MB'")
  } catch (cause) {
    connection.closeSync()
    instance.closeSync()
    throw openingError(path, cause)
  }
  const run: Database["run"] = async (sql, values) => {
    await connection.run(sql, values === undefined ? undefined : [...values])
  }
  return {
    path,
    scratch,
    run,
    rows: async (sql, values) => {
      const reader = await connection.runAndReadAll(sql, values === undefined ? undefined : [...values])
      return reader.getRowObjectsJS() as ReadonlyArray<Record<string, Value>>
    },
    transaction: async (work) => {
      await run("BEGIN TRANSACTION")
      try {
        const result = await work()
        await run("COMMIT")
        return result
      } catch (error) {
        // After some failures there is no transaction left to be rolled back.
        await run("ROLLBACK").catch(() => undefined)
        throw error
      }
    },
    close: async () => {
      try {
        await run("USE memory")
        await run(`DETACH ${quoted("target")}`)
      } finally {
        connection.closeSync()
        instance.closeSync()
        rmSync(scratch, { recursive: true, force: true })
      }
    }
  }
}
