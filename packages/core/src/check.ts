import { Clock, Effect } from "effect"
import { makeAuth } from "./auth.ts"
import { Governor } from "./budget.ts"
import type { Config } from "./config.ts"
import { zonedText } from "./cursor.ts"
import { ConfigError, type ReadError } from "./errors.ts"
import type { Event } from "./events.ts"
import { TOLERANCE_S } from "./future.ts"
import type { SendHttp } from "./http.ts"
import { defaultLimits, type Limits } from "./limits.ts"
import { whoAmI } from "./read/identity.ts"
import { makeTransport } from "./transport.ts"
import { USER_AGENT } from "./user-agent.ts"

interface CheckOptions {
  readonly config: Config
  readonly send: SendHttp
  readonly emit: (event: Event) => Effect.Effect<void>
  readonly limits?: Limits
  /** How requests name themselves. */
  readonly userAgent?: string
}

/** Why a start date cannot be used; undefined where it can. */
const refusalOf = (startDate: number | undefined, nowSeconds: number): ConfigError | undefined =>
  startDate === undefined || startDate <= nowSeconds + TOLERANCE_S
    ? undefined
    : new ConfigError({
        message: `replication_start_date is ${zonedText(startDate)}, which is ahead of Pipedrive's clock (${zonedText(nowSeconds)}): nothing would be read. Set a date in the past, or leave it empty to read everything.`
      })

/** Whose data the credentials open, and whether the start date has come: one request of 2 tokens. */
export const checkConnection = ({
  config,
  send,
  emit,
  limits = { ...defaultLimits, tries: 4, totalMs: 60_000 },
  userAgent = USER_AGENT
}: CheckOptions): Effect.Effect<{ readonly user: string; readonly company: string }, ReadError> => {
  const auth = makeAuth({ config, send, emit, limits, userAgent })
  const governor = new Governor(100)
  const transport = makeTransport({ auth, governor, workers: 1, send, limits, userAgent })
  return Effect.gen(function* () {
    const me = yield* whoAmI(transport)
    const nowMs = (yield* transport.serverMs) ?? (yield* Clock.currentTimeMillis)
    const refusal = refusalOf(config.startDate, Math.floor(nowMs / 1000))
    return refusal === undefined ? me : yield* refusal
  })
}
