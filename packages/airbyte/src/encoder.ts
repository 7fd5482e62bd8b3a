/**
 * Turns the events of a run into messages, in the order that the protocol requires. A stream goes through these
 * statuses; RUNNING is announced with its first record:
 *
 *     STARTED ─▶ RUNNING ─▶ COMPLETE
 *        │          └─────▶ INCOMPLETE, with an error or because the run ended
 *        └────────────────▶ either
 *
 * The platform decides by the earliest error of a run whether to retry. So transient errors are reported at once; config
 * and system errors, which a retry does not help, are held until all streams have ended.
 */
import {
  type ConfigError,
  type Event,
  type JsonObject,
  type ReadError,
  type Rows,
  rowCount,
  type Summary,
  type SystemError
} from "@pipedrive-source/core/connection"
import type { Lines, TraceError } from "./protocol.ts"
import * as protocol from "./protocol.ts"

/** Turns events into messages, in the order that the protocol requires. */
export interface Encoder {
  /** The lines of one event. */
  readonly encodeEvent: (event: Event) => ReadonlyArray<Lines>
  /** Keeps a failure for the end of the run, after all errors that a retry may clear. */
  readonly hold: (error: ConfigError | SystemError, stream?: string) => void
  /** The lines of a failure of the whole run. */
  readonly fail: (error: ReadError) => ReadonlyArray<Lines>
  /** The last lines: the failures that were held, and an end for every stream that has none. */
  readonly finish: () => ReadonlyArray<Lines>
  /** Whether anything has failed so far. */
  readonly hasFailed: () => boolean
}

interface EncoderOptions {
  readonly nowMs: () => number
  /** Whether DEBUG lines are wanted. */
  readonly debug: boolean
  /** Takes secrets out of text. */
  readonly redact: (text: string) => string
  /** Memory for a page of records. */
  readonly lend: (size: number) => Buffer
}

/** The largest record that common destinations accept, in bytes. */
const largestRecord = 16_000_000

const failureTypes = {
  ConfigError: "config_error",
  TransientError: "transient_error",
  SystemError: "system_error"
} as const

/** The stack of an error's cause, for the internal message only. */
const stackOf = (cause: unknown): string | undefined =>
  cause instanceof Error ? (cause.stack ?? cause.message) : undefined

const summaryText = (stream: string, summary: Summary): string =>
  [
    `${stream}: ${summary.rows} rows`,
    `${summary.requests} requests`,
    `${summary.tokens} tokens`,
    `${summary.seconds.toFixed(1)} s`,
    ...(summary.parentsSkipped > 0 ? [`${summary.parentsSkipped} parents skipped`] : []),
    ...(summary.watermarkBefore !== undefined || summary.watermarkAfter !== undefined
      ? [`from ${summary.watermarkBefore ?? "the beginning"} to ${summary.watermarkAfter ?? "no watermark"}`]
      : [])
  ].join(", ")

const largestOf = (rows: Rows): number => {
  let largest = 0
  for (let i = 0; i < rows.spans.length; i += 2)
    largest = Math.max(largest, (rows.spans[i + 1] as number) - (rows.spans[i] as number))
  return largest
}

/** A stream that has started and not ended. */
interface OpenStream {
  /** Whether it has been announced as RUNNING. */
  running: boolean
  /** Records since its last state. */
  uncovered: number
}

/** A failure that is reported at the end. */
interface Held {
  readonly error: ConfigError | SystemError
  readonly stream?: string
}

class RunEncoder implements Encoder {
  readonly #options: EncoderOptions
  readonly #open = new Map<string, OpenStream>()
  readonly #held: Array<Held> = []
  #failed = false
  #lastMs = 0

  constructor(options: EncoderOptions) {
    this.#options = options
  }

  encodeEvent(event: Event): ReadonlyArray<Lines> {
    switch (event._tag) {
      case "Started":
        this.#progressOf(event.stream)
        return [protocol.statusLine(event.stream, "STARTED", this.#time())]
      case "Records":
        return this.#records(event.stream, event.rows)
      case "Checkpoint":
        return this.#state(event.stream, event.state)
      case "RateLimited":
        return [protocol.rateLimitedLine(event.stream, event.resetMs, this.#time())]
      case "Ended":
        return this.#end(event.stream, event.summary, event.error)
      case "ConfigChanged":
        return [protocol.controlLine(event.config, this.#time())]
      case "Log":
        return this.#log(event.level, event.message)
    }
  }

  hold(error: ConfigError | SystemError, stream?: string): void {
    this.#failed = true
    if (stream !== undefined) this.#open.delete(stream)
    this.#held.push({ error, ...(stream !== undefined && { stream }) })
  }

  fail(error: ReadError): ReadonlyArray<Lines> {
    return this.#failure(error)
  }

  finish(): ReadonlyArray<Lines> {
    const cut = [...this.#open.keys()].map((stream) => protocol.statusLine(stream, "INCOMPLETE", this.#time()))
    this.#open.clear()
    // Config errors come last, each with a later time than the one before.
    const isConfig = ({ error }: Held) => Number(error._tag === "ConfigError")
    const held = this.#held.splice(0).sort((a, b) => isConfig(a) - isConfig(b))
    return [
      ...cut,
      ...held.flatMap(({ error, stream }) => {
        this.#lastMs = Math.max(this.#lastMs + 1, this.#options.nowMs())
        return this.#failure(error, stream)
      })
    ]
  }

  hasFailed(): boolean {
    return this.#failed
  }

  #time(): number {
    this.#lastMs = Math.max(this.#lastMs, this.#options.nowMs())
    return this.#lastMs
  }

  #progressOf(stream: string): OpenStream {
    const known = this.#open.get(stream)
    if (known !== undefined) return known
    const progress = { running: false, uncovered: 0 }
    this.#open.set(stream, progress)
    return progress
  }

  #log(level: "DEBUG" | "INFO" | "WARN", message: string): ReadonlyArray<Lines> {
    const { debug, redact } = this.#options
    return level === "DEBUG" && !debug ? [] : [protocol.logLine(level, redact(message))]
  }

  #running(stream: string): ReadonlyArray<Lines> {
    const progress = this.#progressOf(stream)
    if (progress.running) return []
    progress.running = true
    return [protocol.statusLine(stream, "RUNNING", this.#time())]
  }

  #records(stream: string, rows: Rows): ReadonlyArray<Lines> {
    const count = rowCount(rows)
    if (count === 0) return []
    const lines = [...this.#running(stream), protocol.recordLines(stream, rows, this.#time(), this.#options.lend)]
    this.#progressOf(stream).uncovered += count
    const largest = largestOf(rows)
    if (largest <= largestRecord) return lines
    return [
      ...lines,
      ...this.#log("WARN", `${stream}: a record of ${largest} bytes was sent; destinations may reject it.`)
    ]
  }

  #state(stream: string, state: JsonObject): ReadonlyArray<Lines> {
    const progress = this.#progressOf(stream)
    const line = protocol.stateLine(stream, state, progress.uncovered)
    progress.uncovered = 0
    return [line]
  }

  #end(stream: string, summary: Summary, error: ReadError | undefined): ReadonlyArray<Lines> {
    const report = this.#log("INFO", summaryText(stream, summary))
    switch (error?._tag) {
      case undefined: {
        const lines = [...this.#running(stream), ...report, protocol.statusLine(stream, "COMPLETE", this.#time())]
        this.#open.delete(stream)
        return lines
      }
      case "TransientError":
        return [...report, ...this.#failure(error, stream)]
      case "ConfigError":
      case "SystemError":
        this.hold(error, stream)
        return report
    }
  }

  #failure(error: ReadError, stream?: string): ReadonlyArray<Lines> {
    this.#failed = true
    const trace = protocol.errorLine(this.#traceOf(error, stream), this.#time())
    if (stream === undefined) return [trace]
    this.#open.delete(stream)
    return [trace, protocol.statusLine(stream, "INCOMPLETE", this.#time())]
  }

  #traceOf(error: ReadError, stream?: string): TraceError {
    const { redact } = this.#options
    const internal = [error.detail, stackOf(error.cause)].filter((text) => text !== undefined).join("\n")
    return {
      message: redact(error.message),
      failureType: failureTypes[error._tag],
      ...(internal !== "" && { internalMessage: redact(internal) }),
      ...(stream !== undefined && { stream })
    }
  }
}

/** Makes the encoder of one run. */
export const makeEncoder = (options: EncoderOptions): Encoder => new RunEncoder(options)
