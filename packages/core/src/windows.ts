import { secondsOf, zonedText } from "./cursor.ts"
import type { JsonObject } from "./events.ts"

/** A span of update time that is read on its own, ascending. Times are epoch seconds. */
export interface Window {
  /** The filter as it is sent; undefined where everything is asked for. A page cursor holds for this filter alone. */
  readonly since: number | undefined
  /** Second of the last row that is out. */
  readonly at: number | undefined
  /** Rows from here on belong to another window; undefined for the open window. */
  readonly stop: number | undefined
  /** The vendor's mark for the next page. */
  readonly cursor: string | undefined
  /** Rows without a time, where the server lists them last: descending, unfiltered, up to the first row with one. */
  readonly nulls?: true
}

/** Where a window stands: everything before it is out. */
export const positionOf = (window: Window): number | undefined => window.at ?? window.since

/** What is left to read, and the mark below which nothing is. The rules, and what breaks without them, are tried in its tests. */
export class Windows {
  readonly #windows = new Map<number, Window>()
  /** The mark this run began with: a mark never falls. */
  readonly floor: number | undefined
  #settled: number | undefined
  #last: number | undefined

  constructor(windows: ReadonlyMap<number, Window>, floor: number | undefined, settled?: number) {
    for (const [id, window] of windows) this.#windows.set(id, window)
    this.floor = floor
    this.#settled = settled
  }

  get unfinished(): ReadonlyMap<number, Window> {
    return this.#windows
  }

  get(id: number): Window | undefined {
    return this.#windows.get(id)
  }

  /** Rows up to `at` are out. */
  advance(id: number, to: Pick<Window, "since" | "at" | "cursor">): void {
    const window = this.#windows.get(id)
    if (window === undefined) return
    const at = window.at === undefined ? to.at : Math.max(window.at, to.at ?? window.at)
    this.#windows.set(id, { ...window, since: to.since, at, cursor: to.cursor })
  }

  /** The window is read to its end. */
  finish(id: number): void {
    const window = this.#windows.get(id)
    if (window === undefined) return
    if (window.stop === undefined && window.nulls === undefined) this.#last = positionOf(window)
    this.#windows.delete(id)
  }

  /** Gives the part of a window from `cut` on to a new window. */
  split(id: number, cut: number, newId: number): void {
    const window = this.#windows.get(id)
    if (window === undefined) return
    const isPast = window.at !== undefined && window.at >= cut
    if (isPast) this.#windows.delete(id)
    else this.#windows.set(id, { ...window, stop: cut })
    this.#windows.set(newId, { since: cut, at: isPast ? window.at : undefined, stop: window.stop, cursor: undefined })
  }

  add(id: number, window: Window): void {
    this.#windows.set(id, window)
  }

  /** Later than this the list may still change behind the reader: the mark stays here for the rest of the read. */
  settle(second: number): void {
    this.#settled = Math.min(this.#settled ?? second, second)
  }

  /** Every row with an earlier time is out, and none can appear there any more. */
  get mark(): number | undefined {
    let mark: number | undefined = this.#settled
    let known = true
    const timed = [...this.#windows.values()].filter((window) => window.nulls === undefined)
    for (const window of timed) {
      const position = positionOf(window)
      if (position === undefined) known = false
      else mark = Math.min(mark ?? position, position)
    }
    if (timed.length === 0)
      mark = this.#settled === undefined ? this.#last : Math.min(this.#settled, this.#last ?? this.#settled)
    if (!known) return this.floor
    return mark === undefined || this.floor === undefined ? (mark ?? this.floor) : Math.max(mark, this.floor)
  }

  /** Whether the mark's own second is out as well: the list was read to its end before anything live. */
  get isThroughMark(): boolean {
    return this.#windows.size === 0 && this.#settled === undefined && this.#last !== undefined
  }

  /** What of it a state keeps beside the mark: nothing once all is read. */
  toState(): JsonObject {
    if (this.#windows.size === 0) return {}
    const windows = [...this.#windows.values()].map((window) => ({
      ...(window.since !== undefined && { since: zonedText(window.since) }),
      ...(window.at !== undefined && { at: zonedText(window.at) }),
      ...(window.stop !== undefined && { stop: zonedText(window.stop) }),
      ...(window.cursor !== undefined && { cursor: window.cursor }),
      ...(window.nulls !== undefined && { nulls: true })
    }))
    return { windows, ...(this.#settled !== undefined && { settle: zonedText(this.#settled) }) }
  }

  /** The same marks over other windows. */
  rebased(windows: ReadonlyMap<number, Window>): Windows {
    return new Windows(windows, this.mark, this.#settled)
  }

  /** Windows as a state kept them, or the open window of a read that begins; all of it no earlier than `start`. */
  static resume(own: JsonObject, mark: number | undefined, start: number | undefined): Windows {
    const settled = typeof own["settle"] === "string" ? secondsOf(own["settle"]) : Number.NaN
    const later = mark === undefined ? start : Math.max(mark, start ?? mark)
    const kept = windowsOf(own["windows"]).flatMap((window) => clamped(window, start))
    const windows = kept.some((window) => window.stop === undefined && window.nulls === undefined)
      ? kept
      : [{ since: later, at: undefined, stop: undefined, cursor: undefined }]
    return new Windows(
      new Map(windows.map((window, id) => [id, window])),
      mark,
      Number.isFinite(settled) ? settled : undefined
    )
  }
}

const windowsOf = (given: unknown): ReadonlyArray<Window> => {
  if (!Array.isArray(given)) return []
  const second = (value: unknown): number | undefined => {
    const seconds = typeof value === "string" ? secondsOf(value) : Number.NaN
    return Number.isFinite(seconds) ? seconds : undefined
  }
  return given.map((entry: JsonObject) => ({
    since: second(entry["since"]),
    at: second(entry["at"]),
    stop: second(entry["stop"]),
    cursor: typeof entry["cursor"] === "string" ? entry["cursor"] : undefined,
    ...(entry["nulls"] === true && { nulls: true as const })
  }))
}

/** The part of a window from the start date on. */
const clamped = (window: Window, start: number | undefined): ReadonlyArray<Window> => {
  if (start === undefined) return [window]
  if (window.nulls === true || (window.stop !== undefined && window.stop <= start)) return []
  if ((window.since ?? Number.NEGATIVE_INFINITY) >= start) return [window]
  return [{ since: Math.max(start, window.at ?? start), at: undefined, stop: window.stop, cursor: undefined }]
}

/**
 * The windows that cover what any of several readers of one list has left. A window all of them share keeps its
 * cursor, at the place of the slowest; where they differ, the list is asked again from the earliest second.
 */
export const union = (readers: ReadonlyArray<Windows>): ReadonlyArray<Window> => {
  const all = readers.flatMap((reader) => [...reader.unfinished.values()])
  const nulls = all.filter((window) => window.nulls === true).slice(0, 1)
  const none: Window = { since: undefined, at: undefined, stop: undefined, cursor: undefined, nulls: true }
  const timed = all
    .filter((window) => window.nulls === undefined)
    .sort((a, b) => (positionOf(a) ?? Number.NEGATIVE_INFINITY) - (positionOf(b) ?? Number.NEGATIVE_INFINITY))
  const merged: Array<Window> = []
  for (const window of timed) {
    const before = merged.at(-1)
    const from = positionOf(window) ?? Number.NEGATIVE_INFINITY
    if (before === undefined || (before.stop !== undefined && before.stop <= from)) {
      merged.push(window)
    } else {
      const stop =
        before.stop === undefined || window.stop === undefined ? undefined : Math.max(before.stop, window.stop)
      const at = positionOf(before)
      // Rows of one second may stand on several pages: of two cursors at one second neither is known to be the earlier.
      const isTied = at === positionOf(window) && before.cursor !== window.cursor
      // Begun again with a filter, an unfiltered window leaves rows without a time behind.
      if (isTied && before.since === undefined && at !== undefined && nulls.length === 0) nulls.push(none)
      merged[merged.length - 1] = isTied ? { since: at, at: before.at, stop, cursor: undefined } : { ...before, stop }
    }
  }
  return [...merged, ...nulls]
}
