/**
 * A list that is read by update time: who takes from it, from where, and what is kept at its end. Now and then such a
 * list is read whole, where its endpoint does not show every change by its update time; its watermark stays where it is
 * until then. `read.ts` reads it.
 */
import { Clock, Effect } from "effect"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import { cursorText } from "../../state/cursor.ts"
import type { ChildRun } from "../children/child-run.ts"
import { finished, type Run } from "../context.ts"
import type { GroupList } from "../groups.ts"
import { requestsFor } from "../list-requests.ts"
import { rowsTo } from "../sink.ts"
import { SinceProgress } from "./progress.ts"
import { readSince } from "./read.ts"
import type { Taker } from "./takers.ts"

const dueSince = (
  run: Run,
  last: number | undefined,
  everyMs: number | undefined
): Effect.Effect<boolean, ReadError> =>
  everyMs === undefined || last === undefined
    ? Effect.succeed(everyMs !== undefined && last === undefined)
    : Effect.map(run.serverSeconds, (now) => (now - last) * 1000 >= everyMs)

/** A list read by update time, with all who take from it. */
export const readSinceList = (
  run: Run,
  groupList: GroupList,
  runs: ReadonlyArray<ChildRun>
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { list, own } = groupList
    const start = run.config.startDate
    const progress = own === undefined ? undefined : new SinceProgress(list, own.decoded, start)
    const nowSeconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const everyMs = list.changes?.kind === "since" ? list.changes.wholeEveryMs : undefined
    let began: number | undefined
    if (progress !== undefined && everyMs !== undefined && progress.reading === undefined) {
      if (
        progress.slices.watermark !== undefined &&
        progress.whole !== undefined &&
        progress.slices.unfinished.size === 1
      ) {
        if (yield* dueSince(run, progress.whole, everyMs)) progress.readWhole(yield* run.serverSeconds, start)
      }
      began = progress.whole === undefined ? nowSeconds : undefined
    }
    const requests = requestsFor(run, groupList, progress?.includeLevel(nowSeconds), (level) => {
      if (progress !== undefined && level !== "all") progress.include = { level, at: nowSeconds }
    })
    const takers: Array<Taker> = []
    if (own !== undefined && progress !== undefined) {
      takers.push({
        sink: rowsTo(own.emitter),
        slices: () => progress.slices,
        rebase: (slices) => {
          progress.slices = slices
        },
        checkpoint: Effect.suspend(() => own.emitter.checkpoint(progress.state()))
      })
    }
    const remembersRead =
      own === undefined && list.changes?.kind === "since" && list.changes.freshnessForChildrenMs !== undefined
    for (const { progress: childProgress, sink, selected } of runs) {
      childProgress.beginRead(list.name)
      takers.push({
        sink,
        slices: () => childProgress.slices(list.name),
        rebase: (slices) => childProgress.rebase(list.name, slices),
        checkpoint: Effect.suspend(() => selected.emitter.checkpointIfDue(childProgress.state())),
        through: childProgress.through(list.name),
        ...(remembersRead && { finished: (seconds: number) => childProgress.endRead(list.name, seconds) })
      })
    }
    const { gate } = run.transport
    yield* readSince({ requests, takers, workers: run.config.workers, idle: () => gate.idle })
    if (own === undefined || progress === undefined) return
    if (everyMs !== undefined) {
      progress.whole = progress.reading ?? progress.whole ?? began
      progress.reading = undefined
    }
    const { watermark } = progress.slices
    own.emitter.watermarks(
      own.decoded.watermark === undefined ? undefined : cursorText(list, own.decoded.watermark),
      watermark === undefined ? undefined : cursorText(list, watermark)
    )
    yield* own.emitter.checkpoint(finished(own, progress.state()))
    yield* own.emitter.end()
  })
