/**
 * Reads one list of a group, for its own stream and for children, in the way its changes are found: by update time,
 * newest first, or whole.
 */
import { Cause, Effect } from "effect"
import type { SourceStream } from "../declare/stream.ts"
import type { Afterwards } from "../deletions/find-gone.ts"
import type { ReadError } from "../errors.ts"
import type { RefusedError } from "../http/client.ts"
import { errorOf } from "../http/refusal.ts"
import type { ChildRun } from "./children/child-run.ts"
import type { Run } from "./context.ts"
import { staleChildren } from "./freshness.ts"
import type { Failure, GroupRead } from "./group-read.ts"
import type { GroupList, Selected } from "./groups.ts"
import { readNewestFirstList } from "./newest-first/list.ts"
import { readSinceList } from "./since/list.ts"
import { endBy } from "./sink.ts"
import { readWholeList } from "./snapshot/list.ts"
import { unexpected } from "./unexpected.ts"

/** Reads a list. @returns the children for which it has not been read */
const readByKind = (
  run: Run,
  groupList: GroupList,
  runs: ReadonlyArray<ChildRun>,
  afterwards: Afterwards
): Effect.Effect<ReadonlyArray<ChildRun>, ReadError | RefusedError> => {
  switch (groupList.list.changes?.kind) {
    case "since":
      return readSinceList(run, groupList, runs, afterwards)
    case "newestFirst":
      return Effect.as(readNewestFirstList(run, groupList, runs, afterwards), [])
    case "snapshot":
    case "ofChangedParents":
    case undefined:
      return Effect.as(readWholeList(run, groupList, runs), [])
  }
}

const isRead = (error: ReadError | RefusedError): error is ReadError => error._tag !== "RefusedError"

/**
 * Reads one list, for its own stream and for children. Its failure is noted for all children of the list.
 *
 * @returns the children for which it has not been read, as they lag behind
 */
export const readList = (
  { afterwards, run, failures }: GroupRead,
  list: SourceStream,
  own: Selected | undefined,
  children: ReadonlyArray<ChildRun>
): Effect.Effect<ReadonlyArray<ChildRun>> => {
  const nobody: ReadonlyArray<ChildRun> = []
  if (own === undefined && children.length === 0) return Effect.succeed(nobody)
  const fail = (error: Failure) => {
    failures.set(list.name, error)
    return Effect.as(own === undefined ? Effect.void : endBy(own.emitter, error), nobody)
  }
  return (own === undefined ? staleChildren(run, list, children) : Effect.succeed(children)).pipe(
    Effect.flatMap((stale) =>
      own === undefined && stale.length === 0
        ? Effect.succeed(nobody)
        : readByKind(run, { list, own, children: stale.map(({ selected }) => selected) }, stale, afterwards)
    ),
    Effect.catch((error) => fail(isRead(error) ? error : errorOf(list, error))),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : fail(unexpected(list.name, Cause.squash(cause)))
    )
  )
}
