/**
 * The check of a connection: one request of 2 tokens that asks whose credentials these are. Its answer also tells the
 * server's time, and so whether the start date has come.
 */
import { Clock, Effect } from "effect"
import type { Config } from "./config/config.ts"
import { debugTo } from "./debug.ts"
import { ConfigError, type ReadError, TransientError } from "./errors.ts"
import type { Event } from "./events.ts"
import { makeAuth } from "./http/auth/auth.ts"
import { whoAmI } from "./http/auth/identity.ts"
import type { Me } from "./http/auth/me.ts"
import { Governor } from "./http/budget.ts"
import { makeTransport } from "./http/client.ts"
import type { SendHttp } from "./http/port.ts"
import { defaultRetryPolicy, type RetryPolicy } from "./http/retry.ts"
import { CHECKING } from "./http/transport-errors.ts"
import { USER_AGENT } from "./http/user-agent.ts"
import { zonedText } from "./state/cursor.ts"
import { TOLERANCE_S } from "./state/future.ts"

interface CheckOptions {
  readonly config: Config
  readonly send: SendHttp
  readonly emit: (event: Event) => Effect.Effect<void>
  readonly retryPolicy?: RetryPolicy
  /** How requests name themselves. */
  readonly userAgent?: string
  /** Whether every request and retry is logged at DEBUG. */
  readonly debug?: boolean
}

/** The error of a start date in the future; undefined for any other. */
const startDateError = (startDate: number | undefined, nowSeconds: number): ConfigError | undefined =>
  startDate === undefined || startDate <= nowSeconds + TOLERANCE_S
    ? undefined
    : new ConfigError({
        message: `replication_start_date is ${zonedText(startDate)}, which is ahead of Pipedrive's clock (${zonedText(nowSeconds)}): nothing would be read. Set a date in the past, or leave it empty to read everything.`
      })

/** A person waits for the answer: no try may take long, so that there is time for several. */
const checkRetryPolicy: RetryPolicy = {
  ...defaultRetryPolicy,
  tries: 4,
  totalMs: 45_000,
  bounds: { ...defaultRetryPolicy.bounds, headersMs: 12_000, idleMs: 8_000, totalMs: 20_000 }
}

/** The longest a check may take, whatever it waits for, so that there is an answer within a minute. */
const MAX_CHECK_MS = 50_000

/**
 * Checks credentials and start date. Fails within a minute if Pipedrive refuses the credentials or gives no usable
 * answer.
 *
 * @returns the user and company that the credentials belong to
 */
export const checkConnection = ({
  config,
  send,
  emit,
  retryPolicy = checkRetryPolicy,
  userAgent = USER_AGENT,
  debug: isDebug = false
}: CheckOptions): Effect.Effect<Me, ReadError> => {
  const debug = debugTo(emit, isDebug)
  const auth = makeAuth({ config, send, emit, retryPolicy, userAgent, debug })
  const governor = new Governor(100)
  const transport = makeTransport({
    auth,
    governor,
    workers: 1,
    send,
    retryPolicy,
    userAgent,
    wording: CHECKING,
    debug
  })
  return Effect.gen(function* () {
    const me = yield* whoAmI(transport)
    const nowMs = (yield* transport.serverMs) ?? (yield* Clock.currentTimeMillis)
    const error = startDateError(config.startDate, Math.floor(nowMs / 1000))
    return error === undefined ? me : yield* error
  }).pipe(
    Effect.timeoutOrElse({
      duration: MAX_CHECK_MS,
      orElse: () =>
        Effect.fail(
          new TransientError({
            message: `Pipedrive gave no usable answer within ${MAX_CHECK_MS / 1000} seconds; ${CHECKING.outcome}.`
          })
        )
    })
  )
}
