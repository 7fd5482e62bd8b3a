/**
 * Settles doubts: every id that may be gone is looked up, a minute or more after the stream's own read. A row that is
 * found alive is emitted as a row; for any other a tombstone is emitted.
 */
import { Clock, Effect } from "effect"
import type { ReadError } from "../errors.ts"
import type { RefusedError } from "../http/client.ts"
import type { Page } from "../page/page.ts"
import type { Run } from "../read/context.ts"
import type { Found, Lookups } from "./lookups.ts"
import type { Tracking } from "./tracking.ts"

/** A change in Pipedrive can be seen in all its answers after this time. */
const VISIBLE_MS = 60_000

interface SettlingOptions {
  readonly run: Run
  readonly tracking: Tracking
  readonly lookups: Lookups
  /** The server's clock at the last answer of the own read: the cursor of rows that are found nowhere. */
  readonly momentMs: number
  /** Emits the stream's state. */
  readonly checkpoint: Effect.Effect<void>
}

const untilVisible = ({ momentMs, run }: SettlingOptions): Effect.Effect<void> =>
  Effect.gen(function* () {
    const nowMs = (yield* run.transport.serverMs) ?? (yield* Clock.currentTimeMillis)
    yield* Effect.sleep(Math.max(0, momentMs + VISIBLE_MS - nowMs))
  })

/** Rows found, by the page they came in: one page holds those of a batch, or each stands alone. */
const byPage = (found: Iterable<Found>): ReadonlyMap<Page, ReadonlyArray<Found>> => {
  const pages = new Map<Page, Array<Found>>()
  for (const each of found) {
    const others = pages.get(each.page)
    if (others === undefined) pages.set(each.page, [each])
    else others.push(each)
  }
  return pages
}

/** Settles one batch: what is alive is emitted as a row, all else as a tombstone, and no id of it is left in doubt. */
const settleBatch = (
  options: SettlingOptions,
  ids: ReadonlyArray<string>
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.flatMap(options.lookups.find(ids), (found) => {
    const { checkpoint, momentMs, tracking } = options
    const given = [...byPage(found.values())].flatMap(([page, some]) => {
      const rowsThat = (isAlive: boolean) => some.filter((each) => each.isAlive === isAlive).map(({ row }) => row)
      return tracking.rowsOf({ page, live: rowsThat(true), dead: rowsThat(false) }, momentMs)
    })
    const absent = ids.filter((id) => !found.has(id))
    return tracking.emitter.covered([...given, tracking.bare(absent, momentMs)], checkpoint)
  })

/** Asks for all ids in doubt, in ascending order, as far as the day's tokens reach. */
export const settle = (options: SettlingOptions): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { lookups, run, tracking } = options
    const all = [...tracking.ids.doubt]
    if (all.length === 0) return
    yield* untilVisible(options)
    for (let from = 0; from < all.length; from += lookups.size) {
      const left = run.transport.gate.governor.dailyLeft
      if (lookups.tokens > left) {
        const message = `${tracking.stream.name}: ${all.length - from} rows that may be gone are asked for in a later sync, as the day's tokens do not reach (${Math.floor(left)} left).`
        return yield* tracking.emitter.log("INFO", message)
      }
      yield* settleBatch(options, all.slice(from, from + lookups.size))
    }
  })
