/**
 * Rows of one page as they came: spans of the answer's own bytes. Nothing is parsed and written again.
 */
export interface Rows {
  /** UTF-8 of one or more JSON objects; only the spans are rows. */
  readonly bytes: Uint8Array
  /** Start and end of each row: row `i` is `bytes[spans[2i] .. spans[2i+1])`, from `{` to past `}`. */
  readonly spans: ArrayLike<number>
  /** JSON members to add at the end of each row, without a leading comma: `"deal_id":5`; undefined if there are none. */
  readonly added?: ReadonlyArray<string>
  /** How many zero dates were replaced by null in each row; undefined if none were. */
  readonly zeroDates?: ReadonlyArray<number>
}

/** How many rows there are. */
export const rowCount = (rows: Rows): number => rows.spans.length / 2
