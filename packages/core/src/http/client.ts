import { Clock, Effect } from "effect"
import { type Debug, silent } from "../debug.ts"
import type { Path, Query } from "../declare/stream.ts"
import { type ReadError, RefusedError } from "../errors.ts"
import type { Access, Auth } from "./auth/access.ts"
import { makeCredentialCheck } from "./auth/credential-check.ts"
import { ME } from "./auth/me.ts"
import type { Governor, Ticket } from "./budget.ts"
import { elapsedMs } from "./elapsed.ts"
import { Gate } from "./gate.ts"
import type { Limits } from "./limits.ts"
import { type Answer, type Outcome, outcomeOf, type Reading } from "./outcome.ts"
import type { HttpAnswer, HttpBounds, SendHttp } from "./port.ts"
import { limitHeaders, limitOf, type Refusal } from "./rate-limit.ts"
import { delayMs } from "./retry.ts"
import { blockedError, exhaustedError, redirectError, spentError } from "./transport-errors.ts"
import { queryText } from "./url.ts"
import { READING, type Wording } from "./wording.ts"

export { RefusedError } from "../errors.ts"
export type { Answer, Reading } from "./outcome.ts"

/** One question to the API. */
export interface ApiRequest<A> {
  readonly stream: string
  readonly path: Path
  readonly query: Query
  readonly tokens: number
  /** Milliseconds for all tries, where they are to be fewer than the limits allow. */
  readonly totalMs?: number
  /** Tries, where they are to be fewer than the limits allow. */
  readonly tries?: number
  /** Told of every try that is sent. */
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
  readonly limits: Limits
  readonly userAgent: string
  readonly wording?: Wording
  readonly debug?: Debug
}

/** An unclear refusal is held to be the day's when so many came in a row. */
const MAX_UNCLEAR_REFUSALS = 5
/** Answers tell times up to here, the end of the year 9999; what is later is no time of a clock. */
const LAST_TIME_MS = 253_402_300_799_000

/** One try of a request: its number, from 0, and its bounds. */
interface Attempt {
  readonly number: number
  readonly bounds: HttpBounds
}

type Judged<A> = Exclude<Outcome<A>, { readonly _tag: "Blocked" }>

export const makeTransport = (options: TransportOptions): Transport => {
  const { auth, governor, limits, wording = READING, debug = silent } = options
  const gate = new Gate(governor, options.workers, debug)
  let clockOffsetMs: number | undefined
  /** Once credentials, the day's budget or our welcome are gone, no further request is worth sending. */
  let halted: ReadError | undefined

  const halt = (error: ReadError): Effect.Effect<never, ReadError> =>
    Effect.suspend(() => {
      halted ??= error
      return Effect.fail(error)
    })

  const spent = (stream: string, nowMs: number, what: string, waitMs?: number) =>
    halt(spentError(wording, stream, nowMs, what, waitMs))

  const tokensLeft = (remaining: number | undefined): string =>
    remaining === undefined ? "" : ` (${remaining} tokens left)`

  /** Waits with all others for a burst limit to clear, or ends the run where it is the day's. */
  const limited = <A>(
    request: ApiRequest<A>,
    refusal: Refusal,
    ticket: Ticket,
    nowMs: number,
    atMs: number
  ): Effect.Effect<Judged<A>, ReadError> => {
    const inRow = governor.refused(atMs, ticket, refusal)
    const limit = limitOf(refusal)
    if (limit === "daily") {
      const what = `the company's daily API budget is spent${tokensLeft(refusal.dailyRemaining)}`
      return spent(request.stream, nowMs, what, refusal.retryAfterMs)
    }
    if (limit === "unclear" && inRow >= MAX_UNCLEAR_REFUSALS) {
      const what =
        `Pipedrive refused ${inRow} requests in a row without an answer between (429: ${refusal.text}), ` +
        "so the company's daily API budget seems to be spent"
      return spent(request.stream, nowMs, what)
    }
    return Effect.succeed({ _tag: "Limited", refusal })
  }

  const judge = <A>(
    request: ApiRequest<A>,
    answer: HttpAnswer,
    ticket: Ticket,
    nowMs: number,
    atMs: number
  ): Effect.Effect<Judged<A>, ReadError> => {
    const date = Date.parse(answer.header("date") ?? "")
    if (date > 0 && date < LAST_TIME_MS) clockOffsetMs = date - nowMs
    const clock = { serverMs: nowMs + (clockOffsetMs ?? 0), exact: clockOffsetMs !== undefined }
    const outcome = outcomeOf(answer, clock, request.read, auth.redact)
    if (outcome._tag === "Limited") return limited(request, outcome.refusal, ticket, nowMs, atMs)
    governor.answered(atMs, ticket, limitHeaders(answer))
    if (outcome._tag === "Blocked") {
      return halt(blockedError(wording, request.stream))
    }
    return Effect.succeed(outcome)
  }

  /** Bounds of one try of a request that has so long left. */
  const boundsWithin = (leftMs: number): HttpBounds => {
    const { headersMs, idleMs, totalMs, maxBodyBytes } = limits.bounds
    const within = (ms: number) => Math.max(1, Math.min(ms, leftMs))
    return { headersMs: within(headersMs), idleMs: within(idleMs), totalMs: within(totalMs), maxBodyBytes }
  }

  const send = <A>(
    request: ApiRequest<A>,
    url: string,
    access: Access,
    attempt: Attempt,
    ticket: Ticket
  ): Effect.Effect<Judged<A>, ReadError> =>
    Effect.gen(function* () {
      if (halted !== undefined) return yield* Effect.fail(halted)
      request.sent()
      const asked = {
        method: "GET" as const,
        url,
        headers: { ...access.headers, accept: "application/json", "user-agent": options.userAgent }
      }
      const beganMs = yield* elapsedMs
      const line = (result: string | number, atMs: number) => () =>
        `${request.stream}: GET ${auth.redact(url)}: ${result}, ${Math.round(atMs - beganMs)} ms, ${request.tokens} tokens, try ${attempt.number + 1}`
      const got = yield* Effect.result(
        Effect.tryPromise({
          try: (signal) => options.send(asked, attempt.bounds, signal),
          catch: (cause) => (cause instanceof Error ? auth.redact(cause.message) : "no answer")
        })
      )
      const atMs = yield* elapsedMs
      if (got._tag === "Failure") {
        governor.lost(atMs, ticket)
        yield* debug(line(got.failure, atMs))
        return { _tag: "Again", why: got.failure } as const
      }
      yield* debug(line(got.success.status, atMs))
      return yield* judge(request, got.success, ticket, yield* Clock.currentTimeMillis, atMs)
    }).pipe(Effect.onInterrupt(() => Effect.map(elapsedMs, (atMs) => governor.lost(atMs, ticket))))

  const once = <A>(request: ApiRequest<A>, access: Access, attempt: Attempt): Effect.Effect<Judged<A>, ReadError> =>
    Effect.suspend(() => {
      const query = queryText(request.query)
      if (query._tag === "Failure") {
        const text = `the parameter ${query.failure} holds half a surrogate pair, so the request was not sent`
        return Effect.succeed<Judged<A>>({ _tag: "Refused", status: 400, text })
      }
      const version = request.path.startsWith("v2/") ? "v2" : "v1"
      const url = `${access.base[version]}/${request.path.slice(3)}${query.success}`
      return gate
        .turn(
          request.stream,
          request.tokens,
          (ticket) => send(request, url, access, attempt, ticket),
          request.path === ME.path
        )
        .pipe(
          Effect.catchTag("SpentError", ({ remaining }) => {
            const how = governor.sharePercent < 100 ? "has reached the share this connection may use" : "is spent"
            const what = `the company's daily API budget ${how}${tokensLeft(remaining)}`
            return Effect.flatMap(Clock.currentTimeMillis, (nowMs) => spent(request.stream, nowMs, what))
          })
        )
    })

  /** Tries until there is an answer that can be used or an error that lasts, within the limits. */
  const persist = <A>(
    request: ApiRequest<A>,
    unauthorized: (access: Access, text: string) => Effect.Effect<void, ReadError | RefusedError>
  ): Effect.Effect<A, ReadError | RefusedError> =>
    Effect.gen(function* () {
      const beganMs = yield* elapsedMs
      const totalMs = Math.min(limits.totalMs, request.totalMs ?? limits.totalMs)
      const tries = Math.min(limits.tries, request.tries ?? limits.tries)
      let isNull = true
      for (let number = 0; ; number++) {
        if (halted !== undefined) return yield* Effect.fail(halted)
        const access = yield* auth.access
        const bounds =
          request.totalMs === undefined ? limits.bounds : boundsWithin(beganMs + totalMs - (yield* elapsedMs))
        const outcome = yield* once(request, access, { number, bounds })
        let why: string
        let waitMs = 0
        switch (outcome._tag) {
          case "Done":
            return outcome.value
          case "Refused":
            return yield* new RefusedError({ status: outcome.status, text: outcome.text })
          case "Unauthorized":
            yield* unauthorized(access, outcome.text)
            continue
          case "Redirected":
            return yield* redirectError(wording, request.stream, outcome.status)
          case "Limited":
            // The gate makes all requests wait.
            why = `429: ${outcome.refusal.text}`
            break
          case "Again":
            why = outcome.why
            waitMs = yield* delayMs(limits, number)
        }
        isNull &&= outcome._tag === "Again" && outcome.isNull === true
        const nowMs = yield* elapsedMs
        if (number + 1 >= tries || nowMs + waitMs - beganMs > totalMs) {
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
    halt,
    ask: persist(ME, (_access, text) => Effect.fail(new RefusedError({ status: 401, text })))
  })

  return {
    get: (request) =>
      Effect.suspend(() => {
        let renewed = false
        return persist(request, (access, text) => {
          if (request.path === ME.path && (renewed || auth.renew === undefined)) return credentials.reject
          const wasRenewed = renewed
          renewed = true
          return credentials.refused(access, wasRenewed, text)
        })
      }),
    gate,
    debug,
    serverMs: Effect.map(Clock.currentTimeMillis, (nowMs) =>
      clockOffsetMs === undefined ? undefined : nowMs + clockOffsetMs
    )
  }
}
