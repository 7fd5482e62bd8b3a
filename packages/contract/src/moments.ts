import { cursorFieldOf, type SourceStream } from "@pipedrive-source/core"
import { cursorText, type JsonObject, type Source, secondsOf } from "@pipedrive-source/core/reader"
import { streamIn, type TrueRow } from "./truth.ts"

/** Seconds of a row's cursor field; NaN where it has none. */
const secondsIn = (stream: SourceStream, row: TrueRow): number => {
  const field = cursorFieldOf(stream)
  const value = field === undefined ? undefined : row.value[field]
  return typeof value === "string" ? secondsOf(value) : Number.NaN
}

/** Seconds by which the reader learns of a row: its own, or for a child those of its parent. */
export const momentOf = (source: Source, stream: SourceStream, row: TrueRow): number =>
  row.parent === undefined ? secondsIn(stream, row) : secondsIn(streamIn(source, row.parent.stream), row.parent)

/** The latest second of all rows. */
export const latest = (source: Source, stream: SourceStream, rows: ReadonlyArray<TrueRow>): number =>
  rows
    .map((row) => momentOf(source, stream, row))
    .reduce((most, seconds) => (seconds > most ? seconds : most), Number.NEGATIVE_INFINITY)

/** The mark in a state; NaN where there is none. */
export const markOf = (stream: SourceStream, state: JsonObject | undefined): number => {
  const field = cursorFieldOf(stream)
  const value = field === undefined ? undefined : state?.[field]
  return typeof value === "string" ? secondsOf(value) : Number.NaN
}

/** How long the last answer of a stream stands, in milliseconds; 0 for one that is always asked again. */
export const freshnessOf = (source: Source, stream: SourceStream): number => {
  const own = (each: SourceStream): number => (each.changes?.kind === "snapshot" ? (each.changes.freshnessMs ?? 0) : 0)
  const [parent] = stream.parents?.streams ?? []
  if (stream.changes?.kind === "snapshot" || parent === undefined) return own(stream)
  return own(streamIn(source, parent))
}

/** A time as the rows of a stream have it in their cursor field. */
const rowTime = (stream: SourceStream, ms: number): string => {
  const iso = new Date(ms).toISOString()
  const type = stream.columns[cursorFieldOf(stream) ?? ""]?.type
  if (type === "localTimestamp") return iso.slice(0, 19).replace("T", " ")
  return type === "text" ? iso : cursorText(stream, Math.floor(ms / 1000))
}

/** What has to be set in a row so that the reader learns of it, where an edit alone does not do so. */
export const stamp = (stream: SourceStream, ms: number): Readonly<Record<string, string>> => {
  const { changes, parents } = stream
  const isTimed = parents === undefined && (changes?.kind === "since" || changes?.kind === "newestFirst")
  return isTimed ? { [changes.cursorField]: rowTime(stream, ms) } : {}
}
