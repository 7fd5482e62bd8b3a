/**
 * A 401 has two meanings: the credentials are invalid, or one endpoint refuses valid ones.
 *
 *     401 ─┬─ OAuth, first time ───────────────▶ renew the token, send the request again
 *          └─ after a renewal, or an API token ─▶ ask whose credentials these are, once a run
 *                                                   ├─ 401 ──────▶ end the run: the credentials are invalid
 *                                                   └─ an answer ─▶ RefusedError: this endpoint refuses
 */
import { Effect, Semaphore } from "effect"
import { type ReadError, RefusedError } from "../../errors.ts"
import { verdictOn } from "../statuses.ts"
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
   * After a 401: succeeds if the request is to be sent again, with a renewed token. Fails with a RefusedError of 401 if
   * the credentials are valid and the endpoint refuses all the same; ends the run if they are not.
   *
   * @param renewed whether the token was already renewed for this request
   */
  readonly refused: (access: Access, renewed: boolean, text: string) => Effect.Effect<void, ReadError | RefusedError>
  /** Ends the run: the endpoint that tells whose credentials these are has refused them. */
  readonly reject: Effect.Effect<never, ReadError>
}

export const makeCredentialCheck = ({ auth, halt, ask }: CredentialCheckOptions): CredentialCheck => {
  const oneAtATime = Semaphore.makeUnsafe(1)
  /** The newest token that was found to be valid although an endpoint refused it. */
  let validGeneration: number | undefined
  const reject = Effect.suspend(() => halt(auth.rejected))

  /** Asks once a run: a token that was valid stays valid, also after it is renewed. */
  const vouch = (access: Access) =>
    Effect.suspend(() => (validGeneration === undefined ? ask : Effect.void)).pipe(
      Effect.catchTag("RefusedError", ({ status }) =>
        verdictOn(status).meaning === "unauthorized" ? reject : Effect.void
      ),
      Effect.tap(() =>
        Effect.sync(() => {
          validGeneration = Math.max(validGeneration ?? 0, access.generation)
        })
      ),
      Semaphore.withPermit(oneAtATime)
    )

  return {
    reject,
    refused: (access, renewed, text) => {
      const isValid = validGeneration !== undefined && access.generation <= validGeneration
      if (!renewed && !isValid && auth.renew !== undefined) return auth.renew(access).pipe(Effect.catch(halt))
      return Effect.andThen(vouch(access), Effect.fail(new RefusedError({ status: 401, text })))
    }
  }
}
