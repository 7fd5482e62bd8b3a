import { DELETED_AT, type WaitingRows } from "./batch.ts"
import type { Database } from "./database.ts"
import { sourceOf } from "./source.ts"
import type { Table } from "./tables.ts"
import { leniently, literal, quoted, type SqlType } from "./types.ts"

/** What rows did to a table. */
export interface Effects {
  readonly added: number
  readonly changed: number
  readonly deleted: number
}

/** Number of a row in its file. */
const PLACE = '"_pipedrive_place"'

const typeOf = ({ columns }: Table, name: string): SqlType => columns.get(name) ?? "VARCHAR"

const castOf = (table: Table, name: string): string => leniently(typeOf(table, name), quoted(name))

/** A condition that two tables' rows have the same key. */
const sameKey = ({ primaryKey }: Table, one: string, other: string): string =>
  primaryKey.length === 0
    ? "true"
    : primaryKey.map((name) => `${one}.${quoted(name)} = ${other}.${quoted(name)}`).join(" AND ")

/** A row's key as a text for people. */
const keyText = ({ primaryKey }: Table): string =>
  primaryKey.length === 0
    ? "NULL"
    : `concat_ws(', ', ${primaryKey.map((name) => `staged.${quoted(name)}::VARCHAR`).join(", ")})`

/** A condition that a value does not fit its column. */
const isMisfit = (table: Table, name: string): string =>
  `(${quoted(name)} IS NOT NULL AND ${castOf(table, name)} IS NULL)`

/**
 * Of each key the row that counts. Rows after its last tombstone count, of them the one with the latest cursor, and of
 * equal ones the last; none where the tombstone is the last.
 */
const chooseWinners = async (db: Database, table: Table): Promise<void> => {
  const { cursorField, primaryKey } = table
  const keys = primaryKey.map(quoted)
  const by = keys.length === 0 ? "true" : keys.join(", ")
  const typed = primaryKey.map((name) => `${castOf(table, name)} AS ${quoted(name)}`)
  const cursor = cursorField === undefined ? "NULL::VARCHAR" : castOf(table, cursorField)
  const rank = "ROW(cursor IS NOT NULL, cursor, place)"
  await db.run(`CREATE OR REPLACE TEMP TABLE winners AS
    WITH typed AS (
      SELECT ${[...typed, `${PLACE} AS place`, `${cursor} AS cursor`, `${quoted(DELETED_AT)} IS NOT NULL AS gone`].join(", ")}
      FROM staged
    ), ranked AS (
      SELECT *, coalesce(max(place) FILTER (gone) OVER (PARTITION BY ${by}), 0) AS last_gone
      FROM typed WHERE ${keys.length === 0 ? "true" : keys.map((key) => `${key} IS NOT NULL`).join(" AND ")}
    )
    SELECT ${[...keys, "max(last_gone) > 0 AS was_gone"].join(", ")},
      arg_max(place, ${rank}) FILTER (NOT gone AND place > last_gone) AS place,
      arg_max(cursor, ${rank}) FILTER (NOT gone AND place > last_gone AND cursor IS NOT NULL) AS cursor
    FROM ranked GROUP BY ${keys.length === 0 ? "ALL" : by}`)
  if (cursorField !== undefined)
    await db.run(
      `DELETE FROM winners USING ${quoted(table.target)} AS held WHERE NOT winners.was_gone AND ${sameKey(table, "held", "winners")} AND held.${quoted(cursorField)} > winners.cursor`
    )
}

/** Keeps what did not fit its column, or was left out as its key did not; what was known of these keys is forgotten. */
const keepIssues = async (db: Database, table: Table): Promise<void> => {
  const stream = literal(table.target)
  await db.run(
    `DELETE FROM _pipedrive_issues WHERE stream = ${stream} AND key IN (SELECT ${keyText(table)} FROM staged)`
  )
  const typed = [...table.columns].filter(([, type]) => type !== "VARCHAR" && type !== "JSON").map(([name]) => name)
  if (typed.length > 0) {
    const counts = typed.map((name, index) => `count(*) FILTER (${isMisfit(table, name)}) AS c${index}`)
    const [found = {}] = await db.rows(`SELECT ${counts.join(", ")} FROM staged`)
    for (const [index, name] of typed.entries()) {
      if (Number(found[`c${index}`] ?? 0) === 0) continue
      await db.run(`INSERT INTO _pipedrive_issues
        SELECT ${stream}, ${literal(name)}, ${keyText(table)}, staged.${quoted(name)} FROM staged
        WHERE ${isMisfit(table, name)} AND (${PLACE} IN (SELECT place FROM winners) OR ${isUnkeyed(table)})`)
    }
  }
  await db.run(`INSERT INTO _pipedrive_issues
    SELECT ${stream}, ${literal(table.primaryKey.join(", "))}, ${keyText(table)}, 'The row has no key and was left out.'
    FROM staged WHERE ${isUnkeyed(table)}`)
}

const isUnkeyed = (table: Table): string =>
  table.primaryKey.length === 0
    ? "false"
    : `(${table.primaryKey.map((name) => `${castOf(table, name)} IS NULL`).join(" OR ")})`

/** Rows that count, with values as their columns take them; those that are in the table as they are need no writing. */
const chooseFresh = async (db: Database, table: Table): Promise<void> => {
  const names = [...table.columns.keys()]
  const values = names.map((name) => `${castOf(table, name)} AS ${quoted(name)}`)
  await db.run(
    `CREATE OR REPLACE TEMP TABLE fresh AS SELECT ${values.join(", ")} FROM staged WHERE ${PLACE} IN (SELECT place FROM winners)`
  )
  const same = names.map((name) => `held.${quoted(name)} IS NOT DISTINCT FROM fresh.${quoted(name)}`).join(" AND ")
  await db.run(
    `DELETE FROM fresh USING ${quoted(table.target)} AS held WHERE ${sameKey(table, "held", "fresh")} AND ${same}`
  )
}

const countEffects = async (db: Database, table: Table): Promise<Effects> => {
  const held = `EXISTS (SELECT 1 FROM ${quoted(table.target)} AS held WHERE`
  const [row] = await db.rows(`SELECT
    (SELECT count(*) FROM fresh) AS written,
    (SELECT count(*) FROM fresh WHERE ${held} ${sameKey(table, "held", "fresh")})) AS changed,
    (SELECT count(*) FROM winners WHERE place IS NULL AND ${held} ${sameKey(table, "held", "winners")})) AS deleted`)
  const { written, changed, deleted } = row ?? {}
  return { added: Number(written) - Number(changed), changed: Number(changed), deleted: Number(deleted) }
}

/** Merges rows into a table by key, in a transaction that the caller opens. */
export const merge = async (db: Database, table: Table, rows: WaitingRows): Promise<Effects> => {
  const target = quoted(table.target)
  const names = [...table.columns.keys()].map(quoted).join(", ")
  await db.run(
    `CREATE OR REPLACE TEMP TABLE staged AS SELECT row_number() OVER () AS ${PLACE}, * FROM ${sourceOf(rows, table)}`
  )
  await chooseWinners(db, table)
  await keepIssues(db, table)
  await chooseFresh(db, table)
  const effects = await countEffects(db, table)
  await db.run(`DELETE FROM ${target} USING winners WHERE place IS NULL AND ${sameKey(table, target, "winners")}`)
  await db.run(`DELETE FROM ${target} USING fresh WHERE ${sameKey(table, target, "fresh")}`)
  await db.run(`INSERT INTO ${target} (${names}) SELECT ${names} FROM fresh`)
  for (const temporary of ["staged", "winners", "fresh"]) await db.run(`DROP TABLE ${temporary}`)
  return effects
}
