import type { JsonObject } from "./batch.ts"
import type { RowPage } from "./lines.ts"
import type { Effects } from "./merge.ts"
import type { Company } from "./own-tables.ts"
import type { TableSpec } from "./tables.ts"

/** What a run did to a stream's table. */
export interface TableReport extends Effects {
  readonly stream: string
  /** Rows in the table now. */
  readonly rows: number
  /** Values that do not fit their column, or rows without a key. */
  readonly issues: number
}

/** A place where streams are kept as tables, with the state of each in the same transaction as its rows. */
export interface Warehouse {
  /**
   * Makes it ready for these streams; tells from which state each is to be read on, where there is one.
   *
   * @throws WarehouseError where it holds another company, or a table of such a name that is not ours; nothing is
   *   written then
   */
  readonly begin: (company: Company, specs: ReadonlyArray<TableSpec>) => Promise<ReadonlyMap<string, JsonObject>>
  /** Rows that the tables of streams have which are read anew: about so many will come. */
  readonly expected: () => ReadonlyMap<string, number>
  /** Takes rows at once; resolves when there is room for more. Rejects once something could not be written. */
  readonly rows: (stream: string, page: RowPage) => Promise<void>
  /** All rows of the stream so far are covered by this state. */
  readonly checkpoint: (stream: string, state: JsonObject) => void
  /** The stream has been read to its end. */
  readonly complete: (stream: string) => void
  /** Writes all that waits. */
  readonly flush: () => Promise<void>
  readonly report: () => Promise<ReadonlyArray<TableReport>>
  readonly close: () => Promise<void>
}
