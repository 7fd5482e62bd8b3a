/** Where the start or end of a period stands in a row of the parent, a path of properties, and how it is asked with. */
export interface PeriodBound {
  readonly column: string
  readonly parameter: string
}

/** How the children of a parent are asked for. */
export interface Parents {
  /** Names of the parent streams, in the order in which they are read. */
  readonly streams: ReadonlyArray<string>
  /** Added column that carries the parent's key in rows that lack it. */
  readonly as: string
  /** Column of the parent whose value is asked with. */
  readonly key: string
  /** Where the key goes: into the path's `{id}`, or into a parameter that takes up to `size` keys. */
  readonly ask: { readonly in: "path" } | { readonly in: "query"; readonly parameter: string; readonly size: number }
  /** Column of the parent that counts its children; a parent with 0 is passed over, one without the column is not. */
  readonly count?: string
  /** Column of the parent that must not be null. */
  readonly only?: string
  /** The period asked for, which the parent names. */
  readonly period?: { readonly start: PeriodBound; readonly end: PeriodBound }
  /** npm package that declares the parent streams, where it is another one: a message says to install it. */
  readonly from?: string
  /** A row can belong to several parents: it is sent once a run. */
  readonly shared?: boolean
}

type ParentOptions = Partial<Pick<Parents, "key" | "count" | "only" | "period" | "shared" | "from">>

const list = (streams: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  typeof streams === "string" ? [streams] : streams

/** One request a parent; its key stands in the path as `{id}`. */
export const perParent = (
  streams: string | ReadonlyArray<string>,
  as: string,
  options: ParentOptions = {}
): Parents => ({ streams: list(streams), as, key: "id", ask: { in: "path" }, ...options })

/** Up to `size` parents a request; their keys stand in one parameter, separated by commas. */
export const perParents = (
  streams: string | ReadonlyArray<string>,
  as: string,
  ask: { readonly parameter: string; readonly size: number },
  options: ParentOptions = {}
): Parents => ({ streams: list(streams), as, key: "id", ask: { in: "query", ...ask }, ...options })
