/**
 * What an answer says of the page after it. API v2 names a cursor, API v1 says whether there is more, directly under
 * `additional_data` or in its `pagination`; a list that says it in the other version's words, or in values of another
 * type, is understood where the meaning is plain and never taken for the end where it is not.
 *
 * @see https://pipedrive.readme.io/docs/core-api-concepts-pagination
 */

import type { Paging } from "../declare/pagination.ts"
import { isObject } from "../json.ts"

export type Following =
  | { readonly _tag: "End" }
  /** There are more rows: at a cursor, on a list that pages by one; behind this page otherwise. */
  | { readonly _tag: "Next"; readonly cursor: string | undefined; readonly start: number | undefined }
  /** No word of further pages, where there may be some. */
  | { readonly _tag: "Unsaid"; readonly words: string }
  /** Words that this source does not understand. */
  | { readonly _tag: "Unclear"; readonly words: string }

/** Properties of an answer that may speak of further pages. */
export const PAGING_WORDS = [
  "next_cursor",
  "more_items_in_collection",
  "next_start",
  "pagination",
  "additional_data"
] as const

export type PagingWords = { readonly [Name in (typeof PAGING_WORDS)[number]]?: unknown }

/** Whether an endpoint documents what its answers say of further pages. */
export const isPaged = (paging: Paging): boolean =>
  paging.kind === "seek" || (paging.kind !== "single" && paging.declared)

const MAX_QUOTED = 120

/** Whether a property that holds other properties holds none: PHP writes an empty object as a list. */
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const quoted = (words: PagingWords): string => {
  const said = Object.entries(words).filter(([, value]) => value !== undefined)
  const text = said.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ")
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text
}

/**
 * @param count rows on the page
 * @param limit rows asked for, where the endpoint takes a limit
 */
export const followingOf = (
  words: PagingWords,
  paging: Paging,
  count: number,
  limit: number | undefined
): Following => {
  const holders = [words, words.additional_data]
  const inner = holders.map((holder) => (isObject(holder) ? holder["pagination"] : undefined))
  const places = [...holders, ...inner].filter(isObject)
  const said = (name: string) => places.map((place) => place[name]).filter((value) => value !== undefined)
  const mores = said("more_items_in_collection")
  const starts = said("next_start")
  // An empty cursor names no page.
  const cursors = said("next_cursor").filter((value) => value !== "")

  const cursor = cursors.find((value) => typeof value === "string")
  const start = starts.find(isOffset)
  const isMore = mores.includes(true) || (mores.length === 0 && start !== undefined)
  const isOdd =
    [words.additional_data, ...inner].some((holder) => !isObject(holder) && !isEmpty(holder)) ||
    cursors.some((value) => typeof value !== "string" && value !== null) ||
    mores.some((value) => typeof value !== "boolean" && value !== null) ||
    (mores.length === 0 && starts.some((value) => !isOffset(value) && value !== null))

  const unsaid: Following = { _tag: "Unsaid", words: quoted(words) || "nothing" }
  if (paging.kind === "offset" && !paging.declared) {
    return isMore && !isOdd ? { _tag: "Next", cursor: undefined, start } : unsaid
  }
  const promises = cursor !== undefined || isMore
  const isUnderstood = paging.kind === "cursor" ? cursor !== undefined : paging.kind !== "single" && isMore
  if (isUnderstood)
    return { _tag: "Next", ...(paging.kind === "cursor" ? { cursor, start: undefined } : { cursor: undefined, start }) }
  if (isOdd || promises) return { ...unsaid, _tag: "Unclear" }
  if (cursors.length + mores.length + starts.length > 0 || paging.kind === "single") return { _tag: "End" }
  const least = Math.min(limit ?? Number.POSITIVE_INFINITY, ...said("limit").filter(isOffset))
  return count >= Math.max(1, least) ? unsaid : { _tag: "End" }
}
