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
import { defaultLimits, type Limits } from "./http/limits.ts"
import type { SendHttp } from "./http/port.ts"
import { USER_AGENT } from "./http/user-agent.ts"
import { CHECKING } from "./http/wording.ts"
import { zonedText } from "./state/cursor.ts"
import { TOLERANCE_S } from "./state/future.ts"

interface CheckOptions {
  readonly config: Config
  readonly send: SendHttp
  readonly emit: (event: Event) => Effect.Effect<void>
  readonly limits?: Limits
  /** How requests name themselves. */
  readonly userAgent?: string
  /** Whether every request and retry is told as a DEBUG log. */
  readonly debug?: boolean
}

/** Why a start date cannot be used; undefined where it can. */
const refusalOf = (startDate: number | undefined, nowSeconds: number): ConfigError | undefined =>
  startDate === undefined || startDate <= nowSeconds + TOLERANCE_S
    ? undefined
    : new ConfigError({
        message: `replication_start_date is ${zonedText(startDate)}, which is ahead of Pipedrive's clock (${zonedText(nowSeconds)}): nothing would be read. Set a date in the past, or leave it empty to read everything.`
      })

/** A person waits for the answer: no try may take long, so that there is time for some. */
const checkLimits: Limits = {
  ...defaultLimits,
  tries: 4,
  totalMs: 45_000,
  bounds: { ...defaultLimits.bounds, headersMs: 12_000, idleMs: 8_000, totalMs: 20_000 }
}

/** The longest a check may take, whatever it waits for: within a minute there is an answer. */
const LONGEST_MS = 50_000

/**
 * Whose data the credentials open, and whether the start date has come: one request of 2 tokens.
 *
 * Fails within a minute where Pipedrive refuses them or gives no answer that can be used.
 */
export const checkConnection = ({
  config,
  send,
  emit,
  limits = checkLimits,
  userAgent = USER_AGENT,
  debug: isDebug = false
}: CheckOptions): Effect.Effect<Me, ReadError> => {
  const debug = debugTo(emit, isDebug)
  const auth = makeAuth({ config, send, emit, limits, userAgent, debug })
  const governor = new Governor(100)
  const transport = makeTransport({ auth, governor, workers: 1, send, limits, userAgent, wording: CHECKING, debug })
  return Effect.gen(function* () {
    const me = yield* whoAmI(transport)
    const nowMs = (yield* transport.serverMs) ?? (yield* Clock.currentTimeMillis)
    const refusal = refusalOf(config.startDate, Math.floor(nowMs / 1000))
    return refusal === undefined ? me : yield* refusal
  }).pipe(
    Effect.timeoutOrElse({
      duration: LONGEST_MS,
      orElse: () =>
        Effect.fail(
          new TransientError({
            message: `Pipedrive gave no usable answer within ${LONGEST_MS / 1000} seconds; ${CHECKING.outcome}.`
          })
        )
    })
  )
}
