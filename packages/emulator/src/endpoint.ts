import { type Params, Query } from "./query.ts"
import type { Selection } from "./row.ts"
import type { DataTable } from "./table.ts"

/** One key of an order; `value` says how rows compare where it is no time column of the table. */
export interface SortKey {
  /** Name of a time column, or of what `value` reads. */
  readonly name: string
  readonly direction: "asc" | "desc"
  readonly value?: (row: number) => number | string
}

/** Rows of one table an endpoint lists. */
export interface TableListing {
  readonly kind: "rows"
  readonly table: DataTable
  readonly selection: Selection
  /** Row numbers in ascending order to choose from; all when absent. */
  readonly among?: Int32Array | ReadonlyArray<number>
  readonly where?: (row: number) => boolean
  /** Text before and after each row, for wrapped rows. */
  readonly wrap?: (row: number) => readonly [before: string, after: string]
  /** By row number when empty. */
  readonly sort: ReadonlyArray<SortKey>
  /** Least value of the table's update time. */
  readonly since?: number
  /** Values that make an inserted row part of this listing. */
  readonly insertWith?: Readonly<Record<string, unknown>>
}

/** Rows that are made of several tables or of none. */
export interface TextListing {
  readonly kind: "texts"
  readonly texts: ReadonlyArray<string>
  /** Where edits, insertions and removals go. */
  readonly table?: DataTable
  /** Rows of that table, for ids. */
  readonly among?: ReadonlyArray<number>
  readonly insertWith?: Readonly<Record<string, unknown>>
  /** A row of the table as it stands in this list. */
  readonly show?: (row: number) => string
}

export type Listing = TableListing | TextListing

export interface Endpoint {
  /** `v2/deals/{id}/followers` */
  readonly path: string
  /** Tokens a request. */
  readonly cost: number
  /** OAuth scopes, any of which suffices. */
  readonly scopes: ReadonlyArray<string>
  readonly paging: "cursor" | "offset" | "whole" | "object"
  readonly params?: Params
  readonly required?: ReadonlyArray<string>
  readonly maxLimit?: number
  readonly defaultLimit?: number
  /** Add-on or plan feature without which it is refused. */
  readonly addOn?: string
  /** Whether its schema declares no paging information. */
  readonly bare?: boolean
  /** Text around the rows where they are not `data` itself. */
  readonly around?: readonly [before: string, after: string]
  /** Further properties of the envelope, as JSON text with a trailing comma. */
  readonly extra?: string
  readonly list: (query: Query) => Listing
}

/** The parameters an endpoint knows, with the values of its path's places. */
export function declared(
  endpoint: Endpoint,
  given: ReadonlyMap<string, string>,
  places: ReadonlyMap<string, string>
): Query {
  const known = [...given].filter(([name]) => endpoint.params !== undefined && Object.hasOwn(endpoint.params, name))
  return new Query(new Map([...known, ...places]))
}
