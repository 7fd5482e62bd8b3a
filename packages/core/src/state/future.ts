/**
 * Times in a state that lie ahead of Pipedrive's clock. No server can have given them: a stream that continued from one
 * would skip rows. Times more than a day ahead are removed, and the caller learns whether a watermark was among them.
 */

import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"
import { secondsOf, zonedText } from "./cursor.ts"

/** Clocks and time zones differ: a time that is ahead by no more than this counts as now. */
export const TOLERANCE_S = 86_400

/** No state of ours is nested deeper; anything deeper is ignored. */
const MAX_DEPTH = 8

/** Members with text from the vendor or users, and times of parents: none tells how far a stream was read. */
const opaque = new Set(
  ["hashes", "buckets", "known", "doubt"].concat(["failed", "empty", "pass"], ["cursor", "partition", "parent_slice"])
)

/**
 * Members that a stream can continue without, from its watermark: when this source did something, and what an
 * interrupted read had left to do.
 */
const dispensable = /\.(read|whole|reading|began|swept|day|settle)$|\.include\.|\.windows\[/

const secondsIn = (value: unknown): number => (typeof value === "string" ? secondsOf(value.trim()) : Number.NaN)

/** The latest time in a state, in epoch seconds; minus infinity if there is none. */
export const latestIn = (value: unknown, depth = 0): number => {
  if (typeof value !== "object" || value === null) return Number.isNaN(secondsIn(value)) ? -Infinity : secondsIn(value)
  if (depth > MAX_DEPTH) return -Infinity
  let latest = -Infinity
  for (const [name, member] of Object.entries(value))
    if (!opaque.has(name)) latest = Math.max(latest, latestIn(member, depth + 1))
  return latest
}

/** A time, written in the same form as `text`. */
const inFormOf = (text: string, seconds: number): string => {
  const zoned = zonedText(seconds)
  if (text.length === 10) return zoned.slice(0, 10)
  return /(Z|[+-]\d\d:?\d\d)$/.test(text) ? zoned : zoned.slice(0, 19).replace("T", text.charAt(10))
}

/** A state without times ahead of the server's clock. */
export interface Sound {
  readonly state: JsonObject
  /** Watermarks that were removed: nothing tells any more how far the stream was read. */
  readonly watermarks: ReadonlyArray<string>
  /** Other times that were removed: the stream continues from its watermark. */
  readonly times: ReadonlyArray<string>
}

/**
 * Removes times more than a day ahead of the server's clock from a state, and sets those ahead by less to now. A list
 * with such a time is removed as a whole, as its items belong together; the stream then continues from its watermark.
 *
 * @param known members to look into
 * @param nowSeconds the server's clock
 */
export const withoutFuture = (state: JsonObject, known: ReadonlyArray<string>, nowSeconds: number): Sound => {
  const watermarks: Array<string> = []
  const times: Array<string> = []
  const walk = (value: unknown, path: string, depth: number): unknown => {
    if (typeof value === "string") {
      const seconds = secondsIn(value)
      if (Number.isNaN(seconds) || seconds <= nowSeconds) return value
      // The latest time of rows is the server's own, whatever it is.
      if (seconds <= nowSeconds + TOLERANCE_S || path.endsWith(".greatest")) return inFormOf(value.trim(), nowSeconds)
      ;(dispensable.test(path) ? times : watermarks).push(path)
      return undefined
    }
    if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value
    const before = watermarks.length + times.length
    if (!Array.isArray(value)) return walkMembers(value as JsonObject, path, depth)
    const items = value.map((item, index) => walk(item, `${path}[${index}]`, depth + 1))
    return watermarks.length + times.length > before ? undefined : items
  }
  const walkMembers = (object: JsonObject, path: string, depth: number): JsonObject => {
    const kept = Object.entries(object).map(([name, member]): [string, unknown] => {
      const isLookedInto = depth === 0 ? known.includes(name) : !opaque.has(name)
      return [name, isLookedInto ? walk(member, path === "" ? name : `${path}.${name}`, depth + 1) : member]
    })
    return Object.fromEntries(kept.filter(([, member]) => member !== undefined))
  }
  return { state: isObject(state) ? walkMembers(state, "", 0) : state, watermarks, times }
}
