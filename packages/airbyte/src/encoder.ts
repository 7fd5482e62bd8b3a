import {
  type ConfigError,
  type Event,
  type JsonObject,
  type ReadError,
  type Rows,
  rowCount,
  type Summary,
  type SystemError
} from "@pipedrive-source/core/reader"
import type { Lines, TraceError } from "./protocol.ts"
import * as protocol from "./protocol.ts"

/** Turns what happens in a run into messages, in the order the protocol wants. */
export interface Encoder {
  /** The lines of one event. */
  readonly encodeEvent: (event: Event) => ReadonlyArray<Lines>
  /** A failure beside the streams' own: it is told at the end, after all that a retry may heal. */
  readonly hold: (error: ConfigError | SystemError, stream?: string) => void
  /** The lines of a failure of the whole run. */
  readonly fail: (error: ReadError) => ReadonlyArray<Lines>
  /** The last lines: what was held, and an end for every stream that has none. */
  readonly finish: () => ReadonlyArray<Lines>
  /** Whether anything failed so far. */
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

/** The largest record that common destinations take, in bytes. */
const largestRecord = 16_000_000

const failureTypes = {
  ConfigError: "config_error",
  TransientError: "transient_error",
  SystemError: "system_error"
} as const

/** The stack of what caused an error, for the internal message alone. */
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
      ? [`from ${summary.watermarkBefore ?? "the beginning"} to ${summary.watermarkAfter ?? "no mark"}`]
      : [])
  ].join(", ")

const largestOf = (rows: Rows): number => {
  let largest = 0
  for (let i = 0; i < rows.spans.length; i += 2)
    largest = Math.max(largest, (rows.spans[i + 1] as number) - (rows.spans[i] as number))
  return largest
}

/** Makes the encoder of one run. */
export const makeEncoder = ({ nowMs, debug, redact, lend }: EncoderOptions): Encoder => {
  /** Streams that have started and not ended. */
  const open = new Map<string, { running: boolean; uncovered: number }>()
  const held: Array<{ readonly error: ConfigError | SystemError; readonly stream?: string }> = []
  let failed = false
  let lastMs = 0

  const time = (): number => {
    lastMs = Math.max(lastMs, nowMs())
    return lastMs
  }

  const log = (level: "DEBUG" | "INFO" | "WARN", message: string): ReadonlyArray<Lines> =>
    level === "DEBUG" && !debug ? [] : [protocol.logLine(level, redact(message))]

  const progressOf = (stream: string) => {
    const known = open.get(stream)
    if (known !== undefined) return known
    const progress = { running: false, uncovered: 0 }
    open.set(stream, progress)
    return progress
  }

  const running = (stream: string): ReadonlyArray<Lines> => {
    const progress = progressOf(stream)
    if (progress.running) return []
    progress.running = true
    return [protocol.statusLine(stream, "RUNNING", time())]
  }

  const traceOf = (error: ReadError, stream?: string): TraceError => {
    const internal = [error.detail, stackOf(error.cause)].filter((text) => text !== undefined).join("\n")
    return {
      message: redact(error.message),
      failureType: failureTypes[error._tag],
      ...(internal !== "" && { internalMessage: redact(internal) }),
      ...(stream !== undefined && { stream })
    }
  }

  const failure = (error: ReadError, stream?: string): ReadonlyArray<Lines> => {
    failed = true
    if (stream === undefined) return [protocol.errorLine(traceOf(error), time())]
    open.delete(stream)
    return [protocol.errorLine(traceOf(error, stream), time()), protocol.statusLine(stream, "INCOMPLETE", time())]
  }

  const hold = (error: ConfigError | SystemError, stream?: string): void => {
    failed = true
    if (stream !== undefined) open.delete(stream)
    held.push({ error, ...(stream !== undefined && { stream }) })
  }

  const encodeRecords = (stream: string, rows: Rows): ReadonlyArray<Lines> => {
    const count = rowCount(rows)
    if (count === 0) return []
    const lines = [...running(stream), protocol.recordLines(stream, rows, time(), lend)]
    progressOf(stream).uncovered += count
    const largest = largestOf(rows)
    return largest <= largestRecord
      ? lines
      : [...lines, ...log("WARN", `${stream}: a record of ${largest} bytes was sent; destinations may refuse it.`)]
  }

  const encodeState = (stream: string, state: JsonObject): ReadonlyArray<Lines> => {
    const progress = progressOf(stream)
    const line = protocol.stateLine(stream, state, progress.uncovered)
    progress.uncovered = 0
    return [line]
  }

  const encodeEnd = (stream: string, summary: Summary, error: ReadError | undefined): ReadonlyArray<Lines> => {
    const report = log("INFO", summaryText(stream, summary))
    switch (error?._tag) {
      case undefined: {
        const lines = [...running(stream), ...report, protocol.statusLine(stream, "COMPLETE", time())]
        open.delete(stream)
        return lines
      }
      case "TransientError":
        return [...report, ...failure(error, stream)]
      case "ConfigError":
      case "SystemError":
        hold(error, stream)
        return report
    }
  }

  const encodeEvent = (event: Event): ReadonlyArray<Lines> => {
    switch (event._tag) {
      case "Started":
        progressOf(event.stream)
        return [protocol.statusLine(event.stream, "STARTED", time())]
      case "Records":
        return encodeRecords(event.stream, event.rows)
      case "Checkpoint":
        return encodeState(event.stream, event.state)
      case "RateLimited":
        return [protocol.rateLimitedLine(event.stream, event.resetMs, time())]
      case "Ended":
        return encodeEnd(event.stream, event.summary, event.error)
      case "ConfigChanged":
        return [protocol.controlLine(event.config, time())]
      case "Log":
        return log(event.level, event.message)
    }
  }

  const finish = (): ReadonlyArray<Lines> => {
    const cut = [...open.keys()].map((stream) => protocol.statusLine(stream, "INCOMPLETE", time()))
    open.clear()
    // The platform retries by the earliest error of a run: what a retry may heal is told first, each at its own time.
    const order = [...held].sort(
      (a, b) => Number(a.error._tag === "ConfigError") - Number(b.error._tag === "ConfigError")
    )
    held.length = 0
    return [
      ...cut,
      ...order.flatMap(({ error, stream }) => {
        lastMs = Math.max(lastMs + 1, nowMs())
        return failure(error, stream)
      })
    ]
  }

  return { encodeEvent, hold, fail: (error) => failure(error), finish, hasFailed: () => failed }
}
