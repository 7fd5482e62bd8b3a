import { Clock, Effect } from "effect"
import type { SourceStream } from "../../declare/stream.ts"
import type { NotAvailableError, ReadError } from "../../errors.ts"
import type { RefusedError, Transport } from "../../http/client.ts"
import { errorOf } from "../../http/refusal.ts"
import { mayBeAbout } from "../../http/statuses.ts"
import { addedTo, type Ranks } from "../../page/added-columns.ts"
import { everyRow, type Page, pick } from "../../page/page.ts"
import type { Rows } from "../../page/rows.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import type { FailedParents } from "./failed-parents.ts"
import { badKeyError, type Parent, parentIn } from "./parent.ts"
import { isOfParent } from "./parent-failure.ts"
import { Refusals } from "./refusals.ts"
import { ChildRequests } from "./requests.ts"

type Failure = ReadError | NotAvailableError

/** Takes a page of children before it is sent: which of the rows go out. */
export type Filter = (page: Page, rows: ReadonlyArray<number>, parent: Parent | undefined) => ReadonlyArray<number>

/** What reading one child stream takes. */
interface ChildrenOptions {
  readonly transport: Transport
  readonly stream: SourceStream
  readonly emitter: StreamEmitter
  readonly workers: number
  /** Parents that could not be read, now and in earlier runs; shared with `into`. */
  readonly failed: FailedParents
  /** Prints the state that keeps failed parents. */
  readonly checkpoint: Effect.Effect<void>
  /** Whether parents that failed in earlier runs are asked again at once; else they come with their list. */
  readonly retries: boolean
  readonly filter?: Filter
  /** Takes note of a page's rows before they are emitted. */
  readonly note?: (emitted: Rows, page: Page, rows: ReadonlyArray<number>, parent: Parent | undefined) => void
  /** Where the rows are only the way to their own children. */
  readonly into?: Children
}

/**
 * Reads the children of given parents: one by one, or many a request. A request that cannot be answered is halved down
 * to its parent, which is remembered in `FailedParents` and holds no other parent.
 */
export class Children {
  readonly stream: SourceStream
  readonly #options: ChildrenOptions
  readonly #requests: ChildRequests
  readonly #added: ReturnType<typeof addedTo>
  readonly #refusals: Refusals
  readonly #sentKeys: Set<string> | undefined
  #hasRetried = false
  #withoutData = 0

  constructor(options: ChildrenOptions) {
    const { transport, stream, emitter, into } = options
    this.stream = stream
    this.#options = options
    this.#added = addedTo(stream)
    this.#refusals = new Refusals(stream)
    this.#sentKeys = stream.parents?.shared === true ? new Set() : undefined
    this.#requests = new ChildRequests({ transport, stream, sent: emitter.sent, into: into?.stream })
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
   * Whether the watermark must not move: parents have refused and none has answered, more have failed than a state
   * keeps, or so many in a row that the fault is not theirs.
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
                this.#batch(batch, few),
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

  /** What the run has to say of parents that refused or failed, once all have been asked. */
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

  /** Wrapped rows that held nothing, here and among the children's children. */
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
        (parent) => Effect.suspend(() => (failed.retriesFail ? Effect.void : this.#batch([parent], true))),
        { concurrency: workers, discard: true }
      )
      failed.retry(false)
    })
  }

  #batch(batch: ReadonlyArray<Parent>, few: boolean): Effect.Effect<void, Failure> {
    const { failed } = this.#options
    return Effect.suspend(() => {
      if (failed.stopped !== undefined) return Effect.fail(failed.stopped)
      const [first] = batch as [Parent, ...Array<Parent>]
      if (this.stream.parents?.period !== undefined && first.start === undefined) {
        const why = first.badPeriod ?? "its period is no date"
        return Effect.sync(() => failed.cannotAsk(this.stream.name, first, why))
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
    const half = Math.ceil(batch.length / 2)
    return this.#options.transport
      .debug(() => `${this.stream.name}: halves a request for ${batch.length} parents (${why})`)
      .pipe(Effect.andThen(this.#batch(batch.slice(0, half), few)), Effect.andThen(this.#batch(batch.slice(half), few)))
  }

  /** A request was given up: its parents are asked in halves, with few tries, until the one that fails stands alone. */
  #failedBy(batch: ReadonlyArray<Parent>, error: ReadError): Effect.Effect<void, Failure> {
    if (batch.length > 1) return this.#halves(batch, true, error.message)
    const stop = this.#options.failed.fail(this.stream.name, batch[0] as Parent, error)
    return stop === undefined ? Effect.void : Effect.fail(stop)
  }

  #refusedBy(batch: ReadonlyArray<Parent>, refused: RefusedError, few: boolean): Effect.Effect<void, Failure> {
    const { stream } = this
    const { emitter, failed } = this.#options
    if (batch.length > 1 && mayBeAbout("batch", refused)) {
      if (stream.addOn !== undefined && this.#refusals.answered === 0) {
        const [first, ...rest] = batch as [Parent, ...Array<Parent>]
        return this.#ask([first], few).pipe(
          Effect.catchTag("RefusedError", (alone) => Effect.fail(errorOf(stream, alone))),
          Effect.andThen(this.read(rest))
        )
      }
      return this.#halves(batch, few, `${refused.status}: ${refused.text}`)
    }
    if (!mayBeAbout("parent", refused)) return Effect.fail(errorOf(stream, refused))
    emitter.skipped(1)
    failed.answered(stream.name, batch)
    const refusesAll = this.#refusals.refuse(refused)
    return refusesAll === undefined ? Effect.void : Effect.fail(refusesAll)
  }

  #ask(batch: ReadonlyArray<Parent>, few: boolean): Effect.Effect<void, Failure | RefusedError> {
    const single = batch.length === 1 ? batch[0] : undefined
    const ranks: Ranks = new Map()
    return Effect.flatMap(
      this.#requests.read(batch, few, (page, rows) => this.#send(page, rows, single, ranks)),
      (isWhole) => {
        this.#refusals.answer()
        if (!isWhole) return this.#halves(batch, few, "a full page that names no next one")
        this.#options.failed.answered(this.stream.name, batch)
        return Effect.void
      }
    )
  }

  #send(
    page: Page,
    rows: ReadonlyArray<number>,
    parent: Parent | undefined,
    ranks: Ranks
  ): Effect.Effect<void, Failure> {
    const { filter, into, emitter } = this.#options
    this.#withoutData += page.empty
    if (into !== undefined) {
      const found = rows.map((row) => into.parentIn(page, row))
      return into.read(found.filter((each) => typeof each === "object"))
    }
    const sent = this.#sentKeys
    const fresh =
      sent === undefined
        ? rows
        : rows.filter((row) => {
            const key = page.key(row)
            return !sent.has(key) && sent.add(key)
          })
    const kept = new Set(filter === undefined ? fresh : filter(page, fresh, parent))
    const added = this.#added
    const out = pick(
      page.rows,
      (row) => kept.has(row),
      added === undefined ? undefined : (row) => added(page, row, parent, ranks)
    )
    this.#options.note?.(
      out,
      page,
      everyRow(page).filter((row) => kept.has(row)),
      parent
    )
    return emitter.records(out)
  }
}
