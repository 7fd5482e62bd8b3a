/**
 * The declaration of a stream: what `defineStream` takes, the columns that the reader adds, and what follows from a
 * declaration without reading anything.
 */

import type { Toggle } from "../config/fields.ts"
import type { CustomFields } from "../custom-fields/entity.ts"
import type { Lookup } from "../deletions/lookup.ts"
import type { Changes } from "./changes.ts"
import { type Columns, describe, text, timestamp } from "./columns.ts"
import type { Paging } from "./pagination.ts"
import type { Parents } from "./parents.ts"

/** Parameters of a request, by name. */
export type Query = { readonly [parameter: string]: string }

/** An OAuth scope that grants access to a stream. */
export type Scope = `${string}:read` | "base" | "admin" | "phone-integration"

/** API version and path, without a host. `{id}` stands for the parent's key. */
export type Path = `v1/${string}` | `v2/${string}`

/** One of several requests that together make a stream: another path, or other parameters. */
export interface Part {
  readonly path?: Path
  readonly query?: Query
  /** Least OAuth scope that may read it, where it is another than the stream's. */
  readonly scope?: Scope
  /** Add-on or plan it belongs to, where the stream does not: without it this part has no rows, with a warning. */
  readonly addOn?: string
  /** Columns that tell its rows from those of other parts; for rows that are made of `elements`. */
  readonly adds?: { readonly [column: string]: string }
}

/** How rows are made of a list that stands in each row of an answer: one for each object in the list. */
export interface Elements {
  /** Property of the answer's row that holds the list. */
  readonly list: string
  /** Columns taken from the answer's row. */
  readonly keep: ReadonlyArray<string>
  /** Columns taken from the object. */
  readonly members: ReadonlyArray<string>
  /** Those of them that are sent as text, whatever they are. */
  readonly texts?: ReadonlyArray<string>
  /** Column of the object's place in the list, from 1. */
  readonly position: string
}

/** When the reader first saw this version of a row; added to rows that have no time of their own. */
export const CHANGED_AT = "_ab_changed_at"
/** Hash of a row, its parent and its rank among equals; added to rows that have no key of their own. */
export const ROW_KEY = "_ab_key"
/** `start/end` of the period that a row was requested for. */
export const PERIOD = "_ab_period"

type Added = typeof ROW_KEY | typeof PERIOD

/** What a stream declares of itself. */
export interface Declaration<C extends Columns> {
  readonly name: string
  readonly path: Path
  /** Vendor page this declaration was written from. */
  readonly docs: `https://developers.pipedrive.com/${string}`
  /** Price of one request, in tokens of the daily budget. */
  readonly tokens: number
  /** Least OAuth scope that may read it. */
  readonly scope: Scope
  /** Add-on or plan that it belongs to: for a company without it the stream is empty, with a warning. */
  readonly addOn?: string
  readonly columns: C
  /** Empty for a stream of one row. */
  readonly primaryKey: ReadonlyArray<(keyof C & string) | Added>
  readonly paging: Paging
  readonly query?: Query
  /** Parameters that are added if an option of the config is on, by the option's name. */
  readonly optionalQuery?: { readonly [option in Toggle]?: Query }
  /** Optional fields to ask for; those bound to a plan are dropped first when the API refuses them. */
  readonly includeFields?: { readonly always: ReadonlyArray<string>; readonly planBound?: ReadonlyArray<string> }
  /** Read once for each part, merged by key. */
  readonly parts?: ReadonlyArray<Part>
  /** The property of `data` that contains the rows, if it is not `data` itself. */
  readonly rows?: string
  /** Rows are what a list in each row of the answer holds. */
  readonly elements?: Elements
  /** Rows come as `{object, timestamp, data}`: emit `data` alone, or with the other two beside it. */
  readonly unwrap?: "alone" | "beside"
  /** Where its rows carry custom fields, and whose: those that a user may have as columns of their own. */
  readonly customFields?: CustomFields
  /** Top-level properties that are secrets: removed from every row. */
  readonly secrets?: ReadonlyArray<string>
  readonly changes?: Changes<keyof C & string>
  /** How single rows are asked for: with it, rows that are gone from the list can be told. */
  readonly lookup?: Lookup
  readonly parents?: Parents
}

/** A declared stream: plain frozen data. No method, no client, no state. */
export type SourceStream = Declaration<Columns>

/** Declares a stream. A key or cursor field that is not a column does not compile. */
export const defineStream = <const C extends Columns>(declaration: Declaration<C>): SourceStream =>
  Object.freeze(declaration) as unknown as SourceStream

/** The stream as it is requested with these options on. */
export const withOptions = (stream: SourceStream, on: ReadonlySet<Toggle>): SourceStream => {
  const added = Object.entries(stream.optionalQuery ?? {}).filter(([option]) => on.has(option as Toggle))
  if (added.length === 0) return stream
  return { ...stream, query: Object.assign({}, stream.query, ...added.map(([, query]) => query)) }
}

/** Column that orders a stream's changes; undefined for a stream that is always read whole. */
export const cursorFieldOf = (stream: SourceStream): string | undefined =>
  stream.changes === undefined ? undefined : (stream.changes.cursorField ?? CHANGED_AT)

/** Whether an interrupted full refresh continues where it stopped. */
export const isResumable = (stream: SourceStream): boolean => {
  switch (stream.changes?.kind) {
    case "since":
    case "ofChangedParents":
      return true
    case "newestFirst":
      return stream.changes.ascending !== undefined
    case "snapshot":
    case undefined:
      return false
  }
}

/** All columns of a stream's rows: the declared ones and those the reader adds. */
export const columnsOf = (stream: SourceStream): Columns => ({
  ...stream.columns,
  ...(stream.primaryKey.includes(ROW_KEY) && { [ROW_KEY]: describe(text, "Key of a row that has none of its own.") }),
  ...(stream.primaryKey.includes(PERIOD) && { [PERIOD]: describe(text, "Period of the row, as start/end.") }),
  ...(cursorFieldOf(stream) === CHANGED_AT && {
    [CHANGED_AT]: describe(timestamp, "When the source first saw this version of the row.")
  })
})
