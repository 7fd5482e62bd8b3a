import { CHANGED_AT, cursorFieldOf, PERIOD, ROW_KEY, type SourceStream } from "../declare/stream.ts"
import { zonedText } from "../state/cursor.ts"
import { hashOf, hashText } from "./hash.ts"
import type { Page } from "./page.ts"
import { bytesOf } from "./text.ts"

/** The parent a row was asked from. */
export interface Origin {
  /** The parent's key, as JSON text on one line. */
  readonly key: string
  readonly period?: string
}

/** Hashes of a parent's rows so far, by how often each came: equal rows get different keys. */
export type Ranks = Map<number, number>

/**
 * What the reader adds to a row, as JSON members: the parent's key and the wrapper's words where the row lacks them,
 * and our own columns.
 */
export const addedTo = (stream: SourceStream) => {
  const stamps = cursorFieldOf(stream) === CHANGED_AT
  const keyed = stream.primaryKey.includes(ROW_KEY)
  const dated = stream.primaryKey.includes(PERIOD)
  const as = stream.parents?.as
  if (!stamps && !keyed && !dated && as === undefined) return undefined
  return (page: Page, row: number, origin: Origin | undefined, ranks: Ranks): string => {
    const members: Array<string> = []
    if (origin !== undefined && as !== undefined && page.text(row, as) === undefined)
      members.push(`"${as}":${origin.key}`)
    if (dated && origin?.period !== undefined) members.push(`"${PERIOD}":${JSON.stringify(origin.period)}`)
    if (keyed) {
      const hash = page.hash(row)
      const rank = ranks.get(hash) ?? 0
      ranks.set(hash, rank + 1)
      const place = bytesOf(`${origin?.key ?? ""}/${hash}/${rank}`)
      const key =
        stream.parents === undefined ? stream.name : hashText(hash) + hashText(hashOf(place, 0, place.length, 1))
      members.push(`"${ROW_KEY}":"${key}"`)
    }
    if (stamps) members.push(`"${CHANGED_AT}":"${zonedText(Math.floor(page.serverMs / 1000))}"`)
    return members.join(",")
  }
}
