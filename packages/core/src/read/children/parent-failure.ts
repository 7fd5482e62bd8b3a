/**
 * How parents fail, and what the user is told of it: which error is about a single parent and not about the whole run,
 * and the message of a stream that lacks the children of some.
 */
import { type NotAvailableError, type ReadError, SystemError, TransientError } from "../../errors.ts"

/** Parents that a message names. */
const MOST_NAMED = 5

/** How a parent failed. */
export interface ParentFailure {
  /** Its key, as it is asked with. */
  readonly ask: string
  readonly error: ReadError
  /** Whether every try was answered with a body of `null`. */
  readonly isNull: boolean
}

/** Whether a request was given up for its own answers, and not for a budget, a limit or credentials. */
export const isOfParent = (error: ReadError | NotAvailableError): error is ReadError =>
  error._tag === "SystemError" || (error._tag === "TransientError" && error.unanswered !== undefined)

/** What a parent failed with. */
export const failureOf = (ask: string, error: ReadError): ParentFailure => ({
  ask,
  error,
  isNull: error._tag === "TransientError" && error.unanswered?.isNull === true
})

const counted = (count: number): string => `${count} ${count === 1 ? "parent" : "parents"}`

const named = (all: ReadonlyArray<string>): string => {
  const rest = all.length - MOST_NAMED
  return all.slice(0, MOST_NAMED).join(", ") + (rest > 0 ? ` and ${rest} more` : "")
}

const wordsOf = ({ ask, error }: ParentFailure): string => {
  const unanswered = error._tag === "TransientError" ? error.unanswered : undefined
  if (unanswered === undefined) {
    return `${ask} (${(error._tag === "SystemError" ? error.answered : undefined) ?? error.message})`
  }
  const { tries, why } = unanswered
  return `${ask} after ${tries} ${tries === 1 ? "try" : "tries"} (${why})`
}

/**
 * The error of a stream that lacks the children of some parents: transient, unless waiting cannot help with one.
 *
 * @param kept all that wait to be asked again, those that failed in this run included
 * @param most how many a state keeps
 */
export const incomplete = (
  stream: string,
  failures: ReadonlyArray<ParentFailure>,
  kept: number,
  most: number
): ReadError => {
  const waiting = kept - failures.length
  const parts = [
    ...(failures.length > 0 ? [named(failures.map(wordsOf))] : []),
    ...(waiting > 0 ? [`${waiting} of earlier syncs not asked again in this one`] : [])
  ]
  const message =
    `${stream} is not complete: Pipedrive gave no usable answer for ${counted(kept)}: ${parts.join("; ")}. ` +
    (kept > most
      ? `That is more than the ${most} a state keeps, so the watermark stays where it was and the next sync reads from there.`
      : "All other parents have been read; the next sync asks for these again.")
  const isTransient = failures.every(({ error }) => error._tag === "TransientError")
  return isTransient ? new TransientError({ message }) : new SystemError({ message })
}

/** What is to be said of parents whose `null` counts as no rows. */
export const nullWarning = (stream: string, asked: ReadonlyArray<string>): string =>
  `${stream}: ${counted(asked.length)} (${named(asked)}) answered with a body of null, as in each sync before, and ${asked.length === 1 ? "counts" : "count"} as having no rows.`
