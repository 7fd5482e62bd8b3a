/**
 * Reads a group of lists in three steps, which all groups take together: the lists themselves, with children that are
 * asked for many parents a request; the other children, parent by parent; then rescans and the ends. What is cheap per
 * row comes first, so that a daily budget that does not reach is spent on the most rows.
 *
 * A list's failure is the failure of its children; another stream's is not.
 */
import { Cause, Effect } from "effect"
import type { SourceStream } from "../declare/stream.ts"
import { buryChildren } from "../deletions/bury-children.ts"
import { ChildTracking } from "../deletions/children.ts"
import type { Afterwards } from "../deletions/find-gone.ts"
import { ConfigError, type NotAvailableError, type ReadError, SystemError, TransientError } from "../errors.ts"
import type { RefusedError } from "../http/client.ts"
import { errorOf } from "../http/refusal.ts"
import type { Source } from "../source.ts"
import { cursorText } from "../state/cursor.ts"
import { type ChildRun, childRun, isBulk, putOff } from "./children/child-run.ts"
import { beginRescan, rollingAllowance, sweep } from "./children/rescan.ts"
import { finished, type Run } from "./context.ts"
import { isDone, isFresh, staleChildren } from "./freshness.ts"
import type { GroupList, ReadGroup, Selected } from "./groups.ts"
import { requestsFor } from "./list-requests.ts"
import { readNewestFirstList } from "./newest-first/list.ts"
import { readSinceList } from "./since/list.ts"
import { endBy } from "./sink.ts"
import { readWholeList } from "./snapshot/list.ts"
import { unexpected } from "./unexpected.ts"

/** Reads a list; tells the children for which it has not been read. */
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

type Failure = ReadError | NotAvailableError

const isRead = (error: ReadError | RefusedError): error is ReadError => error._tag !== "RefusedError"

/** The error of a child whose parents could not be read. */
const inherited = (child: SourceStream, list: SourceStream, error: Failure): Failure => {
  const fields = { message: `${child.name} needs ${list.name}. ${error.message}` }
  switch (error._tag) {
    case "ConfigError":
      return new ConfigError(fields)
    case "TransientError":
      return new TransientError({
        ...fields,
        ...(error.quotaResetMs !== undefined && { quotaResetMs: error.quotaResetMs })
      })
    case "SystemError":
      return new SystemError(fields)
    case "NotAvailableError":
      return error
  }
}

/** Looks through parents that did not change, where that is due. */
const rescanChild = (run: Run, source: Source, group: ReadGroup, child: ChildRun): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { selected, progress, children, sink } = child
    const { stream, emitter } = selected
    const kind = stream.changes?.kind === "ofChangedParents" ? stream.changes.sweep : "none"
    if (kind === "none" || selected.mode === "full_refresh") return
    const nowSeconds = yield* run.serverSeconds
    const isResumed = progress.sweep.began !== undefined
    const tracking = child.tracking instanceof ChildTracking ? child.tracking : undefined
    if (!beginRescan(progress, nowSeconds)) return
    const parents = source.streams.filter(({ name }) => selected.lists.includes(name))
    tracking?.beginRescan()
    yield* sweep({
      swept: {
        stream,
        progress,
        children,
        sink: tracking?.seeing(sink) ?? sink,
        checkpoint: Effect.suspend(() => emitter.checkpointIfDue(progress.state()))
      },
      parents,
      requestsFor: (list) =>
        requestsFor(run, {
          list,
          own: undefined,
          children: group.flatMap((groupList) => groupList.children).filter((each) => each === selected)
        }),
      nowSeconds,
      start: run.config.startDate,
      allowance: kind === "whole" ? undefined : rollingAllowance(run.transport.gate.governor.dailyLimit, run.rolling)
    })
    if (tracking === undefined || emitter.ended) return
    const isWhole = !isResumed && progress.sweep.began === undefined && !children.hidesSome
    yield* tracking.endRescan(
      run,
      isWhole,
      Effect.suspend(() => emitter.checkpoint(progress.state()))
    )
  }).pipe(
    Effect.catch((error) =>
      endBy(child.selected.emitter, error._tag === "RefusedError" ? errorOf(child.selected.stream, error) : error)
    )
  )

/** Lists that have children in common, and how far they have been read. */
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

/** Makes ready to read a group. */
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
const startAll = Effect.fnUntraced(function* ({ run, source, group, open, children }: GroupRead) {
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
const childrenOf = ({ children }: GroupRead, groupList: GroupList): ReadonlyArray<ChildRun> =>
  groupList.children.flatMap((each) => {
    const child = children.get(each)
    return child === undefined || each.emitter.ended ? [] : [child]
  })

/**
 * Reads one list, for its own stream and for children. Its failure is kept for all children of the list.
 *
 * @returns the children for which it has not been read, as they lag behind
 */
const readList = (
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

/**
 * The children that take part while a list is read for its own stream and for children of many parents a request; those
 * that cost a request a parent note their parents for later. A list nobody else needs is read when they are.
 */
const takingPart = (
  list: SourceStream,
  own: Selected | undefined,
  children: ReadonlyArray<ChildRun>
): ReadonlyArray<ChildRun> =>
  own === undefined && !children.some(isBulk)
    ? []
    : children.map((child) => (isBulk(child) ? child : putOff(child, list)))

/** Reads the lists, with children that are asked for many parents a request. */
export const readLists = Effect.fnUntraced(function* (read: GroupRead) {
  yield* startAll(read)
  const late: Array<{ readonly list: SourceStream; readonly behind: ReadonlyArray<ChildRun> }> = []
  for (const groupList of read.group) {
    const { list } = groupList
    const own = groupList.own !== undefined && read.open.has(groupList.own) ? groupList.own : undefined
    const behind = yield* readList(read, list, own, takingPart(list, own, childrenOf(read, groupList)))
    late.push({ list, behind: behind.filter(isBulk) })
  }
  for (const { behind, list } of late) {
    if (!read.failures.has(list.name)) yield* readList(read, list, undefined, behind)
  }
})

/** Reads the children of the parents of a list that have been noted; all child streams take turns. */
const drainAll = (children: ReadonlyArray<ChildRun>, list: SourceStream): Effect.Effect<void> =>
  Effect.forEach(children, ({ queues }) => queues.get(list.name)?.drain ?? Effect.void, {
    concurrency: "unbounded",
    discard: true
  })

/** Searches for rows that are gone, while children are read: it may have to wait. */
export const readChildren = (read: GroupRead): Effect.Effect<void> =>
  Effect.all([readAllChildren(read), ...read.afterwards], { concurrency: "unbounded", discard: true })

/** Reads all other children, parent by parent. */
const readAllChildren = Effect.fnUntraced(function* (read: GroupRead) {
  for (const groupList of read.group) {
    const { list } = groupList
    const children = childrenOf(read, groupList).filter((child) => !isBulk(child))
    yield* drainAll(children, list)
    if (read.failures.has(list.name)) continue
    const left = children.filter(({ queues, selected }) => !selected.emitter.ended && !queues.get(list.name)?.isWhole())
    if (list.changes?.kind === "since") {
      yield* readList(read, list, undefined, left)
      continue
    }
    // What tells how far such a list has been read for a child is known when it has been read to its end.
    const noting = left.map((child) => putOff(child, list))
    yield* readList(read, list, undefined, noting)
    yield* drainAll(noting, list)
  }
})

/** Rescans, and ends the children. */
export const endChildren = Effect.fnUntraced(function* (read: GroupRead) {
  for (const child of read.children.values()) {
    const { selected: each, progress, children, snapshot } = child
    if (each.emitter.ended) continue
    const failed = each.lists.find((name) => read.failures.has(name))
    if (failed !== undefined) {
      const list = read.source.streams.find(({ name }) => name === failed) as SourceStream
      yield* endBy(each.emitter, inherited(each.stream, list, read.failures.get(failed) as Failure))
      continue
    }
    yield* rescanChild(read.run, read.source, read.group, child)
    if (each.emitter.ended) continue
    yield* children.verdict().pipe(
      Effect.andThen(buryChildren(read.run, child)),
      Effect.andThen(
        Effect.suspend(() => {
          const text = (seconds: number | undefined) =>
            seconds === undefined ? undefined : cursorText(each.stream, seconds)
          each.emitter.watermarks(text(each.decoded.watermark), text(progress.lowest))
          return each.emitter.checkpoint(finished(each, snapshot === undefined ? progress.state() : snapshot.state()))
        })
      ),
      Effect.andThen(each.emitter.end()),
      Effect.catch((error) => endBy(each.emitter, error))
    )
  }
})
