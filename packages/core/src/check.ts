import type { Effect } from "effect"
import { makeAuth } from "./auth.ts"
import { Governor } from "./budget.ts"
import type { Config } from "./config.ts"
import type { ReadError } from "./errors.ts"
import type { Event } from "./events.ts"
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

/** Whose data the credentials open: one request of 2 tokens. */
export const checkConnection = ({
  config,
  send,
  emit,
  limits = { ...defaultLimits, tries: 4, totalMs: 60_000 },
  userAgent = USER_AGENT
}: CheckOptions): Effect.Effect<{ readonly user: string; readonly company: string }, ReadError> => {
  const auth = makeAuth({ config, send, emit, limits, userAgent })
  const governor = new Governor(100)
  return whoAmI(makeTransport({ auth, governor, workers: 1, send, limits, userAgent }))
}
