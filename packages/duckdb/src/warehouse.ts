import { Batch, type JsonObject, type WaitingRows } from "./batch.ts"
import { type Database, openDatabase, ROW_GROUP } from "./database.ts"
import { isDuplicateKey, isMisfit, isOutOfMemory, isRepeatedMember, writingError } from "./errors.ts"
import type { TableReport, Warehouse } from "./interface.ts"
import { LineWriter, type RowPage } from "./lines.ts"
import { load } from "./load.ts"
import { type Effects, merge } from "./merge.ts"
import { type Company, checkCompany, createOwnTables, readStates, saveCompany, saveState } from "./own-tables.ts"
import { dropRepeatedMembers } from "./repeated.ts"
import { replace } from "./replace.ts"
import { countRows, prepareTable, type Table, type TableSpec } from "./tables.ts"

/** A batch is written when it has so many bytes, whatever its rows. */
const BATCH_BYTES = 48 << 20
/** What has come is written after this time at the latest, in milliseconds, so that a long read keeps what it has. */
const BATCH_MS = 15_000

/** Called in the transaction that changes a stream's table. */
export type Written = (stream: string) => Promise<void>

const NONE: Effects = { added: 0, changed: 0, deleted: 0 }

const sum = (one: Effects, other: Effects): Effects => ({
  added: one.added + other.added,
  changed: one.changed + other.changed,
  deleted: one.deleted + other.deleted
})

class DuckDbWarehouse implements Warehouse {
  readonly #db: Database
  readonly #written: Written
  readonly #tables = new Map<string, Table>()
  readonly #effects = new Map<string, Effects>()
  /** Tables whose rows are all new: those are added without looking for older ones. */
  readonly #loading = new Set<string>()
  readonly #expected = new Map<string, number>()
  readonly #writer = new LineWriter()
  #count = 0
  #batch: Batch
  #openedMs = performance.now()
  /** The batches that are being written, one after another. */
  #writing: Promise<void> = Promise.resolve()
  #waiting = 0
  #failure: Error | undefined

  constructor(db: Database, written: Written) {
    this.#db = db
    this.#written = written
    this.#batch = new Batch(db.scratch, this.#count++, this.#writer)
  }

  async begin(company: Company, specs: ReadonlyArray<TableSpec>): Promise<ReadonlyMap<string, JsonObject>> {
    const db = this.#db
    await checkCompany(db, company)
    const known = await readStates(db)
    return this.#inWords(async () => {
      await db.transaction(async () => {
        await createOwnTables(db)
        await saveCompany(db, company)
        for (const spec of specs) this.#tables.set(spec.name, await prepareTable(db, spec, known.get(spec.name)))
      })
      for (const [name, { isReplacement, target }] of this.#tables) {
        if ((await countRows(db, target)) === 0) this.#loading.add(name)
        if (isReplacement) this.#expected.set(name, await countRows(db, name))
      }
      const states = await readStates(db)
      return new Map(
        specs.flatMap(({ mode, name }) => {
          const { isRefreshing, refreshState, state } = states.get(name) ?? {}
          const given = isRefreshing ? refreshState : state
          return mode === "merge" && given !== undefined ? [[name, given] as const] : []
        })
      )
    })
  }

  expected(): ReadonlyMap<string, number> {
    return this.#expected
  }

  async rows(stream: string, page: RowPage): Promise<void> {
    try {
      this.#take(stream, page)
    } catch (cause) {
      this.#failure ??= writingError(this.#db.path, cause)
    }
    await this.#room()
  }

  #take(stream: string, page: RowPage): void {
    const count = page.spans.length / 2
    for (let from = 0; from < count; ) {
      // A batch of whole row groups is written once; rows beyond would be written twice.
      const to = Math.min(count, from + ROW_GROUP - this.#batch.countOf(stream))
      this.#batch.add(stream, page, from, to)
      from = to
      if (this.#batch.countOf(stream) >= ROW_GROUP || this.#batch.bytes >= BATCH_BYTES) this.#turn()
    }
    if (performance.now() - this.#openedMs > BATCH_MS) this.#turn()
  }

  checkpoint(stream: string, state: JsonObject): void {
    this.#batch.states.set(stream, state)
  }

  complete(stream: string): void {
    this.#batch.complete.add(stream)
  }

  async flush(): Promise<void> {
    this.#turn()
    await this.#writing
    if (this.#failure !== undefined) throw this.#failure
  }

  report(): Promise<ReadonlyArray<TableReport>> {
    return this.#inWords(async () => {
      const issues = await this.#db.rows("SELECT stream, count(*) AS issues FROM _pipedrive_issues GROUP BY stream")
      const counts = new Map(issues.map((row) => [row.stream, Number(row.issues)]))
      const reports: Array<TableReport> = []
      for (const stream of this.#tables.keys())
        reports.push({
          stream,
          ...(this.#effects.get(stream) ?? NONE),
          rows: await countRows(this.#db, stream),
          issues: counts.get(stream) ?? 0
        })
      return reports
    })
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#inWords(this.#db.close)
  }

  /** What DuckDB says is put into words for the user. */
  async #inWords<A>(work: () => Promise<A>): Promise<A> {
    try {
      return await work()
    } catch (cause) {
      throw writingError(this.#db.path, cause)
    }
  }

  /** One batch may wait while another is written. */
  async #room(): Promise<void> {
    while (this.#waiting > 1 && this.#failure === undefined) await this.#writing
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Hands the batch over to be written, and begins the next. */
  #turn(): void {
    const batch = this.#batch
    this.#openedMs = performance.now()
    if (batch.isEmpty) return
    this.#batch = new Batch(this.#db.scratch, this.#count++, this.#writer)
    this.#waiting++
    this.#writing = this.#writing
      .then(() => (this.#failure === undefined ? this.#write(batch) : undefined))
      .catch((cause) => {
        this.#failure ??= writingError(this.#db.path, cause)
      })
      .finally(() => {
        batch.remove()
        this.#waiting--
      })
  }

  /**
   * Writes a batch, each stream in a transaction of its own: as many tables at once as there are streams would not fit
   * into memory.
   */
  async #write(batch: Batch): Promise<void> {
    const rows = batch.close()
    const streams = new Set([...rows.keys(), ...batch.states.keys(), ...batch.complete])
    for (const stream of streams) {
      const effects = await this.#writeStream(stream, batch, rows.get(stream))
      this.#effects.set(stream, sum(this.#effects.get(stream) ?? NONE, effects))
      if (batch.complete.has(stream)) this.#settle(stream)
    }
  }

  /** A row group is in memory until it is whole. */
  async #reserve(stream: string, { bytes, count }: WaitingRows): Promise<void> {
    const held = await countRows(this.#db, this.#tableOf(stream).target)
    await this.#db.reserve((bytes / count) * Math.min(ROW_GROUP, held + count))
  }

  /** Rows that cannot be added as they are are merged in a second try. */
  async #writeStream(stream: string, batch: Batch, rows: WaitingRows | undefined, isMended = false): Promise<Effects> {
    const isNew = this.#loading.has(stream) && rows?.mayDelete !== true
    try {
      if (rows !== undefined) await this.#reserve(stream, rows)
      return await this.#db.transaction(() => this.#apply(stream, batch, rows, isNew ? load : merge))
    } catch (error) {
      if (isOutOfMemory(error) && (await this.#db.grow())) return this.#writeStream(stream, batch, rows, isMended)
      if (rows !== undefined && !isMended && isRepeatedMember(error)) {
        dropRepeatedMembers(rows.path)
        return this.#writeStream(stream, batch, rows, true)
      }
      if (!isNew || !(isDuplicateKey(error) || isMisfit(error))) throw error
      // Where one value does not fit, more will not.
      if (isMisfit(error)) this.#loading.delete(stream)
      return this.#db.transaction(() => this.#apply(stream, batch, rows, merge))
    }
  }

  async #apply(
    stream: string,
    batch: Batch,
    rows: WaitingRows | undefined,
    write: (db: Database, table: Table, rows: WaitingRows) => Promise<Effects>
  ): Promise<Effects> {
    const table = this.#tableOf(stream)
    const written = rows === undefined ? NONE : await write(this.#db, table, rows)
    const state = batch.states.get(stream)
    if (state !== undefined) await saveState(this.#db, stream, state, table.isReplacement)
    // What a replacement changes is known when it takes the table's place.
    const inPlace = batch.complete.has(stream) && table.isReplacement
    const effects = inPlace ? await replace(this.#db, table) : table.isReplacement ? NONE : written
    if (inPlace || effects.added + effects.changed + effects.deleted > 0) await this.#written(stream)
    return effects
  }

  #tableOf(stream: string): Table {
    const table = this.#tables.get(stream)
    if (table === undefined) throw new Error(`no table was prepared for ${stream}`)
    return table
  }

  /** A table that took the place of another is the stream's own from here on. */
  #settle(stream: string): void {
    const table = this.#tables.get(stream)
    if (table !== undefined) this.#tables.set(stream, { ...table, target: stream, isReplacement: false })
  }
}

/** Makes a place for streams of an open database. */
export const makeWarehouse = (db: Database, written: Written = async () => {}): Warehouse =>
  new DuckDbWarehouse(db, written)

/**
 * Opens a DuckDB file as a place for streams, or creates it.
 *
 * @throws WarehouseError where it is in use, is no DuckDB file or cannot be written
 */
export const openDuckDb = async (path: string): Promise<Warehouse> => makeWarehouse(await openDatabase(path))
