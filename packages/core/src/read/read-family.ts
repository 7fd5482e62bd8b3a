import { Cause, Effect } from "effect"
import { cursorText } from "../cursor.ts"
import { ConfigError, type NotAvailableError, type ReadError, SystemError, TransientError } from "../errors.ts"
import { errorOf } from "../refusal.ts"
import type { Source } from "../source.ts"
import type { SourceStream } from "../stream.ts"
import type { RefusedError } from "../transport.ts"
import { type ChildRun, childRun, isBulk, putOff } from "./child-run.ts"
import { endBy } from "./consumer.ts"
import type { Family, Member, Selected } from "./family.ts"
import { isDone, isFresh, staleChildren } from "./freshness.ts"
import { newestMember } from "./member/newest-first.ts"
import { requestsFor } from "./member/requests.ts"
import { sinceMember } from "./member/since.ts"
import { wholeMember } from "./member/whole.ts"
import { unforeseen } from "./outlet.ts"
import { finished, type Run } from "./run.ts"
import { beginSweep, rollingAllowance, sweep } from "./sweep.ts"

const readMember = (
  run: Run,
  member: Member,
  runs: ReadonlyArray<ChildRun>
): Effect.Effect<void, ReadError | RefusedError> => {
  switch (member.root.changes?.kind) {
    case "since":
      return sinceMember(run, member, runs)
    case "newestFirst":
      return newestMember(run, member, runs)
    case "snapshot":
    case "ofChangedParents":
    case undefined:
      return wholeMember(run, member, runs)
  }
}

type Failure = ReadError | NotAvailableError

const isRead = (error: ReadError | RefusedError): error is ReadError => error._tag !== "RefusedError"

/** The error of a child whose parents could not be read. */
const inherited = (child: SourceStream, root: SourceStream, error: Failure): Failure => {
  const fields = { message: `${child.name} needs ${root.name}. ${error.message}` }
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
const sweepChild = (run: Run, source: Source, family: Family, child: ChildRun): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { selected, book, children, consumer } = child
    const { stream, outlet } = selected
    const kind = stream.changes?.kind === "ofChangedParents" ? stream.changes.sweep : "none"
    if (kind === "none" || selected.mode === "full_refresh") return
    const nowSeconds = yield* run.serverSeconds
    if (!beginSweep(book, nowSeconds)) return
    const parents = source.streams.filter(({ name }) => selected.lists.includes(name))
    yield* sweep({
      swept: {
        stream,
        book,
        children,
        consumer,
        checkpoint: Effect.suspend(() => outlet.progress(book.state()))
      },
      parents,
      requestsFor: (root) =>
        requestsFor(run, {
          root,
          self: undefined,
          children: family.flatMap((member) => member.children).filter((each) => each === selected)
        }),
      nowSeconds,
      start: run.config.startDate,
      allowance: kind === "whole" ? undefined : rollingAllowance(run.transport.gate.governor.dailyLimit, run.rolling)
    })
  }).pipe(
    Effect.catch((error) =>
      endBy(child.selected.outlet, error._tag === "RefusedError" ? errorOf(child.selected.stream, error) : error)
    )
  )

/** Lists that have children in common, and how far they have been read. */
export interface FamilyRead {
  readonly run: Run
  readonly source: Source
  readonly family: Family
  /** Streams that have something to read. */
  readonly open: Set<Selected>
  readonly children: Map<Selected, ChildRun>
  /** Errors of lists, by the list's name. */
  readonly failures: Map<string, Failure>
}

/** Makes ready to read a family. */
export const familyRead = (run: Run, source: Source, family: Family): FamilyRead => ({
  run,
  source,
  family,
  open: new Set(),
  children: new Map(),
  failures: new Map()
})

/** Starts every stream; those with nothing to read end at once. */
const startAll = Effect.fnUntraced(function* ({ run, source, family, open, children }: FamilyRead) {
  const selected = new Set(
    family.flatMap((member) => [...(member.self === undefined ? [] : [member.self]), ...member.children])
  )
  for (const each of selected) {
    yield* each.outlet.start()
    const isOver = yield* isDone(each).pipe(
      Effect.flatMap((done) => (done ? Effect.succeed(true) : isFresh(run, source, each))),
      Effect.catch((error) => Effect.as(each.outlet.end(error), true))
    )
    if (isOver) continue
    open.add(each)
    if (each.stream.parents !== undefined) children.set(each, childRun(run, each))
  }
})

/** Children of a list that are still to be read. */
const childrenOf = ({ children }: FamilyRead, member: Member): ReadonlyArray<ChildRun> =>
  member.children.flatMap((each) => {
    const child = children.get(each)
    return child === undefined || each.outlet.ended ? [] : [child]
  })

/** Reads one list, for its own stream and for children. Its failure is kept for all children of the list. */
const readList = (
  { run, failures }: FamilyRead,
  root: SourceStream,
  self: Selected | undefined,
  children: ReadonlyArray<ChildRun>
): Effect.Effect<void> => {
  if (self === undefined && children.length === 0) return Effect.void
  const fail = (error: Failure) => {
    failures.set(root.name, error)
    return self === undefined ? Effect.void : endBy(self.outlet, error)
  }
  return (self === undefined ? staleChildren(run, root, children) : Effect.succeed(children)).pipe(
    Effect.flatMap((stale) =>
      self === undefined && stale.length === 0
        ? Effect.void
        : readMember(run, { root, self, children: stale.map(({ selected }) => selected) }, stale)
    ),
    Effect.catch((error) => fail(isRead(error) ? error : errorOf(root, error))),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : fail(unforeseen(root.name, Cause.squash(cause)))
    )
  )
}

/**
 * The children that take part while a list is read for its own stream and for children of many parents a request; those
 * that cost a request a parent note their parents for later. A list nobody else needs is read when they are.
 */
const takingPart = (
  root: SourceStream,
  self: Selected | undefined,
  children: ReadonlyArray<ChildRun>
): ReadonlyArray<ChildRun> =>
  self === undefined && !children.some(isBulk)
    ? []
    : children.map((child) => (isBulk(child) ? child : putOff(child, root)))

/** Reads the lists, with children that are asked for many parents a request. */
export const readLists = Effect.fnUntraced(function* (read: FamilyRead) {
  yield* startAll(read)
  for (const member of read.family) {
    const { root } = member
    const self = member.self !== undefined && read.open.has(member.self) ? member.self : undefined
    yield* readList(read, root, self, takingPart(root, self, childrenOf(read, member)))
  }
})

/** Reads all other children, parent by parent. */
export const readChildren = Effect.fnUntraced(function* (read: FamilyRead) {
  for (const member of read.family) {
    const { root } = member
    const children = childrenOf(read, member).filter((child) => !isBulk(child))
    yield* Effect.forEach(children, ({ queues }) => queues.get(root.name)?.drain ?? Effect.void, {
      concurrency: "unbounded",
      discard: true
    })
    if (read.failures.has(root.name)) continue
    const left = children.filter(({ queues, selected }) => !selected.outlet.ended && !queues.get(root.name)?.isWhole())
    yield* readList(read, root, undefined, left)
  }
})

/** Rescans, and ends the children. */
export const endChildren = Effect.fnUntraced(function* (read: FamilyRead) {
  for (const child of read.children.values()) {
    const { selected: each, book, children, snapshot } = child
    if (each.outlet.ended) continue
    const failed = each.lists.find((name) => read.failures.has(name))
    if (failed !== undefined) {
      const root = read.source.streams.find(({ name }) => name === failed) as SourceStream
      yield* endBy(each.outlet, inherited(each.stream, root, read.failures.get(failed) as Failure))
      continue
    }
    yield* sweepChild(read.run, read.source, read.family, child)
    if (each.outlet.ended) continue
    yield* children.verdict().pipe(
      Effect.andThen(
        Effect.suspend(() => {
          const text = (seconds: number | undefined) =>
            seconds === undefined ? undefined : cursorText(each.stream, seconds)
          each.outlet.marks(text(each.stated.mark), text(book.lowest))
          return each.outlet.checkpoint(finished(each, snapshot === undefined ? book.state() : snapshot.state()))
        })
      ),
      Effect.andThen(each.outlet.end()),
      Effect.catch((error) => endBy(each.outlet, error))
    )
  }
})
