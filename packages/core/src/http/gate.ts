/**
 * The queue in front of the network. A request waits in the queue of its stream; streams take turns, so that one with
 * many requests does not starve one with a single request.
 *
 *                    governor: Send
 *     turn ─▶ waiting ─────────────▶ admitted ─▶ in use ─▶ left
 *               │  ▲                    │ given up before it was sent
 *               │  └─ Wait, Hold        └──────────────────▶ left
 *               ├─ Spent: SpentError
 *               └─ interrupted: withdrawn
 *
 * The governor is asked again when a request leaves, when rows have been handed over, and when a wait is over.
 */
import { Deferred, Effect, Fiber } from "effect"
import { type Debug, silent } from "../debug.ts"
import type { Governor, Ticket } from "./budget.ts"
import { elapsedMs } from "./elapsed.ts"

interface Waiting {
  readonly tokens: number
  readonly admitted: Deferred.Deferred<Ticket, SpentError>
}

/** The daily budget does not allow the request. */
export class SpentError {
  readonly _tag = "SpentError"
  readonly remaining: number
  constructor(remaining: number) {
    this.remaining = remaining
  }
}

/** Lets requests through as the governor allows, at most `workers` at a time. */
export class Gate {
  readonly governor: Governor
  readonly workers: number
  readonly #queues = new Map<string, Array<Waiting>>()
  readonly #debug: Debug
  #busy = 0
  #handingOver = 0
  /** Asks the governor again when a wait is over. */
  #timer: Fiber.Fiber<void> | undefined

  constructor(governor: Governor, workers: number, debug: Debug = silent) {
    this.governor = governor
    this.workers = workers
    this.#debug = debug
  }

  /** Workers that no request is waiting for. */
  get idle(): number {
    return this.#queues.size > 0 ? 0 : this.workers - this.#busy
  }

  /**
   * Runs `use` when its turn comes, and gives the turn back. A request that is given up leaves the queue.
   *
   * @param isFirst whether it goes ahead of all others that wait
   */
  turn<A, E>(
    stream: string,
    tokens: number,
    use: (ticket: Ticket) => Effect.Effect<A, E>,
    isFirst = false
  ): Effect.Effect<A, E | SpentError> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const waiting: Waiting = { tokens, admitted: Deferred.makeUnsafe() }
        const others = isFirst ? [...this.#queues] : []
        if (isFirst) this.#queues.clear()
        const queue = this.#queues.get(stream)
        if (queue === undefined) this.#queues.set(stream, [waiting])
        else queue.push(waiting)
        for (const [name, queued] of others) {
          if (name === stream) this.#queues.get(stream)?.push(...queued)
          else this.#queues.set(name, queued)
        }
        return this.#admit().pipe(
          Effect.andThen(restore(Deferred.await(waiting.admitted))),
          Effect.onInterrupt(() => this.#withdraw(stream, waiting)),
          Effect.flatMap((ticket) => Effect.ensuring(restore(use(ticket)), this.#leave(ticket)))
        )
      })
    )
  }

  /**
   * Hands rows over to the destination. While as many pages wait to be taken as there are workers, no request is let
   * through: however many lists are being read, few pages are in memory.
   */
  handOver<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      this.#handingOver++
      return Effect.ensuring(
        effect,
        Effect.suspend(() => {
          const wasFull = this.#handingOver >= this.workers
          this.#handingOver--
          return wasFull ? this.#admit() : Effect.void
        })
      )
    })
  }

  #leave(ticket: Ticket): Effect.Effect<void> {
    return Effect.suspend(() => {
      // It was given up before it was sent.
      if (ticket.freeMs === Number.POSITIVE_INFINITY) this.governor.withdrawn(ticket)
      this.#busy--
      return this.#admit()
    })
  }

  /** Takes a request out of its queue; one that was admitted meanwhile gives its turn back. */
  #withdraw(stream: string, waiting: Waiting): Effect.Effect<void> {
    return Effect.suspend(() => {
      const queue = this.#queues.get(stream) ?? []
      if (!queue.includes(waiting)) {
        return Effect.flatMap(Effect.exit(Deferred.await(waiting.admitted)), (exit) => {
          if (exit._tag === "Failure") return Effect.void
          return this.#leave(exit.value)
        })
      }
      const left = queue.filter((other) => other !== waiting)
      if (left.length === 0) this.#queues.delete(stream)
      else this.#queues.set(stream, left)
      return this.#rest()
    })
  }

  /** Stops the timer once nobody waits: it would keep the process from ending. */
  #rest(): Effect.Effect<void> {
    const timer = this.#timer
    if (timer === undefined || this.#queues.size > 0) return Effect.void
    this.#timer = undefined
    return Fiber.interrupt(timer)
  }

  readonly #admit = Effect.fnUntraced(function* (this: Gate) {
    const nowMs = yield* elapsedMs
    while (this.#busy < this.workers && this.#handingOver < this.workers) {
      const [next] = this.#queues
      if (next === undefined) return yield* this.#rest()
      const [stream, queue] = next
      const waiting = queue[0] as Waiting
      const verdict = this.governor.ask(nowMs, waiting.tokens)
      switch (verdict._tag) {
        case "Hold":
          return
        case "Wait":
          if (this.#timer === undefined) {
            const waitMs = Math.max(1, verdict.untilMs - nowMs)
            this.#timer = yield* this.#debug(() => `${stream}: waits ${Math.ceil(waitMs)} ms for the rate limit`).pipe(
              Effect.andThen(Effect.sleep(waitMs)),
              Effect.andThen(
                Effect.suspend(() => {
                  this.#timer = undefined
                  return this.#admit()
                })
              ),
              Effect.forkDetach
            )
          }
          return
        case "Spent":
        case "Send":
          queue.shift()
          this.#queues.delete(stream)
          if (queue.length > 0) this.#queues.set(stream, queue)
          if (verdict._tag === "Send") {
            this.#busy++
            yield* Deferred.succeed(waiting.admitted, verdict.ticket)
          } else {
            yield* Deferred.fail(waiting.admitted, new SpentError(verdict.remaining))
          }
      }
    }
  }).bind(this) as () => Effect.Effect<void>
}
