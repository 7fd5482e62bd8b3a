/**
 * What a status means and who must act on it: the one table for all answers, of the API and of its OAuth server.
 *
 * An answer is judged by its status and, where a status has several meanings, by what came with it. The first row that
 * fits holds. Whoever asks for more than the meaning (what a refusal may be about, and so what else can be tried) finds
 * that in the same row.
 *
 * @see https://pipedrive.readme.io/docs/core-api-concepts-http-status-codes
 */
import { ConfigError, type ReadError, SystemError, TransientError } from "../errors.ts"

/** Who must act before the same request can succeed: the user, the source's maintainers, or nobody, as it may pass. */
type Actor = "user" | "maintainers" | "nobody"

/**
 * What a refusal may be about, other than the request as a whole:
 *
 * - `parameters`: a page cursor that has expired, or an optional field that the plan lacks
 * - `place`: a page cursor or offset kept from an earlier run
 * - `parent`: one of the parents asked for, and no other
 * - `batch`: the parents asked for together, so that fewer may be answered
 * - `plan`: an add-on or plan that the company does not have
 */
type Subject = "parameters" | "place" | "parent" | "batch" | "plan"

export type Meaning =
  | "ok"
  /** A success without the answer that was asked for. */
  | "unexpected"
  | "redirected"
  /** A burst limit or the daily budget; see `rate-limit.ts`. */
  | "rateLimited"
  /** By the network in front of the API. */
  | "blocked"
  | "badRequest"
  | "unauthorized"
  | "paymentRequired"
  | "scopeMissing"
  | "forbidden"
  | "gone"
  | "notEnabled"
  /** Any other refusal. */
  | "refused"
  /** Out of order, overloaded or too slow. */
  | "unavailable"

/** What came with a status. */
interface Accompaniment {
  /** The server's own words. */
  readonly text?: string
  /** Whether the body is a page for people, as gateways and proxies send it. */
  readonly isHtml?: boolean
}

/** One row of the table. */
interface Verdict {
  readonly meaning: Meaning
  readonly actor: Actor
  readonly mayBeAbout: ReadonlyArray<Subject>
}

interface Row extends Verdict {
  /** First and last status. */
  readonly from: number
  readonly to: number
  readonly when?: (answer: Accompaniment) => boolean
}

const isAboutScope = ({ text = "" }: Accompaniment): boolean => /scope/i.test(text)
const isHtml = (answer: Accompaniment): boolean => answer.isHtml === true

const ANY = Number.POSITIVE_INFINITY

// biome-ignore format: a table
const TABLE: ReadonlyArray<Row> = [
  { from: 200, to: 200, meaning: "ok",              actor: "nobody",      mayBeAbout: [] },
  { from: 0,   to: 299, meaning: "unexpected",      actor: "nobody",      mayBeAbout: [] },
  { from: 300, to: 399, meaning: "redirected",      actor: "maintainers", mayBeAbout: [] },
  { from: 400, to: 400, meaning: "badRequest",      actor: "maintainers", mayBeAbout: ["parameters", "place", "batch"] },
  { from: 401, to: 401, meaning: "unauthorized",    actor: "user",        mayBeAbout: ["parent", "batch"] },
  { from: 402, to: 402, meaning: "paymentRequired", actor: "user",        mayBeAbout: ["plan"] },
  { from: 403, to: 403, meaning: "blocked",         actor: "user",        mayBeAbout: [], when: isHtml },
  { from: 403, to: 403, meaning: "scopeMissing",    actor: "user",        mayBeAbout: ["place"], when: isAboutScope },
  { from: 403, to: 403, meaning: "forbidden",       actor: "user",        mayBeAbout: ["place", "parent", "batch", "plan"] },
  { from: 404, to: 404, meaning: "gone",            actor: "maintainers", mayBeAbout: ["place", "parent", "batch", "plan"] },
  { from: 408, to: 408, meaning: "unavailable",     actor: "nobody",      mayBeAbout: [] },
  { from: 410, to: 410, meaning: "gone",            actor: "maintainers", mayBeAbout: ["place", "parent", "batch", "plan"] },
  { from: 414, to: 414, meaning: "refused",         actor: "maintainers", mayBeAbout: ["place", "batch"] },
  { from: 415, to: 415, meaning: "notEnabled",      actor: "user",        mayBeAbout: ["place", "plan"] },
  { from: 429, to: 429, meaning: "rateLimited",     actor: "nobody",      mayBeAbout: [] },
  { from: 400, to: 499, meaning: "refused",         actor: "maintainers", mayBeAbout: ["place"] },
  { from: 500, to: ANY, meaning: "unavailable",     actor: "nobody",      mayBeAbout: [] }
]

/** What a status means, and who must act. */
export const verdictOn = (status: number, answer: Accompaniment = {}): Verdict =>
  TABLE.find(({ from, to, when }) => status >= from && status <= to && when?.(answer) !== false) ??
  (TABLE.at(-1) as Row)

/** Whether a refusal may be about this, rather than about the request as a whole. */
export const mayBeAbout = (subject: Subject, refused: { readonly status: number; readonly text: string }): boolean =>
  verdictOn(refused.status, refused).mayBeAbout.includes(subject)

/** Whether a number in the body of an answer of status 200 is the status of a failure. */
export const isFailure = (status: number): boolean => status >= 400 && status < 600

/** The error for whoever must act. */
export const errorFor = (
  actor: Actor,
  failure: { readonly message: string; readonly answered?: string }
): ReadError => {
  switch (actor) {
    case "user":
      return new ConfigError({ message: failure.message })
    case "nobody":
      return new TransientError({ message: failure.message })
    case "maintainers":
      return new SystemError(failure)
  }
}
