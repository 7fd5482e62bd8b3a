/**
 * Sends one try of a request and says what came of it:
 *
 *     send ─▶ wait for a turn ─▶ exchange ─▶ judge ─▶ Done, Again, Limited, Refused …
 *               │ budget spent      │ no answer: Again   │ daily limit, blocked
 *               ▼                                        ▼
 *             halt                                      halt
 *
 * The transport decides whether to try again. What ends the whole run, not only this request, ends it here.
 */
import { Clock, Effect } from "effect"
import type { Debug } from "../debug.ts"
import type { ReadError } from "../errors.ts"
import type { Access, Auth } from "./auth/access.ts"
import { ME } from "./auth/me.ts"
import type { Governor, Ticket } from "./budget.ts"
import type { ApiRequest } from "./client.ts"
import { elapsedMs } from "./elapsed.ts"
import type { Gate } from "./gate.ts"
import type { Halt } from "./halt.ts"
import { type Outcome, outcomeOf } from "./outcome.ts"
import type { HttpAnswer, HttpBounds, SendHttp } from "./port.ts"
import { limitHeaders, limitOf, type Refusal } from "./rate-limit.ts"
import type { ServerClock } from "./server-clock.ts"
import { blockedError, spentError, type Wording } from "./transport-errors.ts"
import { queryText } from "./url.ts"

/** After so many unclear refusals in a row the daily budget is taken to be spent. */
const MAX_UNCLEAR_REFUSALS = 5

/** One try of a request: its number, from 0, its bounds and its credentials. */
interface Try {
  readonly number: number
  readonly bounds: HttpBounds
  readonly access: Access
}

/** A try that has had its turn. */
interface Turn<A> extends Try {
  readonly request: ApiRequest<A>
  readonly url: string
  readonly ticket: Ticket
}

/** What can come of a try without ending the run. */
type Judged<A> = Effect.Effect<Exclude<Outcome<A>, { readonly _tag: "Blocked" }>, ReadError>

interface SenderOptions {
  readonly auth: Auth
  readonly governor: Governor
  readonly gate: Gate
  readonly clock: ServerClock
  readonly halt: Halt
  readonly send: SendHttp
  readonly userAgent: string
  readonly wording: Wording
  readonly debug: Debug
}

const tokensLeft = (remaining: number | undefined): string =>
  remaining === undefined ? "" : ` (${remaining} tokens left)`

export class Sender {
  readonly #options: SenderOptions

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Sends a try when its turn comes. */
  send<A>(request: ApiRequest<A>, attempt: Try): Judged<A> {
    return Effect.suspend(() => {
      const query = queryText(request.query)
      if (query._tag === "Failure") {
        const text = `the parameter ${query.failure} contains half a surrogate pair, so the request was not sent`
        return Effect.succeed({ _tag: "Refused" as const, status: 400, text })
      }
      const version = request.path.startsWith("v2/") ? "v2" : "v1"
      const url = `${attempt.access.base[version]}/${request.path.slice(3)}${query.success}`
      const use = (ticket: Ticket) => this.#exchange({ ...attempt, request, url, ticket })
      return this.#options.gate
        .turn(request.stream, request.tokens, use, request.path === ME.path)
        .pipe(Effect.catchTag("SpentError", ({ remaining }) => this.#shareIsSpent(request.stream, remaining)))
    })
  }

  #exchange<A>(turn: Turn<A>): Judged<A> {
    const { auth, debug, governor, halt, send, userAgent } = this.#options
    const { access, bounds, number, request, ticket, url } = turn
    return Effect.gen({ self: this }, function* () {
      yield* halt.check
      request.sent()
      const headers = { ...access.headers, accept: "application/json", "user-agent": userAgent }
      const startedMs = yield* elapsedMs
      const line = (result: string | number, atMs: number) => () =>
        `${request.stream}: GET ${auth.redact(url)}: ${result}, ${Math.round(atMs - startedMs)} ms, ${request.tokens} tokens, try ${number + 1}`
      const result = yield* Effect.result(
        Effect.tryPromise({
          try: (signal) => send({ method: "GET", url, headers }, bounds, signal),
          catch: (cause) => (cause instanceof Error ? auth.redact(cause.message) : "no answer")
        })
      )
      const atMs = yield* elapsedMs
      if (result._tag === "Failure") {
        governor.lost(atMs, ticket)
        yield* debug(line(result.failure, atMs))
        return { _tag: "Again", why: result.failure } as const
      }
      yield* debug(line(result.success.status, atMs))
      return yield* this.#judge(turn, result.success, atMs)
    }).pipe(Effect.onInterrupt(() => Effect.map(elapsedMs, (atMs) => governor.lost(atMs, ticket))))
  }

  #judge<A>({ request, ticket }: Turn<A>, answer: HttpAnswer, atMs: number): Judged<A> {
    const { auth, clock, governor, halt, wording } = this.#options
    return Effect.flatMap(Clock.currentTimeMillis, (nowMs): Judged<A> => {
      const outcome = outcomeOf(answer, clock.set(answer, nowMs), request.read, auth.redact)
      if (outcome._tag === "Limited") {
        const inRow = governor.refused(atMs, ticket, outcome.refusal)
        return this.#limited(request.stream, outcome.refusal, inRow)
      }
      governor.answered(atMs, ticket, limitHeaders(answer))
      return outcome._tag === "Blocked" ? halt.with(blockedError(wording, request.stream)) : Effect.succeed(outcome)
    })
  }

  /** All requests wait for a burst limit to clear; the daily limit ends the run. */
  #limited(stream: string, refusal: Refusal, inRow: number): Judged<never> {
    const limit = limitOf(refusal)
    if (limit === "daily") {
      const what = `the company's daily API budget is spent${tokensLeft(refusal.dailyRemaining)}`
      return this.#spent(stream, what, refusal.retryAfterMs)
    }
    if (limit === "unclear" && inRow >= MAX_UNCLEAR_REFUSALS) {
      const what =
        `Pipedrive refused ${inRow} requests in a row and answered none (429: ${refusal.text}), ` +
        "so the company's daily API budget seems to be spent"
      return this.#spent(stream, what)
    }
    return Effect.succeed({ _tag: "Limited", refusal })
  }

  #shareIsSpent(stream: string, remaining: number): Effect.Effect<never, ReadError> {
    const { sharePercent } = this.#options.governor
    const how = sharePercent < 100 ? "has reached the share this connection may use" : "is spent"
    return this.#spent(stream, `the company's daily API budget ${how}${tokensLeft(remaining)}`)
  }

  #spent(stream: string, what: string, waitMs?: number): Effect.Effect<never, ReadError> {
    const { halt, wording } = this.#options
    return Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
      halt.with(spentError(wording, stream, nowMs, what, waitMs))
    )
  }
}
