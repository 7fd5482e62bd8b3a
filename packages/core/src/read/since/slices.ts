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

/** What is left to read of a list, and its watermark. */
export class Slices {
  readonly #slices = new Map<number, Slice>()
  /** The watermark this read began with: a watermark never falls. */
  readonly floor: number | undefined
  #ceiling: number | undefined
  #last: number | undefined

  constructor(slices: ReadonlyMap<number, Slice>, floor: number | undefined, ceiling?: number) {
    for (const [id, slice] of slices) this.#slices.set(id, slice)
    this.floor = floor
    this.#ceiling = ceiling
  }

  /** The second which the watermark does not pass in this read; undefined where nothing caps it yet. */
  get ceiling(): number | undefined {
    return this.#ceiling
  }

  get unfinished(): ReadonlyMap<number, Slice> {
    return this.#slices
  }

  get(id: number): Slice | undefined {
    return this.#slices.get(id)
  }

  /** Rows up to `at` have been emitted. */
  advance(id: number, to: Pick<Slice, "since" | "at" | "cursor">): void {
    const slice = this.#slices.get(id)
    if (slice === undefined) return
    const at = slice.at === undefined ? to.at : Math.max(slice.at, to.at ?? slice.at)
    this.#slices.set(id, { ...slice, since: to.since, at, cursor: to.cursor })
  }

  /** The slice is read to its end. */
  finish(id: number): void {
    const slice = this.#slices.get(id)
    if (slice === undefined) return
    if (slice.stop === undefined && slice.nulls === undefined) this.#last = positionOf(slice)
    this.#slices.delete(id)
  }

  /** Gives the part of a slice from `cut` on to a new slice. */
  split(id: number, cut: number, newId: number): void {
    const slice = this.#slices.get(id)
    if (slice === undefined) return
    const isPast = slice.at !== undefined && slice.at >= cut
    if (isPast) this.#slices.delete(id)
    else this.#slices.set(id, { ...slice, stop: cut })
    this.#slices.set(newId, { since: cut, at: isPast ? slice.at : undefined, stop: slice.stop, cursor: undefined })
  }

  add(id: number, slice: Slice): void {
    this.#slices.set(id, slice)
  }

  /** From this second on the list may still change behind the reader: the watermark does not pass it in this read. */
  cap(second: number): void {
    this.#ceiling = Math.min(this.#ceiling ?? second, second)
  }

  /** All rows with an earlier time have been emitted, and none can appear there any more. */
  get watermark(): number | undefined {
    let watermark: number | undefined = this.#ceiling
    let known = true
    const timed = [...this.#slices.values()].filter((slice) => slice.nulls === undefined)
    for (const slice of timed) {
      const position = positionOf(slice)
      if (position === undefined) known = false
      else watermark = Math.min(watermark ?? position, position)
    }
    if (timed.length === 0)
      watermark = this.#ceiling === undefined ? this.#last : Math.min(this.#ceiling, this.#last ?? this.#ceiling)
    if (!known) return this.floor
    return watermark === undefined || this.floor === undefined
      ? (watermark ?? this.floor)
      : Math.max(watermark, this.floor)
  }

  /** Whether the rows of the watermark's own second have been emitted as well, and none can appear in it any more. */
  get isThroughMark(): boolean {
    return this.#slices.size === 0 && this.#ceiling === undefined && this.#last !== undefined
  }

  /** What of it a state keeps beside the watermark: nothing once all is read. */
  toState(): Pick<Extension, "windows" | "settle"> {
    if (this.#slices.size === 0) return {}
    const windows = Array.from(this.#slices.values(), ({ since, at, stop, cursor, nulls }) => ({
      ...{ since, at, stop, cursor, nulls }
    }))
    return { windows, settle: this.#ceiling }
  }

  /** The same watermarks over other slices. */
  rebased(slices: ReadonlyMap<number, Slice>): Slices {
    return new Slices(slices, this.watermark, this.#ceiling)
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
