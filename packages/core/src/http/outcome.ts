import type { HttpAnswer } from "./port.ts"
import { type Refusal, refusalOf } from "./rate-limit.ts"
import { excerpt, isHtml, wordsOf } from "./words.ts"

/** A whole answer with status 200. */
export interface Answer {
  readonly body: Uint8Array
  /** The server's clock at the answer; ours, where it does not say. */
  readonly serverMs: number
  /** Whether `serverMs` is the server's own word. */
  readonly exact: boolean
}

/** What a reader makes of an answer. A damaged one is asked for again. */
export type Reading<A> =
  | { readonly _tag: "Read"; readonly value: A }
  | { readonly _tag: "Damaged"; readonly why: string; readonly isNull?: true }
  | { readonly _tag: "Refused"; readonly status: number; readonly text: string }

/** What came of one try. */
export type Outcome<A> =
  | { readonly _tag: "Done"; readonly value: A }
  /** Nothing that can be used, but another try may bring it. */
  | { readonly _tag: "Again"; readonly why: string; readonly isNull?: true }
  /** 429: one of the limits is reached. */
  | { readonly _tag: "Limited"; readonly refusal: Refusal }
  /** 401. */
  | { readonly _tag: "Unauthorized"; readonly text: string }
  /** Another 4xx: it is for the reader to say what that means for its stream. */
  | { readonly _tag: "Refused"; readonly status: number; readonly text: string }
  /** 403 by the network in front of the API. */
  | { readonly _tag: "Blocked" }
  | { readonly _tag: "Redirected"; readonly status: number }

const outcomeOfStatus = (status: number, text: string): Outcome<never> => {
  if (status === 401) return { _tag: "Unauthorized", text }
  if (status >= 400 && status < 500 && status !== 408) return { _tag: "Refused", status, text }
  return { _tag: "Again", why: `${status}: ${text}` }
}

/** What an answer means, by its status and, where that is 200, by what its reader makes of it. */
export const outcomeOf = <A>(
  answer: HttpAnswer,
  clock: Pick<Answer, "serverMs" | "exact">,
  read: (answer: Answer) => Reading<A>,
  redact: (text: string) => string
): Outcome<A> => {
  const { status } = answer
  if (status === 200) {
    const reading = read({ body: answer.body, ...clock })
    switch (reading._tag) {
      case "Read":
        return { _tag: "Done", value: reading.value }
      case "Damaged":
        return { _tag: "Again", why: excerpt(reading.why, redact), ...(reading.isNull === true && { isNull: true }) }
      case "Refused": {
        const text = excerpt(reading.text, redact)
        if (reading.status === 429) return { _tag: "Limited", refusal: refusalOf(answer, text, clock.serverMs) }
        return outcomeOfStatus(reading.status, text)
      }
    }
  }
  const text = wordsOf(answer, redact)
  if (status === 429) return { _tag: "Limited", refusal: refusalOf(answer, text, clock.serverMs) }
  if (status === 403 && isHtml(answer)) return { _tag: "Blocked" }
  if (status >= 300 && status < 400) return { _tag: "Redirected", status }
  if (status < 300) return { _tag: "Again", why: `unexpected status ${status}` }
  return outcomeOfStatus(status, text)
}
