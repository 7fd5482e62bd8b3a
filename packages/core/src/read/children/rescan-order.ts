/**
 * In which order a rescan goes through a list of parents, and how it finds its place in it again. Lists that can be
 * sorted are asked for by id: ids do not move, so each parent comes once, and all up to the last one have been passed.
 * Other lists come in an order of their own, in which the last parent tells only of its own page.
 */
import type { Query, SourceStream } from "../../declare/stream.ts"
import type { Page } from "../../page/page.ts"

/** Whether a list can be asked for in the order of its ids. */
export const isSorted = ({ changes }: SourceStream): boolean => changes?.kind === "since"

/** The parameters that ask for a list by id, where it can be sorted. */
export const byId = (list: SourceStream): Query => {
  if (!isSorted(list)) return {}
  return list.query?.["sort_by"] === undefined ? { sort: "id ASC" } : { sort_by: "id", sort_direction: "asc" }
}

/** The id of a parent in a page. */
const idIn = (page: Page, row: number): number => Number(page.text(row, "id"))

/**
 * Tells which rows of a page have been passed. In the order of ids those are all up to the last one; otherwise the last
 * one and the rows before it on its own page.
 */
export const passedIn = (list: SourceStream, page: Page, last: string | undefined): ((row: number) => boolean) => {
  if (last === undefined) return () => false
  if (isSorted(list)) return (row) => idIn(page, row) <= Number(last)
  let place = page.count - 1
  while (place >= 0 && page.text(place, "id") !== last) place--
  return (row) => row <= place
}
