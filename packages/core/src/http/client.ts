/**
 * The only way to the API. A request is tried until there is an answer that can be used, or an error that lasts, within
 * the time and the tries that it may take:
 *
 *     get ─▶ try ─┬─ Done ────────────▶ the value
 *            ▲    ├─ Refused ─────────▶ RefusedError: the reader says what that means for its stream
 *            │    ├─ Redirected ──────▶ SystemError
 *            │    ├─ Unauthorized ────▶ renew the token, or find out whether the credentials are good at all
 *            └────┴─ Again, Limited ──▶ wait; out of tries or time: TransientError
 *
 * One try is made by `Sender`, which also ends the run for all requests where that is due.
 */
import { Effect } from "effect"
import { type Debug, silent } from "../debug.ts"
import type { Path, Query } from "../declare/stream.ts"
import { type ReadError, RefusedError } from "../errors.ts"
import type { Access, Auth } from "./auth/access.ts"
import { makeCredentialCheck } from "./auth/credential-check.ts"
import { ME } from "./auth/me.ts"
import type { Governor } from "./budget.ts"
import { elapsedMs } from "./elapsed.ts"
import { Gate } from "./gate.ts"
import { Halt } from "./halt.ts"
import type { Answer, Outcome, Reading } from "./outcome.ts"
import type { HttpBounds, SendHttp } from "./port.ts"
import type { RetryPolicy } from "./retry.ts"
import { delayMs } from "./retry.ts"
import { Sender } from "./sender.ts"
import { ServerClock } from "./server-clock.ts"
import { exhaustedError, READING, redirectError, type Wording } from "./transport-errors.ts"

export { RefusedError } from "../errors.ts"
export type { Answer, Reading } from "./outcome.ts"

/** One question to the API. */
export interface ApiRequest<A> {
  readonly stream: string
  readonly path: Path
  readonly query: Query
  readonly tokens: number
  /** Milliseconds for all tries, if the retry policy allows more than the request may take. */
  readonly totalMs?: number
  /** Tries, if the retry policy allows more than the request may take. */
  readonly tries?: number
  /** Called for every try that is sent. */
  readonly sent: () => void
  readonly read: (answer: Answer) => Reading<A>
}

/** The only way to the API: limits, credentials, retries and the meaning of statuses. */
export interface Transport {
  /** Fails with a RefusedError of status 401 only where the credentials are good for other requests. */
  readonly get: <A>(request: ApiRequest<A>) => Effect.Effect<A, ReadError | RefusedError>
  /** The server's clock as last heard; undefined before the first answer. */
  readonly serverMs: Effect.Effect<number | undefined>
  readonly gate: Gate
  /** Takes a line for the debug log. */
  readonly debug: Debug
}

interface TransportOptions {
  readonly auth: Auth
  readonly governor: Governor
  readonly workers: number
  readonly send: SendHttp
  readonly retryPolicy: RetryPolicy
  readonly userAgent: string
  readonly wording?: Wording
  readonly debug?: Debug
}

/** Bounds of one try of a request that has so long left. */
const boundsWithin = (bounds: HttpBounds, leftMs: number): HttpBounds => {
  const within = (ms: number) => Math.max(1, Math.min(ms, leftMs))
  return {
    headersMs: within(bounds.headersMs),
    idleMs: within(bounds.idleMs),
    totalMs: within(bounds.totalMs),
    maxBodyBytes: bounds.maxBodyBytes
  }
}

/** A try that came to nothing, but may be made again. */
type Unusable = Extract<Outcome<never>, { readonly _tag: "Again" | "Limited" }>

const whyUnusable = (outcome: Unusable): string =>
  outcome._tag === "Limited" ? `429: ${outcome.refusal.text}` : outcome.why

type OnUnauthorized = (access: Access, text: string) => Effect.Effect<void, ReadError | RefusedError>

export const makeTransport = (options: TransportOptions): Transport => {
  const { auth, governor, retryPolicy, send, userAgent, wording = READING, debug = silent } = options
  const gate = new Gate(governor, options.workers, debug)
  const clock = new ServerClock()
  const halt = new Halt()
  const sender = new Sender({ auth, governor, gate, clock, halt, send, userAgent, wording, debug })

  const persist = <A>(request: ApiRequest<A>, onUnauthorized: OnUnauthorized) =>
    Effect.gen(function* (): Effect.fn.Return<A, ReadError | RefusedError> {
      const startedMs = yield* elapsedMs
      const totalMs = Math.min(retryPolicy.totalMs, request.totalMs ?? retryPolicy.totalMs)
      const tries = Math.min(retryPolicy.tries, request.tries ?? retryPolicy.tries)
      let isNull = true
      for (let number = 0; ; number++) {
        yield* halt.check
        const access = yield* auth.access
        const leftMs = request.totalMs === undefined ? undefined : startedMs + totalMs - (yield* elapsedMs)
        const bounds = leftMs === undefined ? retryPolicy.bounds : boundsWithin(retryPolicy.bounds, leftMs)
        const outcome = yield* sender.send(request, { number, bounds, access })
        switch (outcome._tag) {
          case "Done":
            return outcome.value
          case "Refused":
            return yield* new RefusedError({ status: outcome.status, text: outcome.text })
          case "Redirected":
            return yield* redirectError(wording, request.stream, outcome.status)
          case "Unauthorized":
            yield* onUnauthorized(access, outcome.text)
            continue
        }
        const why = whyUnusable(outcome)
        // While a limit is reached the gate makes all requests wait.
        const waitMs = outcome._tag === "Limited" ? 0 : yield* delayMs(retryPolicy, number)
        isNull &&= outcome._tag === "Again" && outcome.isNull === true
        const nowMs = yield* elapsedMs
        if (number + 1 >= tries || nowMs + waitMs - startedMs > totalMs) {
          const unanswered = { tries: number + 1, why, isNull }
          return yield* exhaustedError(wording, request.stream, unanswered, outcome._tag === "Limited")
        }
        yield* debug(
          () => `${request.stream}: try ${number + 2} in ${Math.round(waitMs)} ms, as the last one failed (${why})`
        )
        yield* Effect.sleep(waitMs)
      }
    })

  const credentials = makeCredentialCheck({
    auth,
    halt: halt.with,
    ask: persist(ME, (_access, text) => Effect.fail(new RefusedError({ status: 401, text })))
  })

  const get: Transport["get"] = (request) =>
    Effect.suspend(() => {
      let renewed = false
      return persist(request, (access, text) => {
        if (request.path === ME.path && (renewed || auth.renew === undefined)) return credentials.reject
        const wasRenewed = renewed
        renewed = true
        return credentials.refused(access, wasRenewed, text)
      })
    })

  return { get, gate, debug, serverMs: clock.nowMs }
}
