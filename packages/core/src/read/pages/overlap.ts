/**
 * The one rule of lists by offset: pages overlap by a row.
 *
 *   page 1:  a b c d            page 1:  a b c d         b is deleted
 *   page 2:        d e f g      page 2:        e f g     does not begin with d: go back
 *   fits                        again:   a c d e         begins with a row that is known
 */
import type { Page } from "../../page/page.ts"

/** How often the reader goes back within one list before its order is called unsteady. */
const MAX_STEPS_BACK = 200

/**
 * Where the next page of an offset list starts: on the last row of the page before, so that nothing slides through.
 * Where a page does not begin with a row seen before, something moved, and the reader goes back a page, then twice
 * that, down to the start.
 */
export class PageOverlap {
  start: number
  #overlapping: boolean
  #back = 0
  #steps = 0

  /** @param start an offset at which a row stands that was seen before; 0 for the beginning */
  constructor(start = 0) {
    this.start = start
    this.#overlapping = start > 0
  }

  /** Whether the next page begins with a row that the page before has shown. */
  get overlaps(): boolean {
    return this.#overlapping && this.start > 0
  }

  /** Whether the list's order has changed while it was read. */
  get moved(): boolean {
    return this.#steps > 0
  }

  /** Whether it changes too often for any order to be found. */
  get isLost(): boolean {
    return this.#steps > MAX_STEPS_BACK
  }

  /** Whether a page fits to the one before; where it does not, the next one starts further back. */
  fits(isFirstSeen: boolean, count: number): boolean {
    if (!this.overlaps || isFirstSeen) {
      this.#back = 0
      return true
    }
    this.#steps++
    this.#back = this.#back === 0 ? Math.max(1, count) : this.#back * 2
    this.start = Math.max(0, this.start - this.#back)
    return false
  }

  /**
   * Whether a list that does not say where it ends goes on: up to a page without a new row. Only the first page of a later
   * pass may have none.
   */
  goesOn(count: number, unseen: number): boolean {
    return count > 0 && (unseen > 0 || this.start === 0)
  }

  /** Goes on behind a page; one of a single row leaves no room for an overlap. */
  moveBehind(count: number): void {
    this.#overlapping = count > 1
    this.start += Math.max(1, count - 1)
  }

  /** Goes on behind a page that holds no row and promises more: where it says, or behind what it holds. */
  skip({ empty, following }: Pick<Page, "empty" | "following">): void {
    const named = following._tag === "Next" ? (following.start ?? 0) : 0
    const next = Math.max(named, this.start + empty)
    if (next > this.start) this.#overlapping = false
    this.start = next
  }

  /** Begins again at an offset of 0, under another filter. */
  reset(): void {
    this.start = 0
    this.#overlapping = false
    this.#back = 0
  }

  /** The parameter for a request. */
  get query(): { readonly [parameter: string]: string } {
    return this.start === 0 ? {} : { start: String(this.start) }
  }
}
