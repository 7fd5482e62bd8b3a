import { Clock, Effect, Result } from "effect"
import { makeAuth } from "../auth.ts"
import { Governor } from "../budget.ts"
import { readStated, type Stated, strangeKeys } from "../compat.ts"
import type { Config } from "../config.ts"
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
import { readFamily } from "./read-family.ts"
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
}

/**
 * Reads the selected streams. Never fails: what goes wrong with a stream is its Ended event's error, and the others
 * go on. Every selected stream is started and ended.
 */
export const readSource = (options: ReadOptions): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { source, config, send, emit, limits = defaultLimits, userAgent = USER_AGENT } = options
    const auth = makeAuth({ config, send, emit, limits, userAgent })
    const governor = new Governor(config.dailyBudgetShare)
    const transport = makeTransport({ auth, governor, workers: config.workers, send, limits, userAgent })
    const rolling = options.selection.filter(({ stream: name, mode }) => {
      const changes = source.streams.find((each) => each.name === name)?.changes
      return mode === "incremental" && changes?.kind === "ofChangedParents" && changes.sweep === "rolling"
    }).length
    const run: Run = {
      config,
      transport,
      rolling,
      serverSeconds: Effect.gen(function* () {
        let ms = yield* transport.serverMs
        if (ms === undefined) {
          yield* whoAmI(transport)
          ms = (yield* transport.serverMs) ?? (yield* Clock.currentTimeMillis)
        }
        return Math.floor(ms / 1000)
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
    yield* Effect.forEach(familiesOf(source, selected), (family) => readFamily(run, source, family), {
      concurrency: config.workers,
      discard: true
    })
    if (config.dailyBudgetShare < 100 && governor.spent > 0 && governor.dailyLimit === undefined) {
      const message =
        "No answer told the company's daily budget, so daily_budget_share could not be kept: only the budget's end stops a run."
      yield* emit({ _tag: "Log", level: "WARN", message })
    }
  })
