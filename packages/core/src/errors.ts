/**
 * The three errors a read can end with, by who must act (`statuses.ts` has the table), and two that never leave `read/`:
 * what they mean is for the reader of a stream to decide.
 */
import { Data } from "effect"

interface Failure {
  /** What happened, on which stream, and what to do; for the user. Contains no secret, no URL query and no row. */
  readonly message: string
  /** What the log needs beyond it. */
  readonly detail?: string
  readonly cause?: unknown
}

/** The user must act: bad config or state, refused credentials, a missing scope, plan or right. Never retried. */
export class ConfigError extends Data.TaggedError("ConfigError")<Failure> {}

/** How a request was answered before it was given up. */
export interface Unanswered {
  readonly tries: number
  /** How the last try ended, without secrets. */
  readonly why: string
  /** Whether every try was answered with status 200 and a body of `null`. */
  readonly isNull: boolean
}

/** Retrying later may succeed: network, 5xx, a burst limit that did not clear, the daily budget spent. */
export class TransientError extends Data.TaggedError("TransientError")<
  Failure & {
    /** When the daily budget resets, in epoch milliseconds by our own clock. */
    readonly quotaResetMs?: number
    /** Set where one request was given up for its own answers: not for a rate limit, nor for credentials. */
    readonly unanswered?: Unanswered
  }
> {}

/** The maintainers must act: an unexpected answer, a page that does not advance, or a bug of ours. */
export class SystemError extends Data.TaggedError("SystemError")<
  Failure & {
    /** What was answered, in a few words: for an error that names several parents and how each failed. */
    readonly answered?: string
  }
> {}

/** Everything a read can end with. */
export type ReadError = ConfigError | TransientError | SystemError

/** An error of the same kind, told from another stream's side: whoever had to act still has to. */
export const retold = (error: ReadError, told: { readonly message: string; readonly detail?: string }): ReadError => {
  switch (error._tag) {
    case "ConfigError":
      return new ConfigError(told)
    case "TransientError":
      return new TransientError({
        ...told,
        ...(error.quotaResetMs !== undefined && { quotaResetMs: error.quotaResetMs })
      })
    case "SystemError":
      return new SystemError(told)
  }
}

/** The API refused a request; what that means for the stream is for its reader to decide. Never leaves `read/`. */
export class RefusedError extends Data.TaggedError("RefusedError")<{
  readonly status: number
  /** Pipedrive's own words, without secrets. */
  readonly text: string
}> {}

/** The endpoint belongs to an add-on or plan the company does not have. Never leaves `read/`. */
export class NotAvailableError extends Data.TaggedError("NotAvailableError")<{ readonly message: string }> {}
