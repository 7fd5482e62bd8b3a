/**
 * Decodes a stream's state, whichever version or connector wrote it: this source (`_ab`, see format.ts), Airbyte's own
 * connector since 2.x (bare cursors under several names, slices, and the framework's form for children), or nobody yet.
 * What it knows has to be readable: a config error names the stream and the field. What it does not know is passed over,
 * and a state that tells nothing is reported by `keysPassedOver`.
 */
import * as Result from "effect/Result"
import { cursorFieldOf, type SourceStream } from "../declare/stream.ts"
import { idsFlaw } from "../deletions/state.ts"
import { ConfigError } from "../errors.ts"
import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"
import type { Flaw } from "../shape.ts"
import { secondsOf } from "./cursor.ts"
import {
  type Content,
  decodeExtension,
  type Extension,
  extensionFlaw,
  type ListExtension,
  STATE_VERSION
} from "./format.ts"

/** What a stream's state says, whichever version wrote it. Times are epoch seconds. */
export interface DecodedState {
  /** Everything that changed before it has been emitted. */
  readonly watermark?: number
  /** A full refresh had come to its end. */
  readonly complete?: true
  /** For children: the same as `watermark` for each parent stream by itself. Where it is there, it names every parent. */
  readonly parents?: Readonly<Record<string, number>>
  /** What this source keeps beside it. */
  readonly extension?: Extension
}

const flaw = (field: string, words: string): Result.Result<never, Flaw> => Result.fail({ field, words })

const isNothing = (value: unknown): value is null | undefined => value === undefined || value === null

/** The object under a key; null and absent are none. */
const objectUnder = (state: JsonObject, key: string, field = key): Result.Result<JsonObject | undefined, Flaw> => {
  const value = state[key]
  if (isNothing(value)) return Result.succeed(undefined)
  return isObject(value) ? Result.succeed(value) : flaw(field, "is not an object")
}

/** A cursor's seconds; null, blank and the zero date of a row that has no time are none. */
const secondsIn = (value: unknown, field: string): Result.Result<number | undefined, Flaw> => {
  if (isNothing(value)) return Result.succeed(undefined)
  if (typeof value !== "string") return flaw(field, "is not a string")
  const text = value.trim()
  if (text === "" || text.startsWith("0000-00-00")) return Result.succeed(undefined)
  const seconds = secondsOf(text)
  return Number.isNaN(seconds) ? flaw(field, "is not a date and time") : Result.succeed(seconds)
}

/** The objects of a list; null and absent are an empty one. */
const objectsIn = (value: unknown, field: string): Result.Result<ReadonlyArray<JsonObject>, Flaw> => {
  if (isNothing(value)) return Result.succeed([])
  return Array.isArray(value) && value.every(isObject) ? Result.succeed(value) : flaw(field, "is not a list of objects")
}

const least = (values: ReadonlyArray<number | undefined>): number | undefined => {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/**
 * The cursor in an object: under the first of the names that is there, or in slices, `{slices: [{start, end,
 * most_recent_cursor_value}]}`. Between two slices something may be unread, so the earliest one counts.
 */
const cursorIn = (object: JsonObject, names: ReadonlyArray<string>, path: string) =>
  Result.gen(function* () {
    for (const name of names) {
      const seconds = yield* secondsIn(object[name], `${path}${name}`)
      if (seconds !== undefined) return seconds
    }
    const slices = yield* objectsIn(object.slices, `${path}slices`)
    const ends: Array<number | undefined> = []
    for (const [index, slice] of slices.entries()) {
      const key = ["most_recent_cursor_value", "end", "start"].find((name) => !isNothing(slice[name]))
      if (key !== undefined) ends.push(yield* secondsIn(slice[key], `${path}slices[${index}].${key}`))
    }
    return least(ends)
  })

/** Names a cursor ever had: today's, then those of older versions (`modified` for users). */
const namesOf = (field: string): ReadonlyArray<string> => [...new Set([field, "update_time", "modified"])]

/** Seconds that may have to be read again: how long the run took in which a cursor over all parents was found. */
const lookbackIn = (state: JsonObject): Result.Result<number, Flaw> => {
  const value = state.lookback_window
  if (isNothing(value)) return Result.succeed(0)
  const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  return typeof seconds === "number" && Number.isFinite(seconds)
    ? Result.succeed(Math.max(0, Math.ceil(seconds)))
    : flaw("lookback_window", "is not a number of seconds")
}

/**
 * Watermarks of the parents from `parent_state`. Each is safe as it stands: it advances only once the children of all
 * earlier parents have been emitted. A parent that is not named beside one that is (deals_archived in 2.6.0, or in a first
 * run that was cut) was never read to its end, so its children are read from the beginning.
 */
const parentWatermarks = (stream: SourceStream, state: JsonObject) =>
  Result.gen(function* () {
    if (stream.parents === undefined) return undefined
    const all = yield* objectUnder(state, "parent_state")
    if (all === undefined) return undefined
    const watermarks = new Map<string, number>()
    for (const parent of stream.parents.streams) {
      const path = `parent_state.${parent}`
      const one = yield* objectUnder(all, parent, path)
      const watermark = one === undefined ? undefined : yield* cursorIn(one, namesOf("update_time"), `${path}.`)
      if (watermark !== undefined) watermarks.set(parent, watermark)
    }
    if (watermarks.size === 0) return undefined
    return Object.fromEntries(stream.parents.streams.map((parent) => [parent, watermarks.get(parent) ?? 0]))
  })

/**
 * The watermark of a stream. A state may also be `{states, state, lookback_window, parent_state}`, as the platform's
 * framework writes it for children; a list on its own goes on from its `state` where there is no bare cursor.
 * - `state`, or the bare cursor, is the cursor over all parents: set at the end of a whole run only, so everything
 *   below it less the lookback has been emitted, and a parent with something newer has changed since.
 * - `states`, one cursor a parent, says nothing of parents that are not in it. Alone it comes from a first run that was
 *   cut: no watermark, or the children of the parents not reached yet would be lost.
 */
const watermarkIn = (stream: SourceStream, state: JsonObject, field: string) =>
  Result.gen(function* () {
    const names = namesOf(field)
    const bare = yield* cursorIn(state, names, "")
    if (stream.parents === undefined && bare !== undefined) return bare
    const overall = yield* objectUnder(state, "state")
    const watermark = least([bare, overall === undefined ? undefined : yield* cursorIn(overall, names, "state.")])
    return watermark === undefined
      ? undefined
      : Math.max(Math.min(watermark, 0), watermark - (yield* lookbackIn(state)))
  })

const extensionIn = (stream: SourceStream, state: JsonObject) =>
  Result.gen(function* () {
    const extension = yield* objectUnder(state, "_ab")
    if (extension === undefined) return undefined
    const version = extension.v
    if (!isNothing(version) && typeof version !== "number") return yield* flaw("_ab.v", "is not a number")
    if (typeof version === "number" && version > STATE_VERSION)
      return yield* flaw("_ab.v", "is of a newer version of this source")
    const wrong = extensionFlaw(extension) ?? idsFlaw(stream, extension)
    return wrong === undefined ? decodeExtension(extension) : yield* Result.fail(wrong)
  })

const decodedIn = (stream: SourceStream, state: unknown) =>
  Result.gen(function* () {
    if (isNothing(state)) return {} as DecodedState
    if (!isObject(state)) return yield* flaw("the whole", "is not an object")
    const extension = yield* extensionIn(stream, state)
    const isComplete = state.__ab_full_refresh_sync_complete === true
    const field = cursorFieldOf(stream)
    // A stream that is read whole every time may still have a state of a version that asked it for changes.
    const watermark = field === undefined ? undefined : yield* watermarkIn(stream, state, field)
    const parents = field === undefined ? undefined : yield* parentWatermarks(stream, state)
    return {
      ...(watermark !== undefined && { watermark }),
      ...(isComplete && { complete: true as const }),
      ...(parents !== undefined && { parents }),
      ...(extension !== undefined && { extension })
    } as DecodedState
  })

/** Markers of the platform: they say that there is no cursor. */
const markers = ["__ab_full_refresh_sync_complete", "__ab_no_cursor_state_message"]

/** Members of `_ab` that a stream without rows has, too. */
const nothingOwn = ["v", "full"]

const isEmpty = (key: string, value: unknown): boolean =>
  isNothing(value) ||
  (markers.includes(key) && typeof value === "boolean") ||
  (key === "_ab" && isObject(value) && Object.keys(value).every((name) => nothingOwn.includes(name)))

const hasSlices = ({ windows = [] }: Extension | ListExtension): boolean => windows.length > 0

const hasContent = ({ hashes, buckets }: Content): boolean => hashes !== undefined || buckets !== undefined

/** Whether children know from a state which parents of a list they have been read for. */
const parentsGoOn = (list: SourceStream, kept: ListExtension, watermark: number | undefined): boolean =>
  list.changes?.kind === "snapshot" ? hasContent(kept) : hasSlices(kept) || (kept.mark ?? watermark) !== undefined

/** Whether a state tells a stream where to go on. */
const isUsed = (stream: SourceStream, lists: ReadonlyArray<SourceStream>, decoded: DecodedState): boolean => {
  const { watermark, extension = {}, parents } = decoded
  switch (stream.changes?.kind) {
    case "since":
      return watermark !== undefined || hasSlices(extension)
    case "newestFirst":
      return watermark !== undefined || extension.at !== undefined || extension.whole !== undefined
    case "snapshot": {
      // A bare watermark of an older version is told of where the list is read.
      const isOlder = watermark !== undefined && decoded.extension === undefined && stream.parents === undefined
      return isOlder || hasContent(extension)
    }
    case "ofChangedParents": {
      return lists.some((list) => {
        const kept = extension.parents?.[list.name]
        return kept === undefined
          ? parentsGoOn(list, {}, parents?.[list.name] ?? watermark)
          : parentsGoOn(list, kept, undefined)
      })
    }
    case undefined:
      return true
  }
}

/**
 * Keys of a state that tells a stream nothing, though it holds something: the stream was meant to go on from somewhere.
 *
 * @param lists the lists at the top of the stream's parents
 */
export const keysPassedOver = (
  stream: SourceStream,
  lists: ReadonlyArray<SourceStream>,
  state: JsonObject,
  decoded: DecodedState
): ReadonlyArray<string> =>
  isUsed(stream, lists, decoded) ? [] : Object.keys(state).filter((key) => !isEmpty(key, state[key]))

/** What a state of a stream may hold that has a time in it. */
export const timedKeys = (stream: SourceStream): ReadonlyArray<string> => [
  ...namesOf(cursorFieldOf(stream) ?? "update_time"),
  ...["slices", "state", "parent_state", "_ab"]
]

/**
 * Reads a stream's state in the form of any version. Keys it does not know are passed over, as are the markers of
 * streams without a cursor; what it does know has to be readable, or a whole stream would silently be read anew.
 */
export const decodeState = (stream: SourceStream, state: unknown): Result.Result<DecodedState, ConfigError> =>
  Result.mapError(
    decodedIn(stream, state),
    ({ field, words }) =>
      new ConfigError({
        message:
          `The state of the stream ${stream.name} cannot be read: ${field} ${words}. ` +
          "Clear this stream's state to read it from the beginning, or put back the state of its last good sync."
      })
  )
