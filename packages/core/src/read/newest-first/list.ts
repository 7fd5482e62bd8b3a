/**
 * Reads a list newest first, for its own stream and its children, and notes how far each has come. The list is read
 * down to the lowest of their watermarks, and each sink takes the rows above its own. A stream may ask for the whole
 * list to be read again after a while, as some changes do not move a row to the front.
 */
import { Effect } from "effect"
import type { Afterwards } from "../../deletions/find-gone.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import type { ChildRun } from "../children/child-run.ts"
import { oldestFirst } from "../children/parents-of-newest.ts"
import type { Run } from "../context.ts"
import type { GroupList } from "../groups.ts"
import { requestsFor } from "../list-requests.ts"
import { endOwn, ownCheckpoint, ownList, ownSink } from "../own-list.ts"
import type { Sink } from "../sink.ts"
import { NewestFirstProgress } from "./progress.ts"
import { readNewestFirst } from "./read.ts"

/** Only rows that pass. */
const only = (sink: Sink, passes: (seconds: number) => boolean): Sink => ({
  ...sink,
  take: (page, rows, done) =>
    sink.take(
      page,
      rows.filter((row) => passes(page.seconds(row))),
      done
    )
})

/** A list read newest first. */
export const readNewestFirstList = (
  run: Run,
  groupList: GroupList,
  runs: ReadonlyArray<ChildRun>,
  afterwards: Afterwards
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { list, own: selected } = groupList
    const { changes } = list
    if (changes?.kind !== "newestFirst") return
    const start = run.config.startDate
    const later = (watermark: number | undefined) =>
      watermark === undefined ? start : Math.max(watermark, start ?? watermark)
    const own = selected === undefined ? undefined : ownList(selected, new NewestFirstProgress(list, selected.decoded))
    const progress = own?.progress
    const { watermark: before, whole, upward } = progress ?? {}
    const everyMs = changes.wholeEveryMs
    const isDue =
      everyMs !== undefined && before !== undefined && whole !== undefined && upward === undefined
        ? ((yield* run.serverSeconds) - whole) * 1000 >= everyMs
        : false
    /** Where the list's own stream begins: at the start where it is read whole. */
    const from = isDue || upward !== undefined ? start : later(before)
    const watermarks = [
      ...(progress === undefined ? [] : [from]),
      ...runs.map(({ progress: childProgress }) => later(childProgress.watermark(list.name)))
    ]
    const threshold = watermarks.some((watermark) => watermark === undefined)
      ? undefined
      : Math.min(...(watermarks as Array<number>))
    const gathered = runs.map((child) => ({ child, parents: oldestFirst(list.name, child) }))
    const sinks = [
      ...(own === undefined ? [] : [only(ownSink(own), (seconds) => !(seconds < (from ?? seconds)))]),
      ...gathered.map(({ child: { progress: childProgress }, parents }) => {
        const watermark = later(childProgress.watermark(list.name))
        const through = childProgress.through(list.name)
        return only(parents.sink, (seconds) => !(seconds < (watermark ?? seconds)) && seconds !== through)
      })
    ]
    const goesUp = progress !== undefined && changes.ascending !== undefined && threshold === undefined
    const requests = requestsFor(run, groupList)
    const reached = yield* readNewestFirst({
      requests,
      sinks,
      threshold,
      ...(goesUp && own !== undefined && { upward: { progress, checkpoint: ownCheckpoint(own) } })
    }).pipe(
      // When the list fails, the parents found so far are read all the same; no watermark moves.
      Effect.tapError(() => Effect.forEach(gathered, ({ parents }) => parents.cut, { discard: true }))
    )
    yield* Effect.forEach(gathered, ({ parents }) => parents.give(reached), {
      concurrency: "unbounded",
      discard: true
    })
    if (own === undefined || progress === undefined) return
    if (reached !== undefined) progress.watermark = Math.max(reached.watermark, before ?? reached.watermark)
    progress.upward = undefined
    if (everyMs !== undefined && (isDue || whole === undefined)) progress.whole = yield* run.serverSeconds
    yield* endOwn(run, own, progress.watermark, requests, afterwards)
  })
