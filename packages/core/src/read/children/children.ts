/**
 * Reads the children of given parents, one parent or many a request, as many requests at a time as there are workers.
 * Which parents a request asks for, and what happens to one that fails, is in `batches.ts`; which rows are emitted, in
 * `child-rows.ts`.
 *
 * Parents that failed in earlier runs are asked first. At the end the verdict tells what refused and what failed, and
 * whether the run has to end in an error for it. Where the parents of a stream are children themselves, one `Children`
 * reads into the next: its rows are not emitted but are the parents of the next.
 */
import { Clock, Effect } from "effect"
import type { SourceStream } from "../../declare/stream.ts"
import type { NotAvailableError, ReadError } from "../../errors.ts"
import type { Transport } from "../../http/client.ts"
import type { Ranks } from "../../page/added-columns.ts"
import type { Page } from "../../page/page.ts"
import { Batches } from "./batches.ts"
import { ChildRequests } from "./child-requests.ts"
import { ChildRows, type ChildRowsOptions } from "./child-rows.ts"
import type { FailedParents } from "./failed-parents.ts"
import { badKeyError, type Parent, parentIn } from "./parent.ts"
import { Refusals } from "./refusals.ts"

type Failure = ReadError | NotAvailableError

/** What is needed to read one child stream. */
interface ChildrenOptions extends ChildRowsOptions {
  readonly transport: Transport
  readonly workers: number
  /** Parents that could not be read, now and in earlier runs; shared with `into`. */
  readonly failed: FailedParents
  /** Emits a checkpoint that remembers the failed parents. */
  readonly checkpoint: Effect.Effect<void>
  /** Whether parents that failed in earlier runs are asked again at once; else they come with their list. */
  readonly retries: boolean
  /** Where the rows are only the way to their own children. */
  readonly into?: Children
}

/** Reads the children of given parents. A parent that cannot be read does not hold up the others. */
export class Children {
  readonly stream: SourceStream
  readonly #options: ChildrenOptions
  readonly #requests: ChildRequests
  readonly #batches: Batches
  readonly #rows: ChildRows
  readonly #refusals: Refusals
  #hasRetried = false
  #withoutData = 0

  constructor(options: ChildrenOptions) {
    const { emitter, failed, into, stream, transport } = options
    this.stream = stream
    this.#options = options
    this.#rows = new ChildRows(options)
    this.#refusals = new Refusals(stream)
    this.#requests = new ChildRequests({ transport, stream, sent: emitter.sent, into: into?.stream })
    this.#batches = new Batches({
      transport,
      stream,
      emitter,
      failed,
      refusals: this.#refusals,
      requests: this.#requests,
      take: (page, rows, parent, ranks) => this.#take(page, rows, parent, ranks),
      read: (parents) => this.read(parents)
    })
  }

  /** Keys one request takes. */
  get batchSize(): number {
    return this.#requests.batchSize
  }

  /** Parents that are asked at a time: one request for each worker. */
  get waveSize(): number {
    return this.batchSize * this.#options.workers
  }

  /**
   * Whether the watermark must stay: parents have refused and none has answered, more have failed than a state keeps,
   * or so many have failed in a row that the fault is not theirs.
   */
  get holdsWatermark(): boolean {
    const { failed } = this.#options
    return this.#refusals.areAll || failed.overflows || failed.stopped !== undefined
  }

  /** Whether the children of some parents are not known: they refused, or could not be read. */
  get hidesSome(): boolean {
    const { failed, into } = this.#options
    return this.#refusals.hides || failed.any || failed.hasEmpty || (into?.hidesSome ?? false)
  }

  /** The parent in a row, where it can have children; `gone` for one that is marked deleted. */
  parentIn(page: Page, row: number): Parent | "gone" | undefined {
    return parentIn(this.stream, page, row)
  }

  /**
   * Reads the children of parents: as many requests at a time as there are workers.
   *
   * @param done told of parents whose children have all been read
   */
  read(
    parents: ReadonlyArray<Parent>,
    done: (parents: ReadonlyArray<Parent>) => void = () => {}
  ): Effect.Effect<void, Failure> {
    return Effect.suspend(() => {
      const { failed, workers } = this.#options
      const bad = parents.find(({ badKey }) => badKey !== undefined)
      if (bad !== undefined) return Effect.fail(failed.stop(badKeyError(this.stream, bad)))
      return Effect.andThen(
        this.#retry,
        Effect.suspend(() =>
          Effect.forEach(
            failed.batches(this.stream.name, parents, this.batchSize),
            ({ batch, few }) =>
              Effect.andThen(
                this.#batches.read(batch, few),
                Effect.sync(() => done(batch))
              ),
            {
              concurrency: workers,
              discard: true
            }
          )
        )
      )
    })
  }

  /** Warns or fails because of parents that refused or failed, once all have been asked. */
  verdict(): Effect.Effect<void, Failure> {
    const { failed, emitter, checkpoint } = this.#options
    return Effect.gen({ self: this }, function* () {
      yield* this.#retry
      const withoutData = this.withoutData
      if (withoutData > 0) {
        const rows = withoutData === 1 ? "row" : "rows"
        yield* emitter.log("WARN", `${this.stream.name}: ${withoutData} ${rows} came without data and were left out.`)
      }
      yield* this.#refusals.verdict(emitter)
      failed.finish()
      if (failed.warning !== undefined) yield* emitter.log("WARN", failed.warning)
      const { error } = failed
      if (error === undefined) return
      if (!this.holdsWatermark) yield* checkpoint
      return yield* Effect.fail(error)
    })
  }

  /** Wrappers without a row in them, here and among the children's children. */
  get withoutData(): number {
    return this.#withoutData + (this.#options.into?.withoutData ?? 0)
  }

  /** Asks again for the parents that failed in earlier runs, once a run and before any other. */
  get #retry(): Effect.Effect<void, Failure> {
    return Effect.gen({ self: this }, function* () {
      const { failed, into, retries, transport, workers } = this.#options
      if (this.#hasRetried || !retries) return
      this.#hasRetried = true
      if (into !== undefined) yield* into.#retry
      const nowMs = (yield* transport.serverMs) ?? (yield* Clock.currentTimeMillis)
      const due = failed.due(this.stream.name, nowMs)
      if (due.length === 0) return
      failed.retry(true)
      yield* Effect.forEach(
        due,
        (parent) => Effect.suspend(() => (failed.retriesFail ? Effect.void : this.#batches.read([parent], true))),
        { concurrency: workers, discard: true }
      )
      failed.retry(false)
    })
  }

  /** Emits the rows of a page, or reads their own children where they are only on the way to those. */
  #take(
    page: Page,
    rows: ReadonlyArray<number>,
    parent: Parent | undefined,
    ranks: Ranks
  ): Effect.Effect<void, Failure> {
    const { into } = this.#options
    this.#withoutData += page.empty
    if (into === undefined) return this.#rows.emit(page, rows, parent, ranks)
    const found = rows.map((row) => into.parentIn(page, row))
    return into.read(found.filter((each) => typeof each === "object"))
  }
}
