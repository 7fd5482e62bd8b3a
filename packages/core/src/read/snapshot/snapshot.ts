/**
 * Snapshots: lists that are read whole each time. Each row is hashed, and emitted where the hash differs from the last
 * read's. `SnapshotProgress` holds the hashes of the last read and of this one; those of this one become the state.
 */
import { Effect } from "effect"
import { CHANGED_AT, cursorFieldOf, type Part, type SourceStream } from "../../declare/stream.ts"
import type { ReadError } from "../../errors.ts"
import type { JsonObject } from "../../events.ts"
import type { RefusedError } from "../../http/client.ts"
import { errorOf } from "../../http/refusal.ts"
import { addedTo, type Ranks } from "../../page/added-columns.ts"
import { hashText } from "../../page/hash.ts"
import { type Page, pick } from "../../page/page.ts"
import { cursorText } from "../../state/cursor.ts"
import { encodeExtension } from "../../state/format.ts"
import type { DecodedState } from "../../state/legacy.ts"
import type { FailedParents } from "../children/failed-parents.ts"
import { Pass } from "../children/pass.ts"
import { readAllPages } from "../pages/list.ts"
import { pathOf, type Requests } from "../pages/requests.ts"
import type { Sink } from "../sink.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import { type Buckets, ContentHashes, type KnownContent, knownContent } from "./content-hashes.ts"
import { HeldRows } from "./held-rows.ts"

/** What a short list held when it was last read: a hash for each key. */
export class SnapshotProgress {
  readonly stream: SourceStream
  readonly #before: KnownContent
  readonly #now = new ContentHashes()
  readonly #failed: FailedParents | undefined
  /** The watermark and the time of the last whole read, as they were given. */
  readonly #inputState: { readonly watermark: number | undefined; readonly read: number | undefined }
  #greatest: number | undefined
  /** When the list was last read whole, in epoch seconds. */
  read: number | undefined
  /** For the children of parents: those that have been read since `began`, while not all have. */
  readonly pass: Pass
  began: number | undefined
  /** How long the last pass took, in seconds, where it took more than one run. */
  took: number | undefined

  /** @param failed for the children of parents: those that could not be read */
  constructor(stream: SourceStream, decoded: DecodedState, failed?: FailedParents) {
    const extension = decoded.extension ?? {}
    this.stream = stream
    this.#before = knownContent(extension)
    this.#failed = failed
    this.#greatest = decoded.watermark
    const { began, pass } = extension
    this.read = extension.read
    this.began = began
    this.took = extension.took
    // Without its beginning it is not known how old its rows are.
    this.pass = new Pass(began === undefined ? undefined : pass)
    this.#inputState = { watermark: decoded.watermark, read: this.read }
  }

  /** What is known of the last read where the list was too long for a hash per row. */
  get buckets(): Buckets | undefined {
    return this.#before.buckets
  }

  /** Hashes of the last read, by key; none where only buckets are known. */
  get before(): ReadonlyMap<string, string> {
    return this.#before.hashes
  }

  /** Hashes of this read so far, by key. */
  get now(): ReadonlyMap<string, string> {
    return this.#now.all
  }

  /** Whether the state of this read has a hash for each key. */
  get isFine(): boolean {
    return this.#now.isFine
  }

  /** Whether a row's content is new, against the last read and against this one. */
  isNew(key: string, hash: string): boolean {
    const now = this.#now.get(key)
    return now === undefined ? this.#before.hashes.get(key) !== hash : now !== hash
  }

  /** The row has been emitted. */
  keep(key: string, hash: string, seconds: number): void {
    this.#now.set(key, hash)
    if (Number.isFinite(seconds)) this.#greatest = Math.max(seconds, this.#greatest ?? seconds)
  }

  /** Keeps what was known of rows that were not read again. */
  carry(isUnread: (key: string) => boolean): void {
    for (const [key, hash] of this.#before.hashes) {
      if (this.#now.get(key) === undefined && isUnread(key)) this.#now.set(key, hash)
    }
  }

  /** All has been read. A pass that took days is not begun again for as long, to leave tokens to other streams. */
  finish(atSeconds: number | undefined, isContinued: boolean): void {
    const { began } = this
    this.took = isContinued && began !== undefined && atSeconds !== undefined ? atSeconds - began : undefined
    this.read = atSeconds
    this.began = undefined
    this.pass.clear()
  }

  /**
   * The state of a pass that has not come to its end: what is known of rows that were not read again is kept.
   *
   * @param isUnread whether a row is not known to have been read again in this run
   */
  partly(isUnread: (key: string) => boolean): JsonObject {
    const all = new ContentHashes([...this.#before.hashes].filter(([key]) => isUnread(key)))
    for (const [key, hash] of this.#now.all) all.set(key, hash)
    return this.#state(all)
  }

  state(): JsonObject {
    return this.#state(this.#now)
  }

  #state(content: ContentHashes): JsonObject {
    const greatest = this.#greatest === undefined ? undefined : Math.min(this.#greatest, this.read ?? this.#greatest)
    const watermark = cursorFieldOf(this.stream) === CHANGED_AT ? (this.read ?? greatest) : greatest
    return this.#stateOf({ watermark, read: this.read }, content)
  }

  /** The state while the list is being read: some content, under the watermark of the last read. */
  stateDuring(content: ContentHashes): JsonObject {
    return this.#stateOf(this.#inputState, content)
  }

  #stateOf(
    { watermark, read }: { watermark: number | undefined; read: number | undefined },
    content: ContentHashes
  ): JsonObject {
    return {
      ...(watermark !== undefined && { [cursorFieldOf(this.stream) as string]: cursorText(this.stream, watermark) }),
      _ab: encodeExtension({
        read,
        took: this.took,
        ...(this.began !== undefined && { began: this.began, ...this.pass.toState() }),
        ...content.toState(),
        ...this.#failed?.toState()
      })
    }
  }
}

/** Rows of a page whose content is new; they count as emitted once `commit` is called. */
export const changedIn = (progress: SnapshotProgress, page: Page, rows: ReadonlyArray<number>, prefix = "") => {
  // Of two rows with one key the second replaces the first.
  const inPage = new Map<string, string>()
  const kept = rows.map((row) => {
    const key = prefix + page.key(row)
    const hash = hashText(page.hash(row))
    const earlier = inPage.get(key)
    inPage.set(key, hash)
    return { row, key, hash, isNew: earlier === undefined ? progress.isNew(key, hash) : earlier !== hash }
  })
  return {
    rows: kept.filter(({ isNew }) => isNew).map(({ row }) => row),
    commit: () => {
      for (const { row, key, hash } of kept) progress.keep(key, hash, page.seconds(row))
    }
  }
}

/** The list's own stream: rows whose content is new are emitted; in a full refresh all are, each version once. */
export const changedRowsTo = (emitter: StreamEmitter, progress: SnapshotProgress): Sink => {
  const added = addedTo(emitter.stream)
  const ranks: Ranks = new Map()
  const held = progress.buckets === undefined ? undefined : new HeldRows(emitter, progress.buckets)
  const picked = (page: Page, rows: ReadonlyArray<number>) => {
    const kept = new Set(rows)
    return pick(
      page.rows,
      (row) => kept.has(row),
      added === undefined ? undefined : (row) => added(page, row, undefined, ranks)
    )
  }
  return {
    emitter,
    isOpen: () => !emitter.ended,
    take: (page, rows, done) =>
      Effect.suspend(() => {
        const { rows: changed, commit } = changedIn(progress, page, rows)
        const emitted =
          held === undefined
            ? emitter.records(picked(page, changed))
            : held.take(
                picked(page, rows),
                rows.map((row) => page.key(row)),
                rows.map((row) => hashText(page.hash(row)))
              )
        return Effect.andThen(emitted, Effect.andThen(Effect.sync(commit), done))
      }),
    finish: (done) => (held === undefined ? done : Effect.andThen(held.flush, done))
  }
}

/** A part of an add-on or plan that the company lacks has no rows: whoever takes them is told. */
const passOver = (
  stream: SourceStream,
  part: Part,
  refused: RefusedError,
  sinks: ReadonlyArray<Sink>
): Effect.Effect<void, ReadError | RefusedError> => {
  const { addOn, path = stream.path, scope = stream.scope } = part
  const meaning = errorOf({ ...stream, scope, ...(addOn !== undefined && { addOn }) }, refused)
  if (addOn === undefined || meaning._tag !== "NotAvailableError")
    return Effect.fail(scope === stream.scope || meaning._tag === "NotAvailableError" ? refused : meaning)
  const message = `${stream.name} has no rows of ${path}: this Pipedrive account does not offer it (${refused.status}: ${refused.text}). It belongs to: ${addOn}.`
  return Effect.forEach(sinks, ({ emitter }) => emitter.log("WARN", message), { discard: true })
}

/** Reads a list whole, all its parts, for all who take from it. */
export const readWhole = (
  requests: Requests,
  sinks: ReadonlyArray<Sink>,
  seen: (page: Page) => void
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { stream } = requests
    for (const part of stream.parts ?? [{}]) {
      yield* readAllPages(requests, pathOf(part.path ?? stream.path), part.query ?? {}, (page, rows) => {
        seen(page)
        return Effect.forEach(sinks, (sink) => sink.take(page, rows, Effect.void), {
          concurrency: "unbounded",
          discard: true
        })
      }).pipe(Effect.catchTag("RefusedError", (refused) => passOver(stream, part, refused, sinks)))
    }
  })
