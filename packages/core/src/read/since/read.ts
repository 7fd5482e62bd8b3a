/**
 * Reads a list by update time as `plan.ts` says: starts a worker for each slice, asks for pages, hands rows to those who
 * take them, and knows no rule itself.
 *
 *   worker:  page 1 ──▶ page 2 ──▶ page 3 ──▶      asked for one after another
 *                   emit 1 ──▶ emit 2 ──▶          each while the next one is on its way
 */
import { Effect, Fiber } from "effect"
import { TransientError } from "../../errors.ts"
import { cursorText } from "../../state/cursor.ts"
import type { PagerError } from "../pages/pager.ts"
import type { Requests } from "../pages/requests.ts"
import { lastSecond } from "../pages/untimed.ts"
import { Plan } from "./plan.ts"
import { slicePager } from "./slice-pager.ts"
import type { Slice } from "./slices.ts"
import { Splitter } from "./split.ts"
import { type Taker, Takers } from "./takers.ts"

interface SinceOptions {
  readonly requests: Requests
  readonly takers: ReadonlyArray<Taker>
  /** Slices that may be read at once. */
  readonly workers: number
  /** How many more requests could be sent now. */
  readonly idle: () => number
}

const endless = (stream: string): TransientError =>
  new TransientError({
    message: `Stopped at ${stream}: its rows change faster than they can be read. All but those of the last hour have been emitted; the next sync goes on from there.`
  })

/** What the workers of one read share. */
interface Read {
  readonly requests: Requests
  readonly takers: Takers
  readonly plan: Plan
  readonly start: (id: number) => Effect.Effect<void>
}

/** A worker: reads a slice to its end, or as far as the plan says. */
const readSlice = (read: Read, id: number): Effect.Effect<void, PagerError> =>
  Effect.gen(function* () {
    const { requests, takers, plan, start } = read
    const { stream } = requests
    const pagerOf = (slice: Slice) => slicePager(requests, slice, () => plan.safeWatermark)
    const slice = plan.begin(id)
    if (slice === undefined) return
    let pager = pagerOf(slice)
    let onItsWay = yield* Effect.forkChild(pager.next)
    for (;;) {
      const page = yield* Fiber.join(onItsWay)
      for (const command of plan.received(id, page.facts)) {
        switch (command._tag) {
          case "LookAtEnd":
            plan.sawEnd(yield* lastSecond(requests))
            break
          case "ReadFirst":
            yield* readSlice(read, command.id)
            break
          case "Emit":
            if (command.isMoreWanted) onItsWay = yield* Effect.forkChild(pager.next)
            yield* takers.take(id, page, command.emission)
            break
          case "Jump":
            yield* Fiber.interrupt(onItsWay)
            pager = pagerOf(command.slice)
            onItsWay = yield* Effect.forkChild(pager.next)
            break
          case "Start":
            yield* requests.debug(
              () => `${stream.name}: splits at ${cursorText(stream, command.from)} for an idle worker`
            )
            yield* start(command.id)
            break
          case "Stop":
            return
          case "GiveUp":
            return yield* endless(stream.name)
        }
      }
    }
  })

/** Reads a list by update time, ascending, for all who take from it. */
export const readSince = (options: SinceOptions): Effect.Effect<void, PagerError> =>
  Effect.gen(function* () {
    const { requests, workers, idle } = options
    const { stream } = requests
    const isByTime = stream.paging.kind === "seek"
    const takers = new Takers(options.takers, isByTime)
    const plan = new Plan({
      slices: takers.slices,
      demand: takers,
      splitter: new Splitter({ tokens: stream.tokens, workers: isByTime ? 1 : workers }),
      workers,
      idle,
      isByTime
    })
    const scope = yield* Effect.scope
    const fibers: Array<Fiber.Fiber<void, PagerError>> = []
    const start = (id: number): Effect.Effect<void> =>
      Effect.map(Effect.forkIn(readSlice({ requests, takers, plan, start }, id), scope), (fiber) => {
        fibers.push(fiber)
      })
    for (const ids of plan.rounds()) {
      for (const id of ids) yield* start(id)
      // Workers start further ones.
      for (let fiber = fibers.shift(); fiber !== undefined; fiber = fibers.shift()) yield* Fiber.join(fiber)
    }
    yield* takers.finish(plan)
  }).pipe(Effect.scoped)
