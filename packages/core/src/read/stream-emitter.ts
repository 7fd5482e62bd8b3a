/**
 * The way out of the reader for one stream: every record, checkpoint and log line of the stream passes here, and nothing
 * of it after its end. Rows and the checkpoint that covers them are one step that an interrupt cannot divide, so that
 * what has been emitted is always covered.
 *
 *   start ──▶ records · checkpoint ──▶ end
 *                   ▲    │
 *                   └────┘
 */
import { Clock, Effect, Fiber } from "effect"
import type { SourceStream } from "../declare/stream.ts"
import type { Tracker } from "../deletions/tracker.ts"
import { type ReadError, SystemError } from "../errors.ts"
import type { Event, JsonObject } from "../events.ts"
import { type Rows, rowCount } from "../page/rows.ts"

/** How a selected stream is to be read. */
export type Mode = "full_refresh" | "incremental"

/** What is added to rows as they are emitted. */
interface Addition {
  readonly add: (rows: Rows) => Rows
  /** What was met in the rows that a user has to know. */
  readonly warnings: ReadonlyArray<string>
}

/** Of so many checkpoints that no row preceded, one is emitted. */
const CHECKPOINT_EVERY_PAGES_WITHOUT_ROWS = 20

/** Bytes of a state that is printed whenever there is something new. */
const SMALL_STATE = 16 * 1024

/** Bytes of answers whose rows may wait for the checkpoint that covers them. */
const MAX_HELD_BYTES = 8 * 1024 * 1024

/** Emits one stream's events: its rows, checkpoints and end, with a count of what they cost. */
export class StreamEmitter {
  readonly stream: SourceStream
  readonly mode: Mode
  /** Set before the first row. */
  addition: Addition | undefined
  readonly #emit: (event: Event) => Effect.Effect<void>
  readonly #inputState: JsonObject | undefined
  #beganMs = 0
  #rows = 0
  #requests = 0
  #tokens = 0
  #skipped = 0
  #zeroDates = 0
  #checkpoints = 0
  #covered = 0
  #pagesWithoutRows = 0
  /** The last checkpoint, while no row has followed it. */
  #printed = ""
  /** A state that has not been printed yet. */
  #later: (() => JsonObject) | undefined
  /** Bytes of rows since the last checkpoint, and of that checkpoint. */
  #rowBytes = 0
  #stateBytes = 0
  #ended = false
  #watermarks: { before?: string; after?: string } = {}
  /** Rows that wait for the checkpoint that covers them; undefined while rows are emitted at once. */
  #held: Array<Rows> | undefined
  #heldBytes = 0
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
    this.#requests++
    this.#tokens += tokens
  }

  skipped(parents: number): void {
    this.#skipped += parents
  }

  watermarks(before: string | undefined, after: string | undefined): void {
    this.#watermarks = { ...(before !== undefined && { before }), ...(after !== undefined && { after }) }
  }

  start(): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
      this.#beganMs = nowMs
      return this.#emit({ _tag: "Started", stream: this.stream.name })
    })
  }

  /** Rows, emitted at once, or held until the checkpoint that covers them. */
  records(rows: Rows): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#held === undefined)
        return this.tracker === undefined ? this.#records(rows) : this.covered([rows], Effect.void)
      this.#held.push(rows)
      this.#heldBytes += rows.bytes.length
      return this.#heldBytes > MAX_HELD_BYTES ? this.#release(Effect.void) : Effect.void
    })
  }

  /**
   * Emits rows and the checkpoint that covers them; before them a state that names them, where one must. An interrupt comes before both or after both, also while the edge
   * has no room: what is emitted is taken at once, and only then waited for.
   */
  covered(rows: ReadonlyArray<Rows>, checkpoint: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.gen({ self: this }, function* () {
        const taken: Array<Fiber.Fiber<void>> = []
        const named = this.#ended ? undefined : this.tracker?.announce(rows)
        const naming = named === undefined ? [] : [this.checkpoint(named)]
        for (const emission of [...naming, ...rows.map((each) => this.#records(each)), checkpoint])
          taken.push(yield* Effect.forkChild(restore(emission), { startImmediately: true }))
        for (const fiber of taken) yield* restore(Fiber.join(fiber))
      })
    )
  }

  /**
   * Holds the rows that an effect emits until it is done or has failed, and emits them with the checkpoint that covers
   * them. Those of an effect that is interrupted are never emitted: the next run reads them again.
   */
  coveredAfter<E>(reading: Effect.Effect<void, E>, checkpoint: Effect.Effect<void>): Effect.Effect<void, E> {
    return Effect.suspend(() => {
      this.#held = []
      return reading.pipe(
        Effect.tapError(() => this.#release(checkpoint)),
        Effect.andThen(Effect.suspend(() => this.#release(checkpoint))),
        Effect.ensuring(
          Effect.sync(() => {
            this.#held = undefined
            this.#heldBytes = 0
          })
        )
      )
    })
  }

  #release(checkpoint: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const rows = this.#held?.splice(0) ?? []
      this.#heldBytes = 0
      return this.covered(rows, checkpoint)
    })
  }

  #records(rows: Rows): Effect.Effect<void> {
    return Effect.suspend(() => {
      const count = rowCount(rows)
      if (count === 0 || this.#ended) return Effect.void
      this.#rows += count
      for (let row = 0; row < count; row++) {
        this.#rowBytes += (rows.spans[2 * row + 1] as number) - (rows.spans[2 * row] as number)
      }
      for (const zeroDates of rows.zeroDates ?? []) this.#zeroDates += zeroDates
      this.#printed = ""
      this.tracker?.emitted(rows)
      return this.#emit({ _tag: "Records", stream: this.stream.name, rows: this.addition?.add(rows) ?? rows })
    })
  }

  /**
   * @param next the state to pass to the next run; that of a full refresh is marked, so that only a full refresh goes on
   *   from it
   */
  checkpoint(next: JsonObject): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#ended) return Effect.void
      const extension = next["_ab"]
      const isFull = this.mode === "full_refresh" && typeof extension === "object"
      const state = isFull ? { ...next, _ab: { ...extension, full: true } } : next
      const text = JSON.stringify(state)
      this.#later = undefined
      if (text === this.#printed) return Effect.void
      this.#printed = text
      this.#rowBytes = 0
      this.#stateBytes = text.length
      this.#checkpoints++
      return this.#emit({ _tag: "Checkpoint", stream: this.stream.name, state })
    })
  }

  /** A checkpoint between pages: skipped while no row has been emitted since the last one, except for every twentieth. */
  checkpointIfDue(state: JsonObject): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#rows === this.#covered && ++this.#pagesWithoutRows % CHECKPOINT_EVERY_PAGES_WITHOUT_ROWS !== 0) {
        this.#later = () => state
        return Effect.void
      }
      this.#covered = this.#rows
      return this.checkpoint(state)
    })
  }

  /**
   * A checkpoint on the way of a state that may be large: it is then printed when the rows since the last one are as
   * large, so that states are never most of what is emitted, and at the latest where an error ends the stream.
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

  /** The one change that is made to values is reported, once. */
  #tellZeroDates(): Effect.Effect<void> {
    if (this.#zeroDates === 0) return Effect.void
    const values = this.#zeroDates === 1 ? "1 zero date was" : `${this.#zeroDates} zero dates were`
    return this.log("INFO", `${this.stream.name}: ${values} sent as null (0000-00-00 is no date).`)
  }

  #tellWarnings(): Effect.Effect<void> {
    const warnings = this.addition?.warnings ?? []
    return Effect.forEach(warnings, (message) => this.log("WARN", message), { discard: true })
  }

  /** The state with which an error leaves the stream: as far as it has come, or as it was given. */
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
          const { before, after } = this.#watermarks
          return this.#emit({
            _tag: "Ended",
            stream: this.stream.name,
            summary: {
              rows: this.#rows,
              requests: this.#requests,
              tokens: this.#tokens,
              seconds: (nowMs - this.#beganMs) / 1000,
              parentsSkipped: this.#skipped,
              ...(before !== undefined && { watermarkBefore: before }),
              ...(after !== undefined && { watermarkAfter: after })
            },
            ...(error !== undefined && { error })
          })
        })
      )
    })
  }
}

/** An unexpected error, for the user; the defect itself goes to the debug log. */
export const unexpected = (stream: string, defect: unknown): SystemError =>
  new SystemError({
    message: `Stopped at ${stream}: an unexpected error. What has been read is kept. Please report it to the maintainers of the source.`,
    detail: defect instanceof Error ? (defect.stack ?? defect.message) : String(defect),
    cause: defect
  })
