/** The way to Pipedrive that a check, a discovery and a read have in common. */
import type { Effect } from "effect"
import type { Config } from "../config/config.ts"
import { debugTo } from "../debug.ts"
import type { Event } from "../events.ts"
import { makeAuth } from "./auth/auth.ts"
import { Governor } from "./budget.ts"
import { makeTransport, type Transport } from "./client.ts"
import type { SendHttp } from "./port.ts"
import type { RetryPolicy } from "./retry.ts"
import type { Wording } from "./transport-errors.ts"
import { USER_AGENT } from "./user-agent.ts"

/** Whose account to ask, and the ports to ask it with. */
export interface Connection {
  readonly config: Config
  readonly send: SendHttp
  /** Takes an event; returns when there is room for the next one. */
  readonly emit: (event: Event) => Effect.Effect<void>
  readonly retryPolicy?: RetryPolicy
  /** How requests name themselves. */
  readonly userAgent?: string
  /** Whether every request and every decision that costs is logged at DEBUG. */
  readonly debug?: boolean
}

interface Usage {
  /** How long to try where the connection does not say. */
  readonly retryPolicy: RetryPolicy
  /** Requests at once. */
  readonly workers: number
  /** Percent of the company's daily tokens; all by default. */
  readonly dailyShare?: number
  readonly wording?: Wording
}

export const connect = (connection: Connection, usage: Usage): Transport => {
  const { config, send, emit, userAgent = USER_AGENT, retryPolicy = usage.retryPolicy } = connection
  const debug = debugTo(emit, connection.debug === true)
  const auth = makeAuth({ config, send, emit, retryPolicy, userAgent, debug })
  const governor = new Governor(usage.dailyShare ?? 100)
  const { workers, wording } = usage
  const ports = { auth, governor, workers, send, retryPolicy, userAgent, debug }
  return makeTransport(wording === undefined ? ports : { ...ports, wording })
}
