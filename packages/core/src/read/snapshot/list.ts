/**
 * Reads a list whole, for its own stream and its children: each page goes to all sinks, and the progress of each is
 * noted at the end of the list. Where deletions are tracked, rows that were known and are not in the list any more are
 * gone.
 */
import { Effect, Result } from "effect"
import { SnapshotTracking, sendVanished, trackedContentTo, warnOfCoarse } from "../../deletions/snapshot.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import type { ChildRun } from "../children/child-run.ts"
import { everyParent } from "../children/every-parent.ts"
import { ofChangedParentsIn, ofFailedParents } from "../children/parents-of-snapshot.ts"
import { finished, type Run, STATELESS } from "../context.ts"
import type { GroupList } from "../groups.ts"
import { requestsFor } from "../list-requests.ts"
import type { Sink } from "../sink.ts"
import { changedRowsTo, readWhole, SnapshotProgress } from "./snapshot.ts"

/**
 * Whether a child that is a snapshot was read not long ago but for parents that failed: then those alone are asked for.
 * Where one hash stands for many rows it is all of them, as what is known of the others could not be kept.
 */
const lacksFailedAlone = (run: Run, { progress, selected, snapshot }: ChildRun): Effect.Effect<boolean, ReadError> =>
  Effect.gen(function* () {
    const { changes } = selected.stream
    if (
      snapshot === undefined ||
      !snapshot.pass.isEmpty ||
      snapshot.buckets !== undefined ||
      !progress.failed.any ||
      changes?.kind !== "snapshot"
    )
      return false
    if (snapshot.read === undefined || changes.freshnessMs === undefined || selected.ancestry.length > 1) return false
    return ((yield* run.serverSeconds) - snapshot.read) * 1000 < changes.freshnessMs
  })

/** A list read whole: a snapshot, or a stream without changes. */
export const readWholeList = (
  run: Run,
  groupList: GroupList,
  runs: ReadonlyArray<ChildRun>
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { list, own } = groupList
    const progress = own === undefined ? undefined : new SnapshotProgress(list, own.decoded)
    let serverSeconds: number | undefined
    let firstMs: number | undefined
    const tracking =
      own?.isTracked === true && progress !== undefined && progress.buckets === undefined
        ? new SnapshotTracking(list, own.emitter, progress)
        : undefined
    const ownSink =
      own === undefined || progress === undefined
        ? undefined
        : tracking === undefined
          ? changedRowsTo(own.emitter, progress)
          : trackedContentTo(tracking)
    const children: Array<{ readonly child: ChildRun; readonly sink: Sink; readonly isPartial: boolean }> = []
    for (const child of runs) {
      const isPartial = yield* lacksFailedAlone(run, child)
      const sink =
        child.snapshot === undefined
          ? ofChangedParentsIn(list.name, child)
          : isPartial
            ? ofFailedParents(child)
            : everyParent(child, child.snapshot)
      children.push({ child, sink, isPartial })
    }
    if (own !== undefined && own.decoded.watermark !== undefined && own.decoded.extension === undefined) {
      yield* own.emitter.log(
        "INFO",
        `${list.name}: its state comes from a version that kept a watermark alone. The whole list is sent once, and what is new from then on.`
      )
    }
    const sinks = [...(ownSink === undefined ? [] : [ownSink]), ...children.map(({ sink }) => sink)]
    yield* readWhole(requestsFor(run, groupList), sinks, (page) => {
      serverSeconds ??= Math.floor(page.serverMs / 1000)
      if (page.exact) firstMs ??= page.serverMs
    })
    if (ownSink !== undefined) yield* ownSink.finish(Effect.void)
    const readAt = serverSeconds
    for (const { child, sink, isPartial } of children) {
      yield* sink.finish(
        Effect.sync(() => {
          if (readAt !== undefined) child.progress.watermarks.set(list.name, readAt)
          if (isPartial) child.snapshot?.carry(() => true)
          if (!isPartial && child.tracking instanceof SnapshotTracking) child.tracking.readMs = firstMs
        })
      )
    }
    if (own === undefined || progress === undefined) return
    progress.read = serverSeconds
    if (tracking !== undefined) {
      const loss = yield* Effect.result(sendVanished(run, tracking, firstMs, true))
      // The list is whole all the same: its children are read.
      if (Result.isFailure(loss)) return yield* own.emitter.end(loss.failure)
    } else if (own.isTracked) yield* warnOfCoarse({ emitter: own.emitter, stream: list })
    yield* own.emitter.checkpoint(finished(own, list.changes === undefined ? STATELESS : progress.state()))
    yield* own.emitter.end()
  })
