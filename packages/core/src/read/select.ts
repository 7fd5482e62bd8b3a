/**
 * Prepares selected streams to be read: their state is decoded, and times in it that lie ahead of Pipedrive's clock
 * are dealt with. A stream whose state cannot be read, or whose start date has not come, is ended here.
 */
import { Clock, Effect, Result } from "effect"
import type { Config } from "../config/config.ts"
import { isResumable, type SourceStream } from "../declare/stream.ts"
import { DELETED_AT, isTrackable } from "../deletions/option.ts"
import { withoutIds } from "../deletions/state.ts"
import type { ReadError } from "../errors.ts"
import { isObject } from "../json.ts"
import type { Source } from "../source.ts"
import { zonedText } from "../state/cursor.ts"
import { latestIn, type Sound, TOLERANCE_S, withoutFuture } from "../state/future.ts"
import { type DecodedState, decodeState, keysPassedOver, timedKeys } from "../state/legacy.ts"
import type { Run } from "./context.ts"
import { ancestryOf, type Selected } from "./groups.ts"
import type { ReadOptions } from "./read-source.ts"
import { StreamEmitter } from "./stream-emitter.ts"

/** A chosen stream before its state is read. */
interface Chosen
  extends Pick<Selected, "stream" | "mode" | "ancestry" | "lists" | "inputState" | "emitter" | "isTracked"> {
  readonly raw: unknown
  /** Whether a state means anything to it. */
  readonly keepsState: boolean
}

const canBeTracked = ({ on }: Config, stream: SourceStream, mode: Selected["mode"]): boolean =>
  on.has("track_deletions") && mode === "incremental" && isTrackable(stream)

/** Streams whose deletions would be tracked, had their schema the column. */
const warnOfColumns = (config: Config, chosen: ReadonlyArray<Chosen>): string | undefined => {
  const names = chosen
    .filter(({ isTracked, mode, stream }) => !isTracked && canBeTracked(config, stream, mode))
    .map(({ stream }) => stream.name)
  return names.length === 0
    ? undefined
    : `track_deletions is on, but the configured schema has no column ${DELETED_AT} for ${names.join(", ")}: refresh the source schema. Until then deletions are not tracked there.`
}

const chosenOf = ({ config, source, selection, states, emit }: ReadOptions): ReadonlyArray<Chosen> =>
  selection.flatMap(({ stream: name, mode: asked, properties = {} }) => {
    const stream = source.streams.find((each) => each.name === name)
    if (stream === undefined) return []
    const raw = states.get(name)
    const mode = stream.changes === undefined ? "full_refresh" : asked
    const isTracked = canBeTracked(config, stream, mode) && Object.hasOwn(properties, DELETED_AT)
    const inputState = isObject(raw) ? (isTracked ? raw : withoutIds(raw)) : undefined
    const keepsState = mode === "incremental" || isResumable(stream)
    const emitter = new StreamEmitter(stream, mode, inputState, emit)
    return [{ stream, mode, raw, inputState, keepsState, emitter, isTracked, ...ancestryOf(source, stream) }]
  })

const timesOf = ({ inputState, keepsState, stream }: Chosen): ReadonlyArray<number> =>
  inputState === undefined || !keepsState ? [] : timedKeys(stream).map((key) => latestIn(inputState[key]))

/**
 * The server's clock, in epoch seconds, where something lies ahead of our own: it alone can tell whether that is so.
 * Undefined where nothing does.
 */
const clockFor = (run: Run, chosen: ReadonlyArray<Chosen>): Effect.Effect<number | undefined, ReadError> =>
  Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
    const latest = [run.config.startDate ?? 0, ...chosen.flatMap(timesOf)]
    return latest.some((seconds) => seconds * 1000 > nowMs) ? run.serverSeconds : Effect.undefined
  })

/** The lists at the top of a stream's parents, or the stream itself. */
const listsOf = (source: Source, { lists }: Pick<Selected, "lists">): ReadonlyArray<SourceStream> =>
  source.streams.filter(({ name }) => lists.includes(name))

/** Whether the start date says from when on a stream is read. */
const hasStart = (source: Source, chosen: Chosen): boolean =>
  listsOf(source, chosen).some(({ changes }) => changes?.kind === "since" || changes?.kind === "newestFirst")

const warnOfStart = (start: number, now: number): string =>
  `replication_start_date is ${zonedText(start)}, which is ahead of Pipedrive's clock (${zonedText(now)}): streams that begin there read nothing and keep their state until the date is corrected.`

const warnOfWatermarks = ({ name }: SourceStream, { watermarks }: Sound, now: number): string =>
  `${name}: its state has a watermark (${watermarks.join(", ")}) that is more than a day ahead of Pipedrive's clock (${zonedText(now)}). No server gave it, so it does not tell what has been read. Nothing is read in this sync and the watermark is removed: the next sync reads the stream from the beginning. To go on from somewhere else, put back the state of an earlier sync before that.`

const warnOfTimes = (emitter: StreamEmitter, { times, watermarks }: Sound): Effect.Effect<void> => {
  const ahead = [...watermarks, ...times]
  return ahead.length === 0
    ? Effect.void
    : emitter.log(
        "WARN",
        `${emitter.stream.name}: times in its state are more than a day ahead of Pipedrive's clock and are ignored (${ahead.join(", ")}).`
      )
}

const warnOfKeys = (emitter: StreamEmitter, keys: ReadonlyArray<string>): Effect.Effect<void> =>
  keys.length === 0
    ? Effect.void
    : emitter.log(
        "WARN",
        `${emitter.stream.name}: its state holds nothing this source knows (${keys.slice(0, 3).join(", ")}): the stream is read from the beginning.`
      )

/** What a mode takes of a state: a full refresh resumes from one that was cut short, and from nothing else. */
const takenBy = (mode: Selected["mode"], decoded: DecodedState): DecodedState => {
  if (mode === "full_refresh") return decoded.complete === true || decoded.extension?.full === true ? decoded : {}
  const { complete: _, ...rest } = decoded
  return rest
}

/**
 * Prepares the chosen streams to be read. One whose state cannot be read, or of which nothing can be read as its
 * time has not come, is started and ended here.
 */
export const selectStreams = (run: Run, options: ReadOptions): Effect.Effect<ReadonlyArray<Selected>> =>
  Effect.gen(function* () {
    const { source, emit } = options
    const { startDate = Number.NEGATIVE_INFINITY } = run.config
    const chosen = chosenOf(options)
    const untracked = warnOfColumns(run.config, chosen)
    if (untracked !== undefined) yield* emit({ _tag: "Log", level: "WARN", message: untracked })
    const clock = yield* Effect.result(clockFor(run, chosen))
    const now = Result.isSuccess(clock) ? (clock.success ?? Number.POSITIVE_INFINITY) : Number.NEGATIVE_INFINITY
    const startsAhead = startDate > now && chosen.some((each) => hasStart(source, each))
    if (startsAhead && Result.isSuccess(clock)) {
      const level = startDate > now + TOLERANCE_S ? "WARN" : "INFO"
      yield* emit({ _tag: "Log", level, message: warnOfStart(startDate, now) })
    }
    const selected: Array<Selected> = []
    for (const each of chosen) {
      const isAhead = timesOf(each).some((seconds) => seconds > now)
      const waits = startsAhead && hasStart(source, each)
      if (Result.isFailure(clock) && (isAhead || waits)) {
        yield* each.emitter.start()
        yield* each.emitter.end(clock.failure)
        continue
      }
      const ready = yield* selectOne(options, each, isAhead ? now : undefined, waits)
      if (ready !== undefined) selected.push(ready)
    }
    return selected
  })

/** One stream; undefined where it has been ended. */
const selectOne = Effect.fnUntraced(function* (
  { source, emit }: ReadOptions,
  chosen: Chosen,
  now: number | undefined,
  waits: boolean
) {
  const { stream, mode, keepsState, isTracked, ancestry, lists } = chosen
  const sound =
    now === undefined || chosen.inputState === undefined
      ? undefined
      : withoutFuture(chosen.inputState, timedKeys(stream), now)
  const inputState = sound?.state ?? chosen.inputState
  const emitter = sound === undefined ? chosen.emitter : new StreamEmitter(stream, mode, inputState, emit)
  const read = keepsState ? decodeState(stream, inputState ?? chosen.raw) : Result.succeed<DecodedState>({})
  if (Result.isFailure(read)) {
    yield* emitter.start()
    yield* emitter.end(read.failure)
    return undefined
  }
  const decoded = takenBy(mode, read.success)
  const isLost = mode === "incremental" && sound !== undefined && sound.watermarks.length > 0
  if (isLost && now !== undefined) yield* emitter.log("WARN", warnOfWatermarks(stream, sound, now))
  else if (sound !== undefined && decoded.extension !== undefined) yield* warnOfTimes(emitter, sound)
  if (isLost || waits) {
    yield* emitter.start()
    yield* emitter.repeat()
    yield* emitter.end()
    return undefined
  }
  if (keepsState && inputState !== undefined) {
    yield* warnOfKeys(emitter, keysPassedOver(stream, listsOf(source, chosen), inputState, read.success))
  }
  return { stream, mode, decoded, emitter, inputState, isTracked, ancestry, lists } satisfies Selected
})
