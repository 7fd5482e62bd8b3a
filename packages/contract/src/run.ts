import type { Plugin } from "@pipedrive-source/core"
import {
  decodeConfig,
  type Event,
  type JsonObject,
  type Mode,
  makeSource,
  type RetryPolicy,
  readSource,
  type SendHttp,
  type Source
} from "@pipedrive-source/core/reader"
import { Cause, Clock, Effect, Exit, Result } from "effect"
import type { Emulator, LoggedRequest } from "pipedrive-emulator"
import { jumpingClock } from "./clock.ts"
import { send } from "./network.ts"

/** A row as it was sent: its own text, and what the reader added, as JSON members. */
export interface Line {
  readonly stream: string
  readonly text: string
  readonly added: string
}

/** Everything one run has said, up to its end or to where it was stopped. */
export interface Reading {
  readonly lines: ReadonlyArray<Line>
  /** The last checkpoint of each stream. */
  readonly states: ReadonlyMap<string, JsonObject>
  /** How many checkpoints each stream has printed. */
  readonly checkpoints: ReadonlyMap<string, number>
  readonly ended: ReadonlyMap<string, Extract<Event, { _tag: "Ended" }>>
  readonly warnings: ReadonlyArray<string>
  readonly rateLimited: ReadonlyArray<string>
  readonly requests: ReadonlyArray<LoggedRequest>
  /** Rows and checkpoints, counted. */
  readonly events: number
}

/** Where a run is stopped as by `kill -9`: nothing it does afterwards counts. */
export type Stop =
  | { readonly afterEvents: number }
  /** `hanging`: requests on their way are never answered, so the run has to end by itself. */
  | { readonly atRequest: number; readonly hanging?: true }

export interface RunOptions {
  readonly source: Source
  readonly emulator: Emulator
  readonly streams: ReadonlyArray<string>
  readonly mode: Mode
  readonly states?: ReadonlyMap<string, JsonObject>
  readonly stop?: Stop
  readonly retryPolicy?: RetryPolicy
  readonly workers?: number
  /** Options of the config beside the credentials. */
  readonly config?: JsonObject
  /** Properties that the configured catalog declares, by stream. */
  readonly properties?: ReadonlyMap<string, JsonObject>
  /** How far our own clock is ahead of the server's. */
  readonly skewMs?: number
}

/** Requests after which a run is held to have no end. */
const ENDLESS = 3_000

export const compose = (plugins: ReadonlyArray<Plugin>): Source => Result.getOrThrow(makeSource(plugins))

const text = new TextDecoder("utf-8", { fatal: true })

const saidBy = (event: Event): string => {
  if (event._tag === "Records") return text.decode(event.rows.bytes)
  if (event._tag !== "Ended" || event.error === undefined) return JSON.stringify(event)
  const { message, detail, cause } = event.error
  return [message, detail, cause instanceof Error ? cause.stack : JSON.stringify(cause)].join("\n")
}

/** A config for an emulator. */
export const inputFor = (emulator: Emulator): JsonObject => ({
  credentials: { auth_type: "api_token", api_token: emulator.apiToken },
  base_url: emulator.url
})

/** Reads streams from an emulator, in this process, and keeps everything the reader says. */
export const run = async (options: RunOptions): Promise<Reading> => {
  const { source, emulator, streams, mode, states = new Map(), stop, retryPolicy, workers = 3, skewMs = 0 } = options
  const { config } = Result.getOrThrow(decodeConfig({ ...inputFor(emulator), num_workers: workers, ...options.config }))
  const lines: Array<Line> = []
  const kept = new Map<string, JsonObject>()
  const checkpoints = new Map<string, number>()
  const ended = new Map<string, Extract<Event, { _tag: "Ended" }>>()
  const warnings: Array<string> = []
  const rateLimited: Array<string> = []
  const firstRequest = emulator.requests.length
  let events = 0
  let requests = 0
  let stopped = false
  let runaway = false
  const leaks: Array<string> = []

  const take = (event: Event): void => {
    if (saidBy(event).includes(emulator.apiToken)) leaks.push(event._tag)
    switch (event._tag) {
      case "Records": {
        const { bytes, spans, added } = event.rows
        for (let row = 0; row * 2 < spans.length; row++) {
          const own = text.decode(bytes.subarray(spans[2 * row], spans[2 * row + 1]))
          lines.push({ stream: event.stream, text: own, added: added?.[row] ?? "" })
        }
        events++
        return
      }
      case "Checkpoint":
        kept.set(event.stream, JSON.parse(JSON.stringify(event.state)))
        checkpoints.set(event.stream, (checkpoints.get(event.stream) ?? 0) + 1)
        events++
        return
      case "Ended":
        ended.set(event.stream, event)
        return
      case "Log":
        if (event.level === "WARN") warnings.push(event.message)
        return
      case "RateLimited":
        rateLimited.push(event.stream)
        return
      case "Started":
      case "ConfigChanged":
        return
    }
  }
  const halt = (): void => {
    stopped = true
    queueMicrotask(() => fiber.interruptUnsafe())
  }
  const emit = (event: Event): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (stopped) return Effect.void
      take(event)
      if (stop !== undefined && "afterEvents" in stop && events >= stop.afterEvents) halt()
      return Effect.void
    })
  const counting: SendHttp = (request, timeouts, signal) => {
    requests++
    runaway ||= requests > ENDLESS
    if (runaway || (stop !== undefined && "atRequest" in stop && requests === stop.atRequest)) halt()
    if (stopped && stop !== undefined && "hanging" in stop) return new Promise(() => {})
    return stopped ? Promise.reject(new Error("stopped")) : send(request, timeouts, signal)
  }

  const fiber = Effect.runFork(
    readSource({
      source,
      config,
      selection: streams.map((stream) => {
        const properties = options.properties?.get(stream)
        return { stream, mode, ...(properties !== undefined && { properties }) }
      }),
      states,
      send: counting,
      emit,
      ...(retryPolicy !== undefined && { retryPolicy })
    }).pipe(Effect.provideService(Clock.Clock, jumpingClock(emulator.clock.now() + skewMs)))
  )
  const exit = await new Promise<Exit.Exit<void>>((done) => fiber.addObserver(done))
  if (runaway) throw new Error(`${streams.join(", ")}: the read does not end (${ENDLESS} requests)`)
  if (!stopped && Exit.isFailure(exit)) throw Cause.squash(exit.cause)
  if (leaks.length > 0) throw new Error(`The API token stands in: ${[...new Set(leaks)].join(", ")}`)
  return {
    lines,
    states: kept,
    checkpoints,
    ended,
    warnings,
    rateLimited,
    requests: emulator.requests.slice(firstRequest),
    events
  }
}

/** The states to go on with: those a run has printed, over those it was given. */
export const statesAfter = (
  given: ReadonlyMap<string, JsonObject>,
  reading: Reading
): ReadonlyMap<string, JsonObject> => new Map([...given, ...reading.states])
