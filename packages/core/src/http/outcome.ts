/**
 * What came of one try of a request, by its status (`statuses.ts`) and, for a 200, by what the reader of the request
 * makes of the body. A body can also report a failure with a status of its own.
 */

import { errorText, isHtml } from "./error-text.ts"
import type { HttpAnswer } from "./port.ts"
import { type Refusal, refusalOf } from "./rate-limit.ts"
import { excerpt } from "./redaction.ts"
import { verdictOn } from "./statuses.ts"

/** A whole answer with status 200. */
export interface Answer {
  readonly body: Uint8Array
  /** The server's clock at the answer; ours, if it does not say. */
  readonly serverMs: number
  /** Whether `serverMs` comes from the server. */
  readonly exact: boolean
}

/** What a reader makes of an answer. A damaged one is requested again. */
export type Reading<A> =
  | { readonly _tag: "Read"; readonly value: A }
  | { readonly _tag: "Damaged"; readonly why: string; readonly isNull?: true }
  | { readonly _tag: "Refused"; readonly status: number; readonly text: string }

/** What came of one try. */
export type Outcome<A> =
  | { readonly _tag: "Done"; readonly value: A }
  /** Nothing usable, but another try may succeed. */
  | { readonly _tag: "Again"; readonly why: string; readonly isNull?: true }
  /** 429: a rate limit is reached. */
  | { readonly _tag: "Limited"; readonly refusal: Refusal }
  /** 401. */
  | { readonly _tag: "Unauthorized"; readonly text: string }
  /** Another 4xx: what that means for the stream is for its reader to decide. */
  | { readonly _tag: "Refused"; readonly status: number; readonly text: string }
  /** 403 by the network in front of the API. */
  | { readonly _tag: "Blocked" }
  | { readonly _tag: "Redirected"; readonly status: number }

/** What a failure means, whether its status came as such or in the body. */
const outcomeOfFailure = (
  answer: HttpAnswer,
  failure: { readonly status: number; readonly text: string; readonly isHtml: boolean },
  serverMs: number
): Outcome<never> => {
  const { status, text } = failure
  switch (verdictOn(status, failure).meaning) {
    case "rateLimited":
      return { _tag: "Limited", refusal: refusalOf(answer, text, serverMs) }
    case "blocked":
      return { _tag: "Blocked" }
    case "redirected":
      return { _tag: "Redirected", status }
    case "unauthorized":
      return { _tag: "Unauthorized", text }
    case "unavailable":
      return { _tag: "Again", why: `${status}: ${text}` }
    case "ok":
    case "unexpected":
      return { _tag: "Again", why: `unexpected status ${status}` }
    case "badRequest":
    case "paymentRequired":
    case "scopeMissing":
    case "forbidden":
    case "gone":
    case "notEnabled":
    case "refused":
      return { _tag: "Refused", status, text }
  }
}

/** What an answer means, by its status and, for a 200, by what its reader makes of it. */
export const outcomeOf = <A>(
  answer: HttpAnswer,
  clock: Pick<Answer, "serverMs" | "exact">,
  read: (answer: Answer) => Reading<A>,
  redact: (text: string) => string
): Outcome<A> => {
  const { status } = answer
  if (verdictOn(status).meaning !== "ok") {
    const failure = { status, text: errorText(answer, redact), isHtml: isHtml(answer) }
    return outcomeOfFailure(answer, failure, clock.serverMs)
  }
  const reading = read({ body: answer.body, ...clock })
  switch (reading._tag) {
    case "Read":
      return { _tag: "Done", value: reading.value }
    case "Damaged":
      return { _tag: "Again", why: excerpt(reading.why, redact), ...(reading.isNull === true && { isNull: true }) }
    case "Refused": {
      const failure = { status: reading.status, text: excerpt(reading.text, redact), isHtml: false }
      return outcomeOfFailure(answer, failure, clock.serverMs)
    }
  }
}
