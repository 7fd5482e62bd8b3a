import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Governor } from "./budget.ts"
import { elapsedMs } from "./elapsed.ts"
import { Gate } from "./gate.ts"

/** A gate whose governor knows a limit, so that only workers count. */
const opened = (workers: number, limit = 480) =>
  Effect.gen(function* () {
    const governor = new Governor()
    const first = governor.ask(0, 0)
    if (first._tag === "Send") governor.answered(0, first.ticket, { burstLimit: limit, burstRemaining: limit - 1 })
    yield* TestClock.adjust("10 seconds")
    return new Gate(governor, workers)
  })

/** Takes a turn and keeps it until told to give it back. */
const hold = (gate: Gate, stream: string, done: Deferred.Deferred<void>, entered: () => void = () => {}) =>
  gate.turn(stream, 1, (ticket) =>
    Effect.gen(function* () {
      entered()
      yield* Deferred.await(done)
      gate.governor.answered(yield* elapsedMs, ticket, {})
    })
  )

const settle = Effect.promise(async () => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
})

describe("the gate", () => {
  it.effect("lets no more in than there are workers, and the next as one leaves", () =>
    Effect.gen(function* () {
      const gate = yield* opened(2)
      let inside = 0
      const ends = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()] as const
      for (const end of ends) yield* Effect.forkChild(hold(gate, "a", end, () => void inside++))
      yield* settle
      assert.strictEqual(inside, 2)
      assert.strictEqual(gate.idle, 0)
      yield* Deferred.succeed(ends[1], undefined)
      yield* settle
      assert.strictEqual(inside, 3)
      yield* Deferred.succeed(ends[0], undefined)
      yield* Deferred.succeed(ends[2], undefined)
      yield* settle
      assert.strictEqual(gate.idle, 2)
    })
  )

  it.effect("lets nobody in while as many pages wait for their reader as there are workers", () =>
    Effect.gen(function* () {
      const gate = yield* opened(2)
      let inside = 0
      const read = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()] as const
      for (const taken of read) yield* Effect.forkChild(gate.handOver(Deferred.await(taken)))
      yield* settle
      yield* Effect.forkChild(hold(gate, "a", Deferred.makeUnsafe(), () => void inside++))
      yield* settle
      assert.strictEqual(inside, 0)
      yield* Deferred.succeed(read[1], undefined)
      yield* settle
      assert.strictEqual(inside, 1)
    })
  )

  it.effect("lets streams take turns", () =>
    Effect.gen(function* () {
      const gate = yield* opened(1)
      const order: Array<string> = []
      const end = Deferred.makeUnsafe<void>()
      const over = Deferred.makeUnsafe<void>()
      yield* Deferred.succeed(over, undefined)
      yield* Effect.forkChild(hold(gate, "a", end))
      yield* settle
      for (const stream of ["a", "a", "a", "a", "b", "c", "b"]) {
        yield* Effect.forkChild(hold(gate, stream, over, () => void order.push(stream)))
        yield* settle
      }
      yield* Deferred.succeed(end, undefined)
      yield* settle
      assert.deepStrictEqual(order, ["a", "b", "c", "a", "b", "a", "a"])
    })
  )

  it.effect("lets one that is first go ahead of all, and the others keep their turns", () =>
    Effect.gen(function* () {
      const gate = yield* opened(1)
      const order: Array<string> = []
      const end = Deferred.makeUnsafe<void>()
      const over = Deferred.makeUnsafe<void>()
      yield* Deferred.succeed(over, undefined)
      yield* Effect.forkChild(hold(gate, "a", end))
      yield* settle
      for (const name of ["a1", "a2", "b1", "c1", "b2"]) {
        yield* Effect.forkChild(hold(gate, name.charAt(0), over, () => void order.push(name)))
        yield* settle
      }
      for (const name of ["b0", "d0"]) {
        yield* Effect.forkChild(gate.turn(name.charAt(0), 1, () => Effect.sync(() => void order.push(name)), true))
        yield* settle
      }
      yield* Deferred.succeed(end, undefined)
      yield* settle
      assert.deepStrictEqual(order, ["d0", "b0", "a1", "c1", "b1", "a2", "b2"])
    })
  )

  it.effect("waits as the governor says", () =>
    Effect.gen(function* () {
      const gate = yield* opened(10, 2)
      const over = Deferred.makeUnsafe<void>()
      yield* Deferred.succeed(over, undefined)
      yield* hold(gate, "a", over)
      const second = yield* Effect.forkChild(hold(gate, "a", over))
      yield* settle
      yield* TestClock.adjust("1999 millis")
      yield* settle
      assert.isUndefined(second.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(second)
    })
  )

  it.effect("counts its windows by no clock that can be set", () =>
    Effect.gen(function* () {
      const hourNanos = 3_600_000_000_000n
      const clock = yield* Clock.Clock
      const forward: Clock.Clock = {
        sleep: (duration) => clock.sleep(duration),
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: clock.monotonicTimeNanos,
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + 3_600_000,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (ms) => ms + 3_600_000),
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe() + hourNanos,
        currentTimeNanos: Effect.map(clock.currentTimeNanos, (nanos) => nanos + hourNanos)
      }
      const gate = yield* opened(10, 2)
      const over = Deferred.makeUnsafe<void>()
      yield* Deferred.succeed(over, undefined)
      yield* hold(gate, "a", over)
      const second = yield* Effect.forkChild(Effect.provideService(hold(gate, "a", over), Clock.Clock, forward))
      yield* settle
      assert.isUndefined(second.pollUnsafe())
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(second)
    })
  )

  it.effect("lets go of one who no longer waits, and of one let in at that moment", () =>
    Effect.gen(function* () {
      const gate = yield* opened(1)
      const [end, never, over] = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()]
      yield* Deferred.succeed(over, undefined)
      yield* Effect.forkChild(hold(gate, "a", end))
      yield* settle
      const waiting = yield* Effect.forkChild(hold(gate, "a", never))
      yield* settle
      yield* Fiber.interrupt(waiting)
      const other = yield* Effect.forkChild(hold(gate, "b", never))
      yield* settle
      yield* Effect.andThen(Deferred.succeed(end, undefined), Fiber.interrupt(other))
      yield* hold(gate, "c", over)
      assert.strictEqual(gate.idle, 1)
    })
  )

  it.effect("takes nothing off the limit for requests that were given up before they were sent", () =>
    Effect.gen(function* () {
      const gate = yield* opened(10, 2)
      const over = Deferred.makeUnsafe<void>()
      yield* Deferred.succeed(over, undefined)
      for (let i = 0; i < 5; i++) yield* gate.turn("a", 1, () => Effect.void)
      // It would wait for the next window.
      const sent = yield* Effect.forkChild(hold(gate, "a", over))
      yield* settle
      assert.isDefined(sent.pollUnsafe())
    })
  )

  it.effect("says no when the day is spent", () =>
    Effect.gen(function* () {
      const governor = new Governor()
      const first = governor.ask(0, 1)
      if (first._tag === "Send") governor.answered(0, first.ticket, { dailyLimit: 100, dailyRemaining: 5 })
      const gate = new Gate(governor, 3)
      const spent = yield* Effect.flip(gate.turn("a", 10, () => Effect.void))
      assert.strictEqual(spent.remaining, 5)
      assert.strictEqual(gate.idle, 3)
      yield* gate.turn("a", 5, () => Effect.void)
    })
  )
})
