import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { backoff, defaultRetryPolicy, delayMs } from "./retry.ts"

const retryPolicy = { ...defaultRetryPolicy, tries: 5, totalMs: 100_000, firstDelayMs: 1000, longestDelayMs: 6000 }

describe("delayMs", () => {
  it.effect("doubles from try to try up to the longest, half of it left to chance", () =>
    Effect.gen(function* () {
      for (const [number, most] of [1000, 2000, 4000, 6000, 6000, 6000].entries()) {
        for (let i = 0; i < 50; i++) {
          const ms = yield* delayMs(retryPolicy, number)
          assert.isAtLeast(ms, most / 2)
          assert.isAtMost(ms, most)
        }
      }
    })
  )
})

describe("backoff", () => {
  const run = (fails: number, some: Partial<typeof retryPolicy> = {}, takesMs = 0) =>
    Effect.gen(function* () {
      let tries = 0
      const effect = Effect.suspend(() => (++tries <= fails ? Effect.fail("no") : Effect.succeed("yes"))).pipe(
        Effect.delay(takesMs)
      )
      const fiber = yield* Effect.forkChild(
        Effect.result(backoff(effect, { ...retryPolicy, ...some }, (error) => error === "no"))
      )
      const beganMs = yield* Clock.currentTimeMillis
      for (let second = 0; second < 200 && fiber.pollUnsafe() === undefined; second++)
        yield* TestClock.adjust("1 second")
      const endedMs = yield* Clock.currentTimeMillis
      return { result: yield* Fiber.join(fiber), tries, ms: endedMs - beganMs }
    })

  it.effect("tries again until it is well", () =>
    Effect.map(run(3), ({ result, tries }) => {
      assert.strictEqual(result._tag, "Success")
      assert.strictEqual(tries, 4)
    })
  )

  it.effect("fails with the last error after so many tries", () =>
    Effect.map(run(99), ({ result, tries }) => {
      assert.strictEqual(result._tag, "Failure")
      assert.strictEqual(tries, 5)
    })
  )

  it.effect("fails when the time would be over", () =>
    Effect.map(run(99, { tries: 1000, totalMs: 30_000 }, 4000), ({ result, ms, tries }) => {
      assert.strictEqual(result._tag, "Failure")
      assert.isAtMost(ms, 35_000)
      assert.isAtLeast(tries, 3)
    })
  )

  it.effect("does not try again what is not worth it", () =>
    Effect.gen(function* () {
      let tries = 0
      const effect = Effect.suspend(() => Effect.fail(`no ${++tries}`))
      assert.strictEqual(yield* Effect.flip(backoff(effect, retryPolicy, () => false)), "no 1")
    })
  )
})
