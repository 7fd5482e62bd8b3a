import { Effect, Semaphore } from "effect"
import { type ReadError, RefusedError } from "../../errors.ts"
import type { Access, Auth } from "./access.ts"

interface CredentialCheckOptions {
  readonly auth: Auth
  /** Ends the whole run. */
  readonly halt: (error: ReadError) => Effect.Effect<never, ReadError>
  /** Asks whose credentials these are. */
  readonly ask: Effect.Effect<unknown, ReadError | RefusedError>
}

/** Finds out whether a 401 is about the credentials or about one endpoint. */
export interface CredentialCheck {
  /**
   * After a 401: succeeds when the request is to be sent again, with a renewed token. Fails with a RefusedError of 401
   * where the credentials are good and the endpoint refuses all the same; ends the run where they are not.
   *
   * @param renewed whether the token was renewed for this request before
   */
  readonly refused: (access: Access, renewed: boolean, text: string) => Effect.Effect<void, ReadError | RefusedError>
  /** Ends the run: the credentials were refused by the endpoint that tells whose they are. */
  readonly reject: Effect.Effect<never, ReadError>
}

export const makeCredentialCheck = ({ auth, halt, ask }: CredentialCheckOptions): CredentialCheck => {
  const oneAtATime = Semaphore.makeUnsafe(1)
  /** The newest token that was found to be good although an endpoint refused it. */
  let goodGeneration: number | undefined
  const reject = Effect.suspend(() => halt(auth.rejected))

  /** Asks once a run: a token that was good stays good, also in its renewed form. */
  const vouch = (access: Access) =>
    Effect.suspend(() => (goodGeneration === undefined ? ask : Effect.void)).pipe(
      Effect.catchTag("RefusedError", ({ status }) => (status === 401 ? reject : Effect.void)),
      Effect.tap(() =>
        Effect.sync(() => {
          goodGeneration = Math.max(goodGeneration ?? 0, access.generation)
        })
      ),
      Semaphore.withPermit(oneAtATime)
    )

  return {
    reject,
    refused: (access, renewed, text) => {
      const isGood = goodGeneration !== undefined && access.generation <= goodGeneration
      if (!renewed && !isGood && auth.renew !== undefined) return auth.renew(access).pipe(Effect.catch(halt))
      return Effect.andThen(vouch(access), Effect.fail(new RefusedError({ status: 401, text })))
    }
  }
}
