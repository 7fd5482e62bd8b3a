/**
 * Retries: how long to try, how long to wait between tries, and a loop for effects that are retried as a whole. The
 * transport has a loop of its own, as a try of a request can end in more ways.
 */
import { Effect, Random } from "effect"
import { elapsedMs } from "./elapsed.ts"
import type { HttpBounds } from "./port.ts"

/** How long the transport tries before it gives up on a request. */
export interface RetryPolicy {
  /** Tries of one request, including the first. */
  readonly tries: number
  /** Time for all tries of one request, including waits. */
  readonly totalMs: number
  /** Wait before the second try; it doubles from try to try. */
  readonly firstDelayMs: number
  readonly longestDelayMs: number
  /** Bounds of each try. */
  readonly bounds: HttpBounds
}

export const defaultRetryPolicy: RetryPolicy = {
  tries: 10,
  totalMs: 600_000,
  firstDelayMs: 500,
  longestDelayMs: 30_000,
  bounds: { headersMs: 60_000, idleMs: 30_000, totalMs: 300_000, maxBodyBytes: 64 << 20 }
}

/** Milliseconds before the next try; the first wait is number 0. Doubled each time, with up to half of it random. */
export const delayMs = (policy: RetryPolicy, number: number): Effect.Effect<number> =>
  Effect.map(
    Random.next,
    (chance) => Math.min(policy.firstDelayMs * 2 ** number, policy.longestDelayMs) * (0.5 + chance / 2)
  )

/** Tries again while `again` says so, within the policy; then fails with the last error. */
export const backoff = <A, E>(
  effect: Effect.Effect<A, E>,
  policy: RetryPolicy,
  again: (error: E) => boolean
): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const beganMs = yield* elapsedMs
    for (let number = 0; ; number++) {
      const result = yield* Effect.result(effect)
      if (result._tag === "Success") return result.success
      const waitMs = yield* delayMs(policy, number)
      const nowMs = yield* elapsedMs
      if (!again(result.failure) || number + 1 >= policy.tries || nowMs + waitMs - beganMs > policy.totalMs) {
        return yield* Effect.fail(result.failure)
      }
      yield* Effect.sleep(waitMs)
    }
  })
