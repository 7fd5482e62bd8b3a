import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"
import { secondsOf, zonedText } from "./cursor.ts"

/** Clocks differ, and so do people's time zones: what lies ahead by no more than this counts as now. */
export const TOLERANCE_S = 86_400

/** No state is nested deeper; what is, is not looked into. */
const DEEPEST = 8

/** Members with texts of the vendor or of users, periods of parents among them: none says how far a stream is read. */
const opaque = new Set(["hashes", "buckets", "failed", "empty", "cursor", "partition", "parent_slice"])

/**
 * Members without which a stream goes on from its watermark as well: when this source did something, and what a read
 * that was cut had left.
 */
const dispensable = /\.(read|whole|reading|began|swept|day|settle)$|\.include\.|\.windows\[/

const secondsIn = (value: unknown): number => (typeof value === "string" ? secondsOf(value.trim()) : Number.NaN)

/** The latest time in a state, in epoch seconds; minus infinity for none. */
export const latestIn = (value: unknown, depth = 0): number => {
  if (typeof value !== "object" || value === null) return Number.isNaN(secondsIn(value)) ? -Infinity : secondsIn(value)
  if (depth > DEEPEST) return -Infinity
  let latest = -Infinity
  for (const [name, member] of Object.entries(value))
    if (!opaque.has(name)) latest = Math.max(latest, latestIn(member, depth + 1))
  return latest
}

/** A time in the form that another one has. */
const inFormOf = (text: string, seconds: number): string => {
  const zoned = zonedText(seconds)
  if (text.length === 10) return zoned.slice(0, 10)
  return /(Z|[+-]\d\d:?\d\d)$/.test(text) ? zoned : zoned.slice(0, 19).replace("T", text.charAt(10))
}

/** A state without times that no server can have given. */
export interface Sound {
  readonly state: JsonObject
  /** Watermarks that were taken out: nothing tells how far the stream has been read. */
  readonly watermarks: ReadonlyArray<string>
  /** Other times that were taken out: the stream goes on from its watermark. */
  readonly times: ReadonlyArray<string>
}

/**
 * Takes out of a state what lies more than a day ahead of the server's clock, and sets what is ahead by less to now.
 * Of a list nothing is left, as its items belong together: what it goes on from is then the watermark.
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
    if (typeof value !== "object" || value === null || depth > DEEPEST) return value
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
