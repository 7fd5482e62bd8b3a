/**
 * What goes out of a page. A row is sent as Pipedrive wrote it, byte for byte, with four exceptions: secrets are cut out
 * (secrets.ts), dates of zero become null (zero-dates.ts), what would break a line is escaped (sanitize.ts), and custom
 * fields among the row's own properties are given once more as one object (custom-fields.ts).
 */
import type { SourceStream } from "../declare/stream.ts"
import { customFieldsOf } from "./custom-fields.ts"
import { type Edit, edited } from "./edit.ts"
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
  const addsFields = stream.customFields?.in === "row"
  if (needsSanitizing.length === 0 && zeroDates.length === 0 && secrets.length === 0 && !addsFields) {
    return { bytes: body, spans, ...(added !== undefined && { added }) }
  }
  const sanitized = new Set(needsSanitizing)
  const dated = new Set(zeroDates)
  const looksAtAll = secrets.length > 0 || addsFields
  const counts = new Array<number>(spans.length / 2).fill(0)
  const members: Array<string> = []
  const sent = (found: Uint8Array, i: number): Uint8Array => {
    let row = secrets.length > 0 ? edited(found, cutsOf(found, secrets)) : found
    if (dated.has(i)) {
      const nulls = zeroDatesIn(row, stream.columns)
      row = edited(row, nulls)
      counts[i] = nulls.length
    }
    if (sanitized.has(i)) row = sanitize(row)
    if (addsFields) members.push(bothOf(added?.[i] ?? "", customFieldsOf(row)))
    return row
  }
  const edits: Array<Edit> = []
  const placed = new Int32Array(spans.length)
  let shift = 0
  for (let i = 0; i < counts.length; i++) {
    const [start, end] = [spans[2 * i] as number, spans[2 * i + 1] as number]
    placed[2 * i] = start + shift
    if (looksAtAll || dated.has(i) || sanitized.has(i)) {
      const by = sent(body.subarray(start, end), i)
      edits.push({ start, end, by })
      shift += by.length - (end - start)
    }
    placed[2 * i + 1] = end + shift
  }
  return {
    bytes: edited(body, edits),
    spans: placed,
    ...(addsFields ? { added: members } : added !== undefined && { added }),
    ...(counts.some((each) => each > 0) && { zeroDates: counts })
  }
}
