/**
 * What may be sent now: the burst window and the daily tokens of one company. A pure state machine, fed with times and
 * headers; all times are milliseconds of one clock of our own, all tokens are units of the daily budget.
 *
 *     ask ─▶ Send ─▶ answered: learn the limits from its headers
 *       │             lost:     it may have been counted all the same
 *       │             refused:  pause until the reset, then start again one by one
 *       ├──▶ Wait     until the window or a pause is over
 *       ├──▶ Hold     until another answer has come
 *       └──▶ Spent    the share of the day is used up
 *
 * A ticket is one request: it counts in the window from when it is sent until two seconds after its answer.
 *
 * @see https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
 */
import { type LimitHeaders, LONGEST_BURST_WAIT_MS, type Refusal } from "./rate-limit.ts"

/** Length of the vendor's rolling window. */
const WINDOW_MS = 2_000
/** Requests per window on the lowest plan: assumed until an answer has named the account's limit. */
export const LOWEST_BURST = 20
/** How long what an answer told about other users of the token is believed. */
const OTHERS_MS = 2 * WINDOW_MS

/** One request that the governor has let through. */
export interface Ticket {
  readonly tokens: number
  /** Its rank among all requests sent. */
  readonly number: number
  /** Requests in the window when it was sent, itself included. */
  readonly window: number
  /** When it leaves the window; infinite until its answer arrives, as the server may count it until then. */
  freeMs: number
}

/** Whether a request may be sent: now, after a wait, or not before the daily budget resets. */
export type Verdict =
  | { readonly _tag: "Send"; readonly ticket: Ticket }
  | { readonly _tag: "Wait"; readonly untilMs: number }
  /** Another answer must arrive first. */
  | { readonly _tag: "Hold" }
  | { readonly _tag: "Spent"; readonly remaining: number }

const NO_REFUSALS = { inRow: 0, sent: 0 }

/** Decides when requests may be sent. */
export class Governor {
  /**
   * How much of the company's daily limit may be spent, in percent, before this connection stops: with 80 it leaves the
   * last fifth of the day's tokens to others.
   */
  readonly sharePercent: number
  #limit: number | undefined
  #answered = false
  /** What answers of the last windows told about other users of the token. */
  #others: Array<{ readonly atMs: number; readonly count: number }> = []
  #pausedUntilMs = 0
  /** Refusals since the last answer, and how many requests had been sent when the last of them came. */
  #refusals = NO_REFUSALS
  /** After a pause requests start one by one, a slot of the window apart. */
  #restart: { nextMs: number; untilMs: number } | undefined
  #tickets: Array<Ticket> = []
  #count = 0
  /** The newest daily figures, and how many requests had been sent when they came. */
  #daily: { readonly limit: number; readonly remaining: number; readonly sent: number } | undefined
  #spent = 0
  #spentSinceDaily = 0

  constructor(sharePercent = 100) {
    this.sharePercent = sharePercent
  }

  /** Tokens of all requests sent. */
  get spent(): number {
    return this.#spent
  }

  /** Tokens that the company has left today, by the newest answer; undefined if answers do not say. */
  get dailyRemaining(): number | undefined {
    return this.#daily?.remaining
  }

  /** The company's daily limit; undefined if answers do not say. */
  get dailyLimit(): number | undefined {
    return this.#daily?.limit
  }

  /** Tokens that this connection may still spend today; infinite if answers do not say. */
  get dailyLeft(): number {
    if (this.#daily === undefined) return Number.POSITIVE_INFINITY
    const { limit, remaining } = this.#daily
    return Math.max(0, remaining - this.#spentSinceDaily - (limit * (100 - this.sharePercent)) / 100)
  }

  /** Requests that may count in one window: the account's limit, less a margin for other users of the token. */
  #room(): number {
    const limit = this.#limit ?? LOWEST_BURST
    const margin = Math.max(1, Math.floor(limit * 0.03))
    const sum = this.#others.reduce((total, { count }) => total + count, 0)
    const others = Math.max(0, Math.ceil(sum / Math.max(1, this.#others.length)))
    // What others send varies: the more they send, the more slack it needs.
    const slack = others > 0 ? Math.ceil(Math.sqrt(others)) : 0
    return Math.max(1, limit - margin - others - slack)
  }

  /** Asks whether a request of so many tokens may be sent. */
  ask(nowMs: number, tokens: number): Verdict {
    this.#forget(nowMs)
    if (this.#daily !== undefined) {
      const floor = (this.#daily.limit * (100 - this.sharePercent)) / 100
      const left = this.#daily.remaining - this.#spentSinceDaily
      if (left - tokens < floor) {
        return this.#inFlight() > 0 ? { _tag: "Hold" } : { _tag: "Spent", remaining: Math.max(0, left) }
      }
    }
    if (nowMs < this.#pausedUntilMs) return { _tag: "Wait", untilMs: this.#pausedUntilMs }
    if (this.#restart !== undefined && nowMs >= this.#restart.untilMs) this.#restart = undefined
    if (this.#restart !== undefined && nowMs < this.#restart.nextMs) {
      return { _tag: "Wait", untilMs: this.#restart.nextMs }
    }
    if (!this.#answered && this.#inFlight() > 0) return { _tag: "Hold" }
    if (this.#tickets.length >= this.#room()) {
      const free = Math.min(...this.#tickets.map((ticket) => ticket.freeMs))
      return Number.isFinite(free) ? { _tag: "Wait", untilMs: free } : { _tag: "Hold" }
    }
    if (this.#restart !== undefined) this.#restart.nextMs = nowMs + Math.ceil(WINDOW_MS / this.#room())
    const ticket: Ticket = {
      tokens,
      number: ++this.#count,
      window: this.#tickets.length + 1,
      freeMs: Number.POSITIVE_INFINITY
    }
    this.#tickets.push(ticket)
    this.#spent += tokens
    this.#spentSinceDaily += tokens
    return { _tag: "Send", ticket }
  }

  /** A whole answer came, with any status but 429. */
  answered(nowMs: number, ticket: Ticket, headers: LimitHeaders): void {
    this.#answered = true
    this.#refusals = NO_REFUSALS
    this.#settle(nowMs, ticket)
    this.#learn(nowMs, ticket, headers)
  }

  /** No answer came: the server may have counted the request all the same. */
  lost(nowMs: number, ticket: Ticket): void {
    this.#settle(nowMs, ticket)
  }

  /** The request was not sent after all. */
  withdrawn(ticket: Ticket): void {
    this.#tickets = this.#tickets.filter((other) => other !== ticket)
    this.#spent -= ticket.tokens
    this.#spentSinceDaily -= ticket.tokens
  }

  /**
   * A 429: everything pauses until the reset, then starts again one by one.
   *
   * @returns refusals in a row without an answer in between; of requests that were in flight together only one counts
   */
  refused(nowMs: number, ticket: Ticket, refusal: Refusal): number {
    this.#answered = true
    this.#settle(nowMs, ticket)
    this.#learn(nowMs, ticket, refusal)
    if (ticket.number > this.#refusals.sent) this.#refusals = { inRow: this.#refusals.inRow + 1, sent: this.#count }
    const waitMs = refusal.retryAfterMs ?? refusal.resetMs ?? WINDOW_MS
    const untilMs = nowMs + Math.min(Math.max(waitMs, 100), LONGEST_BURST_WAIT_MS)
    if (untilMs > this.#pausedUntilMs) {
      this.#pausedUntilMs = untilMs
      this.#restart = { nextMs: untilMs, untilMs: untilMs + WINDOW_MS }
    }
    return this.#refusals.inRow
  }

  #inFlight(): number {
    let count = 0
    for (const ticket of this.#tickets) if (ticket.freeMs === Number.POSITIVE_INFINITY) count++
    return count
  }

  #forget(nowMs: number): void {
    if (this.#tickets.some((ticket) => ticket.freeMs <= nowMs)) {
      this.#tickets = this.#tickets.filter((ticket) => ticket.freeMs > nowMs)
    }
    // A clock that was set back must not keep a slot taken for longer than a window.
    for (const ticket of this.#tickets) {
      if (Number.isFinite(ticket.freeMs)) ticket.freeMs = Math.min(ticket.freeMs, nowMs + WINDOW_MS)
    }
    if (this.#pausedUntilMs > nowMs + LONGEST_BURST_WAIT_MS) this.#pausedUntilMs = nowMs + LONGEST_BURST_WAIT_MS
    if (this.#restart !== undefined && this.#restart.nextMs > nowMs + LONGEST_BURST_WAIT_MS) this.#restart = undefined
  }

  #settle(nowMs: number, ticket: Ticket): void {
    ticket.freeMs = nowMs + WINDOW_MS
  }

  #learn(nowMs: number, ticket: Ticket, headers: LimitHeaders): void {
    this.#forget(nowMs)
    if (headers.burstLimit !== undefined && headers.burstLimit > 0) this.#limit = headers.burstLimit
    if (this.#limit !== undefined && headers.burstRemaining !== undefined) {
      const others = this.#limit - headers.burstRemaining - ticket.window
      this.#others = [
        ...this.#others.filter(({ atMs }) => atMs > nowMs - OTHERS_MS && atMs <= nowMs),
        { atMs: nowMs, count: others }
      ]
    }
    const { dailyLimit, dailyRemaining } = headers
    if (dailyLimit === undefined || dailyRemaining === undefined) return
    const before = this.#daily?.remaining
    const inFlight = this.#tickets
      .filter((other) => other.freeMs === Number.POSITIVE_INFINITY)
      .reduce((sum, other) => sum + other.tokens, 0)
    // Of answers that overtake each other the lowest figure is the newest, unless its request was sent after the other came.
    const isNewer = this.#daily === undefined || ticket.number > this.#daily.sent
    if (before === undefined || dailyRemaining <= before || isNewer) {
      this.#daily = { limit: dailyLimit, remaining: dailyRemaining, sent: this.#count }
      this.#spentSinceDaily = inFlight
    } else {
      this.#spentSinceDaily = Math.max(inFlight, this.#spentSinceDaily - ticket.tokens)
    }
  }
}
