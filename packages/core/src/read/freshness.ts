/**
 * Streams with nothing to read in this run: a list that was read so recently that it need not be read again, as its
 * declaration says, and a full refresh that is complete.
 */
import { Effect } from "effect"
import { isResumable, type SourceStream } from "../declare/stream.ts"
import type { ReadError } from "../errors.ts"
import type { Source } from "../source.ts"
import { type ChildRun, isSnapshot } from "./children/child-run.ts"
import { ChildProgress } from "./children/progress.ts"
import { COMPLETE, type Run } from "./context.ts"
import type { Selected } from "./groups.ts"
import { SnapshotProgress } from "./snapshot/snapshot.ts"

/** Whether a list was read recently enough not to be read again; its input state is then emitted again. */
export const isFresh = (run: Run, source: Source, selected: Selected): Effect.Effect<boolean, ReadError> =>
  Effect.gen(function* () {
    const { stream, decoded, mode } = selected
    if (mode === "full_refresh" || decoded.extension === undefined) return false
    // Parents that could not be read are asked again in every run.
    if ((decoded.extension.failed ?? []).length > 0) return false
    const parent = source.streams.find(({ name }) => stream.parents !== undefined && name === selected.lists[0])
    const freshness = (each: SourceStream | undefined) =>
      each?.changes?.kind === "snapshot" ? each.changes.freshnessMs : undefined
    const snapshot = isSnapshot(stream) ? new SnapshotProgress(stream, decoded) : undefined
    if (snapshot?.pass.isEmpty === false) return false
    const restsMs = snapshot?.took === undefined ? undefined : snapshot.took * 1000
    const declaredMs = freshness(stream) ?? (isSnapshot(stream) ? undefined : freshness(parent))
    const freshnessMs = restsMs === undefined ? declaredMs : Math.max(restsMs, declaredMs ?? restsMs)
    if (freshnessMs === undefined) return false
    const last = isSnapshot(stream)
      ? snapshot?.read
      : parent === undefined
        ? undefined
        : new ChildProgress(stream, selected.lists, decoded, undefined).watermark(parent.name)
    if (last === undefined) return false
    const now = yield* run.serverSeconds
    // One ahead of the server's clock was not given by it; by less than a minute, its clocks may differ.
    if (last > now + 60 || (now - last) * 1000 >= freshnessMs) return false
    yield* selected.emitter.log(
      "INFO",
      `${stream.name}: last read ${new Date(last * 1000).toISOString()}, which is fresh enough (${Math.round(freshnessMs / 360_000) / 10} h); not read again.`
    )
    yield* selected.emitter.repeat()
    yield* selected.emitter.end()
    return true
  })

/** Children for which a list is to be read that is read for children alone: all but those that saw it lately. */
export const staleChildren = (
  run: Run,
  list: SourceStream,
  children: ReadonlyArray<ChildRun>
): Effect.Effect<ReadonlyArray<ChildRun>, ReadError> => {
  const freshnessMs = list.changes?.kind === "since" ? list.changes.freshnessForChildrenMs : undefined
  if (freshnessMs === undefined) return Effect.succeed(children)
  return Effect.filter(children, ({ progress, selected }) => {
    const last = progress.lastRead(list.name)
    if (last === undefined || selected.mode === "full_refresh") return Effect.succeed(true)
    return Effect.map(run.serverSeconds, (now) => {
      const isStale = !(last <= now && (now - last) * 1000 < freshnessMs)
      if (!isStale) progress.rest(list.name)
      return isStale
    })
  })
}

/** Whether nothing is left to do for a stream: its full refresh is complete. */
export const isDone = ({ stream, decoded, mode, emitter }: Selected): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    if (mode !== "full_refresh" || decoded.complete !== true || !isResumable(stream)) return false
    yield* emitter.log(
      "WARN",
      `${stream.name}: nothing is sent, as its state says that a full refresh of it is complete. To read it again, clear this stream's state, or do not pass on the state of a full refresh.`
    )
    yield* emitter.checkpoint(COMPLETE)
    yield* emitter.end()
    return true
  })
