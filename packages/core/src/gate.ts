import { Clock, Deferred, Effect } from "effect"
import type { Governor, Ticket } from "./budget.ts"

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

/**
 * Lets requests through as the governor says, at most `workers` at a time. Streams take turns, so that one with many
 * requests does not starve another with one.
 */
export class Gate {
  readonly governor: Governor
  readonly workers: number
  readonly #queues = new Map<string, Array<Waiting>>()
  #busy = 0
  #timer = false

  constructor(governor: Governor, workers: number) {
    this.governor = governor
    this.workers = workers
  }

  /** Workers nobody waits for. */
  get idle(): number {
    return this.#queues.size > 0 ? 0 : this.workers - this.#busy
  }

  /** Waits for a turn; the caller gives it back with `leave`. */
  enter(stream: string, tokens: number): Effect.Effect<Ticket, SpentError> {
    return Effect.suspend(() => {
      const waiting: Waiting = { tokens, admitted: Deferred.makeUnsafe() }
      const queue = this.#queues.get(stream)
      if (queue === undefined) this.#queues.set(stream, [waiting])
      else queue.push(waiting)
      return this.#admit().pipe(
        Effect.andThen(Deferred.await(waiting.admitted)),
        Effect.onInterrupt(() => Effect.sync(() => this.#withdraw(stream, waiting)))
      )
    })
  }

  /** Gives a turn back once the books are up to date. */
  leave(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#busy--
      return this.#admit()
    })
  }

  #withdraw(stream: string, waiting: Waiting): void {
    const queue = this.#queues.get(stream)?.filter((other) => other !== waiting) ?? []
    if (queue.length === 0) this.#queues.delete(stream)
    else this.#queues.set(stream, queue)
  }

  readonly #admit = Effect.fnUntraced(function* (this: Gate) {
    const nowMs = yield* Clock.currentTimeMillis
    while (this.#busy < this.workers) {
      const [next] = this.#queues
      if (next === undefined) return
      const [stream, queue] = next
      const waiting = queue[0] as Waiting
      const verdict = this.governor.ask(nowMs, waiting.tokens)
      switch (verdict._tag) {
        case "Hold":
          return
        case "Wait":
          if (!this.#timer) {
            this.#timer = true
            yield* Effect.sleep(Math.max(1, verdict.untilMs - nowMs)).pipe(
              Effect.andThen(
                Effect.suspend(() => {
                  this.#timer = false
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
