import { Cause, Effect } from "effect"
import { cursorText } from "../cursor.ts"
import { ConfigError, type NotAvailableError, type ReadError, SystemError, TransientError } from "../errors.ts"
import { meaningOf } from "../refusal.ts"
import type { Source } from "../source.ts"
import type { SourceStream } from "../stream.ts"
import type { RefusedError } from "../transport.ts"
import { type ChildRun, childRun } from "./child-run.ts"
import { endBy } from "./consumer.ts"
import type { Family, Member, Selected } from "./family.ts"
import { isDone, isFresh } from "./freshness.ts"
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

const isRead = (error: ReadError | RefusedError): error is ReadError => error._tag !== "RefusedError"

/** The error of a child whose parents could not be read. */
const inherited = (
  child: SourceStream,
  root: SourceStream,
  error: ReadError | NotAvailableError
): ReadError | NotAvailableError => {
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
      endBy(child.selected.outlet, error._tag === "RefusedError" ? meaningOf(child.selected.stream, error) : error)
    )
  )

/** Reads lists that have children in common, one after the other, and then ends their children. */
export const readFamily = (run: Run, source: Source, family: Family): Effect.Effect<void> =>
  Effect.gen(function* () {
    const selected = [
      ...new Set(family.flatMap(({ self, children }) => [...(self === undefined ? [] : [self]), ...children]))
    ]
    const open = new Set<Selected>()
    for (const each of selected) {
      yield* each.outlet.start()
      const skip = yield* isDone(run, each).pipe(
        Effect.flatMap((done) => (done ? Effect.succeed(true) : isFresh(run, source, each))),
        Effect.catch((error) => Effect.as(each.outlet.end(error), true))
      )
      if (!skip) open.add(each)
    }
    const runs = new Map(
      selected
        .filter(({ stream }) => stream.parents !== undefined)
        .flatMap((each) => (open.has(each) ? [[each, childRun(run, each)] as const] : []))
    )
    for (const member of family) {
      const self = member.self !== undefined && open.has(member.self) ? member.self : undefined
      const children = member.children.filter((child) => open.has(child) && !child.outlet.ended)
      if (self === undefined && children.length === 0) continue
      const mine = children.map((child) => runs.get(child) as ChildRun)
      const fail = (error: ReadError | NotAvailableError) =>
        Effect.gen(function* () {
          if (self !== undefined) yield* endBy(self.outlet, error)
          for (const child of children) yield* endBy(child.outlet, inherited(child.stream, member.root, error))
        })
      yield* readMember(run, { ...member, self, children }, mine).pipe(
        Effect.catch((error) => fail(isRead(error) ? error : meaningOf(member.root, error))),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.failCause(cause)
            : fail(unforeseen(member.root.name, Cause.squash(cause)))
        )
      )
    }
    for (const child of runs.values()) {
      const { selected: each, book, children, snapshot } = child
      if (each.outlet.ended) continue
      yield* sweepChild(run, source, family, child)
      if (each.outlet.ended) continue
      yield* children.verdict().pipe(
        Effect.andThen(
          Effect.suspend(() => {
            const { lowest } = book
            const text = (seconds: number | undefined) =>
              seconds === undefined ? undefined : cursorText(each.stream, seconds)
            each.outlet.marks(text(each.stated.mark), text(lowest))
            return each.outlet.checkpoint(finished(each, snapshot === undefined ? book.state() : snapshot.state()))
          })
        ),
        Effect.andThen(each.outlet.end()),
        Effect.catch((error) => endBy(each.outlet, error))
      )
    }
  })
