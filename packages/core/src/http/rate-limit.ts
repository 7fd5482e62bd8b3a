/**
 * What answers say of rate limits: in headers of every answer, and in the text and headers of a refusal (429). Whether a
 * refusal means the burst limit, which clears within seconds, or the daily budget decides between waiting and stopping.
 *
 * @see https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
 */
import type { HttpAnswer } from "./port.ts"

/** What an answer's headers say of rate limits. */
export interface LimitHeaders {
  readonly burstLimit?: number
  readonly burstRemaining?: number
  readonly dailyLimit?: number
  readonly dailyRemaining?: number
}

/** What a refused (429) answer says. */
export interface Refusal extends LimitHeaders {
  /** The server's own text, without secrets. */
  readonly text: string
  /** How long the server asks us to wait, by `retry-after`. */
  readonly retryAfterMs?: number
  /** When the burst window resets, by `x-ratelimit-reset`. */
  readonly resetMs?: number
}

/** A longer wait means not the burst limit but the daily one. */
export const LONGEST_BURST_WAIT_MS = 60_000

/**
 * Which limit a 429 means: decided by its text, then by what is left of the day, then by how long it asks us to wait. A
 * refusal with none of these is unclear.
 */
export const limitOf = ({ text, dailyRemaining, retryAfterMs, resetMs }: Refusal): "burst" | "daily" | "unclear" => {
  if (/daily|budget/i.test(text)) return "daily"
  if (/request over limit/i.test(text)) return "burst"
  if (dailyRemaining === 0) return "daily"
  const waitMs = retryAfterMs ?? resetMs
  if (waitMs === undefined) return "unclear"
  return waitMs > LONGEST_BURST_WAIT_MS ? "daily" : "burst"
}

/** A header's number; undefined if it is not a number, negative, or too large to calculate with. */
const numberOf = (text: string | undefined): number | undefined => {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text)
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined
}

const present = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T

/** Reads what an answer's headers say of rate limits. */
export const limitHeaders = ({ header }: HttpAnswer): LimitHeaders =>
  present({
    burstLimit: numberOf(header("x-ratelimit-limit")),
    burstRemaining: numberOf(header("x-ratelimit-remaining")),
    dailyLimit: numberOf(header("x-daily-ratelimit-token-limit")),
    dailyRemaining: numberOf(header("x-daily-ratelimit-token-remaining"))
  } as LimitHeaders)

/** `retry-after` in milliseconds: seconds, or a date by the server's clock. */
const retryAfterMs = (text: string | undefined, serverMs: number): number | undefined => {
  const seconds = numberOf(text)
  if (seconds !== undefined) return seconds * 1000
  const date = Date.parse(text ?? "")
  return Number.isFinite(date) && /[a-z]/i.test(text ?? "") ? Math.max(0, date - serverMs) : undefined
}

/** Reads what a 429 says. */
export const refusalOf = (answer: HttpAnswer, text: string, serverMs: number): Refusal => {
  const resetSeconds = numberOf(answer.header("x-ratelimit-reset"))
  return present({
    ...limitHeaders(answer),
    text,
    retryAfterMs: retryAfterMs(answer.header("retry-after"), serverMs),
    resetMs: resetSeconds === undefined ? undefined : resetSeconds * 1000
  } as Refusal)
}
