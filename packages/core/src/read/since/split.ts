/**
 * When a slice is worth splitting for an idle worker, which one, and where. A pure machine, fed with what pages show.
 *
 * Cutting in the middle alone cannot zoom into one dense day of ten years, and cutting close behind the position alone
 * fails on many small clumps; so the two take turns. One second is never divided.
 */
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

/** A slice that may be split: where it stands, and the seconds that are left of it. */
interface Candidate {
  readonly id: number
  readonly from: number
  readonly left: number
  readonly seen: Seen
}

/** Where a slice is to be cut. */
export interface Cut {
  readonly id: number
  readonly cut: number
}

interface SplitterOptions {
  /** Tokens a page costs. */
  readonly tokens: number
  /** Requests that may be under way at once; a list that cannot be divided has 1. */
  readonly workers: number
}

/**
 * Decides which slice to split, and where, from what pages have shown of the distribution: none is assumed. Splits
 * stop when they have cost more pages than they may.
 *
 * Before the first split the end of the list is looked at once, so that years without a row are not halved in vain.
 */
export class Splitter {
  readonly #tokens: number
  readonly #workers: number
  readonly #seen = new Map<number, Seen>()
  #pages = 0
  #rows = 0
  /** Rows of the largest page. */
  #largest = 1
  /** Second of the newest row; until the look at the end tells it, the safe watermark. */
  #newest: number | undefined
  #endsUntimed = false
  /** Whether the last cut was in the middle: middle and geometric cuts take turns. */
  #wasMiddle = false

  constructor({ tokens, workers }: SplitterOptions) {
    this.#tokens = tokens
    this.#workers = workers
  }

  /**
   * A page of a slice.
   *
   * @param times epoch seconds of its rows, in order
   * @param emitted how many of them were not left to another slice
   */
  saw(id: number, times: ReadonlyArray<number>, emitted: number, ended: boolean): void {
    this.#pages++
    this.#rows += emitted
    this.#largest = Math.max(this.#largest, times.length)
    const span = Math.max(1, (times.at(-1) ?? Number.NaN) - (times[0] ?? Number.NaN))
    this.#seen.set(id, {
      pages: ended ? 0 : (this.#seen.get(id)?.pages ?? 0) + 1,
      span: Number.isNaN(span) ? Number.POSITIVE_INFINITY : span
    })
  }

  /** Whether the look at the end of the list has found rows without a time there. */
  get endsUntimed(): boolean {
    return this.#endsUntimed
  }

  /** @param newest second of the list's last row: NaN where it has no time, undefined where there is no row */
  sawEnd(newest: number | undefined): void {
    this.#pages++
    if (Number.isFinite(newest)) this.#newest = newest
    else this.#endsUntimed = newest !== undefined
  }

  /** Whether any slice may be split by now, and a split would not cost more than splits may. */
  mayChoose(slices: Slices): boolean {
    // Each slice has a page under way, of which nothing has been emitted yet.
    const waste = this.#pages + slices.unfinished.size - this.#rows / this.#largest
    return (
      this.#workers > 1 &&
      waste < this.#workers + WASTE * this.#pages &&
      [...this.#seen.values()].some(({ pages }) => pages >= PAGES_FIRST)
    )
  }

  /** Whether the end of the list is to be looked at before a choice: once, whoever else chooses meanwhile. */
  mustLook(safeWatermark: number): boolean {
    if (this.#newest !== undefined) return false
    this.#newest = safeWatermark
    return true
  }

  /** Where to split. */
  choose(slices: Slices, safeWatermark: number): Cut | undefined {
    const slice = this.#longest(slices, safeWatermark, this.#newest ?? safeWatermark)
    return slice === undefined || slice.left < 3 ? undefined : this.#cut(slice)
  }

  /** The slice that has most pages left by estimate, of those that are worth a split. */
  #longest(slices: Slices, safeWatermark: number, newest: number): Candidate | undefined {
    let longest: Candidate | undefined
    let most = Math.max(2, ((LEAST_LEFT / this.#workers) * this.#tokens) / COMMON_TOKENS)
    for (const [id, slice] of slices.unfinished) {
      const seen = this.#seen.get(id)
      const from = positionOf(slice)
      if (seen === undefined || seen.pages < PAGES_FIRST || from === undefined || slice.nulls) continue
      const left = Math.min(slice.stop ?? Number.POSITIVE_INFINITY, safeWatermark, newest + 1) - from
      const pages = left / seen.span
      if (pages >= most) {
        most = pages
        longest = { id, from, left, seen }
      }
    }
    return longest
  }

  #cut({ id, from, left, seen }: Candidate): Cut | undefined {
    this.#wasMiddle = !this.#wasMiddle
    const middle = left / 2
    const geometric = Math.max(2 * Math.sqrt(seen.span * left), 2 * seen.span)
    const offset = Math.floor(this.#wasMiddle ? middle : Math.min(middle, geometric))
    // The half that stays gives a page before it is split again.
    seen.pages = PAGES_FIRST - 1
    return offset < 1 ? undefined : { id, cut: from + offset }
  }
}
