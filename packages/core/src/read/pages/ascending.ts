import type { Page } from "../../page/page.ts"

/**
 * Tells a page of a list that ascends by update time from one that has been read: by what lies behind the last second so
 * far, so that only the keys of that second are kept, and those of rows without a time.
 */
export class Ascending {
  #last: number
  #ofLast = new Set<string>()
  readonly #timeless = new Set<string>()

  /** @param last epoch second up to which the list has been read */
  constructor(last = Number.NEGATIVE_INFINITY) {
    this.#last = last
  }

  /** Whether a page brings a row that was not on an earlier one; it counts as read from then on. */
  goesBeyond(page: Page): boolean {
    const before = this.#last
    let hasNew = false
    for (let row = page.count - 1; row >= 0; row--) {
      const seconds = page.seconds(row)
      if (seconds > this.#last) {
        this.#last = seconds
        this.#ofLast = new Set()
      }
      if (seconds < this.#last) {
        // Everything before it is older still.
        if (this.#last > before) break
        continue
      }
      const keys = Number.isNaN(seconds) ? this.#timeless : this.#ofLast
      const known = keys.size
      keys.add(page.key(row))
      if (keys.size > known) hasNew = true
    }
    return hasNew || this.#last > before
  }
}
