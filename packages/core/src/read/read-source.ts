/**
 * Reads the selected streams of a source and emits what happens as events. The one entry of the reader: it knows no
 * protocol, prints nothing and never fails; each stream ends with its own error or without.
 */
import { Clock, Effect } from "effect"
import type { Definitions } from "../custom-fields/definitions.ts"
import type { Entity } from "../custom-fields/entity.ts"
import { makeNamedMode } from "../custom-fields/named-mode.ts"
import { withOptions } from "../declare/stream.ts"
import type { Event, JsonObject } from "../events.ts"
import { whoAmI } from "../http/auth/identity.ts"
import { type Connection, connect } from "../http/connect.ts"
import { defaultRetryPolicy } from "../http/retry.ts"
import type { Source } from "../source.ts"
import type { Run } from "./context.ts"
import { endChildren } from "./end-children.ts"
import { groupRead } from "./group-read.ts"
import { groupsOf } from "./groups.ts"
import { selectStreams } from "./select.ts"
import { soundStates } from "./sound-states.ts"
import { readChildren, readLists } from "./steps.ts"
import type { Mode } from "./stream-emitter.ts"

/** What to read, and the ports to read it with. */
export interface ReadOptions extends Connection {
  readonly source: Source
  readonly selection: ReadonlyArray<{
    readonly stream: string
    readonly mode: Mode
    /** Properties of its JSON Schema in the configured catalog; undefined where that has none. */
    readonly properties?: JsonObject
  }>
  /** States as given, by stream; of any era. */
  readonly states: ReadonlyMap<string, unknown>
  /** Definitions of custom fields that `discoverCustomFields` has just read; the others are read when they are needed. */
  readonly definitions?: ReadonlyMap<Entity, Definitions>
}

/**
 * Reads the selected streams. Never fails: what goes wrong with a stream is its Ended event's error, and the others
 * go on. Every selected stream is started and ended.
 */
export const readSource = (options: ReadOptions): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { config } = options
    const source = {
      ...options.source,
      streams: options.source.streams.map((stream) => withOptions(stream, config.on))
    }
    const transport = connect(options, {
      retryPolicy: defaultRetryPolicy,
      workers: config.workers,
      dailyShare: config.dailyBudgetShare
    })
    const emitSound = soundStates(source, transport, options.emit)
    const emit = (event: Event) => {
      if (event._tag === "Records") return transport.gate.handOver(options.emit(event))
      return event._tag === "Checkpoint" ? emitSound(event) : options.emit(event)
    }
    const rolling = options.selection.filter(({ stream: name, mode }) => {
      const changes = source.streams.find((each) => each.name === name)?.changes
      return mode === "incremental" && changes?.kind === "ofChangedParents" && changes.sweep === "rolling"
    }).length
    const ask = yield* Effect.cached(whoAmI(transport))
    const warned = new Set<string>()
    const warnOnce = (message: string) =>
      Effect.suspend(() => {
        if (warned.has(message)) return Effect.void
        warned.add(message)
        return emit({ _tag: "Log", level: "WARN", message })
      })
    const properties = new Map(
      options.selection.flatMap(({ stream, properties }) => (properties === undefined ? [] : [[stream, properties]]))
    )
    const run: Run = {
      config,
      me: ask,
      warnOnce,
      streams: source.streams,
      transport,
      rolling,
      ...(config.customFields === "named" && {
        named: yield* makeNamedMode({
          source,
          config,
          transport,
          properties,
          definitions: options.definitions ?? new Map()
        })
      }),
      serverSeconds: Effect.gen(function* () {
        if ((yield* transport.serverMs) === undefined) yield* ask
        return Math.floor(((yield* transport.serverMs) ?? (yield* Clock.currentTimeMillis)) / 1000)
      })
    }
    const selected = yield* selectStreams(run, { ...options, source, emit })
    const groups = groupsOf(source, selected).map((group) => groupRead(run, source, group))
    // Cheap rows first, in all groups together: where the day's tokens do not reach, every list is there before any
    // child that is asked for parent by parent.
    for (const step of [readLists, readChildren, endChildren])
      yield* Effect.forEach(groups, step, { concurrency: "unbounded", discard: true })
    const { governor } = transport.gate
    if (config.dailyBudgetShare < 100 && governor.spent > 0 && governor.dailyLimit === undefined) {
      const message =
        "No answer told the company's daily budget, so daily_budget_share could not be kept: only the budget's end stops a run."
      yield* emit({ _tag: "Log", level: "WARN", message })
    }
  })
