import * as Result from "effect/Result"
import { secondsOf } from "./cursor.ts"
import { ConfigError } from "./errors.ts"
import type { JsonObject } from "./events.ts"
import { isObject } from "./json.ts"
import { askedAs } from "./parent-key.ts"
import { cursorFieldOf, type SourceStream } from "./stream.ts"

/** What a stream's state says, whichever version wrote it. Times are epoch seconds. */
export interface Stated {
  /** All that changed before it is out. */
  readonly mark?: number
  /** A full refresh had come to its end. */
  readonly complete?: true
  /** For children: the same as `mark` for each parent stream by itself. Where it is there, it names every parent. */
  readonly parents?: Readonly<Record<string, number>>
  /** What this source keeps beside it, as it wrote it. */
  readonly own?: JsonObject
}

/** Version of the `_ab` part of a state; one of a higher version is not understood. */
export const STATE_VERSION = 1

/** What is wrong with a state: the field, and how it is not as it has to be. */
interface Flaw {
  readonly field: string
  readonly words: string
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
  if (typeof value !== "string") return flaw(field, "is not a text")
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
 * Marks of the parents from `parent_state`. Each is safe as it stands: it moves on only when the children of all
 * parents before it are out. A parent that is not named beside one that is (deals_archived in 2.6.0, or in a first
 * run that was cut) was never read to its end, so its children are read from the beginning.
 */
const parentMarks = (stream: SourceStream, state: JsonObject) =>
  Result.gen(function* () {
    if (stream.parents === undefined) return undefined
    const all = yield* objectUnder(state, "parent_state")
    if (all === undefined) return undefined
    const marks = new Map<string, number>()
    for (const parent of stream.parents.streams) {
      const path = `parent_state.${parent}`
      const one = yield* objectUnder(all, parent, path)
      const mark = one === undefined ? undefined : yield* cursorIn(one, namesOf("update_time"), `${path}.`)
      if (mark !== undefined) marks.set(parent, mark)
    }
    if (marks.size === 0) return undefined
    return Object.fromEntries(stream.parents.streams.map((parent) => [parent, marks.get(parent) ?? 0]))
  })

/**
 * The mark of a stream. A child's state may also be `{states, state, lookback_window, parent_state}`:
 * - `state`, or the bare cursor, is the cursor over all parents: set at the end of a whole run only, so everything
 *   below it less the lookback is out, and a parent with something newer has changed since.
 * - `states`, one cursor a parent, says nothing of parents that are not in it. Alone it comes from a first run that was
 *   cut: no mark, or the children of the parents not reached yet would be lost.
 */
const markIn = (stream: SourceStream, state: JsonObject, field: string) =>
  Result.gen(function* () {
    const names = namesOf(field)
    const bare = yield* cursorIn(state, names, "")
    if (stream.parents === undefined) return bare
    const overall = yield* objectUnder(state, "state")
    const mark = least([bare, overall === undefined ? undefined : yield* cursorIn(overall, names, "state.")])
    return mark === undefined ? undefined : Math.max(Math.min(mark, 0), mark - (yield* lookbackIn(state)))
  })

/** Parents that could not be read, or whose `null` counts as no rows: a key that cannot be asked for was not written here. */
const checkParents = (own: JsonObject, name: "failed" | "empty", path: string) =>
  Result.gen(function* () {
    for (const [index, entry] of (yield* objectsIn(own[name], `${path}.${name}`)).entries()) {
      const where = `${path}.${name}[${index}]`
      if (typeof entry.id !== "string" || askedAs(entry.id) === undefined)
        return yield* flaw(`${where}.id`, "is not the key of a parent")
      for (const field of ["of", "start", "end", "period"])
        if (!isNothing(entry[field]) && typeof entry[field] !== "string")
          return yield* flaw(`${where}.${field}`, "is not a text")
      if (!isNothing(entry.null_runs) && typeof entry.null_runs !== "number")
        return yield* flaw(`${where}.null_runs`, "is not a number")
    }
    return undefined
  })

/** Whether this source's own part, or that of one parent, is as it was written: what is passed over would be read anew. */
const checkOwn = (own: JsonObject, path: string, isWhole = true): Result.Result<void, Flaw> =>
  Result.gen(function* () {
    for (const name of ["mark", "settle", "whole", "reading", "began", "read"])
      yield* secondsIn(own[name], `${path}.${name}`)
    for (const [index, window] of (yield* objectsIn(own.windows, `${path}.windows`)).entries())
      for (const name of ["since", "at", "stop"]) yield* secondsIn(window[name], `${path}.windows[${index}].${name}`)
    for (const name of ["at", "hashes", "include", "sweep"]) yield* objectUnder(own, name, `${path}.${name}`)
    if (!isNothing(own.buckets) && typeof own.buckets !== "string")
      return yield* flaw(`${path}.buckets`, "is not a text")
    for (const [name, least] of [
      ["width", 1],
      ["from", 0]
    ] as const)
      if (!isNothing(own[name]) && !(Number.isSafeInteger(own[name]) && Number(own[name]) >= least))
        return yield* flaw(`${path}.${name}`, "is not a number of ids")
    if (!isWhole) return
    for (const name of ["failed", "empty"] as const) yield* checkParents(own, name, path)
    const parents = (yield* objectUnder(own, "parents", `${path}.parents`)) ?? {}
    for (const name of Object.keys(parents)) {
      const where = `${path}.parents.${name}`
      const parent = yield* objectUnder(parents, name, where)
      if (parent !== undefined) yield* checkOwn(parent, where, false)
    }
  })

const ownIn = (state: JsonObject) =>
  Result.gen(function* () {
    const own = yield* objectUnder(state, "_ab")
    if (own === undefined) return undefined
    const version = own.v
    if (!isNothing(version) && typeof version !== "number") return yield* flaw("_ab.v", "is not a number")
    if (typeof version === "number" && version > STATE_VERSION)
      return yield* flaw("_ab.v", "is of a newer version of this source")
    yield* checkOwn(own, "_ab")
    return own
  })

const statedIn = (stream: SourceStream, state: unknown) =>
  Result.gen(function* () {
    if (isNothing(state)) return {} as Stated
    if (!isObject(state)) return yield* flaw("the whole", "is not an object")
    const own = yield* ownIn(state)
    const isComplete = state.__ab_full_refresh_sync_complete === true
    const field = cursorFieldOf(stream)
    // A stream that is read whole every time may still have a state of a version that asked it for changes.
    const mark = field === undefined ? undefined : yield* markIn(stream, state, field)
    const parents = field === undefined ? undefined : yield* parentMarks(stream, state)
    return {
      ...(mark !== undefined && { mark }),
      ...(isComplete && { complete: true as const }),
      ...(parents !== undefined && { parents }),
      ...(own !== undefined && { own })
    } as Stated
  })

/** What else a state of any version may hold, beside cursors and markers of the platform. */
const others = ["_ab", "states", "state", "parent_state", "use_global_cursor", "lookback_window"]

/** Keys of a state that says nothing this source knows: a stream that has one was meant to go on from somewhere. */
export const strangeKeys = (stream: SourceStream, state: JsonObject): ReadonlyArray<string> => {
  const known = [...namesOf(cursorFieldOf(stream) ?? "update_time"), ...others]
  const keys = Object.keys(state)
  return keys.some((key) => key.startsWith("__ab") || known.includes(key)) ? [] : keys
}

/**
 * Reads a stream's state in the form of any version. Keys it does not know are passed over, as are the markers of
 * streams without a cursor; what it does know has to be readable, or a whole stream would silently be read anew.
 */
export const readStated = (stream: SourceStream, state: unknown): Result.Result<Stated, ConfigError> =>
  Result.mapError(
    statedIn(stream, state),
    ({ field, words }) =>
      new ConfigError({
        message:
          `The state of the stream ${stream.name} cannot be read: ${field} ${words}. ` +
          "Clear this stream's state to read it from the beginning, or put back the state of its last good sync."
      })
  )
