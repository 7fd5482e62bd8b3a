/**
 * The pagers of lists by offset. A row that is deleted meanwhile lets the next one slide under the offset, so each page
 * begins with the last row of the one before it. Where it begins with another row, something has moved, and the reader
 * goes back until a page begins with a row it knows (`overlap.ts`).
 */
import { Effect } from "effect"
import type { Path, Query } from "../../declare/stream.ts"
import { SystemError } from "../../errors.ts"
import { everyRow, type Page } from "../../page/page.ts"
import { Advance, stuck } from "./advance.ts"
import { newKeys } from "./new-rows.ts"
import { PageOverlap } from "./overlap.ts"
import type { Pager, PagerError } from "./pager.ts"
import type { Requests } from "./requests.ts"

/** Turns the pages of a list by offset, each of which overlaps the one before it by a row. */
export class OffsetPages {
  readonly #requests: Requests
  readonly #path: Path
  readonly #unsteady: SystemError
  readonly #overlap = new PageOverlap()
  readonly #advance: Advance

  /** @param unsteady the error of a list in which no page fits to another any more */
  constructor(requests: Requests, path: Path, unsteady = stuck(requests.stream.name)) {
    this.#requests = requests
    this.#path = path
    this.#unsteady = unsteady
    this.#advance = new Advance(requests.stream.name)
  }

  /** Whether the list's order has changed while it was read. */
  get moved(): boolean {
    return this.#overlap.moved
  }

  /**
   * The next page that fits to the one before it. Empty pages that promise more are passed over, and where rows have
   * moved the reader goes back until a page begins with a row that it knows.
   *
   * @param startsKnown whether the first row of a page has been handed over before
   */
  next(query: Query, startsKnown: (page: Page) => boolean): Effect.Effect<Page, PagerError> {
    return Effect.suspend(() =>
      Effect.flatMap(this.#requests.page(this.#path, { ...query, ...this.#overlap.query }), (page) => {
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

  /** The error of a list that has come to a standstill with this page, else undefined. */
  standstill(page: Page, hasNew: boolean): SystemError | undefined {
    return this.#advance.saw(page, hasNew, this.#overlap.start)
  }

  /** Whether a list that does not say where it ends goes on behind a page with so many rows that are new. */
  goesOn(page: Page, unseen: number): boolean {
    return this.#overlap.goesOn(page.count, unseen)
  }

  /** Goes on behind a page. */
  pass(page: Page): void {
    this.#overlap.pass(page.count)
  }

  /** Begins again at an offset of 0, under another filter. */
  refilter(): void {
    this.#overlap.reset()
    this.#advance.refiltered()
  }
}

/** How often a list whose order does not hold still is read before it is called incomplete. */
const MAX_PASSES = 3

const unsteady = (stream: string): SystemError =>
  new SystemError({
    message: `${stream} is not complete: its list kept changing its order while it was read. What has been read is kept; sync again at a quieter time.`,
    answered: "its list kept changing its order while it was read"
  })

/**
 * Goes through a whole list by offset, and through it again where its order changed, until a pass shows no new row. A row
 * whose content has changed since it was handed over is handed over again.
 */
export const byOffset = (requests: Requests, path: Path, query: Query): Pager => {
  const { paging, name } = requests.stream
  const tellsItsEnd = paging.kind !== "offset" || paging.declared
  /** Hashes of all rows handed over, by key. */
  const seen = new Map<string, number>()
  const startsKnown = (page: Page) => seen.has(page.key(0))
  const beginPass = () => ({
    pages: new OffsetPages(requests, path, unsteady(name)),
    hasNew: newKeys(),
    unseen: 0,
    ended: false
  })
  let pass = beginPass()
  let passes = 1

  const take = (page: Page): Pager["next"] => {
    const keys = everyRow(page).map((row) => page.key(row))
    const unseen = keys.filter((key) => !seen.has(key)).length
    const rows = everyRow(page).filter((row) => seen.get(keys[row] as string) !== page.hash(row))
    for (const row of rows) seen.set(keys[row] as string, page.hash(row))
    pass.unseen += unseen
    if (page.following._tag === "Next" || (!tellsItsEnd && pass.pages.goesOn(page, unseen))) {
      const standstill = pass.pages.standstill(page, pass.hasNew(page))
      if (standstill !== undefined) return Effect.fail(standstill)
      pass.pages.pass(page)
      return Effect.succeed({ page, rows, ended: false })
    }
    pass.ended = true
    return Effect.succeed({ page, rows, ended: !pass.pages.moved || (passes > 1 && pass.unseen === 0) })
  }

  const next = Effect.suspend((): Pager["next"] => {
    if (pass.ended) {
      if (passes === MAX_PASSES) return Effect.fail(unsteady(name))
      passes++
      pass = beginPass()
    }
    return Effect.flatMap(pass.pages.next(query, startsKnown), take)
  })
  return { next }
}
