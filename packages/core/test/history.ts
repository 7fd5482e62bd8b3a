import { Cause, Effect, Exit, Fiber, Result } from "effect"
import { silent } from "../src/debug.ts"
import type { SourceStream } from "../src/declare/stream.ts"
import { TransientError } from "../src/errors.ts"
import type { Event, JsonObject } from "../src/events.ts"
import { type ApiRequest, RefusedError, type Transport } from "../src/http/client.ts"
import { wantedColumns } from "../src/page/page.ts"
import { Requests } from "../src/read/pages/requests.ts"
import { StreamEmitter } from "../src/read/stream-emitter.ts"
import { secondsOf } from "../src/state/cursor.ts"
import type { DecodedState } from "../src/state/legacy.ts"
import { decodeState } from "../src/state/legacy.ts"
import type { Chance, Table, Version } from "./table.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A row that went out. */
export interface Written extends Version {
  readonly run: number
}

/** A state that was printed, and how many rows had gone out by then. */
export interface Printed {
  readonly state: JsonObject
  readonly watermark: number | undefined
  readonly rows: number
}

export interface HistoryOptions {
  readonly stream: SourceStream
  readonly table: Table
  readonly chance: Chance
  readonly workers?: number
  /** Share of events whose writing takes a while. */
  readonly slow?: number
  /** What happens on the server between two steps. */
  readonly meanwhile?: () => void
  /** The server's clock as the reader learns of it. */
  readonly clock?: (serverMs: number) => { readonly serverMs: number; readonly exact: boolean }
  /** Answers to be given instead of the table's. */
  readonly instead?: (request: ApiRequest<unknown>) => { readonly status: number; readonly body: string } | undefined
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Runs of a reader over one list, each of which may be killed at any event. Requests and slow writes wait in one place,
 * from which chance lets them go in any order.
 */
export class History {
  readonly options: HistoryOptions
  readonly written: Array<Written> = []
  readonly printed: Array<Printed> = []
  readonly logs: Array<string> = []
  state: JsonObject | undefined
  requests = 0
  run = 0
  #waiting: Array<() => boolean> = []
  #eventsLeft = Number.POSITIVE_INFINITY
  #killed = false

  constructor(options: HistoryOptions) {
    this.options = options
  }

  get workers(): number {
    return this.options.workers ?? 4
  }

  get idle(): number {
    return this.#waiting.length > this.workers ? 0 : this.workers - this.#waiting.length
  }

  get transport(): Transport {
    const { clock, table } = this.options
    const { instead } = this.options
    const get: Transport["get"] = (request) =>
      Effect.callback((resume) => {
        let answer: { readonly status: number; readonly body: string } | undefined
        let serverMs = 0
        let damaged = 0
        this.#waiting.push(() => {
          if (answer === undefined) {
            this.requests++
            request.sent()
            serverMs = Math.floor(table.nowMs / 1000) * 1000
            answer = instead?.(request as ApiRequest<unknown>) ?? table.answer(request.query)
            if (this.options.chance.is(0.5)) return false
          }
          if (answer.status !== 200) {
            resume(Effect.fail(new RefusedError({ status: answer.status, text: answer.body })))
            return true
          }
          const told = clock?.(serverMs) ?? { serverMs, exact: true }
          const reading = request.read({ body: encoder.encode(answer.body), ...told })
          if (reading._tag === "Read") resume(Effect.succeed(reading.value))
          else if (reading._tag === "Refused") resume(Effect.fail(new RefusedError(reading)))
          else {
            // Asked for again, as the transport does.
            answer = undefined
            if (++damaged < 4) return false
            resume(Effect.fail(new TransientError({ message: reading.why })))
          }
          return true
        })
      })
    return { get, serverMs: Effect.undefined, gate: { idle: 0 } as Transport["gate"], debug: silent }
  }

  readonly emit = (event: Event): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (this.#killed) return Effect.never
      if (this.#eventsLeft-- <= 0) {
        this.#killed = true
        return Effect.never
      }
      this.#keep(event)
      return this.options.chance.is(this.options.slow ?? 0)
        ? Effect.callback<void>((resume) => {
            this.#waiting.push(() => {
              resume(Effect.void)
              return true
            })
          })
        : Effect.void
    })

  #keep(event: Event): void {
    if (event._tag === "Log") this.logs.push(event.message)
    if (event._tag === "Records") {
      const { bytes, spans } = event.rows
      for (let i = 0; i < spans.length; i += 2) {
        const row = JSON.parse(decoder.decode(bytes.subarray(spans[i], spans[i + 1])))
        const time = row.update_time === null ? undefined : secondsOf(row.update_time)
        this.written.push({ id: row.id, time, version: row.version, run: this.run })
      }
    }
    if (event._tag === "Checkpoint") {
      this.state = JSON.parse(JSON.stringify(event.state)) as JsonObject
      const watermark = this.state["update_time"]
      this.printed.push({
        state: this.state,
        watermark: typeof watermark === "string" ? secondsOf(watermark) : undefined,
        rows: this.written.length
      })
    }
  }

  get decoded(): DecodedState {
    return Result.getOrThrow(decodeState(this.options.stream, this.state))
  }

  emitter(): StreamEmitter {
    return new StreamEmitter(this.options.stream, "incremental", this.state, this.emit)
  }

  requestsOf(emitter: StreamEmitter): Requests {
    const { stream } = this.options
    return new Requests({ transport: this.transport, stream, wanted: wantedColumns(stream), sent: emitter.sent })
  }

  /** One run of a reader; `killed` where it did not come to its end, be it that it gave up for the time being. */
  async read(
    reader: (history: History, emitter: StreamEmitter) => Effect.Effect<void, unknown>,
    killAfterEvents = Number.POSITIVE_INFINITY
  ): Promise<"done" | "killed"> {
    const { chance, meanwhile, table } = this.options
    this.run++
    table.epoch++
    this.#waiting = []
    this.#killed = false
    this.#eventsLeft = killAfterEvents
    const fiber = Effect.runFork(Effect.suspend(() => reader(this, this.emitter())))
    let exit: Exit.Exit<void, unknown> | undefined
    fiber.addObserver((ended) => {
      exit = ended
    })
    let quiet = 0
    for (let steps = 0; exit === undefined && !this.#killed; steps++) {
      const before = this.#waiting.length
      await tick()
      if (exit !== undefined || this.#killed) break
      if (this.#waiting.length === 0) {
        if (++quiet > 50) throw new Error("the reader waits for nothing")
        continue
      }
      quiet = 0
      if (this.#waiting.length !== before) continue
      if (steps > 1_000_000) throw new Error("the reader does not end")
      meanwhile?.()
      const at = chance.between(0, Math.min(this.#waiting.length, this.workers) - 1)
      const [going] = this.#waiting.splice(at, 1) as [() => boolean]
      if (!going()) this.#waiting.push(going)
    }
    if (exit === undefined) {
      await Effect.runPromise(Fiber.interrupt(fiber))
      return "killed"
    }
    if (Exit.isSuccess(exit)) return "done"
    const error = Cause.squash(exit.cause)
    if (error instanceof TransientError) {
      this.logs.push(error.message)
      return "killed"
    }
    throw new Error(Cause.pretty(exit.cause))
  }

  /** The table as whoever keeps the rows knows it: by key, the greatest time, of equal times the later line. */
  get replica(): ReadonlyMap<number, Version> {
    const replica = new Map<number, Version>()
    for (const row of this.written) {
      const known = replica.get(row.id)
      const time = (version: Version) => version.time ?? Number.NEGATIVE_INFINITY
      if (known === undefined || time(row) >= time(known)) replica.set(row.id, row)
    }
    return replica
  }
}
