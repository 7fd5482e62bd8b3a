import { DELETED_AT } from "./batch.ts"
import type { Database } from "./database.ts"
import { WarehouseError } from "./errors.ts"
import { adopt, beginRefresh, type StreamState } from "./own-tables.ts"
import { literal, quoted, type SqlType, sqlTypeOf, widest } from "./types.ts"

/** A stream as it is to stand in the database. */
export interface TableSpec {
  readonly name: string
  /** Its columns as properties of a JSON Schema. */
  readonly properties: { readonly [column: string]: unknown }
  readonly primaryKey: ReadonlyArray<string>
  /** Column whose latest value wins where a key comes more than once. */
  readonly cursorField?: string
  /** Whether rows are merged into the table by key, or replace it as a whole once they are complete. */
  readonly mode: "merge" | "replace"
  /** Whether it is read anew, whatever was read before. */
  readonly refresh?: boolean
}

/** A table that rows are written to. */
export interface Table {
  readonly stream: string
  /** Where rows go: the stream's own table, or the one that takes its place later. */
  readonly target: string
  readonly isReplacement: boolean
  readonly columns: ReadonlyMap<string, SqlType>
  readonly primaryKey: ReadonlyArray<string>
  readonly cursorField: string | undefined
}

/** Table that is to take a stream's place. */
const replacementOf = (stream: string): string => `_pipedrive_next_${stream}`

const columnsOf = ({ properties }: TableSpec): ReadonlyMap<string, SqlType> =>
  new Map(
    Object.entries(properties).flatMap(([name, property]) =>
      // A row that was deleted leaves the table, so this would always be null.
      name === DELETED_AT ? [] : [[name, sqlTypeOf(property)]]
    )
  )

const existingColumns = async (db: Database, table: string): Promise<ReadonlyMap<string, SqlType>> =>
  new Map(
    (
      await db.rows(
        `SELECT column_name AS name, data_type AS type FROM duckdb_columns() WHERE database_name = 'target' AND table_name = ${literal(table)} ORDER BY column_index`
      )
    ).map(({ name, type }) => [String(name), String(type) as SqlType])
  )

const existingKey = async (db: Database, table: string): Promise<ReadonlyArray<string>> =>
  (
    await db.rows(
      `SELECT unnest(constraint_column_names) AS name FROM duckdb_constraints() WHERE database_name = 'target' AND table_name = ${literal(table)} AND constraint_type = 'PRIMARY KEY'`
    )
  ).map(({ name }) => String(name))

const create = async (
  db: Database,
  table: string,
  columns: ReadonlyMap<string, SqlType>,
  primaryKey: ReadonlyArray<string>
): Promise<void> => {
  const definitions = [...columns].map(([name, type]) => `${quoted(name)} ${type}`)
  const key = primaryKey.length === 0 ? [] : [`PRIMARY KEY (${primaryKey.map(quoted).join(", ")})`]
  await db.run(`CREATE TABLE ${quoted(table)} (${[...definitions, ...key].join(", ")})`)
}

const isKey = ({ primaryKey }: TableSpec, column: string): boolean => primaryKey.includes(column)

/** Columns that a table lacks, and columns that are too narrow. */
const differences = (spec: TableSpec, held: ReadonlyMap<string, SqlType>) => {
  const byName = new Map([...held].map(([name, type]) => [name.toLowerCase(), { name, type }]))
  const missing: Array<[string, SqlType]> = []
  const narrow: Array<[string, SqlType]> = []
  for (const [name, wanted] of columnsOf(spec)) {
    const found = byName.get(name.toLowerCase())
    if (found === undefined) missing.push([name, wanted])
    else if (widest(found.type, wanted) !== found.type) narrow.push([found.name, widest(found.type, wanted)])
  }
  return { missing, narrow }
}

/** Makes a table take what the stream sends now; tells whether that can only be done by a new one. */
const alter = async (db: Database, spec: TableSpec, table: string): Promise<"altered" | "outdated"> => {
  const held = await existingColumns(db, table)
  const key = await existingKey(db, table)
  const { missing, narrow } = differences(spec, held)
  const sameKey = key.length === spec.primaryKey.length && key.every((name, index) => name === spec.primaryKey[index])
  if (!sameKey || narrow.some(([name]) => isKey(spec, name))) return "outdated"
  for (const [name, type] of missing) await db.run(`ALTER TABLE ${quoted(table)} ADD COLUMN ${quoted(name)} ${type}`)
  for (const [name, type] of narrow) {
    const value = type === "JSON" ? `to_json(${quoted(name)})` : `CAST(${quoted(name)} AS ${type})`
    await db.run(`ALTER TABLE ${quoted(table)} ALTER COLUMN ${quoted(name)} SET DATA TYPE ${type} USING ${value}`)
  }
  return "altered"
}

const openTable = async (db: Database, spec: TableSpec, target: string): Promise<Table> => {
  const held = await existingColumns(db, target)
  const wanted = new Set([...columnsOf(spec).keys()].map((name) => name.toLowerCase()))
  return {
    stream: spec.name,
    target,
    isReplacement: target !== spec.name,
    columns: new Map([...held].filter(([name]) => wanted.has(name.toLowerCase()))),
    primaryKey: spec.primaryKey,
    cursorField: spec.cursorField !== undefined && held.has(spec.cursorField) ? spec.cursorField : undefined
  }
}

const newReplacement = async (db: Database, spec: TableSpec): Promise<string> => {
  const table = replacementOf(spec.name)
  await db.run(`DROP TABLE IF EXISTS ${quoted(table)}`)
  await db.run("DELETE FROM _pipedrive_issues WHERE stream = $1", [table])
  await create(db, table, columnsOf(spec), spec.primaryKey)
  return table
}

/** Makes the stream's own table where it is missing; refuses one that somebody else made. */
const ensure = async (
  db: Database,
  spec: TableSpec,
  known: StreamState | undefined
): Promise<"altered" | "outdated"> => {
  const held = await existingColumns(db, spec.name)
  if (held.size > 0 && known === undefined)
    throw new WarehouseError(
      `${db.path} has a table ${spec.name} that was not made by this command. Rename that table, or name another file with --to. Nothing was written.`
    )
  if (held.size > 0 && known !== undefined) return alter(db, spec, spec.name)
  // Where somebody dropped the table, what its state says is no longer true.
  await adopt(db, spec.name)
  await create(db, spec.name, columnsOf(spec), spec.primaryKey)
  return "altered"
}

/** Makes a stream's table ready for rows, in a transaction that the caller opens. */
export const prepareTable = async (db: Database, spec: TableSpec, known: StreamState | undefined): Promise<Table> => {
  const outdated = (await ensure(db, spec, known)) === "outdated"
  if (spec.mode === "replace") return openTable(db, spec, await newReplacement(db, spec))
  const isBegun = known?.isRefreshing === true && spec.refresh !== true
  const replacement = replacementOf(spec.name)
  if (isBegun && (await existingColumns(db, replacement)).size > 0) {
    if ((await alter(db, spec, replacement)) === "altered") return openTable(db, spec, replacement)
  }
  if (spec.refresh !== true && !outdated && !isBegun) return openTable(db, spec, spec.name)
  await beginRefresh(db, spec.name)
  return openTable(db, spec, await newReplacement(db, spec))
}

/** How many rows a table has. */
export const countRows = async (db: Database, table: string): Promise<number> => {
  const [row] = await db.rows(`SELECT count(*) AS rows FROM ${quoted(table)}`)
  return Number(row?.rows ?? 0)
}
