/**
 * In which order a rescan goes through a list of parents, and how it finds its place in it again. Lists that can be
 * sorted are asked for by id: ids do not move, so each parent comes once, and all up to the last one have been passed.
 * Other lists come in an order of their own, in which the last parent tells only of its own page.
 */
import type { Query, SourceStream } from "../../declare/stream.ts"
import type { Page } from "../../page/page.ts"
import { Advance } from "../pages/advance.ts"

/** Whether a list can be asked for in the order of its ids. */
export const isSorted = ({ changes }: SourceStream): boolean => changes?.kind === "since"

/** The parameters that ask for a list by id, where it can be sorted. */
export const byId = (list: SourceStream): Query => {
  if (!isSorted(list)) return {}
  return list.query?.["sort_by"] === undefined ? { sort: "id ASC" } : { sort_by: "id", sort_direction: "asc" }
}

/** The id of a parent in a page. */
const idIn = (page: Page, row: number): number => Number(page.text(row, "id"))

/** Where the page after this one starts: at a page cursor, or at an offset that overlaps by a row. */
export const nextOf = ({ count, empty, following }: Page, start: number | undefined): string | undefined => {
  if (following._tag !== "Next") return undefined
  if (start === undefined) return following.cursor
  return String(count === 0 ? Math.max(following.start ?? 0, start + empty) : start + Math.max(1, count - 1))
}

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

/** What has been seen of a list since it was begun: it has to bring parents that are new. */
export class SeenParents {
  /** Cursors of pages that have been named as next. */
  readonly cursors = new Set<string>()
  readonly #keys = new Set<string>()
  readonly #advance: Advance
  #highest = Number.NEGATIVE_INFINITY

  constructor(stream: string) {
    this.#advance = new Advance(stream)
  }

  /** The error of a list that does not advance. Ids that grow need not be remembered. */
  saw(page: Page, start: number | undefined): ReturnType<Advance["saw"]> {
    const highest = this.#highest
    const { size } = this.#keys
    for (let row = 0; row < page.count; row++) {
      const id = idIn(page, row)
      if (id > this.#highest) this.#highest = id
      else this.#keys.add(page.key(row))
    }
    return this.#advance.saw(page, this.#highest > highest || this.#keys.size > size, start)
  }
}
