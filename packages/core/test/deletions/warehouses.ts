/** A record as a destination gets it. */
export interface Line {
  readonly key: string
  /** Text of the cursor field. */
  readonly cursor: string | null
  readonly emittedMs: number
  /** Text of `_ab_cdc_deleted_at`; null where it is absent or null. */
  readonly deletedAt: string | null
  /** The row's content, as far as it was sent. */
  readonly version: number | undefined
}

/**
 * A destination by its rule alone: takes batches of lines in the order in which they were emitted and says what its
 * table holds.
 */
export interface Warehouse {
  readonly name: string
  /** Whether a tombstone leaves a flagged row instead of none. */
  readonly soft: boolean
  /** Whether a row that came back with an old cursor stays as its tombstone left it. */
  readonly guarded: boolean
  readonly take: (batch: ReadonlyArray<Line>) => void
  readonly table: ReadonlyMap<string, Line>
}

const compareCursors = (a: string | null, b: string | null): number =>
  a === b ? 0 : a === null ? -1 : b === null || a > b ? 1 : -1

/** Whether a line is newer than another: by cursor, then by the time at which it was emitted. */
const isNewer = (line: Line, than: Line): boolean => {
  const order = compareCursors(line.cursor, than.cursor)
  return order > 0 || (order === 0 && line.emittedMs > than.emittedMs)
}

/** The newest line of each key in a batch, as a typing and deduping step keeps it before it merges. */
const newestOf = (batch: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const newest = new Map<string, Line>()
  for (const line of batch) {
    const other = newest.get(line.key)
    // Of two that are alike in both, the later one.
    if (other === undefined || !isNewer(other, line)) newest.set(line.key, line)
  }
  return [...newest.values()]
}

/** BigQuery, Snowflake, Postgres and Redshift with hard deletes: a merge that is guarded by the cursor. */
const guardedHard = (): Warehouse => {
  const table = new Map<string, Line>()
  return {
    name: "cursor-guarded hard delete",
    soft: false,
    guarded: false,
    table,
    take: (batch) => {
      for (const line of newestOf(batch)) {
        const kept = table.get(line.key)
        if (kept === undefined) {
          if (line.deletedAt === null) table.set(line.key, line)
        } else if (isNewer(line, kept)) {
          if (line.deletedAt === null) table.set(line.key, line)
          else table.delete(line.key)
        }
      }
    }
  }
}

/** The same destinations with soft deletes: a tombstone overwrites all columns. */
const guardedSoft = (): Warehouse => {
  const table = new Map<string, Line>()
  return {
    name: "cursor-guarded soft delete",
    soft: true,
    guarded: true,
    table,
    take: (batch) => {
      for (const line of newestOf(batch)) {
        const kept = table.get(line.key)
        if (kept === undefined || isNewer(line, kept)) table.set(line.key, line)
      }
    }
  }
}

/** Databricks, Iceberg, DuckDB: a tombstone deletes, whatever the cursor. */
const unconditional = (): Warehouse => {
  const table = new Map<string, Line>()
  return {
    name: "unconditional delete",
    soft: false,
    guarded: false,
    table,
    take: (batch) => {
      for (const line of batch) {
        if (line.deletedAt === null) table.set(line.key, line)
        else table.delete(line.key)
      }
    }
  }
}

/** ClickHouse: of the versions of a key the one with the greatest cursor, of equal ones the last inserted. */
const latestByCursor = (): Warehouse => {
  const table = new Map<string, Line>()
  return {
    name: "latest by cursor",
    soft: true,
    guarded: true,
    table,
    take: (batch) => {
      for (const line of batch) {
        if (line.cursor === null && line.deletedAt !== null)
          throw new Error(`the tombstone of ${line.key} has no cursor, and a version cannot be null`)
        const kept = table.get(line.key)
        if (kept === undefined || compareCursors(line.cursor, kept.cursor) >= 0) table.set(line.key, line)
      }
    }
  }
}

/** PyAirbyte: the last line of a key, whatever the cursor. */
const mergedByKey = (): Warehouse => {
  const table = new Map<string, Line>()
  return {
    name: "merge by key",
    soft: true,
    guarded: false,
    table,
    take: (batch) => {
      for (const line of batch) table.set(line.key, line)
    }
  }
}

/** One of each rule, empty. */
export const warehouses = (): ReadonlyArray<Warehouse> => [
  guardedHard(),
  guardedSoft(),
  unconditional(),
  latestByCursor(),
  mergedByKey()
]
