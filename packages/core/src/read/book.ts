import { STATE_VERSION, type Stated } from "../compat.ts"
import { cursorText, secondsOf, zonedText } from "../cursor.ts"
import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"
import { cursorFieldOf, type SourceStream } from "../stream.ts"
import { type Window, Windows } from "../windows.ts"
import { bucketsState, ContentHashes, type KnownContent, knownContent } from "./content-hashes.ts"
import { FailedParents } from "./failed-parents.ts"
import type { IncludeLevel } from "./requests.ts"
import { type Sweep, sweepIn, sweepState } from "./sweep-state.ts"

const record = (value: unknown): JsonObject => (isObject(value) ? value : {})

const second = (value: unknown): number | undefined => {
  const seconds = typeof value === "string" ? secondsOf(value) : Number.NaN
  return Number.isFinite(seconds) ? seconds : undefined
}

const INCLUDE_MEMORY_S = 86_400

/** The book of a stream that asks for its own changes. */
export class SinceBook {
  readonly stream: SourceStream
  ledger: Windows
  /** Start of the last whole read, in epoch seconds. */
  whole: number | undefined
  /** Start of the whole read under way. */
  reading: number | undefined
  include: { readonly level: IncludeLevel; readonly at: number } | undefined

  constructor(stream: SourceStream, stated: Stated, start: number | undefined) {
    const own = stated.own ?? {}
    this.stream = stream
    this.ledger = Windows.resume(own, stated.mark, start)
    this.whole = second(own["whole"])
    this.reading = second(own["reading"])
    const include = record(own["include"])
    const at = second(include["at"])
    if (at !== undefined && (include["level"] === "always" || include["level"] === "none")) {
      this.include = { level: include["level"], at }
    }
  }

  /** Optional fields that were refused within the last day are not asked for again. */
  includeLevel(nowSeconds: number): IncludeLevel {
    if (this.include !== undefined && nowSeconds - this.include.at > INCLUDE_MEMORY_S) this.include = undefined
    return this.include?.level ?? "all"
  }

  /** Begins to read everything again; the mark stays where it is. */
  readWhole(nowSeconds: number, start: number | undefined): void {
    const open: Window = { since: start, at: undefined, stop: undefined, cursor: undefined }
    this.ledger = new Windows(new Map([[0, open]]), this.ledger.mark)
    this.reading = nowSeconds
  }

  state(): JsonObject {
    const { mark } = this.ledger
    return {
      ...(mark !== undefined && { [cursorFieldOf(this.stream) as string]: cursorText(this.stream, mark) }),
      _ab: {
        v: STATE_VERSION,
        ...this.ledger.toState(),
        ...(this.whole !== undefined && { whole: zonedText(this.whole) }),
        ...(this.reading !== undefined && { reading: zonedText(this.reading) }),
        ...(this.include !== undefined && { include: { level: this.include.level, at: zonedText(this.include.at) } })
      }
    }
  }
}

/** The book of a child stream: how far the children of each parent stream are out. */
export class ChildBook {
  readonly stream: SourceStream
  readonly #ledgers = new Map<string, Windows>()
  readonly #through = new Map<string, number>()
  readonly #given: number | undefined
  /** Parents that could not be read. */
  readonly failed: FailedParents
  /** For parents whose list is a snapshot, by parent stream: what it held when their children were last read. */
  readonly known = new Map<string, KnownContent>()
  /** What it holds now; in the state as soon as it is set. */
  readonly content = new Map<string, { readonly toState: (lists: number) => JsonObject }>()
  /** Marks of parents whose list is read newest first. */
  readonly marks = new Map<string, number>()
  /** When lists that are read for children alone were last read to their end, in epoch seconds. */
  readonly #reads = new Map<string, number>()
  sweep: Sweep

  constructor(stream: SourceStream, lists: ReadonlyArray<string>, stated: Stated, start: number | undefined) {
    this.#given = stated.mark
    this.stream = stream
    const own = stated.own ?? {}
    const parents = record(own["parents"])
    for (const name of lists) {
      const kept = record(parents[name])
      const mark = second(kept["mark"]) ?? (name in parents ? undefined : (stated.parents?.[name] ?? stated.mark))
      this.#ledgers.set(name, Windows.resume(kept, mark, start))
      if (kept["through"] === true && mark !== undefined) this.#through.set(name, mark)
      // Without a mark nothing tells what that read came to.
      const read = mark === undefined ? undefined : second(kept["read"])
      if (read !== undefined) this.#reads.set(name, read)
      this.known.set(name, knownContent(kept))
    }
    this.failed = new FailedParents(stream.name, own)
    this.sweep = sweepIn(own["sweep"])
  }

  ledger(parent: string): Windows {
    return this.#ledgers.get(parent) as Windows
  }

  /** Second up to which, and with which, children are out: its parents need not be asked again. */
  through(parent: string): number | undefined {
    return this.#through.get(parent)
  }

  /** Children of all parents up to the mark are out; `through` where those of its own second are, too. */
  reach(parent: string, to: { readonly mark: number; readonly through: boolean }): void {
    const before = this.mark(parent)
    if (before !== undefined && to.mark < before) return
    this.marks.set(parent, to.mark)
    if (to.through) this.#through.set(parent, to.mark)
  }

  /** When a list was last read to its end; undefined where that is unknown, or where a read was cut short. */
  lastRead(parent: string): number | undefined {
    return this.#reads.get(parent)
  }

  /** Notes that a list is being read: until it ends, its last read does not count. */
  beginRead(parent: string): void {
    this.#reads.delete(parent)
  }

  endRead(parent: string, atSeconds: number): void {
    this.#reads.set(parent, atSeconds)
  }

  /** Leaves a list as its last read left it. */
  rest(parent: string): void {
    const mark = this.mark(parent)
    if (mark !== undefined) this.marks.set(parent, mark)
  }

  rebase(parent: string, ledger: Windows): void {
    this.#ledgers.set(parent, ledger)
  }

  /** The mark of one parent stream. */
  mark(parent: string): number | undefined {
    return this.marks.get(parent) ?? this.ledger(parent).mark
  }

  /** Below it all children of changed parents are out, whichever stream the parent is in. */
  get lowest(): number | undefined {
    let lowest: number | undefined
    for (const name of this.#ledgers.keys()) {
      const mark = this.#markOf(name)
      if (mark === undefined) return undefined
      lowest = Math.min(lowest ?? mark, mark)
    }
    return lowest
  }

  /**
   * The stream's cursor for those who know nothing of parents: while parents are left to be read it stays where it was,
   * as their children may be older than any mark.
   */
  get #cursor(): number | undefined {
    const isThrough = [...this.#ledgers].every(([name, ledger]) => ledger.unfinished.size === 0 || this.marks.has(name))
    return isThrough ? this.lowest : this.#given
  }

  #contentOf(name: string): JsonObject {
    const lists = this.#ledgers.size
    const now = this.content.get(name)
    if (now !== undefined) return now.toState(lists)
    const { hashes, buckets } = this.known.get(name) ?? knownContent({})
    if (buckets !== undefined) return bucketsState(buckets)
    return hashes.size === 0 ? {} : new ContentHashes(hashes).toState(lists)
  }

  #markOf(name: string): number | undefined {
    const ledger = this.ledger(name)
    const marked = this.marks.get(name)
    return ledger.mark === undefined || marked === undefined ? (ledger.mark ?? marked) : Math.max(ledger.mark, marked)
  }

  state(): JsonObject {
    const parents = Object.fromEntries(
      [...this.#ledgers].map(([name, ledger]) => {
        const mark = this.#markOf(name)
        const read = this.#reads.get(name)
        return [
          name,
          {
            ...(mark !== undefined && { mark: zonedText(mark) }),
            ...((ledger.isThroughMark || (mark !== undefined && mark === this.#through.get(name))) && {
              through: true
            }),
            ...(read !== undefined && { read: zonedText(read) }),
            ...(this.marks.has(name) ? {} : ledger.toState()),
            ...this.#contentOf(name)
          }
        ]
      })
    )
    const own = {
      _ab: {
        v: STATE_VERSION,
        parents,
        ...this.failed.toState(),
        ...(Object.keys(this.sweep).length > 0 && { sweep: sweepState(this.sweep) })
      }
    }
    const lowest = this.#cursor
    const field = cursorFieldOf(this.stream) as string
    const mark = lowest === undefined ? {} : { [field]: cursorText(this.stream, lowest) }
    const { changes } = this.stream
    const isGlobal = changes?.kind === "ofChangedParents" && changes.globalCursor === true
    return { ...mark, ...(isGlobal && this.#globalForm(mark)), ...own }
  }

  /** What Airbyte's own connector reads of a child stream it has incremental: one cursor for all parents. */
  #globalForm(mark: JsonObject): JsonObject {
    const parents = [...this.#ledgers.keys()].flatMap((name) => {
      const seconds = this.#markOf(name)
      return seconds === undefined ? [] : [[name, { update_time: zonedText(seconds) }] as const]
    })
    return {
      use_global_cursor: true,
      ...(Object.keys(mark).length > 0 && { state: mark }),
      parent_state: Object.fromEntries(parents)
    }
  }
}
