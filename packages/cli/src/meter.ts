import type { HttpAnswer, SendHttp } from "@pipedrive-source/core/reader"

/** What answers say of the account's limits, and what requests came to. */
export interface Meter {
  readonly send: SendHttp
  /** Requests of the day's budget that were sent. */
  readonly requests: () => number
  /** Tokens left of the company's day, by the newest answer; undefined where answers do not say. */
  readonly left: () => number | undefined
  /** The company's daily tokens; undefined where answers do not say. */
  readonly daily: () => number | undefined
  /** Requests that the account may send in two seconds; undefined where answers do not say. */
  readonly burst: () => number | undefined
  /** Milliseconds that the server's clock is ahead of this machine's; undefined before the first answer. */
  readonly clockOffsetMs: () => number | undefined
}

const numberIn = (answer: HttpAnswer, name: string): number | undefined => {
  const text = answer.header(name)
  const value = Number(text)
  return text === undefined || text === "" || !Number.isFinite(value) ? undefined : value
}

/** Watches the answers that pass. */
export const makeMeter = (send: SendHttp): Meter => {
  let requests = 0
  let left: number | undefined
  let daily: number | undefined
  let burst: number | undefined
  let offset: number | undefined
  return {
    send: async (request, bounds, signal) => {
      requests++
      const beganMs = Date.now()
      const answer = await send(request, bounds, signal)
      left = numberIn(answer, "x-daily-ratelimit-token-remaining") ?? left
      daily = numberIn(answer, "x-daily-ratelimit-token-limit") ?? daily
      burst = numberIn(answer, "x-ratelimit-limit") ?? burst
      const date = Date.parse(answer.header("date") ?? "")
      if (Number.isFinite(date)) offset = date - (beganMs + Date.now()) / 2
      return answer
    },
    requests: () => requests,
    left: () => left,
    daily: () => daily,
    burst: () => burst,
    clockOffsetMs: () => offset
  }
}
