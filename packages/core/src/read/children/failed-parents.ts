/**
 * Parents whose children could not be read, from one run to the next:
 *
 *   fails ──▶ failed (`_ab.failed`, asked again first in each run) ──▶ answered: forgotten
 *                │ fails alone, with a body of `null`, in three runs
 *                ▼
 *             empty (`_ab.empty`, its `null` counts as no rows) ──▶ answered: forgotten
 *
 * Ten failures in a row, without an answer between them, are not the fault of the parents: the stream then ends.
 */
import { type ReadError, SystemError } from "../../errors.ts"
import { askedAs } from "../../page/parent-key.ts"
import type { Extension } from "../../state/format.ts"
import { endOf, type Parent } from "./parent.ts"
import { failureOf, incomplete, nullWarning, type ParentFailure } from "./parent-failure.ts"

/** Failed parents that a state keeps; where more fail, the watermark does not move. */
const MOST_KEPT = 100
/** Parents that fail in a row, none having answered between, after which the fault is not theirs. */
const MAX_CONSECUTIVE_FAILURES = 10
/** Runs in which a parent alone failed, with a body of `null`, after which such a body counts as no rows. */
const NULL_RUNS = 3

/** A parent whose children could not be read, as a state keeps it. */
interface Kept {
  /** The stream whose request failed: the child itself, or one on the way to it. */
  readonly of: string
  readonly parent: Parent
  /** Runs in which nothing but parents like it failed, and it with a body of `null`. */
  readonly nullRuns: number
}

const idOf = (of: string, { key }: Parent): string => `${of} ${key}`

/**
 * Parents of one stream whose children could not be read. They do not hold up the others: all others count as read, and
 * these stay in the state until they answer, so that each run asks for them again. Older versions of this source ignore
 * `_ab.failed`: after a downgrade such a parent is read when it changes.
 */
export class FailedParents {
  readonly #stream: string
  readonly #kept = new Map<string, Kept>()
  readonly #empty = new Map<string, { readonly of: string; readonly key: string }>()
  readonly #now = new Map<string, ParentFailure>()
  /** Parents whose `null` counted as no rows in this run. */
  readonly #emptyNow: Array<string> = []
  #answered = false
  /** Failures since the last answer, and the first of them. */
  #row = 0
  #firstOfRow: ReadError | undefined
  #retrying = false
  /** Why no further parent is asked. */
  #stopped: ReadError | undefined

  constructor(stream: string, { failed = [], empty = [] }: Pick<Extension, "failed" | "empty">) {
    this.#stream = stream
    for (const { id: key, of = stream, start, end, period, null_runs: nullRuns = 0 } of failed) {
      const parent: Parent = {
        key,
        ask: askedAs(key) ?? "",
        ...(start !== undefined && { start }),
        ...(end !== undefined && { end }),
        ...(period !== undefined && { period })
      }
      this.#kept.set(idOf(of, parent), { of, parent, nullRuns })
    }
    for (const { id: key, of = stream } of empty) {
      this.#empty.set(`${of} ${key}`, { of, key })
    }
  }

  /** Whether any parent is waiting to be asked again. */
  get any(): boolean {
    return this.#kept.size > 0
  }

  /** Whether there are parents whose `null` counts as no rows, though they may have some. */
  get hasEmpty(): boolean {
    return this.#empty.size > 0
  }

  /** Whether the last answers were failures: the next request then gets few tries. */
  get inRow(): boolean {
    return this.#row > 0
  }

  /** Whether more have failed than a state keeps. */
  get overflows(): boolean {
    return this.#kept.size > MOST_KEPT
  }

  get stopped(): ReadError | undefined {
    return this.#stopped
  }

  stop(error: ReadError): ReadError {
    this.#stopped ??= error
    return this.#stopped
  }

  /** Parents that failed in an earlier run and have not been asked in this one. */
  due(of: string, nowMs: number): ReadonlyArray<Parent> {
    return [...this.#kept.values()]
      .filter((kept) => kept.of === of && !this.#now.has(idOf(of, kept.parent)))
      .map(({ parent }) => {
        const { period, start } = parent
        return period?.endsWith("/..") && start !== undefined
          ? { ...parent, end: endOf(start, undefined, nowMs) }
          : parent
      })
  }

  /**
   * Parents by request, `size` at most in each; without those that have failed in this run. Those known to fail stand
   * by themselves, so that the others are not asked twice for them, and get few tries.
   */
  batches(of: string, parents: ReadonlyArray<Parent>, size: number) {
    const isKnown = (parent: Parent) => this.#kept.has(idOf(of, parent)) || this.#empty.has(idOf(of, parent))
    const left = parents.filter((parent) => !this.#now.has(idOf(of, parent)))
    const others = left.filter((parent) => !isKnown(parent))
    const batches = left
      .filter(isKnown)
      .map((parent): { readonly batch: ReadonlyArray<Parent>; readonly few: boolean } => ({
        batch: [parent],
        few: true
      }))
    for (let i = 0; i < others.length; i += size) batches.push({ batch: others.slice(i, i + size), few: false })
    return batches
  }

  /** Keys, as JSON text, of the parents of a stream that failed and have not answered since. */
  keys(of: string): ReadonlyArray<string> {
    return [...this.#kept.values()].filter((kept) => kept.of === of).map(({ parent }) => parent.key)
  }

  /** While parents of earlier runs are asked again, failures do not add up to a fault of all. */
  retry(isRetrying: boolean): void {
    this.#retrying = isRetrying
    this.#row = 0
    this.#firstOfRow = undefined
  }

  /** Whether asking again is given up for this run. */
  get retriesFail(): boolean {
    return this.#retrying && this.#row >= MAX_CONSECUTIVE_FAILURES
  }

  /** Parents have answered, be it that they may not be read. */
  answered(of: string, parents: ReadonlyArray<Parent>): void {
    this.#answered = true
    this.#row = 0
    this.#firstOfRow = undefined
    for (const parent of parents) {
      const id = idOf(of, parent)
      this.#kept.delete(id)
      this.#empty.delete(id)
    }
  }

  /** A parent that nothing can be asked for. */
  cannotAsk(of: string, parent: Parent, why: string): void {
    const id = idOf(of, parent)
    this.#kept.set(id, { of, parent: { key: parent.key, ask: parent.ask }, nullRuns: 0 })
    this.#now.set(id, failureOf(parent.ask, new SystemError({ message: why })))
  }

  /**
   * A parent has failed.
   *
   * @returns the error that ends the stream, where so many have failed that the fault is not theirs
   */
  fail(of: string, parent: Parent, error: ReadError): ReadError | undefined {
    const id = idOf(of, parent)
    const failure = failureOf(parent.ask, error)
    const { isNull } = failure
    const kept = this.#kept.get(id)
    if (isNull && (this.#empty.has(id) || (kept?.nullRuns ?? 0) >= NULL_RUNS)) {
      this.#kept.delete(id)
      this.#empty.delete(id)
      this.#empty.set(id, { of, key: parent.key })
      this.#emptyNow.push(parent.ask)
      const [oldest] = this.#empty.keys()
      if (this.#empty.size > MOST_KEPT && oldest !== undefined) this.#empty.delete(oldest)
      return undefined
    }
    // It moves behind the others: where not all can be asked again, the next run begins with those.
    if (this.#retrying) this.#kept.delete(id)
    this.#kept.set(id, { of, parent, nullRuns: isNull ? (kept?.nullRuns ?? 0) : 0 })
    this.#now.set(id, failure)
    this.#row++
    this.#firstOfRow ??= error
    return this.#row >= MAX_CONSECUTIVE_FAILURES && !this.#retrying ? this.stop(this.#firstOfRow) : undefined
  }

  /** At the end of a run: counts those that failed with `null` and nothing else did. */
  finish(): void {
    const failures = [...this.#now]
    const isAlone = failures.length === 1 && this.#kept.size === 1
    // Where several do, only an answer of another parent shows that the server is well.
    if (!failures.every(([, { isNull }]) => isNull) || !(isAlone || this.#answered)) return
    for (const [id] of failures) {
      const kept = this.#kept.get(id)
      if (kept !== undefined) this.#kept.set(id, { ...kept, nullRuns: kept.nullRuns + 1 })
    }
  }

  /** What is to be said of parents whose `null` counted as no rows. */
  get warning(): string | undefined {
    const asked = [...new Set(this.#emptyNow)]
    return asked.length === 0 ? undefined : nullWarning(this.#stream, asked)
  }

  /** The error of a stream that lacks the children of some parents. */
  get error(): ReadError | undefined {
    const kept = this.#kept.size
    return kept === 0 ? undefined : incomplete(this.#stream, [...this.#now.values()], kept, MOST_KEPT)
  }

  /** What a state keeps of it, under `_ab`. */
  toState(): Pick<Extension, "failed" | "empty"> {
    const own = (of: string) => (of === this.#stream ? {} : { of })
    // Where more have failed the watermark does not move, and the last of them stand behind it.
    const failed = [...this.#kept.values()]
      .slice(0, MOST_KEPT)
      .map(({ of, parent: { key, start, end, period }, nullRuns }) => ({
        id: key,
        ...own(of),
        ...(start !== undefined && { start }),
        ...(end !== undefined && { end }),
        ...(period !== undefined && { period }),
        ...(nullRuns > 0 && { null_runs: nullRuns })
      }))
    const empty = [...this.#empty.values()].map(({ of, key }) => ({ id: key, ...own(of) }))
    return { ...(failed.length > 0 && { failed }), ...(empty.length > 0 && { empty }) }
  }
}
