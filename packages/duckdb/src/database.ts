import { existsSync, mkdirSync, rmSync, statSync } from "node:fs"
import { totalmem } from "node:os"
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

/** One thread writes rows in the order they came, and faster than Pipedrive sends them. */
const THREADS = "1"

/** Bytes of memory for DuckDB. Sorting and joins beyond it go to disk; rows of usual size need no more. */
const LEAST_MEMORY = 128 << 20
/** Bytes that DuckDB takes at most for a byte of rows: staged, merged, compressed. */
const MEMORY_PER_BYTE = 2
/** What is left to others, whatever rows need. */
const MOST_MEMORY = Math.max(LEAST_MEMORY, totalmem() * 0.6)

/** Bytes of memory for rows of so many bytes. */
const memoryFor = (bytes: number): number => Math.min(MOST_MEMORY, Math.max(LEAST_MEMORY, bytes * MEMORY_PER_BYTE))

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)}MB`

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
  /** Makes room for rows of so many bytes that are in memory at once. */
  readonly reserve: (bytes: number) => Promise<void>
  /** Opens the file again with twice the memory; tells whether there is so much. */
  readonly grow: () => Promise<boolean>
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

/** A DuckDB of its own with the file attached. */
interface Session {
  readonly connection: DuckDBConnection
  readonly close: () => void
}

/** @param openFolder gives the folder for what does not fit into memory, only once the file is ours */
const openSession = async (path: string, memory: number, openFolder: () => string): Promise<Session> => {
  const settings = { threads: THREADS, memory_limit: megabytes(memory) }
  const instance = await DuckDBInstance.create(":memory:", settings)
  const connection = await instance.connect()
  const close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  try {
    await attach(connection, path)
    await connection.run(`SET temp_directory = ${literal(openFolder())}`)
    // Without a zone the texts of the API are in UTC.
    await connection.run("SET TimeZone = 'UTC'")
    for (const setting of EARLY) await connection.run(`SET ${setting}`)
    await connection.run("SET checkpoint_threshold = '64MB'")
    return { connection, close }
  } catch (cause) {
    close()
    throw openingError(path, cause)
  }
}

/**
 * Opens a DuckDB file, or creates it.
 *
 * @throws WarehouseError where it is in use, is no DuckDB file or cannot be written
 */
export const openDatabase = async (path: string): Promise<Database> => {
  // What a killed run has left in the log is replayed at once.
  let memory = memoryFor(statSync(`${path}.wal`, { throwIfNoEntry: false })?.size ?? 0)
  let scratch = ""
  let session = await openSession(path, memory, () => {
    scratch = openScratch(path)
    return scratch
  })
  const run: Database["run"] = async (sql, values) => {
    await session.connection.run(sql, values === undefined ? undefined : [...values])
  }
  return {
    path,
    scratch,
    run,
    rows: async (sql, values) => {
      const reader = await session.connection.runAndReadAll(sql, values === undefined ? undefined : [...values])
      return reader.getRowObjectsJS() as ReadonlyArray<Record<string, Value>>
    },
    reserve: async (bytes) => {
      const needed = memoryFor(bytes)
      if (needed <= memory) return
      memory = needed
      await run(`SET memory_limit = '${megabytes(memory)}'`)
    },
    grow: async () => {
      if (memory >= MOST_MEMORY) return false
      memory = Math.min(MOST_MEMORY, 2 * memory)
      // A database that cannot even roll back for want of memory answers nothing more.
      session.close()
      session = await openSession(path, memory, () => scratch)
      return true
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
        session.close()
        rmSync(scratch, { recursive: true, force: true })
      }
    }
  }
}
