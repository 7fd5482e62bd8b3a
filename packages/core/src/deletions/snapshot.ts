/**
 * Deletions of a list that is read whole: its hashes are the keys that are known, an empty hash is a key in doubt. A
 * key gets one in a state before its first row and before its tombstone; that a whole read lacks it is the proof.
 */
import { Effect } from "effect"
import { CHANGED_AT, cursorFieldOf, type SourceStream } from "../declare/stream.ts"
import { ConfigError } from "../errors.ts"
import type { JsonObject } from "../events.ts"
import { addedTo, type Ranks } from "../page/added-columns.ts"
import { hashText } from "../page/hash.ts"
import { type Page, pick } from "../page/page.ts"
import type { Rows } from "../page/rows.ts"
import type { Run } from "../read/context.ts"
import type { Sink } from "../read/sink.ts"
import { ContentHashes } from "../read/snapshot/content-hashes.ts"
import type { SnapshotProgress } from "../read/snapshot/snapshot.ts"
import type { StreamEmitter } from "../read/stream-emitter.ts"
import { NO_CLOCK } from "./clock.ts"
import { doubtOf, lossMessage } from "./guard.ts"
import { declaredForm, formOf, momentText } from "./moment.ts"
import { asksForDeleted } from "./option.ts"
import { rowKeyOf } from "./row-key.ts"
import { bareTombstones, fullTombstones, saysDeleted } from "./tombstones.ts"
import type { Tracker } from "./tracker.ts"

/** Behind the hash of a row that says it is deleted: its tombstone has been emitted. */
const MARK = "!"
const isMarked = (hash: string): boolean => hash.endsWith(MARK)

/** A row's content under its key. */
interface Entry {
  readonly key: string
  readonly hash: string
  readonly seconds: number
}

/** A whole read of a list whose deletions are tracked. */
export class SnapshotTracking implements Tracker {
  readonly stream: SourceStream
  readonly emitter: StreamEmitter
  readonly progress: SnapshotProgress
  readonly #asksForDeleted: boolean
  readonly #batches = new WeakMap<Rows, ReadonlyArray<Entry>>()
  /** Keys whose row or tombstone is about to be emitted. */
  readonly #named = new Set<string>()
  /** For children: the server's clock at the first answer of a read that showed all parents, where there was one. */
  readMs: number | undefined
  #form: ReturnType<typeof formOf>
  #isCoarse = false

  constructor(stream: SourceStream, emitter: StreamEmitter, progress: SnapshotProgress) {
    this.stream = stream
    this.emitter = emitter
    this.progress = progress
    this.#asksForDeleted = asksForDeleted(stream)
    emitter.tracker = this
  }

  /** Whether the list has become too long for a state to name its keys. */
  get isCoarse(): boolean {
    return this.#isCoarse
  }

  /** A row's content; marked where it says that it is deleted. */
  entryOf(page: Page, row: number, prefix = ""): Entry {
    const isDead = this.#asksForDeleted && saysDeleted(page, row)
    const hash = hashText(page.hash(row)) + (isDead ? MARK : "")
    return { key: prefix + page.key(row), hash, seconds: page.seconds(row) }
  }

  /** Rows whose content is new; that of the others counts as kept. */
  changed(page: Page, rows: ReadonlyArray<number>, prefix = ""): ReadonlyArray<number> {
    const field = cursorFieldOf(this.stream)
    if (page.count > 0 && field !== undefined) this.#form = formOf(page.text(page.count - 1, field)) ?? this.#form
    return rows.filter((row) => {
      const { hash, key, seconds } = this.entryOf(page, row, prefix)
      if (this.progress.isNew(key, hash)) return true
      this.progress.keep(key, hash, seconds)
      return false
    })
  }

  note(rows: Rows, entries: ReadonlyArray<Entry>): Rows {
    this.#batches.set(rows, entries)
    return rows
  }

  announce(all: ReadonlyArray<Rows>): JsonObject | undefined {
    const { before, now } = this.progress
    const named = this.#named.size
    for (const { hash, key } of all.flatMap((rows) => this.#batches.get(rows) ?? [])) {
      const held = now.get(key) ?? before.get(key)
      if (held === undefined || (isMarked(hash) && held !== "")) this.#named.add(key)
    }
    return this.#named.size === named ? undefined : this.#during(this.#named)
  }

  emitted(rows: Rows): void {
    for (const { hash, key, seconds } of this.#batches.get(rows) ?? []) {
      this.progress.keep(key, hash, seconds)
      this.#named.delete(key)
    }
  }

  /** The state with some keys in doubt; undefined where the list is too long for that. */
  #during(doubt: Iterable<string>): JsonObject | undefined {
    const content = new ContentHashes([...this.progress.before, ...this.progress.now])
    for (const key of doubt) content.set(key, "")
    this.#isCoarse ||= !content.isFine
    return this.#isCoarse ? undefined : this.progress.stateDuring(content)
  }

  /** A moment as the stream's rows write it. */
  textOf(serverMs: number): string {
    return momentText(serverMs, this.#form ?? declaredForm(this.stream))
  }

  /** Emits the tombstones of keys that the whole read lacks, after a state that has them in doubt. */
  bury(keys: ReadonlyArray<string>, momentMs: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      const state = this.#during(keys)
      if (state === undefined) return Effect.void
      const rows = keys.map((key) => rowKeyOf(this.stream, key))
      return Effect.andThen(
        this.emitter.checkpoint(state),
        this.emitter.records(bareTombstones(this.stream, rows, this.textOf(momentMs)))
      )
    })
  }
}

/**
 * The own stream of a list that is read whole, its deletions tracked: new content is emitted, as rows or tombstones.
 */
export const trackedContentTo = (tracking: SnapshotTracking): Sink => {
  const { emitter, stream } = tracking
  const added = addedTo(stream)
  const ranks: Ranks = new Map()
  const hasTime = cursorFieldOf(stream) !== CHANGED_AT
  const emissionOf = (page: Page, rows: ReadonlyArray<number>): ReadonlyArray<Rows> => {
    const moment = tracking.textOf(page.serverMs)
    const entries = new Map(rows.map((row) => [row, tracking.entryOf(page, row)]))
    const kinds = { live: [] as Array<number>, full: [] as Array<number>, bare: [] as Array<number> }
    for (const [row, { hash, seconds }] of entries)
      kinds[isMarked(hash) ? (hasTime && Number.isFinite(seconds) ? "full" : "bare") : "live"].push(row)
    const kept = new Set(kinds.live)
    const adds = added === undefined ? undefined : (row: number) => added(page, row, undefined, ranks)
    const noted = (some: ReadonlyArray<number>, emitted: Rows) =>
      tracking.note(
        emitted,
        some.flatMap((row) => entries.get(row) ?? [])
      )
    const live = noted(
      kinds.live,
      pick(page.rows, (row) => kept.has(row), adds)
    )
    if (kinds.live.length === rows.length) return [live]
    const bare = kinds.bare.map((row) => rowKeyOf(stream, page.key(row)))
    return [
      live,
      noted(kinds.full, fullTombstones(stream, page, kinds.full, moment)),
      noted(kinds.bare, bareTombstones(stream, bare, moment))
    ]
  }
  return {
    emitter,
    isOpen: () => !emitter.ended,
    take: (page, rows, done) =>
      Effect.suspend(() => emitter.covered(emissionOf(page, tracking.changed(page, rows)), done)),
    finish: (done) => done
  }
}

const tooLong = (stream: string): string =>
  `${stream}: the list is too long for a state to name its rows, so its deletions are not tracked.`

/** Says that deletions of a stream are not tracked, as only groups of its rows are known. */
export const warnOfCoarse = ({ emitter, stream }: Pick<SnapshotTracking, "emitter" | "stream">): Effect.Effect<void> =>
  emitter.log("WARN", tooLong(stream.name))

/**
 * Emits the tombstones of rows that a whole read did not show. The caller then emits the last checkpoint, whose state
 * does not name them any more.
 *
 * @param momentMs the server's clock at the read's first answer; undefined where answers did not tell it
 * @param isWhole whether all rows there are have been shown
 */
export const sendVanished = (
  run: Run,
  tracking: SnapshotTracking,
  momentMs: number | undefined,
  isWhole: boolean
): Effect.Effect<void, ConfigError> =>
  Effect.gen(function* () {
    const { progress, emitter, stream } = tracking
    if (tracking.isCoarse || !progress.isFine) return yield* warnOfCoarse(tracking)
    const missing = [...progress.before].filter(([key, hash]) => !progress.now.has(key) && !isMarked(hash))
    if (missing.length === 0) return
    if (!isWhole || momentMs === undefined) {
      progress.carry(() => true)
      return yield* isWhole ? run.warnOnce(NO_CLOCK) : Effect.void
    }
    const isKnown = (hash: string) => hash !== "" && !isMarked(hash)
    const loss = {
      known: [...progress.before.values()].filter(isKnown).length,
      gone: missing.filter(([, hash]) => isKnown(hash)).length,
      isOtherUser: false
    }
    const why = run.config.on.has("allow_mass_deletions") ? undefined : doubtOf(loss)
    if (why !== undefined) {
      progress.carry(() => true)
      yield* emitter.checkpoint(progress.state())
      return yield* new ConfigError({ message: lossMessage(stream.name, loss, why) })
    }
    yield* tracking.bury(
      missing.map(([key]) => key),
      momentMs
    )
    if (tracking.isCoarse) yield* warnOfCoarse(tracking)
  })
