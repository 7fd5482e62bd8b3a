import { ConfigError, SystemError, TransientError, type Unanswered } from "../errors.ts"
import type { Wording } from "./wording.ts"

const DAY_MS = 86_400_000

const midnightIn = (nowMs: number): number => DAY_MS - (nowMs % DAY_MS)

/**
 * The daily budget allows no further request.
 *
 * @param what what is spent, as a clause
 * @param waitMs how long the server asks to wait; more than a day is no wait the daily budget has
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
  const back = knownMs === undefined ? "at the turn of Pipedrive's day" : `at ${new Date(untilMs).toISOString()}`
  return new TransientError({
    message: `${wording.stopped(stream)}: ${what}. It is back ${back}; ${wording.outcome}.`,
    quotaResetMs: untilMs
  })
}

/** The network in front of the API turns us away. */
export const blockedError = (wording: Wording, stream: string): ConfigError =>
  new ConfigError({
    message:
      `${wording.stopped(stream)}: Pipedrive's network blocks this connection (403 with an HTML page), as it ` +
      "does after requests beyond the rate limit. Wait, lower num_workers or give other integrations of the same token less to do."
  })

/** Something sends us elsewhere. */
export const redirectError = (wording: Wording, stream: string, status: number): SystemError =>
  new SystemError({
    message: `${wording.stopped(stream)}: Pipedrive answered with a redirect (${status}), which is not followed. Check base_url or api_domain.`
  })

/** All tries are used up; `isLimited` where a rate limit did not clear, which says nothing of the request. */
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
