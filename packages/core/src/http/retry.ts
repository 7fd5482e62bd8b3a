import { Effect, Random } from "effect"
import { elapsedMs } from "./elapsed.ts"
import type { Limits } from "./limits.ts"

/** Milliseconds before the next try, the first wait being number 0: doubled each time, half of it left to chance. */
export const delayMs = (limits: Limits, number: number): Effect.Effect<number> =>
  Effect.map(
    Random.next,
    (chance) => Math.min(limits.firstDelayMs * 2 ** number, limits.longestDelayMs) * (0.5 + chance / 2)
  )

/** Tries again while `again` says so, within the limits; then fails with the last error. */
export const backoff = <A, E>(
  effect: Effect.Effect<A, E>,
  limits: Limits,
  again: (error: E) => boolean
): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const beganMs = yield* elapsedMs
    for (let number = 0; ; number++) {
      const result = yield* Effect.result(effect)
      if (result._tag === "Success") return result.success
      const waitMs = yield* delayMs(limits, number)
      const nowMs = yield* elapsedMs
      if (!again(result.failure) || number + 1 >= limits.tries || nowMs + waitMs - beganMs > limits.totalMs) {
        return yield* Effect.fail(result.failure)
      }
      yield* Effect.sleep(waitMs)
    }
  })
