import { Effect, Fiber } from "effect"
import type { Query } from "../../declare/stream.ts"
import { type ReadError, TransientError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import { everyRow, type Page, safeWatermarkAt } from "../../page/page.ts"
import { cursorText } from "../../state/cursor.ts"
import { notesOf, type Pass } from "../children/pass.ts"
import { type Step, type Walk, walkByCursor, walkBySeek, walkNulls } from "../pages/pagers.ts"
import type { Requests } from "../pages/requests.ts"
import type { Sink } from "../sink.ts"
import { positionOf, type Slice, Slices, union } from "./slices.ts"
import { Splitter } from "./split.ts"

/** A list on which rows change faster than they are read is given up after this long. */
const ENDLESS_S = 3_600

const NONE: Slice = { since: undefined, at: undefined, stop: undefined, cursor: undefined }

/** A sink of a list with the slices of what it has taken from it. */
export interface Reader {
  readonly sink: Sink
  readonly slices: () => Slices
  readonly rebase: (slices: Slices) => void
  readonly checkpoint: Effect.Effect<void>
  /** Rows up to this second, and with it, are not needed again. */
  readonly through?: number | undefined
  /** Rows that are not needed again though they are not before the reader's position. */
  readonly pass?: Pass
  /** Told when the list has been read to its end: up to which second, by the server's clock, it was settled. */
  readonly finished?: (settledSeconds: number) => void
}

interface SinceOptions {
  readonly requests: Requests
  readonly readers: ReadonlyArray<Reader>
  readonly workers: number
  readonly idle: () => number
}

interface Taker extends Reader {
  /** What this reader had left to read when the run began. */
  readonly left: Array<Slice>
}

/** Whether rows of a time are in what is left. */
const isLeft = (left: ReadonlyArray<Slice>, seconds: number): boolean =>
  left.some((slice) =>
    Number.isNaN(seconds)
      ? slice.nulls === true || slice.since === undefined
      : slice.nulls === undefined &&
        seconds >= (positionOf(slice) ?? Number.NEGATIVE_INFINITY) &&
        seconds < (slice.stop ?? Number.POSITIVE_INFINITY)
  )

const wants = ({ left, through = Number.NEGATIVE_INFINITY }: Taker, seconds: number): boolean =>
  isLeft(left, seconds) && !(seconds <= through)

/** The slices of one reader over the slices that all read together. */
const rebased = (slices: ReadonlyMap<number, Slice>, own: Slices): Slices => {
  const left = [...own.unfinished.values()]
  const mine = [...slices].flatMap(([id, slice]): Array<[number, Slice]> => {
    const from = positionOf(slice) ?? Number.NEGATIVE_INFINITY
    const to = slice.stop ?? Number.POSITIVE_INFINITY
    if (slice.nulls) return left.some((other) => other.nulls || other.since === undefined) ? [[id, slice]] : []
    const overlaps = left.filter(
      (other) =>
        other.nulls === slice.nulls &&
        (positionOf(other) ?? Number.NEGATIVE_INFINITY) < to &&
        (other.stop ?? Number.POSITIVE_INFINITY) > from
    )
    if (overlaps.length === 0) return []
    const first = Math.min(...overlaps.map((other) => positionOf(other) ?? Number.NEGATIVE_INFINITY))
    return [[id, first > from ? { ...slice, at: first, cursor: undefined } : slice]]
  })
  return own.rebased(new Map(mine))
}

/** Parameters that turn the list around, for a look at its end. */
export const descending = (requests: Requests): Query => {
  const { query } = requests.stream
  return query?.["sort_direction"] === undefined
    ? { sort: (query?.["sort"] ?? "").replaceAll(" ASC", " DESC") }
    : { sort_direction: "desc" }
}

/**
 * Reads a list by update time, ascending, for all who take from it: rows of slices that split themselves while there
 * are idle workers, then the tail up to now. What is settled by the server's clock is what a watermark may promise.
 */
export const readSince = ({
  requests,
  readers,
  workers,
  idle
}: SinceOptions): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const { stream } = requests
    const takers: ReadonlyArray<Taker> = readers.map((reader) => ({
      ...reader,
      left: [...reader.slices().unfinished.values()]
    }))
    const root = new Slices(
      new Map(union(readers.map((reader) => reader.slices())).map((slice, id) => [id, slice])),
      undefined
    )
    for (const taker of takers) taker.rebase(rebased(root.unfinished, taker.slices()))
    const allSlices = () => [root, ...takers.map((taker) => taker.slices())]
    const bySeek = stream.paging.kind === "seek"
    let nextId = root.unfinished.size
    let safeWatermark: number | undefined
    let lastEdge = 0
    let endsOnNull = false
    let nullsRead = [...root.unfinished.values()].some((slice) => slice.nulls)
    let nullsAsked = false
    const isUnfiltered = [...root.unfinished.values()].some((slice) => slice.since === undefined)
    const splitter = new Splitter(requests, workers, bySeek ? undefined : descending(requests))
    const chains: Array<Fiber.Fiber<void, ReadError | RefusedError>> = []
    let running = 0

    const abandoned = (): boolean => !takers.some((taker) => taker.sink.isOpen())

    /** The next second, at or after a place in a slice, of which somebody takes rows; `Infinity` for none. */
    const nextWanted = (from: number, stop: number | undefined): number =>
      Math.min(
        ...takers
          .filter((taker) => taker.sink.isOpen())
          .flatMap((taker) => taker.left)
          .filter((slice) => slice.nulls === undefined)
          .filter((slice) => (positionOf(slice) ?? from) < (stop ?? Number.POSITIVE_INFINITY))
          .filter((slice) => (slice.stop ?? Number.POSITIVE_INFINITY) > from)
          .map((slice) => Math.max(from, positionOf(slice) ?? from))
      )

    /** What a taker's progress needs of a page, without the page: it may be kept until all lists have been read. */
    const advances = (
      taker: Taker,
      id: number,
      to: Pick<Slice, "since" | "at" | "cursor">,
      from: Step["from"],
      times: ReadonlyArray<number>,
      ended: boolean,
      note: (before?: number) => void
    ) => {
      /** A list that goes on by time alone does not come back to rows without one behind this row. */
      const lastUntimed = bySeek && from.since === undefined ? times.findLastIndex(Number.isNaN) : -1
      return {
        done: Effect.suspend(() => {
          const slices = taker.slices()
          slices.advance(id, to)
          if (ended) slices.finish(id)
          note()
          taker.pass?.keep((seconds) => isLeft([...slices.unfinished.values()], seconds))
          return taker.checkpoint
        }),
        partly: (row: number) =>
          Effect.suspend(() => {
            const seconds = times[row] as number
            const slices = taker.slices()
            // The page is asked for again, and of it what is older than this parent is passed over.
            if (!Number.isNaN(seconds) && lastUntimed <= row) slices.advance(id, { ...from, at: seconds })
            note(row)
            taker.pass?.keep((other) => isLeft([...slices.unfinished.values()], other))
            return taker.checkpoint
          })
      }
    }

    const take = Effect.fnUntraced(function* (
      id: number,
      step: Step,
      rows: ReadonlyArray<number>,
      at: number | undefined,
      ended: boolean
    ) {
      const { page, from } = step
      const to = { since: step.since, at, cursor: ended ? undefined : step.cursor }
      const times = everyRow(page).map(page.seconds)
      root.advance(id, to)
      yield* Effect.forEach(
        takers,
        (taker) => {
          const { pass } = taker
          const mine = rows.filter(
            (row) => wants(taker, times[row] as number) && pass?.has(page.key(row), times[row] as number) !== true
          )
          const note = pass === undefined ? () => {} : notesOf(pass, page, mine)
          const { done, partly } = advances(taker, id, to, from, times, ended, note)
          return taker.sink.take(page, mine, done, partly)
        },
        { concurrency: "unbounded", discard: true }
      )
      if (ended) root.finish(id)
    })

    const chain = (id: number): Effect.Effect<void, ReadError | RefusedError> =>
      Effect.gen(function* () {
        const slice = root.get(id)
        if (slice === undefined) return
        const isOpen = () => root.get(id)?.stop === undefined && slice.nulls === undefined
        let waits = isOpen() && root.unfinished.size > 1
        const walkFrom = (begin: Slice): Walk =>
          begin.nulls
            ? walkNulls(requests, descending(requests))
            : bySeek
              ? walkBySeek(requests, begin, () => safeWatermark ?? Number.NEGATIVE_INFINITY)
              : walkByCursor(requests, begin)
        let walk = walkFrom(slice)
        let fetching = yield* Effect.forkChild(walk.next)
        /** Whether rows without a time came after rows with one. */
        let metNulls = false
        /** When the chain came to rows that changed after the run began. */
        let beyond: number | undefined
        for (;;) {
          const step = yield* Fiber.join(fetching)
          const { page } = step
          safeWatermark ??= safeWatermarkAt(page)
          lastEdge = safeWatermarkAt(page)
          if (step.restarted || (yield* seekMeetsNulls(page, slice))) {
            // A row that gets a time while those without one are read is in neither page: the tail has it.
            waits = waits || isOpen()
            yield* readNulls()
          }
          const parks = waits && isOpen()
          const limit = root.get(id)?.stop ?? (parks ? safeWatermark : Number.POSITIVE_INFINITY)
          const inside = step.rows.filter((row) => !(page.seconds(row) >= limit))
          const cut = (step.at ?? Number.NEGATIVE_INFINITY) >= limit
          const ended = step.ended || cut
          if (!ended && !abandoned()) fetching = yield* Effect.forkChild(walk.next)

          const alone = root.unfinished.size === 1 && isOpen()
          const last = page.count === 0 ? undefined : page.seconds(page.count - 1)
          const nullsAfter = last !== undefined && Number.isNaN(last) && (step.at !== undefined || step.ended)
          if (alone && !waits && ((last ?? 0) > safeWatermarkAt(page) || nullsAfter)) {
            for (const slices of allSlices())
              slices.settle(Math.min(step.at ?? safeWatermarkAt(page), safeWatermarkAt(page)))
          }
          metNulls = metNulls || nullsAfter
          // The last page may be empty, and one that goes on from a state may have stood among rows without a time: all
          // of those that were left have a time by now.
          endsOnNull = alone && ended && slice.since === undefined && (metNulls || slice.cursor !== undefined)
          if ((step.at ?? 0) > safeWatermark) beyond ??= safeWatermarkAt(page)
          if (alone && beyond !== undefined && safeWatermarkAt(page) - beyond > ENDLESS_S) {
            return yield* new TransientError({
              message: `Stopped at ${stream.name}: its rows change faster than they can be read. All but the last hour is out; the next sync goes on from there.`
            })
          }
          splitter.saw(id, page, inside.length, ended)
          if (parks && ended) {
            yield* take(id, { ...step, since: safeWatermark, cursor: undefined }, inside, safeWatermark, false)
            return
          }
          yield* take(id, step, inside, cut ? Math.min(step.at ?? limit, limit - 1) : step.at, ended)
          if (ended || abandoned()) return
          if (slice.nulls === undefined && step.at !== undefined) {
            // Rows that only a full queue had wanted are not read.
            const next = nextWanted(step.at, root.get(id)?.stop)
            if (next === Number.POSITIVE_INFINITY) return root.finish(id)
            if (next > step.at) {
              yield* Fiber.interrupt(fetching)
              root.advance(id, { since: next, at: next, cursor: undefined })
              walk = walkFrom({ since: next, at: undefined, stop: undefined, cursor: undefined })
              fetching = yield* Effect.forkChild(walk.next)
            }
          }
          if (running < workers && idle() > 0 && root.unfinished.size < workers) {
            const part = yield* splitter.split(root, safeWatermark)
            if (part !== undefined && splitter.nullsLast && isUnfiltered) yield* readNulls()
            // Other chains went on meanwhile.
            if (part !== undefined && part.cut > (positionOf(root.get(part.id) ?? NONE) ?? Number.POSITIVE_INFINITY)) {
              const newId = nextId++
              for (const slices of allSlices()) slices.split(part.id, part.cut, newId)
              yield* requests.debug(
                () => `${stream.name}: splits at ${cursorText(stream, part.cut)} for an idle worker`
              )
              yield* begin(newId)
            }
          }
        }
      }).pipe(Effect.ensuring(Effect.sync(() => running--)))

    const begin = (id: number): Effect.Effect<void> =>
      Effect.map(
        Effect.suspend(() => {
          running++
          return Effect.forkIn(chain(id), scope)
        }),
        (fiber) => {
          chains.push(fiber)
        }
      )

    /** Rows without a time at the end of the list: no slice with a filter meets them. */
    const readNulls = (): Effect.Effect<void, ReadError | RefusedError> =>
      Effect.suspend(() => {
        if (nullsRead) return Effect.void
        nullsRead = true
        const id = nextId++
        const slice: Slice = { since: undefined, at: undefined, stop: undefined, cursor: undefined, nulls: true }
        for (const slices of allSlices()) slices.add(id, slice)
        running++
        return chain(id)
      })

    /** Whether a list that goes on by time alone would leave rows without one behind. */
    const seekMeetsNulls = (page: Page, slice: Slice): Effect.Effect<boolean, ReadError | RefusedError> =>
      !bySeek ||
      nullsRead ||
      nullsAsked ||
      slice.since !== undefined ||
      page.following._tag !== "Next" ||
      Number.isNaN(page.seconds(0))
        ? Effect.succeed(false)
        : Effect.map(requests.page(stream.path, descending(requests), { limit: 1 }), (end) => {
            nullsAsked = true
            return end.count > 0 && Number.isNaN(end.seconds(0))
          })

    const readAll = Effect.gen(function* () {
      for (const id of [...root.unfinished.keys()]) yield* begin(id)
      for (let next = 0; next < chains.length; next++)
        yield* Fiber.join(chains[next] as Fiber.Fiber<void, ReadError | RefusedError>)
      chains.length = 0
    })

    yield* readAll
    // What waited at the safe watermark is the tail, read when it is the only slice left.
    while (root.unfinished.size > 0 && !abandoned()) yield* readAll
    if (endsOnNull && !abandoned()) {
      const since = Math.min(...[root.watermark ?? lastEdge, lastEdge])
      const id = nextId++
      const slice: Slice = { since, at: undefined, stop: undefined, cursor: undefined }
      for (const slices of allSlices()) slices.add(id, slice)
      // It begins before the place where this run may have gone on.
      for (const taker of takers) taker.left.push(slice)
      while (root.unfinished.size > 0 && !abandoned()) yield* readAll
    }
    const finishing = (taker: Taker) =>
      taker.sink.finish(
        Effect.suspend(() => {
          const { watermark } = taker.slices()
          if (watermark !== undefined && watermark > lastEdge) taker.slices().settle(watermark)
          if (watermark === undefined && safeWatermark !== undefined) taker.slices().settle(safeWatermark)
          taker.finished?.(lastEdge)
          return taker.checkpoint
        })
      )
    yield* Effect.forEach(takers, finishing, { concurrency: "unbounded", discard: true })
  }).pipe(Effect.scoped)
