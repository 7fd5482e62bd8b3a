import { type Clock, Duration, Effect } from "effect"

/**
 * A clock that stands still until somebody sleeps: then it is later at once.
 *
 * @param nowMs what it shows
 * @param passed told of the milliseconds of a sleep
 */
export const jumpingClock = (nowMs: () => number, passed: (ms: number) => void): Clock.Clock => {
  const nanos = () => BigInt(Math.round(nowMs())) * 1_000_000n
  return {
    currentTimeMillisUnsafe: nowMs,
    currentTimeMillis: Effect.sync(nowMs),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.andThen(
        Effect.yieldNow,
        Effect.sync(() => passed(Duration.toMillis(duration)))
      )
  }
}
