import { Effect } from "effect"
import type { Query } from "../../declare/stream.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import type { Page } from "../../page/page.ts"
import type { Requests } from "../pages/requests.ts"
import { positionOf, type Slices } from "./slices.ts"

/** Pages a slice has given before it may be split. */
const PAGES_FIRST = 2
/**
 * Pages a slice must have left, by estimate, to be worth a split, times workers: each half ends on a page that is not
 * full. The fewer the workers and the dearer the pages, the more a split has to gain.
 */
const LEAST_LEFT = 40
/** Price of a page of the common lists, in tokens. */
const COMMON_TOKENS = 10
/** Share of all pages that may be spent on splits that gain nothing. */
const WASTE = 0.03

interface Seen {
  pages: number
  /** Seconds between the first and last row of the newest page, at least one. */
  span: number
}

/** Where a slice is to be cut. */
export interface Cut {
  readonly id: number
  readonly cut: number
}

/**
 * Decides which slice to split, and where, from what pages have shown of the distribution: none is assumed. Splits
 * stop when they have cost more pages than they may.
 */
export class Splitter {
  readonly #requests: Requests
  readonly #workers: number
  readonly #descending: Query | undefined
  readonly #seen = new Map<number, Seen>()
  #pages = 0
  #rows = 0
  #largest = 1
  #newest: number | undefined
  #middle = false
  #nullsLast = false

  /** @param descending parameters that turn the list around; undefined for a list that is never split */
  constructor(requests: Requests, workers: number, descending: Query | undefined) {
    this.#requests = requests
    this.#workers = workers
    this.#descending = descending
  }

  /** Whether the look at the end of the list found rows without a time there. */
  get nullsLast(): boolean {
    return this.#nullsLast
  }

  /** @param written rows of the page that were not dropped for another slice */
  saw(id: number, page: Page, written: number, ended: boolean): void {
    this.#pages++
    this.#rows += written
    this.#largest = Math.max(this.#largest, page.count)
    const times = [0, page.count - 1].map((row) => page.seconds(row))
    const span = Math.max(1, (times[1] as number) - (times[0] as number))
    this.#seen.set(id, {
      pages: ended ? 0 : (this.#seen.get(id)?.pages ?? 0) + 1,
      span: Number.isNaN(span) ? Number.POSITIVE_INFINITY : span
    })
  }

  split(slices: Slices, safeWatermark: number): Effect.Effect<Cut | undefined, ReadError | RefusedError> {
    return Effect.suspend(() => {
      const descending = this.#descending
      if (descending === undefined || this.#workers === 1) return Effect.undefined
      // Each slice has a page under way, of which nothing is written yet.
      const waste = this.#pages + slices.unfinished.size - this.#rows / this.#largest
      if (waste >= this.#workers + WASTE * this.#pages) return Effect.undefined
      if (![...this.#seen.values()].some((seen) => seen.pages >= PAGES_FIRST)) return Effect.undefined
      if (this.#newest !== undefined) return Effect.succeed(this.#choose(slices, safeWatermark, this.#newest))
      this.#newest = safeWatermark
      return Effect.map(this.#requests.page(this.#requests.stream.path, descending, { limit: 1 }), (page) => {
        this.#pages++
        const newest = page.count === 0 ? Number.NaN : page.seconds(0)
        if (Number.isFinite(newest)) this.#newest = newest
        else this.#nullsLast = page.count > 0
        return this.#choose(slices, safeWatermark, this.#newest as number)
      })
    })
  }

  #choose(slices: Slices, safeWatermark: number, newest: number): Cut | undefined {
    let best: { readonly id: number; readonly from: number; readonly left: number; readonly span: number } | undefined
    let most = Math.max(2, ((LEAST_LEFT / this.#workers) * this.#requests.stream.tokens) / COMMON_TOKENS)
    for (const [id, slice] of slices.unfinished) {
      const seen = this.#seen.get(id)
      const from = positionOf(slice)
      if (seen === undefined || seen.pages < PAGES_FIRST || from === undefined || slice.nulls) continue
      const left = Math.min(slice.stop ?? Number.POSITIVE_INFINITY, safeWatermark, newest + 1) - from
      const pages = left / seen.span
      if (pages >= most) {
        most = pages
        best = { id, from, left, span: seen.span }
      }
    }
    if (best === undefined || best.left < 3) return undefined
    this.#middle = !this.#middle
    const middle = best.left / 2
    const geometric = Math.max(2 * Math.sqrt(best.span * best.left), 2 * best.span)
    const offset = Math.floor(this.#middle ? middle : Math.min(middle, geometric))
    const seen = this.#seen.get(best.id) as Seen
    seen.pages = PAGES_FIRST - 1
    return offset < 1 ? undefined : { id: best.id, cut: best.from + offset }
  }
}
