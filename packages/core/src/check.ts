/**
 * The check of a connection: one request of 2 tokens that asks whose credentials these are. Its answer also tells the
 * server's time, and so whether the start date has come.
 */
import { Clock, Effect } from "effect"
import { ConfigError, type ReadError, TransientError } from "./errors.ts"
import { whoAmI } from "./http/auth/identity.ts"
import { ME, type Me } from "./http/auth/me.ts"
import { type Connection, connect } from "./http/connect.ts"
import { defaultRetryPolicy, type RetryPolicy } from "./http/retry.ts"
import { CHECKING } from "./http/transport-errors.ts"
import { zonedText } from "./state/cursor.ts"
import { TOLERANCE_S } from "./state/future.ts"

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

/** Tokens that a check costs, where nothing is asked twice. */
export const CHECK_TOKENS = ME.tokens

/**
 * Checks credentials and start date. Fails within a minute if Pipedrive refuses the credentials or gives no usable
 * answer.
 *
 * @returns the user and company that the credentials belong to
 */
export const checkConnection = (connection: Connection): Effect.Effect<Me, ReadError> => {
  const transport = connect(connection, { retryPolicy: checkRetryPolicy, workers: 1, wording: CHECKING })
  return Effect.gen(function* () {
    const me = yield* whoAmI(transport)
    const nowMs = (yield* transport.serverMs) ?? (yield* Clock.currentTimeMillis)
    const error = startDateError(connection.config.startDate, Math.floor(nowMs / 1000))
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
