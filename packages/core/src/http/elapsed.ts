import { Clock, Effect } from "effect"

/**
 * Milliseconds since an arbitrary start. They only go forward, even if the system's clock is set: waits and the windows
 * of rate limits are measured in them.
 */
export const elapsedMs: Effect.Effect<number> = Effect.map(
  Clock.monotonicTimeNanos,
  (nanos) => Number(nanos / 1_000n) / 1_000
)
