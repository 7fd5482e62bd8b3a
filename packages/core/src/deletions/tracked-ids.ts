/**
 * Which rows of a list may be in the warehouse.
 *
 * An id is in one of two sets, or in none:
 *
 *               named before its row            its row was emitted
 *     (none) ───────────────────────▶  doubt  ───────────────────────▶  known
 *        ▲                              │  ▲                              │
 *        └──────────────────────────────┘  └──────────────────────────────┘
 *             its tombstone was emitted       not found by a list, or a row that says deleted
 *
 * A state that holds the sets is emitted before anything is emitted that would make them wrong.
 */

import type { SourceStream } from "../declare/stream.ts"
import type { Rows } from "../page/rows.ts"
import type { DeletionsExtension } from "../state/format.ts"
import { type Id, type IdSet, idsIn, noIds } from "./id-set.ts"

/** Both sets of a stream take no more of its state than this, in letters. */
const MAX_TEXT = 1_048_576

/** The ids of rows that are emitted together. */
interface Batch {
  readonly live: ReadonlyArray<Id>
  /** Those of tombstones. */
  readonly dead: ReadonlyArray<Id>
}

/** The ids of one stream's rows, and when they were last compared with its list. Times are epoch seconds. */
export class TrackedIds {
  /** Ids whose row was emitted, and whose tombstone was not. */
  readonly known: IdSet
  /** Ids that may be in the warehouse, and may not be alive. */
  readonly doubt: IdSet
  /** When the last comparison began. */
  swept: number | undefined
  /** Whose credentials the last comparison was made with. */
  user: number | undefined
  /** For children: the start date under which their parents were read. */
  start: number | undefined
  /** Whether rows are still being emitted page by page: then the sets are not made as short as they get. */
  isBusy = true
  #isOff: boolean
  /** Whether the sets became too large for a state in this run. */
  #isNewlyOff = false
  readonly #batches = new WeakMap<Rows, Batch>()

  constructor(stream: SourceStream, kept: DeletionsExtension = {}) {
    const setIn = (text: unknown) => (typeof text === "string" ? idsIn(stream, text) : undefined) ?? noIds(stream)
    this.known = setIn(kept.known)
    this.doubt = setIn(kept.doubt)
    this.swept = kept.swept
    this.start = kept.start
    this.user = kept.user
    this.#isOff = kept.off !== undefined
  }

  /** Whether nothing is tracked any more, as there are too many ids for a state. */
  get isOff(): boolean {
    return this.#isOff
  }

  /** Whether that has come in this run. */
  get isNewlyOff(): boolean {
    return this.#isNewlyOff
  }

  /** Says whose rows these are, before they are handed to their stream. */
  note(rows: Rows, batch: Partial<Batch>): Rows {
    this.#batches.set(rows, { live: [], dead: [], ...batch })
    return rows
  }

  /** Names ids whose rows or tombstones are about to be emitted. @returns whether a state must say so first */
  announce(all: ReadonlyArray<Rows>): boolean {
    if (this.#isOff) return false
    const { doubt, known } = this
    let isNews = false
    const name = (id: Id) => {
      const before = doubt.size
      doubt.add(id)
      if (doubt.size > before) isNews = true
    }
    for (const rows of all) {
      const { live, dead } = this.#batches.get(rows) ?? { live: [], dead: [] }
      for (const id of live) if (!known.has(id)) name(id)
      for (const id of dead) {
        known.delete(id)
        name(id)
      }
    }
    return isNews
  }

  /** Rows have been emitted. */
  emitted(rows: Rows): void {
    if (this.#isOff) return
    const batch = this.#batches.get(rows)
    for (const id of batch?.live ?? []) {
      this.doubt.delete(id)
      this.known.add(id)
    }
    for (const id of batch?.dead ?? []) {
      this.doubt.delete(id)
      this.known.delete(id)
    }
  }

  /** Ids that were known turn out to be missing. */
  lose(ids: Iterable<Id>): void {
    for (const id of ids) {
      this.known.delete(id)
      this.doubt.add(id)
    }
  }

  /** Begins anew, with no id. */
  clear(): void {
    for (const set of [this.known, this.doubt]) for (const id of [...set]) set.delete(id)
  }

  /** What of it a state keeps. */
  toState(): { readonly deletions: DeletionsExtension } {
    let known = this.known.toText(!this.isBusy)
    let doubt = this.doubt.toText(!this.isBusy)
    if (known.length + doubt.length > MAX_TEXT && !this.#isOff) {
      known = this.known.toText(true)
      doubt = this.doubt.toText(true)
      this.#isNewlyOff = this.#isOff = known.length + doubt.length > MAX_TEXT
      if (this.#isOff) this.clear()
    }
    if (this.#isOff) return { deletions: { off: "size" } }
    return {
      deletions: {
        ...(known !== "" && { known }),
        ...(doubt !== "" && { doubt }),
        swept: this.swept,
        start: this.start,
        user: this.user
      }
    }
  }
}
