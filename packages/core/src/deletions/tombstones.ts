/**
 * Tombstones: records of rows that are gone. One that the API still gives is emitted as it is, with the time of its
 * deletion; of any other only the key and that time are known.
 */
import { CHANGED_AT, cursorFieldOf, type SourceStream } from "../declare/stream.ts"
import type { Page } from "../page/page.ts"
import { pick } from "../page/page.ts"
import type { Rows } from "../page/rows.ts"
import { bytesOf } from "../page/text.ts"
import { zonedMoment } from "./moment.ts"
import { DELETED_AT } from "./option.ts"

/** Whether a row says of itself that it is deleted. */
export const saysDeleted = (page: Page, row: number): boolean =>
  page.says(row, "is_deleted", "true") ||
  page.says(row, "active_flag", "false") ||
  page.says(row, "status", '"deleted"')

/** Columns of a row's key, each as JSON text. */
export type Key = ReadonlyArray<readonly [column: string, json: string]>

/**
 * Tombstones of rows that the API gives no more: their key, the cursor, and when they were deleted.
 *
 * @param moment the cursor of them all, in the form of the stream's rows
 */
export const bareTombstones = (stream: SourceStream, keys: ReadonlyArray<Key>, moment: string): Rows => {
  const cursorField = cursorFieldOf(stream) ?? CHANGED_AT
  const rows = keys.map((key) =>
    bytesOf(
      `{${[
        ...key
          .filter(([column]) => column !== cursorField)
          .map(([column, json]) => `${JSON.stringify(column)}:${json}`),
        `"${cursorField}":"${moment}"`,
        `"${DELETED_AT}":"${zonedMoment(moment)}"`
      ].join(",")}}`
    )
  )
  const bytes = new Uint8Array(rows.reduce((length, row) => length + row.length, 0))
  const spans: Array<number> = []
  let at = 0
  for (const row of rows) {
    bytes.set(row, at)
    spans.push(at, at + row.length)
    at += row.length
  }
  return { bytes, spans }
}

/**
 * Tombstones of rows that the API still gives: as they came, with the time of those that say deleted, else the moment.
 * The rows must have a time of their own.
 */
export const fullTombstones = (stream: SourceStream, page: Page, rows: ReadonlyArray<number>, moment: string): Rows => {
  const dead = new Set(rows)
  const cursorField = cursorFieldOf(stream) as string
  const time = (row: number): string =>
    saysDeleted(page, row) ? (JSON.parse(page.text(row, cursorField) as string) as string) : moment
  return pick(
    page.rows,
    (row) => dead.has(row),
    (row) => `"${DELETED_AT}":${JSON.stringify(zonedMoment(time(row)))}`
  )
}
