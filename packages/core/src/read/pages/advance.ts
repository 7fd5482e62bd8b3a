/**
 * Watches that a list advances: a server that ignores the offset or cursor it is asked with answers the same rows for
 * ever, and would take the whole company's daily budget for nothing.
 *
 *   page ──▶ a row that is new ──────────────────▶ go on
 *     ├────▶ none, but the list promises more ───▶ go on; the third in a row: error
 *     └────▶ empty, and a next page is named ────▶ go on; the hundred and first in a row: error
 *
 * What has to be remembered to tell whether a row is new depends on the order of the list.
 */
import { SystemError } from "../../errors.ts"
import { everyRow, type Page } from "../../page/page.ts"

/** Pages in a row that promise more rows and bring none that is new, after which the list is given up. */
const MAX_PAGES_WITHOUT_NEW_ROWS = 3
/** Pages in a row that hold no row and name a next page, after which the list is given up. */
const MAX_EMPTY_PAGES = 100

/** The error of a list that does not advance. */
export const stuck = (stream: string, why = "Pipedrive named the same next page twice"): SystemError =>
  new SystemError({
    message: `Stopped at ${stream}: ${why}, so the list does not advance. What has been read is kept; the next sync goes on from there.`,
    answered: `${why}, so its list does not advance`
  })

/** Whether a page holds nothing, not even a wrapper without a row. */
export const isEmptyPage = (page: Page): boolean => page.count + page.empty === 0

/** One pass over one list. */
export class Advance {
  readonly #stream: string
  #furthest = Number.NEGATIVE_INFINITY
  #withoutNewRows = 0
  #empty = 0

  constructor(stream: string) {
    this.#stream = stream
  }

  /** The list begins again at an offset of 0, under another filter. */
  refiltered(): void {
    this.#furthest = Number.NEGATIVE_INFINITY
  }

  /**
   * The error of a list that has come to a standstill with this page, else undefined. Pages that were read before, by an
   * offset that was set back, count neither way.
   *
   * @param hasNew whether a row was not on any earlier page of this pass
   * @param start offset the page was asked with; left out for a list that pages by cursor
   */
  saw(page: Page, hasNew: boolean, start?: number): SystemError | undefined {
    const { following } = page
    if (following._tag !== "Next") return undefined
    const isAhead = start === undefined || start > this.#furthest
    this.#furthest = Math.max(this.#furthest, start ?? this.#furthest)
    if (page.count > 0) this.#empty = 0
    else if (following.cursor !== undefined || page.empty > 0 || (following.start ?? 0) > (start ?? 0)) {
      return ++this.#empty > MAX_EMPTY_PAGES
        ? stuck(this.#stream, `Pipedrive named a next page ${MAX_EMPTY_PAGES} times in a row and gave no row`)
        : undefined
    }
    if (hasNew) this.#withoutNewRows = 0
    else if (isAhead || page.count === 0) this.#withoutNewRows++
    return this.#withoutNewRows >= MAX_PAGES_WITHOUT_NEW_ROWS
      ? stuck(
          this.#stream,
          `Pipedrive promised more rows, and ${MAX_PAGES_WITHOUT_NEW_ROWS} pages in a row brought none that is new`
        )
      : undefined
  }
}

/** Tells, of each page of one pass in turn, whether it brings a row that was on no earlier page. */
export type NewRows = (page: Page) => boolean

const unseen = (keyOf: (page: Page, row: number) => string): NewRows => {
  const seen = new Set<string>()
  return (page) => {
    const before = seen.size
    for (const row of everyRow(page)) seen.add(keyOf(page, row))
    return seen.size > before
  }
}

/** By key. */
export const newKeys = (): NewRows => unseen((page, row) => page.key(row))

/** By key and content, for lists whose rows may have no key of their own. */
export const newContents = (): NewRows => unseen((page, row) => `${page.key(row)} ${page.hash(row)}`)

/** The number in a key, which may name a row's kind before it. */
export const idOf = (key: string): number => Number(key.split(",").at(-1))

/** By id, for lists that ascend by it. */
export const higherIds = (): NewRows => {
  let highest = Number.NEGATIVE_INFINITY
  return (page) => {
    const before = highest
    for (const row of everyRow(page)) highest = Math.max(highest, idOf(page.key(row)))
    return highest > before
  }
}

/** By key, for lists that are likely to ascend by id: keys of rows that do are not remembered. */
export const mostlyHigherIds = (): NewRows => {
  const others = new Set<string>()
  let highest = Number.NEGATIVE_INFINITY
  return (page) => {
    const [before, known] = [highest, others.size]
    for (const row of everyRow(page)) {
      const id = page.id(row)
      if (typeof id === "number" && id > highest) highest = id
      else others.add(page.key(row))
    }
    return highest > before || others.size > known
  }
}

/**
 * By update time, for lists that ascend by it: only the keys of the latest second are remembered, and those of rows
 * without a time.
 */
export const laterRows = (): NewRows => {
  let last = Number.NEGATIVE_INFINITY
  let ofLast = new Set<string>()
  const untimed = new Set<string>()
  return (page) => {
    const before = last
    let hasNew = false
    for (let row = page.count - 1; row >= 0; row--) {
      const seconds = page.seconds(row)
      if (seconds > last) {
        last = seconds
        ofLast = new Set()
      }
      if (seconds < last) {
        // Everything before it is older still.
        if (last > before) break
        continue
      }
      const keys = Number.isNaN(seconds) ? untimed : ofLast
      const known = keys.size
      keys.add(page.key(row))
      if (keys.size > known) hasNew = true
    }
    return hasNew || last > before
  }
}
