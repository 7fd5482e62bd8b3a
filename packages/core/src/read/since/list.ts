import { Clock, Effect } from "effect"
import { type Afterwards, findGone } from "../../deletions/find-gone.ts"
import { trackedRowsTo, trackingOf } from "../../deletions/tracking.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import { cursorText } from "../../state/cursor.ts"
import { type ChildRun, isPutOff } from "../children/child-run.ts"
import { finished, type Run } from "../context.ts"
import type { GroupList } from "../groups.ts"
import { requestsFor } from "../list-requests.ts"
import { rowsTo } from "../sink.ts"
import { SinceProgress } from "./progress.ts"
import { type Reader, readSince } from "./read.ts"
import { covers, union } from "./slices.ts"

const dueSince = (
  run: Run,
  last: number | undefined,
  everyMs: number | undefined
): Effect.Effect<boolean, ReadError> =>
  everyMs === undefined || last === undefined
    ? Effect.succeed(everyMs !== undefined && last === undefined)
    : Effect.map(run.serverSeconds, (now) => (now - last) * 1000 >= everyMs)

/**
 * Children that the list is read for as it goes on for its own stream, or for the children that are read beside it; and
 * those that lag behind. A list never goes back for those: with many of them that would be all a small budget pays for.
 */
const byPlace = (list: string, progress: SinceProgress | undefined, runs: ReadonlyArray<ChildRun>) => {
  const leading = progress === undefined ? runs.filter((each) => !isPutOff(each)) : []
  const ahead = progress === undefined ? leading.map((each) => each.progress.slices(list)) : [progress.slices]
  const slices = ahead.length === 0 ? undefined : union(ahead)
  const isThere = (each: ChildRun) =>
    slices === undefined || leading.includes(each) || covers(slices, each.progress.slices(list))
  return { beside: runs.filter(isThere), behind: runs.filter((each) => !isThere(each)) }
}

/**
 * A list read by update time, with all who take from it.
 *
 * @returns the children it was not read for, as they lag behind
 */
export const readSinceList = (
  run: Run,
  groupList: GroupList,
  runs: ReadonlyArray<ChildRun>,
  afterwards: Afterwards
): Effect.Effect<ReadonlyArray<ChildRun>, ReadError | RefusedError> =>
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
    const tracking = own === undefined || progress === undefined ? undefined : trackingOf(own, progress)
    const readers: Array<Reader> = []
    if (own !== undefined && progress !== undefined) {
      readers.push({
        sink: tracking === undefined ? rowsTo(own.emitter) : trackedRowsTo(tracking),
        slices: () => progress.slices,
        rebase: (slices) => {
          progress.slices = slices
        },
        checkpoint: Effect.suspend(() => own.emitter.checkpoint(progress.state()))
      })
    }
    const remembersRead =
      own === undefined && list.changes?.kind === "since" && list.changes.freshnessForChildrenMs !== undefined
    const readerFor = ({ progress: childProgress, sink, selected }: ChildRun): Reader => {
      childProgress.beginRead(list.name)
      return {
        sink,
        slices: () => childProgress.slices(list.name),
        rebase: (slices) => childProgress.rebase(list.name, slices),
        checkpoint: Effect.suspend(() => selected.emitter.checkpointIfDue(childProgress.state())),
        through: childProgress.through(list.name),
        pass: childProgress.pass(list.name),
        ...(remembersRead && { finished: (seconds: number) => childProgress.endRead(list.name, seconds) })
      }
    }
    const { behind, beside } = byPlace(list.name, progress, runs)
    readers.push(...beside.map(readerFor))
    const { gate } = run.transport
    yield* readSince({ requests, readers, workers: run.config.workers, idle: () => gate.idle })
    if (own === undefined || progress === undefined) return behind
    if (everyMs !== undefined) {
      progress.whole = progress.reading ?? progress.whole ?? began
      progress.reading = undefined
    }
    const { watermark } = progress.slices
    own.emitter.watermarks(
      own.decoded.watermark === undefined ? undefined : cursorText(list, own.decoded.watermark),
      watermark === undefined ? undefined : cursorText(list, watermark)
    )
    if (tracking !== undefined) tracking.ids.isBusy = false
    yield* own.emitter.checkpoint(finished(own, progress.state()))
    if (tracking === undefined) yield* own.emitter.end()
    else
      afterwards.push(
        findGone({
          run,
          tracking,
          requests,
          checkpoint: Effect.suspend(() => own.emitter.checkpoint(progress.state()))
        })
      )
    return behind
  })
