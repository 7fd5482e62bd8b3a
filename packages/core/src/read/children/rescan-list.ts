/**
 * Rescans one list of parents, from where the last run left off. After each page the place is noted in the stream's
 * progress: the page's cursor or offset (`cursor`), and the last parent that has been passed (`at`).
 *
 * A place that Pipedrive no longer accepts is given up, once, and the list is begun again; parents that have been passed
 * are then recognised and not read twice, where the list can be asked for by id.
 */
import { Effect } from "effect"
import type { Path, Query, SourceStream } from "../../declare/stream.ts"
import type { NotAvailableError, ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import type { Page } from "../../page/page.ts"
import { fromPlace, type PlacedPage } from "../pages/from-place.ts"
import type { Pager } from "../pages/pager.ts"
import { pathOf, type Requests } from "../pages/requests.ts"
import type { Sink } from "../sink.ts"
import type { Children } from "./children.ts"
import type { ChildProgress } from "./progress.ts"
import type { RescanAllowance } from "./rescan-allowance.ts"
import { byId, isSorted, passedIn } from "./rescan-order.ts"

/** A child stream whose parents are read again, changed or not. */
export interface RescannedStream {
  readonly stream: SourceStream
  readonly progress: ChildProgress
  readonly children: Children
  readonly sink: Sink
  readonly checkpoint: Effect.Effect<void>
}

/** A list of parents, or one part of it. */
export interface ParentList {
  readonly list: SourceStream
  readonly part: { readonly path?: Path; readonly query?: Query }
  /** How the stream's state names it. */
  readonly name: string
}

interface ListRescanOptions {
  readonly rescanned: RescannedStream
  readonly parents: ParentList
  readonly requests: Requests
  readonly allowance: RescanAllowance
  /** Parents with an earlier update time, in epoch seconds, are skipped. */
  readonly start: number | undefined
}

/** One rescan of one list. */
export class ListRescan {
  readonly #options: ListRescanOptions
  readonly #pager: Pager<PlacedPage>

  constructor(options: ListRescanOptions) {
    const { parents, requests, rescanned } = options
    const { list, part } = parents
    this.#options = options
    this.#pager = fromPlace({
      requests,
      path: pathOf(part.path ?? list.path),
      query: { ...part.query, ...byId(list) },
      saved: rescanned.progress.rescan.cursor
    })
  }

  /**
   * Reads on.
   *
   * @returns whether the list has come to its end: not where the allowance is spent or the stream has ended
   */
  read(): Effect.Effect<boolean, ReadError | RefusedError | NotAvailableError> {
    const { allowance, parents, rescanned } = this.#options
    const { checkpoint, progress, sink } = rescanned
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        if (allowance.parents <= 0) return yield* Effect.as(checkpoint, false)
        const { begunAgain, ended, next, page, place } = yield* this.#pager.next
        if (begunAgain && !isSorted(parents.list)) {
          const { at: _at, ...rest } = progress.rescan
          progress.rescan = rest
        }
        const { cost, isWhole, reached, rows } = this.#choose(page)
        yield* sink.take(page, rows, this.#note(isWhole ? next : place, reached, cost))
        if (sink.emitter.ended) return false
        if (!isWhole) return yield* Effect.as(checkpoint, false)
        if (ended) return true
      }
    })
  }

  /** The rows of a page whose children are to be read, as many as the allowance pays for, and where they leave off. */
  #choose(page: Page) {
    const { allowance, parents, rescanned, start } = this.#options
    const { children, progress } = rescanned
    const isPassed = passedIn(parents.list, page, progress.rescan.at)
    const rows: Array<number> = []
    let last: number | undefined
    let cost = 0
    const most = allowance.parents
    for (let row = 0; row < page.count && cost < most; row++) {
      last = row
      if (isPassed(row) || (start !== undefined && page.seconds(row) < start)) continue
      rows.push(row)
      if (typeof children.parentIn(page, row) === "object") cost++
    }
    return {
      rows,
      cost,
      isWhole: last === undefined || last === page.count - 1,
      // A list that was begun again shows parents that have been passed.
      reached: last === undefined || isPassed(last) ? undefined : page.text(last, "id")
    }
  }

  /** Notes the place that has been reached, once the children of the rows before it have been emitted. */
  #note(cursor: string | undefined, reached: string | undefined, cost: number): Effect.Effect<void> {
    const { allowance, rescanned } = this.#options
    const { checkpoint, progress } = rescanned
    return Effect.suspend(() => {
      const { cursor: _cursor, ...rest } = progress.rescan
      progress.rescan = {
        ...rest,
        ...(cursor !== undefined && { cursor }),
        ...(reached !== undefined && { at: reached }),
        ...allowance.spentAfter(cost)
      }
      return checkpoint
    })
  }
}
