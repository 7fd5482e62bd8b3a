/**
 * Those who take rows of one list: its own stream, and the streams of its children. Each has slices of its own, which
 * say what has been emitted to it and become its state. The list is read in slices that cover what any of them has left,
 * and of each page everyone gets the rows that it has left itself.
 */
import { Effect } from "effect"
import { notesOf, type Pass } from "../children/pass.ts"
import type { Sink } from "../sink.ts"
import type { Demand, Emission, PageFacts } from "./commands.ts"
import type { Plan } from "./plan.ts"
import type { SlicePage } from "./slice-pager.ts"
import { positionOf, type Slice, Slices, union } from "./slices.ts"

/** A sink with the slices of what has been emitted to it. */
export interface Taker {
  readonly sink: Sink
  readonly slices: () => Slices
  /** Replaces its slices: rows have been emitted, or the list is cut otherwise. */
  readonly keep: (slices: Slices) => void
  readonly checkpoint: Effect.Effect<void>
  /** Rows up to this second, and with it, are not needed again. */
  readonly through?: number | undefined
  /** Rows that are not needed again though they are not before the taker's position. */
  readonly pass?: Pass
  /** Told when the list has been read to its end: the safe watermark of the last answer, in epoch seconds. */
  readonly finished?: (safeWatermark: number) => void
}

const startOf = (slice: Slice): number => positionOf(slice) ?? Number.NEGATIVE_INFINITY
const stopOf = (slice: Slice): number => slice.stop ?? Number.POSITIVE_INFINITY

/** Whether rows of a time are in what is left. */
const isLeft = (left: Iterable<Slice>, seconds: number): boolean => {
  for (const slice of left) {
    const holds = Number.isNaN(seconds)
      ? slice.nulls === true || slice.since === undefined
      : slice.nulls === undefined && seconds >= startOf(slice) && seconds < stopOf(slice)
    if (holds) return true
  }
  return false
}

/** The slices of one taker, cut like the slices of the whole list. */
const rebased = (list: ReadonlyMap<number, Slice>, own: Slices): Slices => {
  const left = [...own.unfinished.values()]
  const mine = [...list].flatMap(([id, slice]): Array<[number, Slice]> => {
    const from = startOf(slice)
    if (slice.nulls) return left.some((other) => other.nulls || other.since === undefined) ? [[id, slice]] : []
    const overlapping = left.filter(
      (other) => other.nulls === slice.nulls && startOf(other) < stopOf(slice) && stopOf(other) > from
    )
    if (overlapping.length === 0) return []
    const first = Math.min(...overlapping.map(startOf))
    return [[id, first > from ? { ...slice, at: first, cursor: undefined } : slice]]
  })
  return own.rebased(new Map(mine))
}

/** What of a page a taker's progress needs. It may be kept until all lists have been read, so it must not hold the page. */
interface Taken {
  readonly id: number
  readonly asked: SlicePage["asked"]
  readonly times: PageFacts["times"]
  readonly emission: Omit<Emission, "rows">
  /** Notes rows that were taken, all or those before one, in the taker's pass. */
  readonly note: (before?: number) => void
}

/** One taker while the list is read. */
class Taking {
  readonly taker: Taker
  /** What it had left when the read began. */
  readonly left: Array<Slice>
  readonly #isByTime: boolean

  constructor(taker: Taker, isByTime: boolean) {
    this.taker = taker
    this.left = [...taker.slices().unfinished.values()]
    this.#isByTime = isByTime
  }

  get isOpen(): boolean {
    return this.taker.sink.isOpen()
  }

  /** Changes its slices, which are its progress. */
  change(change: (slices: Slices) => Slices): void {
    this.taker.keep(change(this.taker.slices()))
  }

  take(id: number, { page, asked, facts: { times } }: SlicePage, { rows, to, ended }: Emission): Effect.Effect<void> {
    const { sink, pass, through = Number.NEGATIVE_INFINITY } = this.taker
    const wanted = rows.filter((row) => {
      const seconds = times[row] as number
      return !(seconds <= through) && isLeft(this.left, seconds) && pass?.has(page.key(row), seconds) !== true
    })
    const note = pass === undefined ? () => {} : notesOf(pass, page, wanted)
    const taken = { id, asked, times, emission: { to, ended }, note }
    return sink.take(page, wanted, this.#all(taken), this.#before(taken))
  }

  /** All that follows from the page's rows has been emitted. */
  #all({ id, emission, note }: Taken): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.change((slices) => {
        const advanced = slices.advance(id, emission.to)
        return emission.ended ? advanced.finish(id) : advanced
      })
      note()
      return this.#checkpoint()
    })
  }

  /** All that follows from the rows before one has been emitted: the page is asked for again, and read from that row on. */
  #before({ id, asked, times, note }: Taken): (row: number) => Effect.Effect<void> {
    // A list that goes on by time alone does not come back to rows without one behind this row.
    const lastUntimed = this.#isByTime && asked.since === undefined ? times.findLastIndex(Number.isNaN) : -1
    return (row) =>
      Effect.suspend(() => {
        const seconds = times[row] as number
        if (!Number.isNaN(seconds) && lastUntimed <= row)
          this.change((slices) => slices.advance(id, { ...asked, at: seconds }))
        note(row)
        return this.#checkpoint()
      })
  }

  /** A checkpoint, without notes on what the slices say by now. */
  #checkpoint(): Effect.Effect<void> {
    const { slices, pass, checkpoint } = this.taker
    pass?.keep((seconds) => isLeft(slices().unfinished.values(), seconds))
    return checkpoint
  }
}

/** All takers of one list while it is read. */
export class Takers implements Demand {
  readonly #all: ReadonlyArray<Taking>
  /** What any of them has left: the slices in which the list begins to be read. */
  readonly slices: Slices

  /** @param isByTime whether the list goes on by time alone */
  constructor(takers: ReadonlyArray<Taker>, isByTime: boolean) {
    this.#all = takers.map((taker) => new Taking(taker, isByTime))
    const own = takers.map((taker) => taker.slices())
    // What an earlier read of the same list has capped stays capped.
    const ceilings = own.map(({ ceiling }) => ceiling).filter((ceiling) => ceiling !== undefined)
    const ceiling = ceilings.length === 0 ? undefined : Math.min(...ceilings)
    this.slices = new Slices(new Map(union(own).map((slice, id) => [id, slice])), undefined, ceiling)
    for (const taking of this.#all) taking.change((slices) => rebased(this.slices.unfinished, slices))
  }

  isOpen(): boolean {
    return this.#all.some(({ isOpen }) => isOpen)
  }

  nextWanted(from: number, stop: number | undefined): number {
    const seconds = this.#all
      .filter(({ isOpen }) => isOpen)
      .flatMap(({ left }) => left)
      .filter((slice) => slice.nulls === undefined)
      .filter((slice) => (positionOf(slice) ?? from) < (stop ?? Number.POSITIVE_INFINITY) && stopOf(slice) > from)
      .map((slice) => Math.max(from, positionOf(slice) ?? from))
    return Math.min(...seconds)
  }

  add(slice: Slice): void {
    for (const { left } of this.#all) left.push(slice)
  }

  follow(change: (slices: Slices) => Slices): void {
    for (const taking of this.#all) taking.change(change)
  }

  /** Gives everyone its rows of a page, each at its own pace; done when all have taken theirs. */
  take(id: number, page: SlicePage, emission: Emission): Effect.Effect<void> {
    return this.#each((taking) => taking.take(id, page, emission))
  }

  /** The list has been read to its end. */
  finish(plan: Plan): Effect.Effect<void> {
    return this.#each((taking) => {
      const { taker } = taking
      return taker.sink.finish(
        Effect.suspend(() => {
          taking.change((slices) => slices.conclude(plan.safeWatermark, plan.latestSafeWatermark))
          taker.finished?.(plan.latestSafeWatermark)
          return taker.checkpoint
        })
      )
    })
  }

  #each(run: (taking: Taking) => Effect.Effect<void>): Effect.Effect<void> {
    const [first, ...others] = this.#all
    if (first === undefined) return Effect.void
    if (others.length === 0) return run(first)
    return Effect.forEach(this.#all, run, { concurrency: "unbounded", discard: true })
  }
}
