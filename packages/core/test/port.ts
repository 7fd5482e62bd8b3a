import { Effect, Result } from "effect"
import type { Config } from "../src/config/config.ts"
import { decodeConfig } from "../src/config/config.ts"
import type { Event } from "../src/events.ts"
import type { Auth } from "../src/http/auth/access.ts"
import { makeAuth } from "../src/http/auth/auth.ts"
import { Governor } from "../src/http/budget.ts"
import { type ApiRequest, makeTransport, type Reading } from "../src/http/client.ts"
import type { HttpAnswer, HttpRequest, SendHttp } from "../src/http/port.ts"
import { defaultRetryPolicy, type RetryPolicy } from "../src/http/retry.ts"

/** An answer as a test writes it. */
export interface Said {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: { readonly [name: string]: string }
  /** No answer at all, for this reason. */
  readonly lost?: string
  /** The answer never comes. */
  readonly never?: true
}

const encoder = new TextEncoder()

const answerOf = ({ body = { success: true, data: [] }, headers = {}, status = 200 }: Said): HttpAnswer => ({
  status,
  header: (name) => headers[name],
  body: encoder.encode(typeof body === "string" ? body : JSON.stringify(body))
})

/** A network that answers as told, and keeps what it was asked. */
export const networkOf = (says: (request: HttpRequest, number: number) => Said) => {
  const asked: Array<HttpRequest> = []
  let aborted = 0
  const send: SendHttp = (request, _timeouts, signal) => {
    asked.push(request)
    const said = says(request, asked.length)
    if (said.never === true) {
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          aborted++
          reject(new Error("aborted"))
        })
      })
    }
    return said.lost === undefined ? Promise.resolve(answerOf(said)) : Promise.reject(new Error(said.lost))
  }
  return {
    send,
    asked,
    get aborted() {
      return aborted
    }
  }
}

export const configOf = (input: object): Config => Result.getOrThrow(decodeConfig(input)).config

export const tokenConfig = (more: object = {}): Config =>
  configOf({ credentials: { auth_type: "api_token", api_token: "t0ken" }, ...more })

interface Made {
  readonly send: SendHttp
  readonly config?: Config
  readonly workers?: number
  readonly retryPolicy?: Partial<RetryPolicy>
  readonly events?: Array<Event>
  readonly auth?: Auth
}

export const transportOf = ({
  auth,
  config = tokenConfig(),
  events = [],
  retryPolicy: some = {},
  send,
  workers = 3
}: Made) => {
  const retryPolicy = { ...defaultRetryPolicy, ...some }
  const emit = (event: Event) => Effect.sync(() => void events.push(event))
  const governor = new Governor(config.dailyBudgetShare)
  return {
    governor,
    transport: makeTransport({
      auth: auth ?? makeAuth({ config, send, emit, retryPolicy, userAgent: "test" }),
      governor,
      workers,
      send,
      retryPolicy,
      userAgent: "test"
    })
  }
}

/** A request whose answer is taken as JSON. */
export const requestOf = (more: Partial<ApiRequest<unknown>> = {}): ApiRequest<unknown> => ({
  stream: "deals",
  path: "v2/deals",
  query: {},
  tokens: 10,
  sent: () => {},
  read: ({ body }): Reading<unknown> => {
    try {
      return { _tag: "Read", value: JSON.parse(new TextDecoder().decode(body)) }
    } catch {
      return { _tag: "Damaged", why: "an answer that is no whole JSON" }
    }
  },
  ...more
})
