import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Governor, type Ticket } from "./budget.ts"
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

const leave = (gate: Gate, ticket: Ticket) =>
  Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
    gate.governor.answered(nowMs, ticket, {})
    return gate.leave(ticket)
  })

const settle = Effect.promise(async () => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
})

describe("the gate", () => {
  it.effect("lets no more in than there are workers, and the next as one leaves", () =>
    Effect.gen(function* () {
      const gate = yield* opened(2)
      const one = yield* gate.enter("a", 1)
      yield* gate.enter("a", 1)
      assert.strictEqual(gate.idle, 0)
      const third = yield* Effect.forkChild(gate.enter("a", 1))
      yield* settle
      assert.isUndefined(third.pollUnsafe())
      yield* leave(gate, one)
      yield* Fiber.join(third)
    })
  )

  it.effect("lets streams take turns", () =>
    Effect.gen(function* () {
      const gate = yield* opened(1)
      const held = yield* gate.enter("a", 1)
      const order: Array<string> = []
      const one = (stream: string) =>
        Effect.forkChild(
          Effect.flatMap(gate.enter(stream, 1), (ticket) => {
            order.push(stream)
            return leave(gate, ticket)
          })
        )
      for (const stream of ["a", "a", "a", "a", "b", "c", "b"]) {
        yield* one(stream)
        yield* settle
      }
      yield* leave(gate, held)
      yield* settle
      assert.deepStrictEqual(order, ["a", "b", "c", "a", "b", "a", "a"])
    })
  )

  it.effect("waits as the governor says", () =>
    Effect.gen(function* () {
      const gate = yield* opened(10, 2)
      const first = yield* gate.enter("a", 1)
      yield* leave(gate, first)
      const second = yield* Effect.forkChild(gate.enter("a", 1))
      yield* settle
      yield* TestClock.adjust("1999 millis")
      yield* settle
      assert.isUndefined(second.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(second)
    })
  )

  it.effect("lets go of one who no longer waits, and of one let in at that moment", () =>
    Effect.gen(function* () {
      const gate = yield* opened(1)
      const held = yield* gate.enter("a", 1)
      const waiting = yield* Effect.forkChild(gate.enter("a", 1))
      yield* settle
      yield* Fiber.interrupt(waiting)
      const other = yield* Effect.forkChild(gate.enter("b", 1))
      yield* settle
      yield* Effect.forkChild(Effect.andThen(leave(gate, held), Fiber.interrupt(other)), { startImmediately: true })
      yield* settle
      const last = yield* Effect.forkChild(gate.enter("c", 1))
      yield* settle
      if (other.pollUnsafe()?._tag === "Success") yield* leave(gate, yield* Fiber.join(other))
      yield* leave(gate, yield* Fiber.join(last))
      assert.strictEqual(gate.idle, 1)
    })
  )

  it.effect("says no when the day is spent", () =>
    Effect.gen(function* () {
      const governor = new Governor()
      const first = governor.ask(0, 1)
      if (first._tag === "Send") governor.answered(0, first.ticket, { dailyLimit: 100, dailyRemaining: 5 })
      const gate = new Gate(governor, 3)
      const spent = yield* Effect.flip(gate.enter("a", 10))
      assert.strictEqual(spent.remaining, 5)
      assert.strictEqual(gate.idle, 3)
      yield* gate.enter("a", 5)
    })
  )
})
