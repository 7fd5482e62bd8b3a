import { type Clock, Duration, Effect } from "effect"

/** A clock that stands still until somebody sleeps: then it is later at once. Nothing ever waits for real. */
export const jumpingClock = (startMs: number): Clock.Clock => {
  let nowMs = startMs
  const nanos = (): bigint => BigInt(Math.round(nowMs)) * 1_000_000n
  return {
    currentTimeMillisUnsafe: () => nowMs,
    currentTimeMillis: Effect.sync(() => nowMs),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.andThen(
        Effect.yieldNow,
        Effect.sync(() => {
          nowMs += Duration.toMillis(duration)
        })
      )
  }
}
