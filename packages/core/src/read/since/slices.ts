/**
 * The progress of a list that is read by update time: what is left to read, and the watermark, the second before which
 * nothing is left.
 *
 * Slices do not overlap, and one of them is open to the end of the list. They advance, are split and finish:
 *
 *     ├─── slice 1 ───┤├──── slice 2 ────┤├──── open slice ────▶ update time
 *         ▲                  ▲                ▲         ▲
 *         at (watermark)     at               at        ceiling
 *
 * The ceiling is the second from which on the list may still change behind the reader: the watermark never passes it.
 */
import type { Extension, SliceExtension } from "../../state/format.ts"

/** A span of update time that is read on its own, ascending. Times are epoch seconds. */
export interface Slice {
  /** The filter as it is sent; undefined where everything is asked for. A page cursor holds for this filter alone. */
  readonly since: number | undefined
  /** Second of the last row that has been emitted. */
  readonly at: number | undefined
  /** Rows from here on belong to another slice; undefined for the open slice. */
  readonly stop: number | undefined
  /** Pipedrive's cursor of the next page. */
  readonly cursor: string | undefined
  /** Rows without a time, where the server lists them last: descending, unfiltered, up to the first row with one. */
  readonly nulls?: true
}

/** A slice that has not been begun, from a second on and without a stop. */
export const openSlice = (since: number | undefined): Slice => ({
  since,
  at: undefined,
  stop: undefined,
  cursor: undefined
})

/** Where a slice stands: all its rows before this second have been emitted. */
export const positionOf = (slice: Slice): number | undefined => slice.at ?? slice.since

/** What is left to read of a list, and its watermark. They do not change: what is done to them gives others. */
export class Slices {
  /** By a number for each slice of a read. */
  readonly unfinished: ReadonlyMap<number, Slice>
  /** The watermark this read began with: a watermark never falls. */
  readonly floor: number | undefined
  /** The second which the watermark does not pass in this read; undefined where nothing caps it yet. */
  readonly ceiling: number | undefined
  /** Where the open slice stood when it had been read to its end. */
  readonly #last: number | undefined

  constructor(unfinished: ReadonlyMap<number, Slice>, floor: number | undefined, ceiling?: number, last?: number) {
    this.unfinished = unfinished
    this.floor = floor
    this.ceiling = ceiling
    this.#last = last
  }

  get(id: number): Slice | undefined {
    return this.unfinished.get(id)
  }

  /** Rows up to `at` have been emitted. */
  advance(id: number, to: Pick<Slice, "since" | "at" | "cursor">): Slices {
    const slice = this.get(id)
    if (slice === undefined) return this
    const at = slice.at === undefined ? to.at : Math.max(slice.at, to.at ?? slice.at)
    return this.add(id, { ...slice, since: to.since, at, cursor: to.cursor })
  }

  /** The slice is read to its end. */
  finish(id: number): Slices {
    const slice = this.get(id)
    if (slice === undefined) return this
    const isOpen = slice.stop === undefined && slice.nulls === undefined
    const unfinished = new Map(this.unfinished)
    unfinished.delete(id)
    return new Slices(unfinished, this.floor, this.ceiling, isOpen ? positionOf(slice) : this.#last)
  }

  /** Gives the part of a slice from `cut` on to a new slice. */
  split(id: number, cut: number, newId: number): Slices {
    const slice = this.get(id)
    if (slice === undefined) return this
    const isPast = slice.at !== undefined && slice.at >= cut
    const unfinished = new Map(this.unfinished)
    if (isPast) unfinished.delete(id)
    else unfinished.set(id, { ...slice, stop: cut })
    unfinished.set(newId, { since: cut, at: isPast ? slice.at : undefined, stop: slice.stop, cursor: undefined })
    return new Slices(unfinished, this.floor, this.ceiling, this.#last)
  }

  /** With one more slice, or with another in the place of one. */
  add(id: number, slice: Slice): Slices {
    return new Slices(new Map(this.unfinished).set(id, slice), this.floor, this.ceiling, this.#last)
  }

  /** From this second on the list may still change behind the reader: the watermark does not pass it in this read. */
  cap(second: number): Slices {
    return new Slices(this.unfinished, this.floor, Math.min(this.ceiling ?? second, second), this.#last)
  }

  /**
   * The list has been read to its end.
   *
   * @param first safe watermark of the read's first answer; minus infinity where there was none
   * @param latest that of its last
   */
  conclude(first: number, latest: number): Slices {
    const { watermark } = this
    // The list has no rows.
    if (watermark === undefined) return Number.isFinite(first) ? this.cap(first) : this
    // Its own second may still bring rows.
    return watermark > latest ? this.cap(watermark) : this
  }

  /** All rows with an earlier time have been emitted, and none can appear there any more. */
  get watermark(): number | undefined {
    let watermark: number | undefined = this.ceiling
    let known = true
    const timed = [...this.unfinished.values()].filter((slice) => slice.nulls === undefined)
    for (const slice of timed) {
      const position = positionOf(slice)
      if (position === undefined) known = false
      else watermark = Math.min(watermark ?? position, position)
    }
    if (timed.length === 0)
      watermark = this.ceiling === undefined ? this.#last : Math.min(this.ceiling, this.#last ?? this.ceiling)
    if (!known) return this.floor
    return watermark === undefined || this.floor === undefined
      ? (watermark ?? this.floor)
      : Math.max(watermark, this.floor)
  }

  /** Whether the rows of the watermark's own second have been emitted as well, and none can appear in it any more. */
  get isThroughMark(): boolean {
    return this.unfinished.size === 0 && this.ceiling === undefined && this.#last !== undefined
  }

  /** What of it a state keeps beside the watermark: nothing once all is read. */
  toState(): Pick<Extension, "windows" | "settle"> {
    if (this.unfinished.size === 0) return {}
    const windows = Array.from(this.unfinished.values(), ({ since, at, stop, cursor, nulls }) => ({
      ...{ since, at, stop, cursor, nulls }
    }))
    return { windows, settle: this.ceiling }
  }

  /** The same watermarks over other slices. */
  rebased(slices: ReadonlyMap<number, Slice>): Slices {
    return new Slices(slices, this.watermark, this.ceiling)
  }

  /** Slices as a state kept them, or the open slice of a read that begins; all of it no earlier than `start`. */
  static resume(
    { windows = [], settle }: Pick<Extension, "windows" | "settle">,
    watermark: number | undefined,
    start: number | undefined
  ): Slices {
    const later = watermark === undefined ? start : Math.max(watermark, start ?? watermark)
    const kept = windows.flatMap((slice) => clamped(sliceOf(slice), start))
    const slices = kept.some((slice) => slice.stop === undefined && slice.nulls === undefined)
      ? kept
      : [openSlice(later)]
    return new Slices(new Map(slices.map((slice, id) => [id, slice])), watermark, settle)
  }
}

const sliceOf = ({ since, at, stop, cursor, nulls }: SliceExtension): Slice => ({
  ...{ since, at, stop, cursor },
  ...(nulls !== undefined && { nulls })
})

/** The part of a slice from the start date on. */
const clamped = (slice: Slice, start: number | undefined): ReadonlyArray<Slice> => {
  if (start === undefined) return [slice]
  if (slice.nulls === true || (slice.stop !== undefined && slice.stop <= start)) return []
  if ((slice.since ?? Number.NEGATIVE_INFINITY) >= start) return [slice]
  return [{ ...openSlice(Math.max(start, slice.at ?? start)), stop: slice.stop }]
}

/** Whether whoever reads some slices comes by all that another taker has left, without going back for it. */
export const covers = (slices: ReadonlyArray<Slice>, other: Slices): boolean =>
  [...other.unfinished.values()].every((left) =>
    slices.some((slice) => {
      if (left.nulls === true || slice.nulls === true) return left.nulls === slice.nulls
      const [from, leftFrom] = [slice, left].map((each) => positionOf(each) ?? Number.NEGATIVE_INFINITY)
      if ((slice.stop ?? Number.POSITIVE_INFINITY) < (left.stop ?? Number.POSITIVE_INFINITY)) return false
      // Of two cursors at one second neither is known to be the earlier.
      return from === leftFrom ? slice.cursor === left.cursor : (from as number) < (leftFrom as number)
    })
  )

/**
 * The slices that cover what any of several takers of one list has left. A slice all of them share keeps its
 * cursor, at the place of the slowest; where they differ, the list is asked again from the earliest second.
 */
export const union = (takers: ReadonlyArray<Slices>): ReadonlyArray<Slice> => {
  const all = takers.flatMap((taker) => [...taker.unfinished.values()])
  const nulls = all.filter((slice) => slice.nulls === true).slice(0, 1)
  const untimed: Slice = { ...openSlice(undefined), nulls: true }
  const timed = all
    .filter((slice) => slice.nulls === undefined)
    .sort((a, b) => (positionOf(a) ?? Number.NEGATIVE_INFINITY) - (positionOf(b) ?? Number.NEGATIVE_INFINITY))
  const merged: Array<Slice> = []
  for (const slice of timed) {
    const before = merged.at(-1)
    const from = positionOf(slice) ?? Number.NEGATIVE_INFINITY
    if (before === undefined || (before.stop !== undefined && before.stop <= from)) {
      merged.push(slice)
    } else {
      const stop = before.stop === undefined || slice.stop === undefined ? undefined : Math.max(before.stop, slice.stop)
      const at = positionOf(before)
      // Rows of one second may stand on several pages: of two cursors at one second neither is known to be the earlier.
      const isTied = at === positionOf(slice) && before.cursor !== slice.cursor
      // Begun again with a filter, an unfiltered slice leaves rows without a time behind.
      if (isTied && before.since === undefined && at !== undefined && nulls.length === 0) nulls.push(untimed)
      merged[merged.length - 1] = isTied ? { since: at, at: before.at, stop, cursor: undefined } : { ...before, stop }
    }
  }
  return [...merged, ...nulls]
}
