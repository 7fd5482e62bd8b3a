import { Clock, Effect, Result } from "effect"
import { makeAuth } from "../auth.ts"
import { Governor } from "../budget.ts"
import { readStated, type Stated, strangeKeys } from "../compat.ts"
import type { Config } from "../config.ts"
import { debugTo } from "../debug.ts"
import type { ConfigError } from "../errors.ts"
import type { Event } from "../events.ts"
import type { SendHttp } from "../http.ts"
import { isObject } from "../json.ts"
import { defaultLimits, type Limits } from "../limits.ts"
import type { Source } from "../source.ts"
import { isResumable } from "../stream.ts"
import { makeTransport } from "../transport.ts"
import { USER_AGENT } from "../user-agent.ts"
import { familiesOf, lineOf, type Selected } from "./family.ts"
import { whoAmI } from "./identity.ts"
import { type Mode, Outlet } from "./outlet.ts"
import { endChildren, familyRead, readChildren, readLists } from "./read-family.ts"
import type { Run } from "./run.ts"

/** What to read, and the ports to read it with. */
export interface ReadOptions {
  readonly source: Source
  readonly config: Config
  readonly selection: ReadonlyArray<{ readonly stream: string; readonly mode: Mode }>
  /** States as given, by stream; of any era. */
  readonly states: ReadonlyMap<string, unknown>
  readonly send: SendHttp
  /** Takes an event; returns when there is room for the next one. */
  readonly emit: (event: Event) => Effect.Effect<void>
  readonly limits?: Limits
  /** How requests name themselves. */
  readonly userAgent?: string
  /** Whether every request and every decision that costs is told as a DEBUG log. */
  readonly debug?: boolean
}

/**
 * Reads the selected streams. Never fails: what goes wrong with a stream is its Ended event's error, and the others
 * go on. Every selected stream is started and ended.
 */
export const readSource = (options: ReadOptions): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { source, config, send, limits = defaultLimits, userAgent = USER_AGENT } = options
    const debug = debugTo(options.emit, options.debug === true)
    const auth = makeAuth({ config, send, emit: options.emit, limits, userAgent, debug })
    const governor = new Governor(config.dailyBudgetShare)
    const transport = makeTransport({ auth, governor, workers: config.workers, send, limits, userAgent, debug })
    const emit = (event: Event) =>
      event._tag === "Records" ? transport.gate.handOver(options.emit(event)) : options.emit(event)
    const rolling = options.selection.filter(({ stream: name, mode }) => {
      const changes = source.streams.find((each) => each.name === name)?.changes
      return mode === "incremental" && changes?.kind === "ofChangedParents" && changes.sweep === "rolling"
    }).length
    const ask = yield* Effect.cached(whoAmI(transport))
    const run: Run = {
      config,
      transport,
      rolling,
      serverSeconds: Effect.gen(function* () {
        if ((yield* transport.serverMs) === undefined) yield* ask
        return Math.floor(((yield* transport.serverMs) ?? (yield* Clock.currentTimeMillis)) / 1000)
      })
    }
    const selected: Array<Selected> = []
    for (const { stream: name, mode } of options.selection) {
      const stream = source.streams.find((each) => each.name === name)
      if (stream === undefined) continue
      const raw = options.states.get(name)
      const given = isObject(raw) ? raw : undefined
      const keepsState = stream.changes !== undefined && (mode === "incremental" || isResumable(stream))
      const outlet = new Outlet(stream, stream.changes === undefined ? "full_refresh" : mode, given, emit)
      const stated: Result.Result<Stated, ConfigError> = keepsState ? readStated(stream, raw) : Result.succeed({})
      if (Result.isFailure(stated)) {
        yield* outlet.start()
        yield* outlet.end(stated.failure)
        continue
      }
      const strange = keepsState && given !== undefined ? strangeKeys(stream, given) : []
      if (strange.length > 0) {
        yield* outlet.log(
          "WARN",
          `${name}: its state holds nothing this source knows (${strange.slice(0, 3).join(", ")}): the stream is read from the beginning.`
        )
      }
      const { complete, ...rest } = stated.success
      // A full refresh goes on from a full refresh that was cut short, and from nothing else.
      const isOwn = stated.success.own?.["full"] === true
      const fullRefresh = complete === true || isOwn ? stated.success : {}
      selected.push({
        stream,
        mode: outlet.mode,
        stated: outlet.mode === "full_refresh" ? fullRefresh : complete === true ? {} : rest,
        outlet,
        given,
        ...lineOf(source, stream)
      })
    }
    const families = familiesOf(source, selected).map((family) => familyRead(run, source, family))
    // Cheap rows first, in all families together: where the day's tokens do not reach, every list is there before any
    // child that is asked for parent by parent.
    for (const step of [readLists, readChildren, endChildren])
      yield* Effect.forEach(families, step, { concurrency: "unbounded", discard: true })
    if (config.dailyBudgetShare < 100 && governor.spent > 0 && governor.dailyLimit === undefined) {
      const message =
        "No answer told the company's daily budget, so daily_budget_share could not be kept: only the budget's end stops a run."
      yield* emit({ _tag: "Log", level: "WARN", message })
    }
  })
