import type { JsonObject } from "../events.ts"
import type { Rows } from "../page/rows.ts"

/** What has to be known of a stream's rows before and after they are emitted. */
export interface Tracker {
  /** Takes note of rows that are about to be emitted. @returns the state to emit before them, where there is one */
  readonly announce: (rows: ReadonlyArray<Rows>) => JsonObject | undefined
  readonly emitted: (rows: Rows) => void
}
