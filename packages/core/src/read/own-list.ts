/**
 * The own stream of a list that is asked for its changes, by update time or newest first: how far it has come, what
 * takes its rows, and its end. Where its deletions are tracked, the ids of its rows are kept as well, and the end is
 * left to the search for rows that are gone.
 */
import { Effect } from "effect"
import { type Afterwards, findGone } from "../deletions/find-gone.ts"
import type { TrackedIds } from "../deletions/tracked-ids.ts"
import { type Tracking, trackedRowsTo, trackingOf } from "../deletions/tracking.ts"
import type { JsonObject } from "../events.ts"
import { cursorText } from "../state/cursor.ts"
import { finished, type Run } from "./context.ts"
import type { Selected } from "./groups.ts"
import type { Requests } from "./pages/requests.ts"
import { rowsTo, type Sink } from "./sink.ts"
import type { StreamEmitter } from "./stream-emitter.ts"

interface Progress {
  ids: TrackedIds | undefined
  readonly state: () => JsonObject
}

/** The own stream of a list while it is read. */
export interface OwnList<P extends Progress> {
  readonly selected: Selected
  readonly progress: P
  readonly tracking: Tracking | undefined
}

/** Prepares to read the own stream of a list. */
export const ownList = <P extends Progress>(selected: Selected, progress: P): OwnList<P> => ({
  selected,
  progress,
  tracking: trackingOf(selected, progress)
})

/** Takes the rows of the list. */
export const ownSink = ({ selected, tracking }: OwnList<Progress>): Sink =>
  tracking === undefined ? rowsTo(selected.emitter) : trackedRowsTo(tracking)

/** Emits the progress of the stream. */
export const ownCheckpoint = ({ selected, progress }: OwnList<Progress>): Effect.Effect<void> =>
  Effect.suspend(() => selected.emitter.checkpoint(progress.state()))

/** Notes a stream's watermark at the beginning and at the end of the run, in epoch seconds. */
export const noteWatermarks = (emitter: StreamEmitter, before: number | undefined, after: number | undefined): void => {
  const text = (seconds: number | undefined) =>
    seconds === undefined ? undefined : cursorText(emitter.stream, seconds)
  emitter.watermarks(text(before), text(after))
}

/** Ends the stream, its list read to the end, or leaves that to what looks for rows that are gone. */
export const endOwn = (
  run: Run,
  own: OwnList<Progress>,
  watermark: number | undefined,
  requests: Requests,
  afterwards: Afterwards
): Effect.Effect<void> => {
  const { selected, progress, tracking } = own
  const { emitter, decoded } = selected
  noteWatermarks(emitter, decoded.watermark, watermark)
  if (tracking !== undefined) tracking.ids.isBusy = false
  return Effect.andThen(
    emitter.checkpoint(finished(selected, progress.state())),
    Effect.suspend(() => {
      if (tracking === undefined) return emitter.end()
      afterwards.push(findGone({ run, tracking, requests, checkpoint: ownCheckpoint(own) }))
      return Effect.void
    })
  )
}
