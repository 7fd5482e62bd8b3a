import { Clock, Data, Effect } from "effect"
import type { Access, Auth } from "./access.ts"
import { type Governor, isDailyRefusal, type LimitHeaders, type Refusal, type Ticket } from "./budget.ts"
import { elapsedMs } from "./elapsed.ts"
import { ConfigError, type ReadError, SystemError, TransientError } from "./errors.ts"
import { Gate } from "./gate.ts"
import type { HttpAnswer, SendHttp } from "./http.ts"
import type { Limits } from "./limits.ts"
import { delayMs } from "./retry.ts"
import type { Path, Query } from "./stream.ts"
import { excerpt, isHtml, wordsOf } from "./words.ts"

/** A whole answer with status 200. */
export interface Answer {
  readonly body: Uint8Array
  /** The server's clock at the answer; ours, where it does not say. */
  readonly serverMs: number
  /** Whether `serverMs` is the server's own word. */
  readonly exact: boolean
}

/** What a reader makes of an answer. A damaged one is asked for again. */
export type Reading<A> =
  | { readonly _tag: "Read"; readonly value: A }
  | { readonly _tag: "Damaged"; readonly why: string }
  | { readonly _tag: "Refused"; readonly status: number; readonly text: string }

/** The API answered no, and it is for the reader to say what that means for its stream. */
export class RefusedError extends Data.TaggedError("RefusedError")<{
  readonly status: number
  /** Pipedrive's own words, without secrets. */
  readonly text: string
}> {}

export interface ApiRequest<A> {
  readonly stream: string
  readonly path: Path
  readonly query: Query
  readonly tokens: number
  /** Told of every try that is sent. */
  readonly sent: () => void
  readonly read: (answer: Answer) => Reading<A>
}

/** The only way to the API: limits, credentials, retries and the meaning of statuses. */
export interface Transport {
  readonly get: <A>(request: ApiRequest<A>) => Effect.Effect<A, ReadError | RefusedError>
  /** The server's clock as last heard; undefined before the first answer. */
  readonly serverMs: Effect.Effect<number | undefined>
  readonly gate: Gate
}

interface TransportOptions {
  readonly auth: Auth
  readonly governor: Governor
  readonly workers: number
  readonly send: SendHttp
  readonly limits: Limits
  readonly userAgent: string
}

const numberOf = (text: string | undefined): number | undefined => {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}

const limitHeaders = (answer: HttpAnswer): LimitHeaders => {
  const pick = {
    burstLimit: numberOf(answer.header("x-ratelimit-limit")),
    burstRemaining: numberOf(answer.header("x-ratelimit-remaining")),
    dailyLimit: numberOf(answer.header("x-daily-ratelimit-token-limit")),
    dailyRemaining: numberOf(answer.header("x-daily-ratelimit-token-remaining"))
  }
  return Object.fromEntries(Object.entries(pick).filter(([, value]) => value !== undefined))
}

const midnightIn = (nowMs: number): number => 86_400_000 - (nowMs % 86_400_000)

/** Outcome of one try. */
type Outcome<A> =
  | { readonly _tag: "Done"; readonly value: A }
  | { readonly _tag: "Again"; readonly why: string; readonly paced: boolean }
  | { readonly _tag: "Unauthorized"; readonly access: Access }

export const makeTransport = (options: TransportOptions): Transport => {
  const { auth, governor, limits } = options
  const gate = new Gate(governor, options.workers)
  let clockOffsetMs: number | undefined
  /** Once credentials, the day's budget or our welcome are gone, no further request is worth sending. */
  let halted: ReadError | undefined

  const halt = (error: ReadError): Effect.Effect<never, ReadError> =>
    Effect.suspend(() => {
      halted ??= error
      return Effect.fail(error)
    })

  const spent = (stream: string, nowMs: number, waitMs: number | undefined, remaining: number | undefined) => {
    const untilMs = nowMs + (waitMs ?? midnightIn(nowMs))
    return halt(
      new TransientError({
        message:
          `Stopped at ${stream}: the company's daily API budget ` +
          (governor.sharePercent < 100 ? "has reached the share this connection may use" : "is spent") +
          (remaining === undefined ? "" : ` (${remaining} tokens left)`) +
          `. It is back ${waitMs === undefined ? "at the turn of Pipedrive's day" : `at ${new Date(untilMs).toISOString()}`}; ` +
          "what has been read is kept, and the next sync goes on from there.",
        quotaResetMs: untilMs
      })
    )
  }

  const judge = <A>(
    request: ApiRequest<A>,
    access: Access,
    answer: HttpAnswer,
    ticket: Ticket,
    nowMs: number,
    atMs: number
  ): Effect.Effect<Outcome<A>, ReadError | RefusedError> => {
    const { status } = answer
    const date = Date.parse(answer.header("date") ?? "")
    if (Number.isFinite(date)) clockOffsetMs = date - nowMs
    const words = status === 200 ? "" : wordsOf(answer, auth.redact)

    if (status === 429) {
      const seconds = (name: string) => {
        const value = numberOf(answer.header(name))
        return value === undefined ? undefined : value * 1000
      }
      const [retryAfterMs, resetMs] = [seconds("retry-after"), seconds("x-ratelimit-reset")]
      const refusal: Refusal = {
        ...limitHeaders(answer),
        text: words,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        ...(resetMs !== undefined && { resetMs })
      }
      if (isDailyRefusal(refusal)) {
        governor.answered(atMs, ticket, refusal)
        return spent(request.stream, nowMs, retryAfterMs, refusal.dailyRemaining)
      }
      governor.refused(atMs, ticket, refusal)
      return Effect.succeed({ _tag: "Again", why: `429: ${words}`, paced: true })
    }
    governor.answered(atMs, ticket, limitHeaders(answer))

    if (status === 200) {
      const exact = clockOffsetMs !== undefined
      const reading = request.read({ body: answer.body, serverMs: nowMs + (clockOffsetMs ?? 0), exact })
      switch (reading._tag) {
        case "Read":
          return Effect.succeed({ _tag: "Done", value: reading.value })
        case "Damaged":
          return Effect.succeed({ _tag: "Again", why: excerpt(reading.why, auth.redact), paced: false })
        case "Refused":
          if (reading.status === 429 && isDailyRefusal({ text: reading.text })) {
            return spent(request.stream, nowMs, undefined, undefined)
          }
          if (reading.status === 401) return Effect.succeed({ _tag: "Unauthorized", access })
          if (reading.status === 408 || reading.status === 429 || reading.status >= 500) {
            return Effect.succeed({
              _tag: "Again",
              why: `${reading.status}: ${excerpt(reading.text, auth.redact)}`,
              paced: false
            })
          }
          return Effect.fail(new RefusedError({ status: reading.status, text: excerpt(reading.text, auth.redact) }))
      }
    }
    if (status === 401) return Effect.succeed({ _tag: "Unauthorized", access })
    if (status === 408 || status >= 500)
      return Effect.succeed({ _tag: "Again", why: `${status}: ${words}`, paced: false })
    if (status === 403 && isHtml(answer)) {
      return halt(
        new ConfigError({
          message:
            `Stopped at ${request.stream}: Pipedrive's network blocks this connection (403 with an HTML page), as it ` +
            "does after requests beyond the rate limit. Wait, lower num_workers or give other integrations of the same token less to do."
        })
      )
    }
    if (status >= 300 && status < 400) {
      return Effect.fail(
        new SystemError({
          message: `Stopped at ${request.stream}: Pipedrive answered with a redirect (${status}), which is not followed. Check base_url or api_domain.`
        })
      )
    }
    if (status > 200 && status < 300) {
      return Effect.succeed({ _tag: "Again", why: `unexpected status ${status}`, paced: false })
    }
    return Effect.fail(new RefusedError({ status, text: words }))
  }

  const once = <A>(request: ApiRequest<A>): Effect.Effect<Outcome<A>, ReadError | RefusedError> =>
    Effect.gen(function* () {
      const access = yield* auth.access
      const version = request.path.startsWith("v2/") ? "v2" : "v1"
      const parameters = Object.entries(request.query).map(
        ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
      )
      const url = `${access.base[version]}/${request.path.slice(3)}${parameters.length > 0 ? "?" : ""}${parameters.join("&")}`
      const asked = {
        method: "GET" as const,
        url,
        headers: { ...access.headers, accept: "application/json", "user-agent": options.userAgent }
      }
      return yield* gate
        .turn(request.stream, request.tokens, (ticket): Effect.Effect<Outcome<A>, ReadError | RefusedError> => {
          if (halted !== undefined) return Effect.fail(halted)
          request.sent()
          return Effect.tryPromise({
            try: (signal) => options.send(asked, limits.bounds, signal),
            catch: (cause) => (cause instanceof Error ? auth.redact(cause.message) : "no answer")
          }).pipe(
            Effect.matchEffect({
              onFailure: (why) =>
                Effect.map(elapsedMs, (atMs): Outcome<A> => {
                  governor.lost(atMs, ticket)
                  return { _tag: "Again", why, paced: false }
                }),
              onSuccess: (answer) =>
                Effect.flatMap(Effect.all([Clock.currentTimeMillis, elapsedMs]), ([nowMs, atMs]) =>
                  judge(request, access, answer, ticket, nowMs, atMs)
                )
            }),
            Effect.onInterrupt(() => Effect.map(elapsedMs, (atMs) => governor.lost(atMs, ticket)))
          )
        })
        .pipe(
          Effect.catchTag("SpentError", ({ remaining }) =>
            Effect.flatMap(Clock.currentTimeMillis, (nowMs) => spent(request.stream, nowMs, undefined, remaining))
          )
        )
    })

  const get = <A>(request: ApiRequest<A>): Effect.Effect<A, ReadError | RefusedError> =>
    Effect.gen(function* () {
      const beganMs = yield* elapsedMs
      let renewed = false
      for (let number = 0; ; number++) {
        if (halted !== undefined) return yield* Effect.fail(halted)
        const outcome = yield* once(request)
        if (outcome._tag === "Done") return outcome.value
        if (outcome._tag === "Unauthorized") {
          if (renewed) {
            return yield* halt(
              new ConfigError({
                message:
                  "Pipedrive rejects the access token even after it was renewed (401). Authorize the connection again."
              })
            )
          }
          renewed = true
          yield* auth.renew(outcome.access).pipe(Effect.catch(halt))
          continue
        }
        const waitMs = outcome.paced ? 0 : yield* delayMs(limits, number)
        const nowMs = yield* elapsedMs
        if (number + 1 >= limits.tries || nowMs + waitMs - beganMs > limits.totalMs) {
          return yield* new TransientError({
            message: `Pipedrive gave no usable answer for ${request.stream} after ${number + 1} tries (${outcome.why}). What has been read is kept; the next sync goes on from there.`
          })
        }
        yield* Effect.sleep(waitMs)
      }
    })

  return {
    get,
    gate,
    serverMs: Effect.map(Clock.currentTimeMillis, (nowMs) =>
      clockOffsetMs === undefined ? undefined : nowMs + clockOffsetMs
    )
  }
}
