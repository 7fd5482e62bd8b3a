import { Effect } from "effect"
import type { ReadError } from "../errors.ts"

/** Ends a whole run: without valid credentials, or with the daily budget spent, no further request is worth sending. */
export class Halt {
  #error: ReadError | undefined

  /** Fails with the error that ended the run, if it has ended. */
  readonly check: Effect.Effect<void, ReadError> = Effect.suspend(() =>
    this.#error === undefined ? Effect.void : Effect.fail(this.#error)
  )

  /** Ends the run. All later requests fail with the first error that ended it. */
  readonly with = (error: ReadError): Effect.Effect<never, ReadError> =>
    Effect.suspend(() => {
      this.#error ??= error
      return Effect.fail(error)
    })
}
