import { Data } from "effect"

interface Failure {
  /** What happened, on which stream, and what to do; for the user. Holds no secret, no URL query and no row. */
  readonly message: string
  /** What the log needs beyond it. */
  readonly detail?: string
  readonly cause?: unknown
}

/** The user must act: bad config or state, refused credentials, a missing scope, plan or right. Never retried. */
export class ConfigError extends Data.TaggedError("ConfigError")<Failure> {}

/** How a request was answered until it was given up. */
export interface Unanswered {
  readonly tries: number
  /** What the last try came to, without secrets. */
  readonly why: string
  /** Whether every try was answered with status 200 and a body of `null`. */
  readonly isNull: boolean
}

/** Time heals it: network, 5xx, a burst limit that would not clear, the day's budget spent. */
export class TransientError extends Data.TaggedError("TransientError")<
  Failure & {
    /** When the daily budget is back, in epoch milliseconds by our own clock. */
    readonly quotaResetMs?: number
    /** Set where one request was given up for its own answers: not for a rate limit, nor for credentials. */
    readonly unanswered?: Unanswered
  }
> {}

/** Neither: an answer nobody foresaw, a page that does not advance, or a bug of ours. */
export class SystemError extends Data.TaggedError("SystemError")<
  Failure & {
    /** What was answered, in a few words: for an error that names several parents and what each came to. */
    readonly answered?: string
  }
> {}

/** Everything a read can end with. */
export type ReadError = ConfigError | TransientError | SystemError

/** The API answered no, and it is for the reader to say what that means for its stream. Never leaves `read/`. */
export class RefusedError extends Data.TaggedError("RefusedError")<{
  readonly status: number
  /** Pipedrive's own words, without secrets. */
  readonly text: string
}> {}

/** The endpoint belongs to an add-on or plan the company does not have. Never leaves `read/`. */
export class NotAvailableError extends Data.TaggedError("NotAvailableError")<{ readonly message: string }> {}
