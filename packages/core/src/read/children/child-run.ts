/**
 * What belongs to a child stream while it is read: the requests for its children, its progress, its sink and the
 * parents that wait in queues. Where the stream's parents are children themselves, a chain of `Children` leads down to
 * it.
 */
import { Effect } from "effect"
import { isResumable, type SourceStream } from "../../declare/stream.ts"
import { ChildTracking } from "../../deletions/children.ts"
import { SnapshotTracking } from "../../deletions/snapshot.ts"
import type { Run } from "../context.ts"
import type { Selected } from "../groups.ts"
import { changedIn, SnapshotProgress } from "../snapshot/snapshot.ts"
import { Children } from "./children.ts"
import type { Parent } from "./parent.ts"
import { type ParentQueue, parentQueue } from "./parent-queue.ts"
import { childrenTo, type ParentSink } from "./parent-sink.ts"
import { ChildProgress } from "./progress.ts"

/** A child stream while it is read. */
export interface ChildRun {
  readonly selected: Selected
  /** What is asked for with the keys of the list: its own children, or those on the way to them. */
  readonly children: Children
  readonly progress: ChildProgress
  /** For children that are a snapshot themselves. */
  readonly snapshot: SnapshotProgress | undefined
  /** Its deletions, where they are tracked. */
  readonly tracking: ChildTracking | SnapshotTracking | undefined
  /** Takes the parents of a list. */
  readonly sink: ParentSink
  /** Reads the children of parents as they are taken. */
  readonly reads: ParentSink
  /** Parents of each list that wait until all lists have been read. */
  readonly queues: Map<string, ParentQueue>
}

/** Parents of one list that may wait for their children; about a megabyte of keys. */
const QUEUE_CAPACITY = 5_000

/** Whether a stream is read whole and compared with what it was. */
export const isSnapshot = (stream: SourceStream): boolean => stream.changes?.kind === "snapshot"

/** What stands before the keys of a parent's rows. */
const prefixOf = (parent: Parent | undefined): string => (parent === undefined ? "" : `${parent.key}|`)

/** A list of which only groups of rows are known names none that is gone. */
const trackingOf = (run: Run, selected: Selected, progress: ChildProgress, snapshot: SnapshotProgress | undefined) => {
  const { isTracked, emitter, stream } = selected
  if (!isTracked) return undefined
  if (snapshot === undefined) return new ChildTracking(selected, progress, run.config.startDate)
  return snapshot.buckets === undefined ? new SnapshotTracking(stream, emitter, snapshot) : undefined
}

/** Prepares to read a child stream. */
export const childRun = (run: Run, selected: Selected): ChildRun => {
  const { stream, decoded, emitter, mode } = selected
  const progress = new ChildProgress(stream, selected.lists, decoded, run.config.startDate)
  const { failed } = progress
  const snapshot = isSnapshot(stream) ? new SnapshotProgress(stream, decoded, failed) : undefined
  const tracking = trackingOf(run, selected, progress, snapshot)
  const keepsState = mode === "incremental" || isResumable(stream)
  const options = {
    transport: run.transport,
    emitter,
    workers: run.config.workers,
    failed,
    checkpoint: Effect.suspend(() => {
      if (!keepsState) return Effect.void
      // The rows of a parent that could not be read are taken to be what they were.
      const unread = failed.keys(stream.name).map((key) => `${key}|`)
      snapshot?.carry((key) => unread.some((prefix) => key.startsWith(prefix)))
      return emitter.checkpoint(snapshot === undefined ? progress.state() : snapshot.state())
    }),
    // A list that is read whole brings all parents by itself.
    retries: snapshot === undefined
  }
  const own = new Children({
    ...options,
    stream,
    ...(tracking instanceof ChildTracking && { note: (emitted, page, rows) => tracking.note(emitted, page, rows) }),
    ...(tracking instanceof SnapshotTracking && {
      filter: (page, rows, parent) => tracking.changed(page, rows, prefixOf(parent)),
      note: (emitted, page, rows, parent) => {
        const entries = rows.map((row) => tracking.entryOf(page, row, prefixOf(parent)))
        tracking.note(emitted, entries)
      }
    }),
    ...(snapshot !== undefined &&
      !(tracking instanceof SnapshotTracking) && {
        filter: (page, rows, parent) => {
          const { rows: kept, commit } = changedIn(snapshot, page, rows, prefixOf(parent))
          commit()
          return kept
        }
      })
  })
  const children = selected.ancestry
    .slice(0, -1)
    .reduceRight((into, between) => new Children({ ...options, stream: between, into }), own)
  const reads = childrenTo(children, emitter)
  return { selected, children, progress, snapshot, tracking, sink: reads, reads, queues: new Map() }
}

/** Whether one request serves many parents: then children cost little more than their list, and are read beside it. */
export const isBulk = ({ children }: ChildRun): boolean => children.batchSize > 1

/** Whether its parents are noted while their list is read, and asked for later. */
export const isPutOff = ({ sink, reads }: ChildRun): boolean => sink !== reads

/** The same stream, its children put off until all lists have been read. */
export const putOff = (child: ChildRun, list: SourceStream): ChildRun => {
  // No other list can be resumed in its middle.
  const capacity = list.changes?.kind === "since" ? QUEUE_CAPACITY : Number.POSITIVE_INFINITY
  const queue = parentQueue(child.children, child.reads, capacity)
  child.queues.set(list.name, queue)
  return { ...child, sink: queue }
}
