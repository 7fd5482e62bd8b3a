import { Effect } from "effect"
import type { Path, Query, SourceStream } from "../../declare/stream.ts"
import type { NotAvailableError, ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import { mayBeAbout } from "../../http/statuses.ts"
import type { Page } from "../../page/page.ts"
import { Advance } from "../pages/advance.ts"
import { pathOf, type Requests, type Resumed } from "../pages/requests.ts"
import type { Sink } from "../sink.ts"
import type { Children } from "./children.ts"
import type { ChildProgress } from "./progress.ts"

/** A sweep begins this long after the last one began. */
const EVERY_S = 86_400
/** Share of the company's daily tokens that all rolling sweeps together may spend a day. */
const ROLLING_SHARE = 0.1
/** Daily tokens of the smallest account, where answers do not tell. */
const LEAST_DAILY = 30_000

/** A child stream whose parents are looked through again, changed or not. */
export interface RescannedStream {
  readonly stream: SourceStream
  readonly progress: ChildProgress
  readonly children: Children
  readonly sink: Sink
  readonly checkpoint: Effect.Effect<void>
}

/** Tokens each of so many rolling streams may spend a day. */
export const rollingAllowance = (dailyLimit: number | undefined, streams: number): number =>
  Math.floor((ROLLING_SHARE * (dailyLimit ?? LEAST_DAILY)) / Math.max(1, streams))

/** Begins a sweep where one is due; a stream that has never been swept counts as swept now. */
export const beginRescan = (progress: ChildProgress, nowSeconds: number): boolean => {
  const { sweep } = progress
  if (sweep.began !== undefined) return true
  if (sweep.swept !== undefined && nowSeconds - sweep.swept >= EVERY_S) {
    progress.sweep = { ...sweep, began: nowSeconds }
    return true
  }
  if (sweep.swept === undefined) progress.sweep = { ...sweep, swept: nowSeconds }
  return false
}

/** Lists in which a stream's parents stand, by name: each part of each parent stream, in order. */
const listsOf = (parents: ReadonlyArray<SourceStream>) =>
  parents.flatMap((list) =>
    (list.parts ?? [{}]).map((part, at) => ({
      list,
      part,
      name: list.parts === undefined ? list.name : `${list.name}#${at}`
    }))
  )

/** Whether a list can be asked for in the order of its ids; others come in an order of their own. */
const isSorted = ({ changes }: SourceStream): boolean => changes?.kind === "since"

/** By id: ids do not move, so each parent comes once. */
const byId = (list: SourceStream): Query => {
  if (!isSorted(list)) return {}
  return list.query?.["sort_by"] === undefined ? { sort: "id ASC" } : { sort_by: "id", sort_direction: "asc" }
}

/** Where the page after this one starts: at a page cursor, or at an offset that overlaps by a row. */
const nextOf = ({ count, empty, following }: Page, start: number | undefined): string | undefined => {
  if (following._tag !== "Next") return undefined
  if (start === undefined) return following.cursor
  return String(count === 0 ? Math.max(following.start ?? 0, start + empty) : start + Math.max(1, count - 1))
}

/**
 * Tells which rows of a page have been passed: in the order of ids all up to the last one, else those on its page that
 * stand before it, and it. An order of its own says nothing of other pages.
 */
const passedIn = (list: SourceStream, page: Page, last: string | undefined): ((row: number) => boolean) => {
  if (last === undefined) return () => false
  if (isSorted(list)) return (row) => Number(page.text(row, "id")) <= Number(last)
  let place = page.count - 1
  while (place >= 0 && page.text(place, "id") !== last) place--
  return (row) => row <= place
}

/** What a pass over a list of parents has shown. */
class Passed {
  readonly cursors = new Set<string>()
  readonly #keys = new Set<string>()
  readonly #advance: Advance
  #highest = Number.NEGATIVE_INFINITY

  constructor(stream: string) {
    this.#advance = new Advance(stream)
  }

  /** The error of a list that does not advance. Ids that grow are not kept. */
  saw(page: Page, id: (row: number) => number, start: number | undefined): ReturnType<Advance["saw"]> {
    const highest = this.#highest
    const { size } = this.#keys
    for (let row = 0; row < page.count; row++) {
      if (id(row) > this.#highest) this.#highest = id(row)
      else this.#keys.add(page.key(row))
    }
    return this.#advance.saw(page, this.#highest > highest || this.#keys.size > size, start)
  }
}

interface RescanOptions {
  readonly swept: RescannedStream
  readonly parents: ReadonlyArray<SourceStream>
  readonly requestsFor: (list: SourceStream) => Requests
  readonly nowSeconds: number
  /** Parents older than it are passed over. */
  readonly start: number | undefined
  /** Tokens for today; undefined for a sweep that goes through at once. */
  readonly allowance: number | undefined
}

/**
 * Goes on with a stream's sweep: through all parents at once, or through as many as today's allowance pays for. Where
 * it has come to is kept in the stream's state; its watermark is never touched.
 */
export const sweep = (options: RescanOptions): Effect.Effect<void, ReadError | RefusedError | NotAvailableError> =>
  Effect.gen(function* () {
    const { swept, nowSeconds, allowance, start } = options
    const { progress, children, sink } = swept
    const day = new Date(nowSeconds * 1000).toISOString().slice(0, 10)
    if (progress.sweep.day !== day) progress.sweep = { ...progress.sweep, day, spent: 0 }
    const lists = listsOf(options.parents)
    const first = Math.max(
      0,
      lists.findIndex(({ name }) => name === progress.sweep.parent)
    )
    const left = () =>
      allowance === undefined
        ? Number.POSITIVE_INFINITY
        : Math.floor((allowance - (progress.sweep.spent ?? 0)) / swept.stream.tokens)

    for (const { list, part, name } of lists.slice(first)) {
      if (progress.sweep.parent !== name) {
        const { at: _at, cursor: _cursor, ...rest } = progress.sweep
        progress.sweep = { ...rest, parent: name }
      }
      const requests = options.requestsFor(list)
      yield* requests.debug(() => `${swept.stream.name}: rescans the parents in ${name}`)
      const path: Path = pathOf(part.path ?? list.path)
      const asked: Query = { ...part.query, ...byId(list) }
      const offset = list.paging.kind === "seek" || list.paging.kind === "offset"
      let cursor = progress.sweep.cursor
      let isSaved = cursor !== undefined
      let passed = new Passed(list.name)
      let isBegunAgain = false
      const placeOf = (place: string | undefined): Query =>
        place === undefined ? asked : { ...asked, [offset ? "start" : "cursor"]: place }
      for (;;) {
        if (left() <= 0) return yield* swept.checkpoint
        const place = cursor
        const options = { isKnown: (next: string) => passed.cursors.has(next) }
        const { page, isThere }: Resumed = yield* isSaved
          ? requests.resume(path, placeOf(place), asked, options)
          : requests.page(path, placeOf(place), options).pipe(
              Effect.map((found) => ({ page: found, isThere: true })),
              Effect.catchIf(
                (error) =>
                  error._tag === "RefusedError" &&
                  mayBeAbout("parameters", error) &&
                  place !== undefined &&
                  !isBegunAgain,
                () => Effect.map(requests.page(path, asked), (found) => ({ page: found, isThere: false }))
              )
            )
        if (!isThere && !isSaved) {
          isBegunAgain = true
          passed = new Passed(list.name)
        }
        isSaved = false
        const from = isThere ? place : undefined
        if (!isThere && !isSorted(list)) {
          const { at: _at, ...rest } = progress.sweep
          progress.sweep = rest
        }
        const isPassed = passedIn(list, page, progress.sweep.at)
        const id = (row: number): number => Number(page.text(row, "id"))
        const rows: Array<number> = []
        let last: number | undefined
        let cost = 0
        const most = left()
        for (let row = 0; row < page.count && cost < most; row++) {
          last = row
          if (isPassed(row) || (start !== undefined && page.seconds(row) < start)) continue
          rows.push(row)
          if (typeof children.parentIn(page, row) === "object") cost++
        }
        const whole = last === undefined || last === page.count - 1
        const next = nextOf(page, offset ? Number(from ?? 0) : undefined)
        const cursorOf = whole ? next : from
        // A list that was begun again shows parents that have been passed.
        const reached = last === undefined || isPassed(last) ? undefined : page.text(last, "id")
        yield* sink.take(
          page,
          rows,
          Effect.suspend(() => {
            const { cursor: _cursor, ...rest } = progress.sweep
            progress.sweep = {
              ...rest,
              ...(cursorOf !== undefined && { cursor: cursorOf }),
              ...(reached !== undefined && { at: reached }),
              ...(allowance !== undefined && { spent: (progress.sweep.spent ?? 0) + cost * swept.stream.tokens })
            }
            return swept.checkpoint
          })
        )
        if (sink.emitter.ended) return
        if (!whole) return yield* swept.checkpoint
        if (next === undefined) break
        const standstill = passed.saw(page, id, offset ? Number(from ?? 0) : undefined)
        if (standstill !== undefined) return yield* standstill
        passed.cursors.add(next)
        cursor = next
      }
      yield* sink.finish(Effect.void)
    }
    if (sink.emitter.ended) return
    const { began, day: today, spent } = progress.sweep
    progress.sweep = {
      ...(began !== undefined && { swept: began }),
      ...(allowance !== undefined && today !== undefined && { day: today, spent: spent ?? 0 })
    }
  })
