import { Effect, Fiber } from "effect"

/**
 * An effect that keeps running when it is interrupted, for at most `graceMs` milliseconds: the interrupt waits until it
 * has ended or the time is over.
 */
export const outlasting = <A, E>(effect: Effect.Effect<A, E>, graceMs: number): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDetach(effect), (fiber) =>
      restore(Fiber.join(fiber)).pipe(
        Effect.onInterrupt(() =>
          Effect.andThen(Effect.timeoutOption(Fiber.await(fiber), graceMs), Fiber.interrupt(fiber))
        )
      )
    )
  )
