/**
 * A list that is read by update time: who takes from it, from where, and what is kept at its end. Now and then such a
 * list is read whole, where its endpoint does not show every change by its update time; its watermark stays where it is
 * until then. `read.ts` reads it.
 */
import { Clock, Effect } from "effect"
import type { Afterwards } from "../../deletions/find-gone.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import { type ChildRun, isPutOff } from "../children/child-run.ts"
import type { Run } from "../context.ts"
import type { GroupList } from "../groups.ts"
import { requestsFor } from "../list-requests.ts"
import { endOwn, type OwnList, ownCheckpoint, ownList, ownSink } from "../own-list.ts"
import { SinceProgress } from "./progress.ts"
import { readSince } from "./read.ts"
import { covers, union } from "./slices.ts"
import type { Taker } from "./takers.ts"

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

const ownTaker = (own: OwnList<SinceProgress>): Taker => {
  const { progress } = own
  return {
    sink: ownSink(own),
    slices: () => progress.slices,
    keep: (slices) => {
      progress.slices = slices
    },
    checkpoint: ownCheckpoint(own)
  }
}

/** @param remembersRead whether it is kept when the list was last read */
const childTaker = (list: string, { progress, sink, selected }: ChildRun, remembersRead: boolean): Taker => {
  progress.beginRead(list)
  return {
    sink,
    slices: () => progress.slices(list),
    keep: (slices) => progress.keepSlices(list, slices),
    checkpoint: Effect.suspend(() => selected.emitter.checkpointIfDue(progress.state())),
    through: progress.through(list),
    pass: progress.pass(list),
    ...(remembersRead && { finished: (seconds: number) => progress.endRead(list, seconds) })
  }
}

/** Begins to read the list whole where that is due. */
const beginWhole = (run: Run, progress: SinceProgress, everyMs: number | undefined): Effect.Effect<void, ReadError> =>
  Effect.gen(function* () {
    const { slices, whole, reading } = progress
    const isMidway = reading !== undefined || slices.watermark === undefined || slices.unfinished.size !== 1
    if (everyMs === undefined || whole === undefined || isMidway) return
    const now = yield* run.serverSeconds
    if ((now - whole) * 1000 >= everyMs) progress.readWhole(now, run.config.startDate)
  })

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
    const { list, own: selected } = groupList
    const changes = list.changes?.kind === "since" ? list.changes : undefined
    const nowSeconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const progress =
      selected === undefined ? undefined : new SinceProgress(list, selected.decoded, run.config.startDate)
    if (progress !== undefined) yield* beginWhole(run, progress, changes?.wholeEveryMs)
    const requests = requestsFor(run, groupList, progress?.includeLevel(nowSeconds), (level) => {
      if (progress !== undefined && level !== "all") progress.include = { level, at: nowSeconds }
    })
    const own = selected === undefined || progress === undefined ? undefined : ownList(selected, progress)
    const remembersRead = own === undefined && changes?.freshnessForChildrenMs !== undefined
    const { behind, beside } = byPlace(list.name, progress, runs)
    yield* readSince({
      requests,
      takers: [
        ...(own === undefined ? [] : [ownTaker(own)]),
        ...beside.map((child) => childTaker(list.name, child, remembersRead))
      ],
      workers: run.config.workers,
      idle: () => run.transport.gate.idle
    })
    if (own === undefined) return behind
    if (changes?.wholeEveryMs !== undefined) own.progress.endWhole(nowSeconds)
    yield* endOwn(run, own, own.progress.slices.watermark, requests, afterwards)
    return behind
  })
