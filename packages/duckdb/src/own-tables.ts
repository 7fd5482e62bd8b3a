import type { JsonObject } from "./batch.ts"
import type { Database } from "./database.ts"
import { WarehouseError } from "./errors.ts"
import { literal } from "./types.ts"

/** Whose data a file holds. */
export interface Company {
  /** Pipedrive's own number of the company. */
  readonly id: number
  readonly name: string
}

/** What a file knows of a stream: a row is there for each table that is ours. */
export interface StreamState {
  readonly state: JsonObject | undefined
  /** Whether it is being read anew into a table of its own, which takes the old one's place when it is complete. */
  readonly isRefreshing: boolean
  readonly refreshState: JsonObject | undefined
}

/**
 * Makes the tables that say whose data this is, how far it has been read, and what did not fit, in a transaction that
 * the caller opens.
 */
export const createOwnTables = async (db: Database): Promise<void> => {
  await db.run("CREATE TABLE IF NOT EXISTS _pipedrive_company (id BIGINT PRIMARY KEY, name VARCHAR)")
  await db.run(
    "CREATE TABLE IF NOT EXISTS _pipedrive_state (stream VARCHAR PRIMARY KEY, state JSON, refreshing BOOLEAN NOT NULL, refresh_state JSON, written_at TIMESTAMP WITH TIME ZONE)"
  )
  await db.run(
    'CREATE TABLE IF NOT EXISTS _pipedrive_issues (stream VARCHAR, "column" VARCHAR, key VARCHAR, text VARCHAR)'
  )
}

const hasTable = async (db: Database, name: string): Promise<boolean> =>
  (await db.rows(`SELECT 1 FROM duckdb_tables() WHERE database_name = 'target' AND table_name = ${literal(name)}`))
    .length > 0

/** Refuses a file that holds another company. Changes nothing. */
export const checkCompany = async (db: Database, company: Company): Promise<void> => {
  if (!(await hasTable(db, "_pipedrive_company"))) return
  const [held] = await db.rows("SELECT id::VARCHAR AS id, name FROM _pipedrive_company")
  if (held === undefined || held.id === String(company.id)) return
  throw new WarehouseError(
    `${db.path} holds the company ${held.name} (${held.id}), and the token is of ${company.name} (${company.id}). Name another file with --to, one for each company. Nothing was written.`
  )
}

export const saveCompany = async (db: Database, { id, name }: Company): Promise<void> => {
  await db.run("INSERT OR REPLACE INTO _pipedrive_company VALUES ($1, $2)", [id, name])
}

const parsed = (text: unknown): JsonObject | undefined => (typeof text === "string" ? JSON.parse(text) : undefined)

/** States by stream; none in a file that is new. */
export const readStates = async (db: Database): Promise<ReadonlyMap<string, StreamState>> => {
  if (!(await hasTable(db, "_pipedrive_state"))) return new Map()
  const rows = await db.rows(
    "SELECT stream, state::VARCHAR AS state, refreshing, refresh_state::VARCHAR AS refresh_state FROM _pipedrive_state"
  )
  return new Map(
    rows.map((row) => [
      String(row.stream),
      { state: parsed(row.state), isRefreshing: row.refreshing === true, refreshState: parsed(row.refresh_state) }
    ])
  )
}

export const saveState = async (db: Database, stream: string, state: JsonObject, isRefresh: boolean): Promise<void> => {
  const column = isRefresh ? "refresh_state" : "state"
  await db.run(`UPDATE _pipedrive_state SET ${column} = $1, written_at = now() WHERE stream = $2`, [
    JSON.stringify(state),
    stream
  ])
}

/** Marks a stream as read anew from the beginning. */
export const beginRefresh = async (db: Database, stream: string): Promise<void> => {
  await db.run("UPDATE _pipedrive_state SET refreshing = true, refresh_state = NULL WHERE stream = $1", [stream])
}

/** The state of what was read anew takes the place of the old one. */
export const endRefresh = async (db: Database, stream: string): Promise<void> => {
  await db.run(
    "UPDATE _pipedrive_state SET refreshing = false, state = refresh_state, refresh_state = NULL, written_at = now() WHERE stream = $1",
    [stream]
  )
}

/** Marks a table as ours, of which nothing has been read yet. */
export const adopt = async (db: Database, stream: string): Promise<void> => {
  await db.run("INSERT OR REPLACE INTO _pipedrive_state VALUES ($1, NULL, false, NULL, now())", [stream])
}
