import type { Extension, SliceExtension } from "../../state/format.ts"

/** A span of update time that is read on its own, ascending. Times are epoch seconds. */
export interface Slice {
  /** The filter as it is sent; undefined where everything is asked for. A page cursor holds for this filter alone. */
  readonly since: number | undefined
  /** Second of the last row that is out. */
  readonly at: number | undefined
  /** Rows from here on belong to another slice; undefined for the open slice. */
  readonly stop: number | undefined
  /** The vendor's watermark for the next page. */
  readonly cursor: string | undefined
  /** Rows without a time, where the server lists them last: descending, unfiltered, up to the first row with one. */
  readonly nulls?: true
}

/** Where a slice stands: everything before it is out. */
export const positionOf = (slice: Slice): number | undefined => slice.at ?? slice.since

/** What is left to read, and the watermark below which nothing is. The rules, and what breaks without them, are tried in its tests. */
export class Slices {
  readonly #slices = new Map<number, Slice>()
  /** The watermark this run began with: a watermark never falls. */
  readonly floor: number | undefined
  #settled: number | undefined
  #last: number | undefined

  constructor(slices: ReadonlyMap<number, Slice>, floor: number | undefined, settled?: number) {
    for (const [id, slice] of slices) this.#slices.set(id, slice)
    this.floor = floor
    this.#settled = settled
  }

  get unfinished(): ReadonlyMap<number, Slice> {
    return this.#slices
  }

  get(id: number): Slice | undefined {
    return this.#slices.get(id)
  }

  /** Rows up to `at` are out. */
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

  /** Later than this the list may still change behind the reader: the watermark stays here for the rest of the read. */
  settle(second: number): void {
    this.#settled = Math.min(this.#settled ?? second, second)
  }

  /** Every row with an earlier time is out, and none can appear there any more. */
  get watermark(): number | undefined {
    let watermark: number | undefined = this.#settled
    let known = true
    const timed = [...this.#slices.values()].filter((slice) => slice.nulls === undefined)
    for (const slice of timed) {
      const position = positionOf(slice)
      if (position === undefined) known = false
      else watermark = Math.min(watermark ?? position, position)
    }
    if (timed.length === 0)
      watermark = this.#settled === undefined ? this.#last : Math.min(this.#settled, this.#last ?? this.#settled)
    if (!known) return this.floor
    return watermark === undefined || this.floor === undefined
      ? (watermark ?? this.floor)
      : Math.max(watermark, this.floor)
  }

  /** Whether the watermark's own second is out as well: the list was read to its end before anything live. */
  get isThroughMark(): boolean {
    return this.#slices.size === 0 && this.#settled === undefined && this.#last !== undefined
  }

  /** What of it a state keeps beside the watermark: nothing once all is read. */
  toState(): Pick<Extension, "windows" | "settle"> {
    if (this.#slices.size === 0) return {}
    const windows = Array.from(this.#slices.values(), ({ since, at, stop, cursor, nulls }) => ({
      ...{ since, at, stop, cursor, nulls }
    }))
    return { windows, settle: this.#settled }
  }

  /** The same watermarks over other slices. */
  rebased(slices: ReadonlyMap<number, Slice>): Slices {
    return new Slices(slices, this.watermark, this.#settled)
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
      : [{ since: later, at: undefined, stop: undefined, cursor: undefined }]
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
  return [{ since: Math.max(start, slice.at ?? start), at: undefined, stop: slice.stop, cursor: undefined }]
}

/** Whether whoever reads some slices comes by all that another reader has left, without going back for it. */
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
 * The slices that cover what any of several readers of one list has left. A slice all of them share keeps its
 * cursor, at the place of the slowest; where they differ, the list is asked again from the earliest second.
 */
export const union = (readers: ReadonlyArray<Slices>): ReadonlyArray<Slice> => {
  const all = readers.flatMap((reader) => [...reader.unfinished.values()])
  const nulls = all.filter((slice) => slice.nulls === true).slice(0, 1)
  const none: Slice = { since: undefined, at: undefined, stop: undefined, cursor: undefined, nulls: true }
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
      if (isTied && before.since === undefined && at !== undefined && nulls.length === 0) nulls.push(none)
      merged[merged.length - 1] = isTied ? { since: at, at: before.at, stop, cursor: undefined } : { ...before, stop }
    }
  }
  return [...merged, ...nulls]
}
