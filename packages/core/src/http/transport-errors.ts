/**
 * Errors of the transport, in words that fit the job they stop: a read of streams, or a check of the connection.
 */
import { ConfigError, SystemError, TransientError, type Unanswered } from "../errors.ts"

/** How errors speak of the job they stopped. */
export interface Wording {
  /** The beginning of an error that stops a stream. */
  readonly stopped: (stream: string) => string
  /** What a transient error leaves behind, as the end of a sentence. */
  readonly outcome: string
}

export const READING: Wording = {
  stopped: (stream) => `Stopped at ${stream}`,
  outcome: "what has been read is kept, and the next sync continues from there"
}

export const CHECKING: Wording = {
  stopped: () => "The connection could not be checked",
  outcome: "nothing was read. Check the connection again later"
}

const DAY_MS = 86_400_000

const midnightIn = (nowMs: number): number => DAY_MS - (nowMs % DAY_MS)

/**
 * The daily budget allows no further request.
 *
 * @param what what is spent, as a clause
 * @param waitMs how long the server asks us to wait; ignored if it is more than a day, as the budget resets daily
 */
export const spentError = (
  wording: Wording,
  stream: string,
  nowMs: number,
  what: string,
  waitMs?: number
): TransientError => {
  const knownMs = waitMs !== undefined && waitMs <= DAY_MS ? waitMs : undefined
  const untilMs = nowMs + (knownMs ?? midnightIn(nowMs))
  const back = knownMs === undefined ? "at the start of Pipedrive's next day" : `at ${new Date(untilMs).toISOString()}`
  return new TransientError({
    message: `${wording.stopped(stream)}: ${what}. It resets ${back}; ${wording.outcome}.`,
    quotaResetMs: untilMs
  })
}

/** The network in front of the API blocks us. */
export const blockedError = (wording: Wording, stream: string): ConfigError =>
  new ConfigError({
    message:
      `${wording.stopped(stream)}: Pipedrive's network is blocking this connection (403 with an HTML page), as it ` +
      "does after too many requests beyond the rate limit. Wait, lower num_workers, or reduce the load of other integrations that use the same token."
  })

/** Something redirects us elsewhere. */
export const redirectError = (wording: Wording, stream: string, status: number): SystemError =>
  new SystemError({
    message: `${wording.stopped(stream)}: Pipedrive answered with a redirect (${status}), which is not followed. Check base_url or api_domain.`
  })

/** All tries are used up; `isLimited` if a rate limit did not clear, which says nothing about the request itself. */
export const exhaustedError = (
  wording: Wording,
  stream: string,
  unanswered: Unanswered,
  isLimited: boolean
): TransientError => {
  const { tries, why } = unanswered
  return new TransientError({
    message: `Pipedrive gave no usable answer for ${stream} after ${tries} tries (${why}); ${wording.outcome}.`,
    ...(!isLimited && { unanswered })
  })
}
