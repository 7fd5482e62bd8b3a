/**
 * The way out of the reader for one stream: every record, checkpoint and log line of the stream passes here, and
 * nothing of it passes after its end. Rows and the checkpoint that covers them are one step that an interrupt cannot
 * divide, so that what has been emitted is always covered (`covered-rows.ts`).
 *
 *   start ──▶ records · checkpoint ──▶ end
 *                   ▲    │
 *                   └────┘
 */
import { Clock, Effect } from "effect"
import type { SourceStream } from "../declare/stream.ts"
import type { Tracker } from "../deletions/tracker.ts"
import type { ReadError } from "../errors.ts"
import type { Event, JsonObject } from "../events.ts"
import { type Rows, rowCount } from "../page/rows.ts"
import { CoveredRows } from "./covered-rows.ts"
import { RunCost } from "./run-cost.ts"

/** How a selected stream is to be read. */
export type Mode = "full_refresh" | "incremental"

/** What is added to rows as they are emitted. */
interface Addition {
  readonly add: (rows: Rows) => Rows
  /** What was met in the rows that a user has to know. */
  readonly warnings: ReadonlyArray<string>
}

/** Of so many checkpoints in a row without a row between them, one is emitted. */
const CHECKPOINT_EVERY_PAGES_WITHOUT_ROWS = 20

/** A state of at most so many bytes is emitted whenever there is something new. */
const SMALL_STATE = 16 * 1024

/** Emits one stream's events: its rows, checkpoints and end, with a count of what they cost. */
export class StreamEmitter {
  readonly stream: SourceStream
  readonly mode: Mode
  /** Set before the first row. */
  addition: Addition | undefined
  readonly #emit: (event: Event) => Effect.Effect<void>
  readonly #inputState: JsonObject | undefined
  readonly #cost = new RunCost()
  readonly #rows = new CoveredRows(
    (rows) => this.#records(rows),
    (rows) => {
      const state = this.#ended ? undefined : this.tracker?.announce(rows)
      return state === undefined ? undefined : this.checkpoint(state)
    }
  )
  #checkpoints = 0
  /** Rows that had been emitted at the last checkpoint between pages. */
  #covered = 0
  #pagesWithoutRows = 0
  /** Text of the last state that was emitted, while no row has followed it. */
  #emitted = ""
  /** A state that has not been emitted yet. */
  #later: (() => JsonObject) | undefined
  /** Bytes of rows since the last checkpoint, and of that checkpoint. */
  #rowBytes = 0
  #stateBytes = 0
  #ended = false
  /** Knows which rows a state must name before they are emitted; for streams whose deletions are tracked. */
  tracker: Tracker | undefined

  constructor(
    stream: SourceStream,
    mode: Mode,
    inputState: JsonObject | undefined,
    emit: (event: Event) => Effect.Effect<void>
  ) {
    this.stream = stream
    this.mode = mode
    this.#inputState = inputState
    this.#emit = emit
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Counts a request made for this stream. */
  readonly sent = (tokens: number): void => {
    this.#cost.request(tokens)
  }

  skipped(parents: number): void {
    this.#cost.parentsSkipped += parents
  }

  watermarks(before: string | undefined, after: string | undefined): void {
    this.#cost.watermarks(before, after)
  }

  start(): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
      this.#cost.beganMs = nowMs
      return this.#emit({ _tag: "Started", stream: this.stream.name })
    })
  }

  /** Rows, emitted at once, or held until the checkpoint that covers them. */
  records(rows: Rows): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#rows.isHolding) return this.#rows.hold(rows)
      return this.tracker === undefined ? this.#records(rows) : this.covered([rows], Effect.void)
    })
  }

  /** Emits rows and the checkpoint that covers them, in one step that an interrupt cannot divide. */
  covered(rows: ReadonlyArray<Rows>, checkpoint: Effect.Effect<void>): Effect.Effect<void> {
    return this.#rows.covered(rows, checkpoint)
  }

  /** Holds the rows that an effect emits until it is done or has failed, and emits them with their checkpoint. */
  coveredAfter<E>(reading: Effect.Effect<void, E>, checkpoint: Effect.Effect<void>): Effect.Effect<void, E> {
    return this.#rows.coveredAfter(reading, checkpoint)
  }

  #records(rows: Rows): Effect.Effect<void> {
    return Effect.suspend(() => {
      const count = rowCount(rows)
      if (count === 0 || this.#ended) return Effect.void
      this.#cost.rows += count
      for (let row = 0; row < count; row++) {
        this.#rowBytes += (rows.spans[2 * row + 1] as number) - (rows.spans[2 * row] as number)
      }
      for (const zeroDates of rows.zeroDates ?? []) this.#cost.zeroDates += zeroDates
      this.#emitted = ""
      this.tracker?.emitted(rows)
      return this.#emit({ _tag: "Records", stream: this.stream.name, rows: this.addition?.add(rows) ?? rows })
    })
  }

  /**
   * @param next the state to pass to the next run; that of a full refresh is marked, so that only a full refresh
   *   resumes from it
   */
  checkpoint(next: JsonObject): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#ended) return Effect.void
      const extension = next["_ab"]
      const isFull = this.mode === "full_refresh" && typeof extension === "object"
      const state = isFull ? { ...next, _ab: { ...extension, full: true } } : next
      const text = JSON.stringify(state)
      this.#later = undefined
      if (text === this.#emitted) return Effect.void
      this.#emitted = text
      this.#rowBytes = 0
      this.#stateBytes = text.length
      this.#checkpoints++
      return this.#emit({ _tag: "Checkpoint", stream: this.stream.name, state })
    })
  }

  /** A checkpoint between pages. Where no row has been emitted since the last one, only every twentieth is emitted. */
  checkpointIfDue(state: JsonObject): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#cost.rows === this.#covered && ++this.#pagesWithoutRows % CHECKPOINT_EVERY_PAGES_WITHOUT_ROWS !== 0) {
        this.#later = () => state
        return Effect.void
      }
      this.#covered = this.#cost.rows
      return this.checkpoint(state)
    })
  }

  /**
   * A checkpoint between pages whose state may be large. A large state is emitted once the rows since the last one are
   * as large, so that states are never most of what is emitted, and at the latest when an error ends the stream.
   */
  later(state: () => JsonObject): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#later = state
      return this.#stateBytes > SMALL_STATE && this.#rowBytes < this.#stateBytes
        ? Effect.void
        : this.checkpointIfDue(state())
    })
  }

  /** Emits the input state again: nothing was to be read. */
  repeat(): Effect.Effect<void> {
    return this.checkpoint(this.#inputState ?? {})
  }

  log(level: "INFO" | "WARN", message: string): Effect.Effect<void> {
    return this.#emit({ _tag: "Log", level, message })
  }

  /** Zero dates are the one kind of value that is changed: that is reported, once. */
  #tellZeroDates(): Effect.Effect<void> {
    const { zeroDates } = this.#cost
    if (zeroDates === 0) return Effect.void
    const values = zeroDates === 1 ? "1 zero date was" : `${zeroDates} zero dates were`
    return this.log("INFO", `${this.stream.name}: ${values} sent as null (0000-00-00 is no date).`)
  }

  #tellWarnings(): Effect.Effect<void> {
    const warnings = this.addition?.warnings ?? []
    return Effect.forEach(warnings, (message) => this.log("WARN", message), { discard: true })
  }

  /** The checkpoint of a stream that an error ends: as far as it has come, or the input state. */
  #keep(): Effect.Effect<void> {
    if (this.#later !== undefined) return this.checkpoint(this.#later())
    return this.#checkpoints === 0 && this.#inputState !== undefined ? this.repeat() : Effect.void
  }

  end(error?: ReadError): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
      if (this.#ended) return Effect.void
      const kept = error === undefined ? Effect.void : this.#keep()
      const waits =
        error?._tag === "TransientError" && error.quotaResetMs !== undefined
          ? this.#emit({ _tag: "RateLimited", stream: this.stream.name, resetMs: error.quotaResetMs })
          : Effect.void
      return Effect.andThen(
        Effect.all([kept, waits, this.#tellZeroDates(), this.#tellWarnings()], { discard: true }),
        Effect.suspend(() => {
          this.#ended = true
          return this.#emit({
            _tag: "Ended",
            stream: this.stream.name,
            summary: this.#cost.summary(nowMs),
            ...(error !== undefined && { error })
          })
        })
      )
    })
  }
}
