/**
 * How a list by update time is read, in slices: a pure state machine. It is told what pages show, and answers with what
 * is to be done, in order; `read.ts` does it. Of times only the server's are used. A read begins with one open slice,
 * which has no stop, or with the slices that a state has kept. What a slice does with a page:
 *
 *            ┌──────── more pages (from another second, where nobody takes the rows between) ───────┐
 *            ▼                                                                                      │
 *   ──▶ reading ──▶ page ──▶ rows without a time? ──▶ emit ──┬──▶ an idle worker? ──▶ split ──▶─────┤
 *            ▲                 (read them first)             │          no ──▶──────────────────────┘
 *            │                                               ├── last page, or the slice's stop ──▶ ended
 *            │                                               └── open, beside other slices,
 *            │                                                   at the safe watermark ──▶ parked ──┐
 *            └── the only slice left: from the safe watermark to the end of the list (the tail) ────┘
 *
 * - A slice is split for an idle worker, which reads the later part (`split.ts` says where).
 * - The open slice is parked at the safe watermark while others are unfinished. An unread row of theirs that is edited
 *   meanwhile moves behind the cursor, or into seconds that were read; the tail, which is read alone and without that
 *   cursor, meets it.
 * - As soon as the only slice comes to rows that are later than the safe watermark of their own page, the watermark of
 *   the read is capped there: later pages cannot prove that nothing appears behind them.
 * - Rows without a time are met by no filter. Where the server puts them last, they are a slice of their own, read from
 *   the end of the list before a filter could leave them behind. Where the whole list was read through to them, one that
 *   got a time meanwhile went behind the reader, and the list is read once more from its watermark.
 */
import type { Command, Demand, PageFacts } from "./commands.ts"
import { isLive, SliceReading } from "./slice-reading.ts"
import { openSlice, positionOf, type Slice, type Slices } from "./slices.ts"
import type { Splitter } from "./split.ts"

interface PlanOptions {
  /** What is left to be read. */
  readonly slices: Slices
  readonly demand: Demand
  readonly splitter: Splitter
  /** Slices that may be read at once. */
  readonly workers: number
  /** How many more requests could be sent now. */
  readonly idle: () => number
  /** Whether the list goes on by time alone, so that nothing leads from row to row without one. */
  readonly isByTime: boolean
}

/** Decides, page by page, how a list is read. */
export class Plan {
  readonly #options: PlanOptions
  #slices: Slices
  readonly #isUnfiltered: boolean
  #nextId: number
  #readings = new Map<number, SliceReading>()
  #safeWatermark: number | undefined
  #latestSafe = 0
  /** Whether this read, or the one it goes on with, was among rows without a time, some of which may have got one. */
  #endedOnUntimed = false
  #resumedAmongUntimed = false
  #isUntimedRead: boolean
  #hasLookedAtEnd = false

  constructor(options: PlanOptions) {
    const { slices } = options
    const left = [...slices.unfinished.values()]
    this.#options = options
    this.#slices = slices
    this.#nextId = left.length
    this.#isUntimedRead = left.some((slice) => slice.nulls)
    this.#isUnfiltered = left.some((slice) => slice.since === undefined)
  }

  /** What is left to be read by now. */
  get slices(): Slices {
    return this.#slices
  }

  /** Before this second, by the server's clock at the first answer, rows do not change any more. */
  get safeWatermark(): number {
    return this.#safeWatermark ?? Number.NEGATIVE_INFINITY
  }

  /** The same at the latest answer; 0 before the first. */
  get latestSafeWatermark(): number {
    return this.#latestSafe
  }

  /** The slices to be read at once, again and again until nothing is left: what was parked is read when it is alone. */
  *rounds(): Generator<ReadonlyArray<number>, void> {
    const { demand } = this.#options
    yield [...this.#slices.unfinished.keys()]
    while (this.#slices.unfinished.size > 0 && demand.isOpen()) yield [...this.#slices.unfinished.keys()]
    if (!(this.#endedOnUntimed || this.#resumedAmongUntimed) || !demand.isOpen()) return
    const slice = openSlice(Math.min(this.#slices.watermark ?? this.#latestSafe, this.#latestSafe))
    this.#add(slice)
    demand.add(slice)
    while (this.#slices.unfinished.size > 0 && demand.isOpen()) yield [...this.#slices.unfinished.keys()]
  }

  /** A worker begins with a slice; undefined where that has been read by now. */
  begin(id: number): Slice | undefined {
    const began = this.#slices.get(id)
    if (began === undefined) return undefined
    this.#readings.set(id, new SliceReading(id, began, this.#slices.unfinished.size > 1))
    return began
  }

  /** What the look at the end has shown: the second of the list's last row; NaN without a time, undefined without a row. */
  sawEnd(newest: number | undefined): void {
    this.#options.splitter.sawEnd(newest)
  }

  /** What is to be done about a page of a slice. Each command is done before the next one is asked for. */
  *received(id: number, page: PageFacts): Generator<Command, void> {
    const reading = this.#readings.get(id)
    if (reading === undefined) return
    this.#safeWatermark ??= page.safeWatermark
    this.#latestSafe = page.safeWatermark
    yield* this.#keepUntimed(reading, page)
    yield* this.#emit(reading, page)
  }

  /** Reads rows without a time before the slice is filtered, or goes on by time, and so leaves them behind. */
  *#keepUntimed(reading: SliceReading, page: PageFacts): Generator<Command, void> {
    let isLeaving = page.isFilteredAnew
    if (this.#mayLeaveUntimed(reading, page)) {
      this.#hasLookedAtEnd = true
      yield { _tag: "LookAtEnd" }
      isLeaving = this.#options.splitter.endsUntimed
    }
    if (!isLeaving) return
    this.#resumedAmongUntimed ||= reading.began.at !== undefined
    // A row that gets a time while those without one are read is in neither page: the tail has it.
    reading.parks = true
    yield* this.#readUntimed()
  }

  *#emit(reading: SliceReading, page: PageFacts): Generator<Command, void> {
    const { demand, splitter } = this.#options
    const { id } = reading
    const limit = this.#limitOf(reading)
    const isCut = (page.at ?? Number.NEGATIVE_INFINITY) >= limit
    const isOver = page.ended || isCut
    const rows =
      limit === Number.POSITIVE_INFINITY
        ? page.rows
        : page.rows.filter((row) => !((page.times[row] as number) >= limit))
    const isAlone = this.#isAlone(reading)
    reading.saw(page, this.safeWatermark)
    if (isAlone && reading.isEndless) return yield { _tag: "GiveUp" }
    if (isAlone && !reading.parks && isLive(page)) {
      const second = Math.min(page.at ?? page.safeWatermark, page.safeWatermark)
      this.#change((slices) => slices.cap(second))
    }
    this.#endedOnUntimed = isAlone && isOver && reading.hasMetUntimed
    splitter.saw(id, page.times, rows.length, isOver)
    const isParked = isOver && this.#parks(reading)
    const ended = isOver && !isParked
    const to = isParked
      ? { since: limit, at: limit, cursor: undefined }
      : {
          since: page.next.since,
          at: isCut ? Math.min(page.at ?? limit, limit - 1) : page.at,
          cursor: ended ? undefined : page.next.cursor
        }
    this.#slices = this.#slices.advance(id, to)
    yield { _tag: "Emit", emission: { rows, to, ended }, isMoreWanted: !isOver && demand.isOpen() }
    if (ended) this.#slices = this.#slices.finish(id)
    if (isOver || !demand.isOpen()) return yield { _tag: "Stop" }
    yield* this.#goOn(reading, page)
  }

  /** What is done between a page that has been emitted and the next one. */
  *#goOn({ id, began }: SliceReading, { at }: PageFacts): Generator<Command, void> {
    const { demand, idle, workers } = this.#options
    if (began.nulls === undefined && at !== undefined) {
      const second = demand.nextWanted(at, this.#slices.get(id)?.stop)
      if (second === Number.POSITIVE_INFINITY) {
        this.#slices = this.#slices.finish(id)
        return yield { _tag: "Stop" }
      }
      if (second > at) {
        this.#slices = this.#slices.advance(id, { since: second, at: second, cursor: undefined })
        yield { _tag: "Jump", slice: openSlice(second) }
      }
    }
    if (idle() > 0 && this.#slices.unfinished.size < workers) yield* this.#split()
  }

  *#split(): Generator<Command, void> {
    const { splitter } = this.#options
    if (!splitter.mayChoose(this.#slices)) return
    if (splitter.mustLook(this.safeWatermark)) yield { _tag: "LookAtEnd" }
    const part = splitter.choose(this.#slices, this.safeWatermark)
    if (part === undefined) return
    const { id, cut } = part
    if (splitter.endsUntimed && this.#isUnfiltered) yield* this.#readUntimed()
    // Other workers went on meanwhile.
    const slice = this.#slices.get(id)
    const position = slice === undefined ? undefined : positionOf(slice)
    if (position === undefined || cut <= position) return
    const newId = this.#nextId++
    this.#change((slices) => slices.split(id, cut, newId))
    yield { _tag: "Start", id: newId, from: cut }
  }

  /** Reads rows without a time first, once, where they would be left behind by a filter. */
  *#readUntimed(): Generator<Command, void> {
    if (this.#isUntimedRead) return
    this.#isUntimedRead = true
    yield { _tag: "ReadFirst", id: this.#add({ ...openSlice(undefined), nulls: true }) }
  }

  #add(slice: Slice): number {
    const id = this.#nextId++
    this.#change((slices) => slices.add(id, slice))
    return id
  }

  /** Changes the slices of the list and those of everyone who takes its rows. */
  #change(change: (slices: Slices) => Slices): void {
    this.#slices = change(this.#slices)
    this.#options.demand.follow(change)
  }

  /** Whether a list that goes on by time alone may have rows without one at its end, behind this first page. */
  #mayLeaveUntimed({ began }: SliceReading, { ended, times }: PageFacts): boolean {
    return (
      this.#options.isByTime &&
      !this.#isUntimedRead &&
      !this.#hasLookedAtEnd &&
      began.since === undefined &&
      !ended &&
      !Number.isNaN(times[0])
    )
  }

  #isOpen({ id, began }: SliceReading): boolean {
    return this.#slices.get(id)?.stop === undefined && began.nulls === undefined
  }

  #parks(reading: SliceReading): boolean {
    return reading.parks && this.#isOpen(reading)
  }

  /** The second from which on a slice's rows are left to another slice, or to the tail. */
  #limitOf(reading: SliceReading): number {
    return this.#slices.get(reading.id)?.stop ?? (this.#parks(reading) ? this.safeWatermark : Number.POSITIVE_INFINITY)
  }

  #isAlone(reading: SliceReading): boolean {
    return this.#slices.unfinished.size === 1 && this.#isOpen(reading)
  }
}
