/**
 * Asks for the children of a batch of parents. A batch that cannot be answered is halved, and its halves are halved,
 * until the parent at fault stands alone:
 *
 *   answered ────────────────────────────▶ its parents are noted as read
 *   refused, or no usable answer ┬ many ─▶ both halves are asked
 *                                └ one ──▶ it is skipped (`refusals.ts`) or remembered (`failed-parents.ts`)
 *
 * Errors that are not about a parent, such as a spent budget or bad credentials, end the stream.
 */
import { Effect } from "effect"
import type { SourceStream } from "../../declare/stream.ts"
import type { NotAvailableError, ReadError } from "../../errors.ts"
import type { RefusedError, Transport } from "../../http/client.ts"
import { errorOf } from "../../http/refusal.ts"
import { mayBeAbout } from "../../http/statuses.ts"
import type { Ranks } from "../../page/added-columns.ts"
import type { Page } from "../../page/page.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import type { ChildRequests } from "./child-requests.ts"
import type { FailedParents } from "./failed-parents.ts"
import type { Parent } from "./parent.ts"
import { isOfParent } from "./parent-failure.ts"
import type { Refusals } from "./refusals.ts"

type Failure = ReadError | NotAvailableError

interface BatchesOptions {
  readonly transport: Transport
  readonly stream: SourceStream
  readonly emitter: StreamEmitter
  readonly failed: FailedParents
  readonly refusals: Refusals
  readonly requests: ChildRequests
  /** Takes a page of children; `parent` is undefined for a page of many parents. */
  readonly take: (
    page: Page,
    rows: ReadonlyArray<number>,
    parent: Parent | undefined,
    ranks: Ranks
  ) => Effect.Effect<void, Failure>
  /** Reads the children of parents in batches of their own. */
  readonly read: (parents: ReadonlyArray<Parent>) => Effect.Effect<void, Failure>
}

/** Asks for children batch by batch, and halves those that cannot be answered. */
export class Batches {
  readonly #options: BatchesOptions

  constructor(options: BatchesOptions) {
    this.#options = options
  }

  /**
   * Reads the children of one batch.
   *
   * @param few whether to give up after few tries, as it is likely to fail
   */
  read(batch: ReadonlyArray<Parent>, few: boolean): Effect.Effect<void, Failure> {
    const { failed, stream } = this.#options
    return Effect.suspend(() => {
      if (failed.stopped !== undefined) return Effect.fail(failed.stopped)
      const [first] = batch as [Parent, ...Array<Parent>]
      if (stream.parents?.period !== undefined && first.start === undefined) {
        const why = first.badPeriod ?? "its period is no date"
        return Effect.sync(() => failed.cannotAsk(stream.name, first, why))
      }
      return this.#ask(batch, few || (failed.inRow && batch.length === 1))
    }).pipe(
      Effect.catchTag("RefusedError", (refused) => this.#refusedBy(batch, refused, few)),
      Effect.catchIf(
        (error) => isOfParent(error) && failed.stopped === undefined,
        (error) => this.#failedBy(batch, error as ReadError)
      )
    )
  }

  #halves(batch: ReadonlyArray<Parent>, few: boolean, why: string): Effect.Effect<void, Failure> {
    const { stream, transport } = this.#options
    const half = Math.ceil(batch.length / 2)
    return transport
      .debug(() => `${stream.name}: halves a request for ${batch.length} parents (${why})`)
      .pipe(Effect.andThen(this.read(batch.slice(0, half), few)), Effect.andThen(this.read(batch.slice(half), few)))
  }

  /** A request was given up: its parents are asked in halves, with few tries, until the one that fails stands alone. */
  #failedBy(batch: ReadonlyArray<Parent>, error: ReadError): Effect.Effect<void, Failure> {
    const { failed, stream } = this.#options
    if (batch.length > 1) return this.#halves(batch, true, error.message)
    const stop = failed.fail(stream.name, batch[0] as Parent, error)
    return stop === undefined ? Effect.void : Effect.fail(stop)
  }

  /** A request was refused: halved where one of its parents may be the reason; one parent that refuses is skipped. */
  #refusedBy(batch: ReadonlyArray<Parent>, refused: RefusedError, few: boolean): Effect.Effect<void, Failure> {
    const { emitter, failed, refusals, stream } = this.#options
    if (batch.length > 1 && mayBeAbout("batch", refused)) {
      if (stream.addOn !== undefined && refusals.answered === 0) return this.#withoutAddOn(batch, few)
      return this.#halves(batch, few, `${refused.status}: ${refused.text}`)
    }
    if (!mayBeAbout("parent", refused)) return Effect.fail(errorOf(stream, refused))
    emitter.skipped(1)
    failed.answered(stream.name, batch)
    const refusesAll = refusals.refuse(refused)
    return refusesAll === undefined ? Effect.void : Effect.fail(refusesAll)
  }

  /** The first refusal of a stream that needs an add-on: one parent shows whether the account has it. */
  #withoutAddOn(batch: ReadonlyArray<Parent>, few: boolean): Effect.Effect<void, Failure> {
    const { stream } = this.#options
    const [first, ...rest] = batch as [Parent, ...Array<Parent>]
    return this.#ask([first], few).pipe(
      Effect.catchTag("RefusedError", (alone) => Effect.fail(errorOf(stream, alone))),
      Effect.andThen(this.#options.read(rest))
    )
  }

  #ask(batch: ReadonlyArray<Parent>, few: boolean): Effect.Effect<void, Failure | RefusedError> {
    const { failed, refusals, requests, stream, take } = this.#options
    const single = batch.length === 1 ? batch[0] : undefined
    const ranks: Ranks = new Map()
    return Effect.flatMap(
      requests.read(batch, few, (page, rows) => take(page, rows, single, ranks)),
      (isWhole) => {
        refusals.answer()
        if (!isWhole) return this.#halves(batch, few, "a full page that names no next one")
        failed.answered(stream.name, batch)
        return Effect.void
      }
    )
  }
}
