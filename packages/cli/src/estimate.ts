import { cursorFieldOf, type SourceStream } from "@pipedrive-source/core"
import { isObject, type JsonObject } from "@pipedrive-source/core/reader"
import type { Size } from "./sizes.ts"

/** What a stream's next read comes to. */
export interface Estimate {
  readonly stream: string
  readonly requests: number
  readonly tokens: number
  /** Known from state and declaration, counted, or estimated. */
  readonly basis: "known" | "measured" | "estimated"
  readonly why: string
}

const limitOf = ({ paging }: SourceStream): number =>
  paging.kind === "single" ? Number.POSITIVE_INFINITY : paging.limit

const own = (state: JsonObject | undefined): JsonObject => (isObject(state?._ab) ? state._ab : {})

const ageMs = (time: unknown, nowMs: number): number => {
  const at = typeof time === "string" ? Date.parse(time) : Number.NaN
  return Number.isNaN(at) ? Number.POSITIVE_INFINITY : nowMs - at
}

/** Whether a list is read whole in the next run, and why. */
export const wholeReason = (
  stream: SourceStream,
  state: JsonObject | undefined,
  config: JsonObject,
  nowMs: number
): string | undefined => {
  const { changes } = stream
  if (changes?.kind !== "since" && changes?.kind !== "newestFirst") return undefined
  if (state === undefined) return "first read"
  const { deletions, whole } = own(state)
  if (changes.wholeEveryMs !== undefined && ageMs(whole, nowMs) > changes.wholeEveryMs) return "whole read is due"
  if (config.track_deletions === true && isObject(deletions)) {
    const hours = Number(config.deletion_check_hours ?? 24)
    if (ageMs(deletions.swept, nowMs) > hours * 3_600_000) return "list of deletions is due"
  }
  return undefined
}

/** Definitions of custom fields, a list for each kind of record and one for the labels of leads. */
const DEFINITION_TOKENS = 10

/**
 * What reading custom fields as columns costs beside the rows: the definitions of each kind of record that is selected,
 * and the labels of leads.
 */
export const estimateDefinitions = (
  streams: ReadonlyArray<SourceStream>,
  config: JsonObject
): ReadonlyArray<Estimate> => {
  const fields = streams.flatMap(({ customFields }) => customFields ?? [])
  if (config.custom_fields !== "named" || fields.length === 0) return []
  const records = new Set(fields.map(({ of }) => of)).size
  const labels = fields.some((each) => each.labels === "leadLabels") ? 1 : 0
  const requests = records + labels
  const tokens = requests * DEFINITION_TOKENS
  return [{ stream: "custom fields", requests, tokens, basis: "known", why: "their definitions, once a run" }]
}

const made = ({ name, tokens }: SourceStream, requests: number, basis: Estimate["basis"], why: string): Estimate => ({
  stream: name,
  requests,
  tokens: requests * tokens,
  basis,
  why
})

/** What a list costs that is no child of another. */
export const estimateList = (
  stream: SourceStream,
  state: JsonObject | undefined,
  size: Size | undefined,
  why: string | undefined,
  nowMs: number
): Estimate => {
  const parts = stream.parts?.length ?? 1
  if (why !== undefined && size !== undefined) {
    const pages = Math.max(1, Math.ceil(size.rows / limitOf(stream)))
    return made(stream, pages * parts, size.isExact ? "measured" : "estimated", why)
  }
  const { changes } = stream
  if (changes?.kind === "snapshot") {
    const { hashes, read } = own(state)
    if (changes.freshnessMs !== undefined && ageMs(read, nowMs) < changes.freshnessMs)
      return made(stream, 0, "known", "was read not long ago")
    const rows = isObject(hashes) ? Object.keys(hashes).length : 0
    return made(
      stream,
      Math.max(parts, Math.ceil(rows / limitOf(stream))),
      state === undefined ? "estimated" : "known",
      "short list"
    )
  }
  if (cursorFieldOf(stream) === undefined) return made(stream, parts, "estimated", "read whole every time")
  return made(stream, parts, "known", "what changed, if less than a page")
}

/** Parents that may have children, by the rows that were seen. */
const shareWith = ({ parents }: SourceStream, seen: ReadonlyArray<JsonObject>): number => {
  const { count, only } = parents ?? {}
  if (seen.length === 0) return 1
  const having = seen.filter(
    (row) =>
      (count === undefined || row[count] === undefined || row[count] !== 0) &&
      (only === undefined || (row[only] !== null && row[only] !== undefined)) &&
      row.is_deleted !== true
  )
  return having.length / seen.length
}

/** What the children of parents cost. */
export const estimateChildren = (
  stream: SourceStream,
  state: JsonObject | undefined,
  parents: ReadonlyArray<Size>
): Estimate => {
  const { parents: declared } = stream
  const size = declared?.ask.in === "query" ? declared.ask.size : 1
  if (state !== undefined) return made(stream, size > 1 ? 1 : 0, "estimated", "children of parents that changed")
  const asked = parents.reduce((sum, { rows, seen }) => sum + rows * shareWith(stream, seen), 0)
  return made(
    stream,
    Math.ceil(asked / size),
    "estimated",
    size > 1 ? `a request for ${size} parents` : "a request for each parent"
  )
}
