import { Effect } from "effect"
import type { ConfigError } from "../errors.ts"
import type { ChildRun } from "../read/children/child-run.ts"
import type { Run } from "../read/context.ts"
import { ChildTracking } from "./children.ts"
import { SnapshotTracking, sendVanished, warnOfCoarse } from "./snapshot.ts"

/** Emits the tombstones of children that are read whole; of others a rescan has done so. */
export const buryChildren = (run: Run, { children, selected, tracking }: ChildRun): Effect.Effect<void, ConfigError> =>
  Effect.suspend(() => {
    if (tracking instanceof SnapshotTracking) return sendVanished(run, tracking, tracking.readMs, !children.hidesSome)
    if (tracking instanceof ChildTracking) tracking.ids.isBusy = false
    return selected.isTracked && tracking === undefined ? warnOfCoarse(selected) : Effect.void
  })
