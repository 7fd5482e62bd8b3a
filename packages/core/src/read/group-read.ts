/**
 * A group that is being read: which of its streams still have something to read, its children, and what has failed.
 * The steps in which groups are read (`steps.ts`) share it. To start it is to start every stream of the group; one
 * that has nothing to read, or whose custom fields cannot be named, ends at once.
 */
import { Cause, Effect } from "effect"
import type { Afterwards } from "../deletions/find-gone.ts"
import type { NotAvailableError, ReadError } from "../errors.ts"
import type { Source } from "../source.ts"
import { type ChildRun, childRun } from "./children/child-run.ts"
import type { Run } from "./context.ts"
import { isDone, isFresh } from "./freshness.ts"
import type { GroupList, ReadGroup, Selected } from "./groups.ts"
import { endBy } from "./sink.ts"
import { unexpected } from "./unexpected.ts"

/** Why a list could not be read. */
export type Failure = ReadError | NotAvailableError

/** A group of lists that have children in common, while it is read. */
export interface GroupRead {
  readonly run: Run
  readonly source: Source
  readonly group: ReadGroup
  /** Streams that have something to read. */
  readonly open: Set<Selected>
  readonly children: Map<Selected, ChildRun>
  /** Errors of lists, by the list's name. */
  readonly failures: Map<string, Failure>
  /** Searches for rows that are gone from lists that have been read. */
  readonly afterwards: Afterwards
}

/** Prepares to read a group. */
export const groupRead = (run: Run, source: Source, group: ReadGroup): GroupRead => ({
  run,
  source,
  group,
  open: new Set(),
  children: new Map(),
  failures: new Map(),
  afterwards: []
})

/** Sets up the columns of a stream's custom fields, where they are wanted; ends the stream where that fails. */
const nameColumns = ({ named }: Run, { stream, emitter }: Selected): Effect.Effect<void> =>
  named === undefined
    ? Effect.void
    : named.prepare(stream, emitter).pipe(
        Effect.catch((error) => endBy(emitter, error)),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.failCause(cause)
            : emitter.end(unexpected(stream.name, Cause.squash(cause)))
        )
      )

/** Starts every stream; those with nothing to read end at once. */
export const startAll = Effect.fnUntraced(function* ({ run, source, group, open, children }: GroupRead) {
  const selected = new Set(
    group.flatMap((groupList) => [...(groupList.own === undefined ? [] : [groupList.own]), ...groupList.children])
  )
  for (const each of selected) {
    yield* each.emitter.start()
    const isOver = yield* isDone(each).pipe(
      Effect.flatMap((done) => (done ? Effect.succeed(true) : isFresh(run, source, each))),
      Effect.catch((error) => Effect.as(each.emitter.end(error), true))
    )
    if (isOver) continue
    yield* nameColumns(run, each)
    if (each.emitter.ended) continue
    open.add(each)
    if (each.stream.parents !== undefined) children.set(each, childRun(run, each))
  }
})

/** Children of a list that are still to be read. */
export const childrenOf = ({ children }: GroupRead, groupList: GroupList): ReadonlyArray<ChildRun> =>
  groupList.children.flatMap((each) => {
    const child = children.get(each)
    return child === undefined || each.emitter.ended ? [] : [child]
  })
