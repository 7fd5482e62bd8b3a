/**
 * What the plan remembers of a slice while a worker reads it: where the worker began, whether it stops at the safe
 * watermark, and what kinds of rows it has met.
 */
import type { PageFacts } from "./commands.ts"
import type { Slice } from "./slices.ts"

/** A list on which rows change faster than they are read is given up after this long. */
const ENDLESS_S = 3_600

/** Whether a page ends on rows without a time, behind those that have one. */
const endsUntimed = ({ at, ended, times }: PageFacts): boolean =>
  Number.isNaN(times.at(-1)) && (at !== undefined || ended)

/** Whether the list may still change behind the rows of a page: they are too young, or may get a time. */
export const isLive = (page: PageFacts): boolean =>
  (page.times.at(-1) ?? Number.NEGATIVE_INFINITY) > page.safeWatermark || endsUntimed(page)

/** One worker's way through a slice. */
export class SliceReading {
  readonly id: number
  /** The slice as it was when the worker began. */
  readonly began: Slice
  /** Whether it stops at the safe watermark, if it is open when it comes there. */
  parks: boolean
  #hasMetUntimed = false
  /** The first page with rows that changed after the read began, and the newest page, by the server's clock. */
  #beyond: { readonly since: number; now: number } | undefined

  constructor(id: number, began: Slice, parks: boolean) {
    this.id = id
    this.began = began
    this.parks = parks
  }

  /** @param safeWatermark that of the read's first answer */
  saw(page: PageFacts, safeWatermark: number): void {
    this.#hasMetUntimed ||= endsUntimed(page)
    const now = page.safeWatermark
    if (this.#beyond !== undefined) this.#beyond.now = now
    else if (page.at !== undefined && page.at > safeWatermark) this.#beyond = { since: now, now }
  }

  /** Whether it has been among rows that changed after the read began for longer than any read may take. */
  get isEndless(): boolean {
    return this.#beyond !== undefined && this.#beyond.now - this.#beyond.since > ENDLESS_S
  }

  /**
   * Whether rows without a time stood at the end of what it has read. The last page may be empty, and a slice that goes
   * on from a state may have stood among them: all of those that were left have a time by now.
   */
  get hasMetUntimed(): boolean {
    return this.began.since === undefined && (this.#hasMetUntimed || this.began.cursor !== undefined)
  }
}
