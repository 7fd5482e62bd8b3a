import type { Path } from "../declare/stream.ts"

/** How single rows of a list are asked for, by their keys. */
export interface Lookup {
  /** In the list's own parameter `ids`, a hundred at a time; or each in a path of its own. */
  readonly by: "ids" | "path"
  /** The path of one row, with `{id}` for its key, and the price of a request. */
  readonly path?: Path
  readonly tokens?: number
  /** The other of two lists between which rows move. */
  readonly sibling?: string
  /** The value by which a row that is asked for by its path says that it stands in this list and not in the other. */
  readonly within?: { readonly column: string; readonly value: boolean }
}

/** Rows can be asked for by the list's own parameter `ids`. */
export const byIds = (options: Pick<Lookup, "sibling"> = {}): Lookup => ({ by: "ids", ...options })

/** Rows can be asked for one by one. */
export const byPath = (
  path: Path,
  { tokens, ...options }: { readonly tokens: number } & Pick<Lookup, "within">
): Lookup => ({ by: "path", path, tokens, ...options })
