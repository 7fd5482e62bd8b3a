import { Clock, Effect } from "effect"

/**
 * Milliseconds from an arbitrary beginning. They only go forward, also where the system's clock is set: waits and the
 * windows of limits are counted in them.
 */
export const elapsedMs: Effect.Effect<number> = Effect.map(
  Clock.monotonicTimeNanos,
  (nanos) => Number(nanos / 1_000n) / 1_000
)
