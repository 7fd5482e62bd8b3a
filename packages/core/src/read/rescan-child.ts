/**
 * Rescans the parents of a child stream that did not change, where that is due: some changes of a child leave no trace
 * on its parent. Where deletions are tracked, a rescan that went through all parents in one run also shows which
 * children are gone.
 */
import { Effect } from "effect"
import { ChildTracking } from "../deletions/children.ts"
import { errorOf } from "../http/refusal.ts"
import type { Source } from "../source.ts"
import type { ChildRun } from "./children/child-run.ts"
import { beginRescan, rescan } from "./children/rescan.ts"
import { rollingAllowance } from "./children/rescan-allowance.ts"
import type { Run } from "./context.ts"
import type { ReadGroup } from "./groups.ts"
import { requestsFor } from "./list-requests.ts"
import { endBy } from "./sink.ts"

/** Rescans the parents of a child stream where that is due. Its failure ends the stream. */
export const rescanChild = (run: Run, source: Source, group: ReadGroup, child: ChildRun): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { selected, progress, children, sink } = child
    const { stream, emitter } = selected
    const kind = stream.changes?.kind === "ofChangedParents" ? stream.changes.sweep : "none"
    if (kind === "none" || selected.mode === "full_refresh") return
    const nowSeconds = yield* run.serverSeconds
    const isResumed = progress.rescan.began !== undefined
    const tracking = child.tracking instanceof ChildTracking ? child.tracking : undefined
    if (!beginRescan(progress, nowSeconds)) return
    const parents = source.streams.filter(({ name }) => selected.lists.includes(name))
    tracking?.beginRescan()
    yield* rescan({
      rescanned: {
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
    const isWhole = !isResumed && progress.rescan.began === undefined && !children.hidesSome
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
