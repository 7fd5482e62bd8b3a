/** The start or end of a period: its path of properties in a row of the parent, and the parameter that asks with it. */
export interface PeriodBound {
  readonly column: string
  readonly parameter: string
}

/** How the children of a parent are requested. */
export interface Parents {
  /** Names of the parent streams, in the order in which they are read. */
  readonly streams: ReadonlyArray<string>
  /** Column that is added with the parent's key to rows that lack it. */
  readonly as: string
  /** Column of the parent whose value is sent in the request. */
  readonly key: string
  /** Where the key goes: into `{id}` of the path, or into a parameter that takes up to `size` keys. */
  readonly ask: { readonly in: "path" } | { readonly in: "query"; readonly parameter: string; readonly size: number }
  /** Column of the parent that counts its children; a parent with 0 is skipped, one without the column is not. */
  readonly count?: string
  /** Column of the parent that must not be null. */
  readonly only?: string
  /** The period to request, which the parent names. */
  readonly period?: { readonly start: PeriodBound; readonly end: PeriodBound }
  /** npm package that declares the parent streams, if it is another one: a message says to install it. */
  readonly from?: string
  /** Whether a row can belong to several parents: it is then emitted once a run. */
  readonly shared?: boolean
}

type ParentOptions = Partial<Pick<Parents, "key" | "count" | "only" | "period" | "shared" | "from">>

const list = (streams: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  typeof streams === "string" ? [streams] : streams

/** One request per parent, whose key replaces `{id}` in the path. */
export const perParent = (
  streams: string | ReadonlyArray<string>,
  as: string,
  options: ParentOptions = {}
): Parents => ({ streams: list(streams), as, key: "id", ask: { in: "path" }, ...options })

/** Up to `size` parents per request; their keys go into one parameter, separated by commas. */
export const perParents = (
  streams: string | ReadonlyArray<string>,
  as: string,
  ask: { readonly parameter: string; readonly size: number },
  options: ParentOptions = {}
): Parents => ({ streams: list(streams), as, key: "id", ask: { in: "query", ...ask }, ...options })
