/**
 * The steps in which groups of lists are read. All groups take each step together, what is cheap per row first, so that a
 * daily budget that runs out has been spent on as many rows as possible:
 *
 *   readLists ─────────────────────▶ readChildren ──────────────▶ endChildren (`end-children.ts`)
 *   the lists, and children that     the other children,          rescans, and the ends of
 *   many parents share a request for parent by parent             child streams
 *
 * When a list fails, its children fail with it; other streams are read on.
 */
import { Effect } from "effect"
import type { SourceStream } from "../declare/stream.ts"
import { type ChildRun, isBulk, putOff } from "./children/child-run.ts"
import { childrenOf, type GroupRead, startAll } from "./group-read.ts"
import type { Selected } from "./groups.ts"
import { readList } from "./read-list.ts"

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

/** Reads the other children. Meanwhile searches for rows that are gone, which may have to wait. */
export const readChildren = (read: GroupRead): Effect.Effect<void> =>
  Effect.all([readAllChildren(read), ...read.afterwards], { concurrency: "unbounded", discard: true })
