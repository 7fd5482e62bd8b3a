/**
 * What goes out of a page. A row is sent as Pipedrive wrote it, byte for byte, with four exceptions: secrets are cut out
 * (secrets.ts), dates of zero become null (zero-dates.ts), what would break a line is escaped (sanitize.ts), and custom
 * fields among the row's own properties are given once more as one object (custom-fields.ts).
 */
import type { SourceStream } from "../declare/stream.ts"
import { customFieldsOf } from "./custom-fields.ts"
import { edited, joined } from "./edit.ts"
import type { Rows } from "./rows.ts"
import { sanitize } from "./sanitize.ts"
import type { Scanned } from "./scan.ts"
import { cutsOf } from "./secrets.ts"
import { zeroDatesIn } from "./zero-dates.ts"

/** Rows as they were found in a body. */
interface Found extends Pick<Scanned, "spans" | "needsSanitizing" | "zeroDates"> {
  /** Members to add to each row, for other reasons. */
  readonly added: ReadonlyArray<string> | undefined
}

const bothOf = (first: string, second: string): string =>
  first === "" ? second : second === "" ? first : `${first},${second}`

/**
 * Rows of a page as they are sent: the API's own bytes, but for those that hold a secret, a zero date, or what cannot
 * stand on a line of its own. Only where a page has such rows, or its stream has custom fields to add, is any row
 * looked at here.
 */
export const sendable = (stream: SourceStream, body: Uint8Array, found: Found): Rows => {
  const { added, spans, needsSanitizing, zeroDates } = found
  const secrets = stream.secrets ?? []
  const addsFields = stream.customFields === "topLevel"
  if (needsSanitizing.length === 0 && zeroDates.length === 0 && secrets.length === 0 && !addsFields) {
    return { bytes: body, spans, ...(added !== undefined && { added }) }
  }
  const sanitized = new Set(needsSanitizing)
  const dated = new Set(zeroDates)
  const count = spans.length / 2
  const counts = new Array<number>(count).fill(0)
  const rows: Array<Uint8Array> = []
  for (let i = 0; i < count; i++) {
    let row = body.subarray(spans[2 * i], spans[2 * i + 1])
    if (secrets.length > 0) row = edited(row, cutsOf(row, secrets))
    if (dated.has(i)) {
      const edits = zeroDatesIn(row, stream.columns)
      row = edited(row, edits)
      counts[i] = edits.length
    }
    rows.push(sanitized.has(i) ? sanitize(row) : row)
  }
  return {
    ...placed(rows),
    ...(addsFields
      ? { added: rows.map((row, i) => bothOf(added?.[i] ?? "", customFieldsOf(row))) }
      : added !== undefined && { added }),
    ...(counts.some((each) => each > 0) && { zeroDates: counts })
  }
}

/** Rows one behind the other. */
const placed = (rows: ReadonlyArray<Uint8Array>): Pick<Rows, "bytes" | "spans"> => {
  const spans = new Int32Array(2 * rows.length)
  let at = 0
  for (const [i, row] of rows.entries()) {
    spans[2 * i] = at
    at += row.length
    spans[2 * i + 1] = at
  }
  return { bytes: joined(rows), spans }
}
