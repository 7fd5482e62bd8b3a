/**
 * The deletions of a stream with a list of its own, in one run. Rows of its own read are emitted as rows or, where they
 * say that they are deleted, as tombstones; either way their ids are noted in the state before and after
 * (`tracked-ids.ts`).
 */
import { Effect } from "effect"
import { cursorFieldOf, type SourceStream } from "../declare/stream.ts"
import type { JsonObject } from "../events.ts"
import { type Page, pick } from "../page/page.ts"
import type { Rows } from "../page/rows.ts"
import type { Selected } from "../read/groups.ts"
import type { Sink } from "../read/sink.ts"
import type { StreamEmitter } from "../read/stream-emitter.ts"
import type { DeletionsExtension } from "../state/format.ts"
import { declaredForm, formOf, momentText } from "./moment.ts"
import { asksForDeleted } from "./option.ts"
import { bareTombstones, fullTombstones, saysDeleted } from "./tombstones.ts"
import { TrackedIds } from "./tracked-ids.ts"

/** Rows of one page that are alive, and rows that are gone but still given. */
interface Sorted {
  readonly page: Page
  readonly live: ReadonlyArray<number>
  readonly dead: ReadonlyArray<number>
}

/** A stream with a list of its own whose deletions are tracked, in one run. */
export class Tracking {
  readonly stream: SourceStream
  readonly emitter: StreamEmitter
  readonly ids: TrackedIds
  /** Whether rows of the stream's own read may say that they are deleted. */
  readonly asksForDeleted: boolean
  #form: ReturnType<typeof formOf>
  #lastMs: number | undefined
  #isExact = false
  readonly #isFirst: boolean

  /**
   * @param kept ids as the state keeps them
   * @param isFirst whether nothing has ever been read
   */
  constructor(stream: SourceStream, emitter: StreamEmitter, kept: DeletionsExtension | undefined, isFirst: boolean) {
    this.stream = stream
    this.emitter = emitter
    this.ids = new TrackedIds(stream, kept)
    this.asksForDeleted = asksForDeleted(stream)
    this.#isFirst = isFirst
  }

  /** Takes note of an answer of the stream's own read. */
  saw(page: Page): void {
    this.#lastMs = Math.max(page.serverMs, this.#lastMs ?? page.serverMs)
    this.#isExact = page.exact
    this.learn(page)
    // No comparison follows a first read at once: it has just seen every row.
    if (this.#isFirst && page.exact) this.ids.swept ??= Math.floor(page.serverMs / 1000)
  }

  /** Learns from a page in which form the stream's rows write a time. */
  learn(page: Page): void {
    const field = cursorFieldOf(this.stream)
    if (field === undefined || page.count === 0) return
    this.#form = formOf(page.text(page.count - 1, field)) ?? this.#form
  }

  /** The server's clock at the last answer of the own read; undefined where the answers did not tell it. */
  get momentMs(): number | undefined {
    return this.#isExact ? this.#lastMs : undefined
  }

  /** A moment as the stream's rows write it. */
  textOf(serverMs: number): string {
    return momentText(serverMs, this.#form ?? declaredForm(this.stream))
  }

  /** Rows ready to be emitted, their ids noted: those alive as they came, those that are gone as tombstones. */
  rowsOf({ dead, live, page }: Sorted, momentMs: number): ReadonlyArray<Rows> {
    const { ids } = this
    const kept = live.length === page.count ? undefined : new Set(live)
    const rows = kept === undefined ? page.rows : pick(page.rows, (row) => kept.has(row))
    ids.note(rows, { live: live.map(page.id) })
    if (dead.length === 0) return [rows]
    const full = dead.filter((row) => !Number.isNaN(page.seconds(row)))
    const bare = dead.filter((row) => Number.isNaN(page.seconds(row)))
    const moment = this.textOf(momentMs)
    return [
      rows,
      ids.note(fullTombstones(this.stream, page, full, moment), { dead: full.map(page.id) }),
      this.bare(
        bare.map((row) => page.key(row)),
        momentMs
      )
    ]
  }

  /** Tombstones of rows that are not given any more, by their keys as JSON text. */
  bare(keys: ReadonlyArray<string>, momentMs: number): Rows {
    const [column] = this.stream.primaryKey as [string]
    const rows = bareTombstones(
      this.stream,
      keys.map((json) => [[column, json]]),
      this.textOf(momentMs)
    )
    return this.ids.note(rows, { dead: keys })
  }
}

/** The tracking of a stream, joined to the progress of its own read; undefined where its deletions are not tracked. */
export const trackingOf = (
  { decoded, emitter, inputState, isTracked, stream }: Selected,
  progress: { ids: TrackedIds | undefined; readonly state: () => JsonObject }
): Tracking | undefined => {
  if (!isTracked) return undefined
  const tracking = new Tracking(
    stream,
    emitter,
    decoded.extension?.deletions,
    inputState === undefined || (decoded.extension === undefined && decoded.watermark === undefined)
  )
  const { ids } = tracking
  progress.ids = ids
  emitter.tracker = {
    announce: (rows) => (ids.announce(rows) ? progress.state() : undefined),
    emitted: (rows) => ids.emitted(rows)
  }
  return tracking
}

/** The own stream of a list whose deletions are tracked: rows are emitted as they came, or as tombstones. */
export const trackedRowsTo = (tracking: Tracking): Sink => {
  const { emitter } = tracking
  return {
    emitter,
    isOpen: () => !emitter.ended,
    take: (page, rows, done) =>
      Effect.suspend(() => {
        tracking.saw(page)
        const isDead = (row: number) => tracking.asksForDeleted && saysDeleted(page, row)
        const dead = tracking.asksForDeleted ? rows.filter(isDead) : []
        const live = dead.length === 0 ? rows : rows.filter((row) => !isDead(row))
        return emitter.covered(tracking.rowsOf({ page, live, dead }, page.serverMs), done)
      }),
    finish: (done) => done
  }
}
