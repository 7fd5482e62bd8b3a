/**
 * How an endpoint pages its list.
 *
 * - `cursor`: the answer names the next page (`additional_data.next_cursor`).
 * - `seek`: API v1 sorted by update time; the next request starts at the second of the last row.
 * - `offset`: API v1 `start`; every page overlaps the one before by a row, so that no row slips through between two pages.
 * - `single`: the whole list, or one object, in one answer.
 *
 * @see https://pipedrive.readme.io/docs/core-api-concepts-pagination
 */
export type Paging =
  | { readonly kind: "cursor"; readonly limit: number; readonly declared: boolean }
  | { readonly kind: "seek"; readonly limit: number }
  | { readonly kind: "offset"; readonly limit: number; readonly declared: boolean }
  | { readonly kind: "single" }

interface PageOptions {
  /** Rows per page; by default the most that the endpoint allows, as a page costs the same whatever its size. */
  readonly limit?: number
  /** False if the endpoint documents no paging information in its answers. */
  readonly declared?: boolean
}

export const cursorPages = ({ limit = 500, declared = true }: PageOptions = {}): Paging => ({
  kind: "cursor",
  limit,
  declared
})

export const seekPages = ({ limit = 500 }: Pick<PageOptions, "limit"> = {}): Paging => ({ kind: "seek", limit })

export const offsetPages = ({ limit = 500, declared = true }: PageOptions = {}): Paging => ({
  kind: "offset",
  limit,
  declared
})

export const singlePage = (): Paging => ({ kind: "single" })
