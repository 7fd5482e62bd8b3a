/**
 * What the option `track_deletions` changes about a stream: whether its deletions can be tracked at all, the column
 * that tells them, and how requests ask for deleted rows or leave them out.
 */
import type { Toggle } from "../config/fields.ts"
import { type Columns, describe, timestamp } from "../declare/columns.ts"
import type { Query, SourceStream } from "../declare/stream.ts"
import { PERIOD, ROW_KEY } from "../declare/stream.ts"

/** When a row was deleted, as far as is known; absent from rows that are there. */
export const DELETED_AT = "_ab_cdc_deleted_at"

const column = describe(
  timestamp,
  "When the row was deleted, merged or converted, or was found to be gone; null for a row that is there."
)

/** Whether a row's primary key can be told from what a state keeps of it. */
const hasKnownKey = ({ parents, primaryKey, unwrap }: SourceStream): boolean =>
  unwrap === undefined && !primaryKey.includes(PERIOD) && (!primaryKey.includes(ROW_KEY) || parents === undefined)

/** Whether it can be found out which rows of a stream are gone. */
export const isTrackable = (stream: SourceStream): boolean => {
  const { changes, lookup, primaryKey } = stream
  switch (changes?.kind) {
    case "since":
    case "newestFirst":
      return lookup !== undefined && primaryKey.length === 1
    case "snapshot":
      return hasKnownKey(stream)
    case "ofChangedParents":
      return changes.sweep === "whole" && primaryKey.length === 1 && hasKnownKey(stream)
    case undefined:
      return false
  }
}

/** The stream as discover shows it with these options on: with a column that says when a row was deleted. */
export const withDeletedAt = (stream: SourceStream, on: ReadonlySet<Toggle>): SourceStream => {
  if (!on.has("track_deletions") || !isTrackable(stream)) return stream
  const columns: Columns = { ...stream.columns, [DELETED_AT]: column }
  return { ...stream, columns }
}

const statusesOf = (query: Query | undefined): ReadonlyArray<string> => query?.["status"]?.split(",") ?? []

/** Whether a stream's own requests ask for deleted rows as well. */
export const asksForDeleted = ({ parts = [], query }: SourceStream): boolean =>
  [query, ...parts.map((part) => part.query)].some((each) => statusesOf(each).includes("deleted"))

/** Parameters that leave deleted rows out again. */
export const withoutDeleted = ({ query }: SourceStream): Query => {
  const statuses = statusesOf(query)
  return statuses.includes("deleted") ? { status: statuses.filter((each) => each !== "deleted").join(",") } : {}
}

/** Columns by which a row says that it is deleted, or in which of two lists it stands. */
export const deletionColumns = ({ columns, lookup }: SourceStream): ReadonlyArray<string> =>
  ["is_deleted", "active_flag", "status", lookup?.within?.column].filter(
    (name): name is string => name !== undefined && Object.hasOwn(columns, name)
  )
