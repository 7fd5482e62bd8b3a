/**
 * Turns the pages of a list by offset, for every pager of such lists. A row that is deleted meanwhile lets the next one
 * slide under the offset, so each page begins with the last row of the one before it. Where it begins with another row,
 * something has moved, and the reader goes back until a page begins with a row it knows (`overlap.ts`).
 *
 *   next ──▶ ask ──▶ fits ──────────▶ the page; `moveBehind` goes on behind it
 *             ▲ ├──▶ empty, with more promised ──▶ ask behind it
 *             │ └──▶ does not fit ──▶ ask further back; too often: error
 *             └────────────────────────────┘
 */
import { Effect } from "effect"
import type { Path, Query } from "../../declare/stream.ts"
import type { SystemError } from "../../errors.ts"
import { type Page, safeWatermarkAt } from "../../page/page.ts"
import { Advance, stuck } from "./advance.ts"
import { PageOverlap } from "./overlap.ts"
import type { PagerError } from "./pager.ts"
import type { Requests } from "./requests.ts"

interface OffsetPagesOptions {
  readonly requests: Requests
  readonly path: Path
  /** The offset at which to go on, as a state remembers it. */
  readonly saved?: number | undefined
  /** The error of a list in which no page fits to another any more. */
  readonly unsteady?: SystemError
}

/** Turns the pages of a list by offset, each of which overlaps the one before it by a row. */
export class OffsetPages {
  readonly #requests: Requests
  readonly #path: Path
  readonly #unsteady: SystemError
  readonly #overlap: PageOverlap
  #advance: Advance
  /** Whether the next page is asked for at the offset that a state remembers. */
  #isSaved: boolean
  #requestsMade = 0
  #began: number | undefined

  constructor({ requests, path, saved = 0, unsteady = stuck(requests.stream.name) }: OffsetPagesOptions) {
    this.#requests = requests
    this.#path = path
    this.#unsteady = unsteady
    this.#overlap = new PageOverlap(saved)
    this.#advance = new Advance(requests.stream.name)
    this.#isSaved = saved > 0
  }

  /** Offset of the page that was given last, or of the next one after `moveBehind`. */
  get start(): number {
    return this.#overlap.start
  }

  /** Offset of the last row behind which the list goes on. */
  get lastRow(): number {
    return this.#overlap.overlaps ? this.#overlap.start : this.#overlap.start - 1
  }

  /** Whether the list's order has changed while it was read. */
  get moved(): boolean {
    return this.#overlap.moved
  }

  get requestsMade(): number {
    return this.#requestsMade
  }

  /** Safe watermark of the first answer, in epoch seconds; minus infinity before it. */
  get began(): number {
    return this.#began ?? Number.NEGATIVE_INFINITY
  }

  /**
   * The next page that fits to the one before it.
   *
   * @param startsKnown whether the first row of a page has been handed over before
   */
  next(query: Query, startsKnown: (page: Page) => boolean): Effect.Effect<Page, PagerError> {
    return Effect.suspend(() =>
      Effect.flatMap(this.#ask(query), (page) => {
        if (page.count === 0 && page.following._tag === "Next") {
          const standstill = this.standstill(page, false)
          if (standstill !== undefined) return Effect.fail(standstill)
          this.#overlap.skip(page)
          return this.next(query, startsKnown)
        }
        if (this.#overlap.fits(page.count > 0 && startsKnown(page), page.count)) return Effect.succeed(page)
        return this.#overlap.isLost ? Effect.fail(this.#unsteady) : this.next(query, startsKnown)
      })
    )
  }

  #ask(query: Query): Effect.Effect<Page, PagerError> {
    const place = { ...query, ...this.#overlap.query }
    const asking = this.#isSaved
      ? Effect.map(this.#requests.resume(this.#path, place, query), ({ page, isThere }) => {
          this.#isSaved = false
          if (!isThere) this.#overlap.reset()
          return page
        })
      : this.#requests.page(this.#path, place)
    return Effect.map(asking, (page) => {
      this.#requestsMade++
      this.#began ??= safeWatermarkAt(page)
      return page
    })
  }

  /** The list's first page as it is now; the place in the list stays. */
  front(query: Query): Effect.Effect<Page, PagerError> {
    return Effect.map(this.#requests.page(this.#path, query), (page) => {
      this.#requestsMade++
      return page
    })
  }

  /** The error of a list that has come to a standstill with this page, else undefined. */
  standstill(page: Page, hasNew: boolean): SystemError | undefined {
    return this.#advance.saw(page, hasNew, this.#overlap.start)
  }

  /** The list has changed, and so may bring no new row for a few more pages. */
  allowStandstill(): void {
    this.#advance = new Advance(this.#requests.stream.name)
  }

  /** Whether a list that does not say where it ends goes on behind a page with so many rows that are new. */
  goesOn(page: Page, unseen: number): boolean {
    return this.#overlap.goesOn(page.count, unseen)
  }

  /** Goes on behind a page. */
  moveBehind(page: Page): void {
    this.#overlap.moveBehind(page.count)
  }

  /** Begins again at an offset of 0, under another filter. */
  refilter(): void {
    this.#overlap.reset()
    this.#advance.refiltered()
  }
}
