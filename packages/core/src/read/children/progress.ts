/**
 * The progress of a child stream: for each list of parents, up to where the children of its parents have been emitted.
 * How that is known depends on how the list is read:
 *
 *   by update time   slices (`read/since/slices.ts`)
 *   newest first     a watermark
 *   snapshot         a hash for each parent
 *
 * Beside it stand parents that failed, the pass and the rescan under way, and ids where deletions are tracked. The
 * cursor in the state is the lowest watermark of all lists.
 */
import { cursorFieldOf, type SourceStream } from "../../declare/stream.ts"
import type { TrackedIds } from "../../deletions/tracked-ids.ts"
import type { JsonObject } from "../../events.ts"
import { cursorText, zonedText } from "../../state/cursor.ts"
import { type Content, encodeExtension, type Rescan } from "../../state/format.ts"
import type { DecodedState } from "../../state/legacy.ts"
import { Slices } from "../since/slices.ts"
import { bucketsState, ContentHashes, type KnownContent, knownContent } from "../snapshot/content-hashes.ts"
import { FailedParents } from "./failed-parents.ts"
import { Pass } from "./pass.ts"

/** The progress of a child stream: how far the children of each list of parents have been emitted. */
export class ChildProgress {
  readonly stream: SourceStream
  readonly #allSlices = new Map<string, Slices>()
  readonly #through = new Map<string, number>()
  readonly #inputState: number | undefined
  /** Parents that could not be read. */
  readonly failed: FailedParents
  /** By list of parents that is a snapshot: what the list held when their children were last read. */
  readonly known = new Map<string, KnownContent>()
  /** What such a list holds now; part of the state as soon as it is set. */
  readonly content = new Map<string, { readonly toState: (lists: number) => Content }>()
  /** Watermarks of parents whose list is read newest first. */
  readonly watermarks = new Map<string, number>()
  /** Those of these lists that have not been read to their end. */
  readonly #underWay = new Set<string>()
  readonly #passes = new Map<string, Pass>()
  /** When lists that are read for children alone were last read to their end, in epoch seconds. */
  readonly #reads = new Map<string, number>()
  /** How far the rescan of its parents is; `sweep` in the state. */
  rescan: Rescan
  /** Ids of the stream's rows, where its deletions are tracked. */
  ids: TrackedIds | undefined

  constructor(stream: SourceStream, lists: ReadonlyArray<string>, decoded: DecodedState, start: number | undefined) {
    this.#inputState = decoded.watermark
    this.stream = stream
    const extension = decoded.extension ?? {}
    const { parents = {} } = extension
    for (const name of lists) {
      const kept = parents[name] ?? {}
      const watermark = kept.mark ?? (name in parents ? undefined : (decoded.parents?.[name] ?? decoded.watermark))
      this.#allSlices.set(name, Slices.resume(kept, watermark, start))
      if (kept.through === true && watermark !== undefined) this.#through.set(name, watermark)
      // Without a watermark it is not known what that read emitted.
      const read = watermark === undefined ? undefined : kept.read
      if (read !== undefined) this.#reads.set(name, read)
      this.known.set(name, knownContent(kept))
      this.#passes.set(name, new Pass(kept.pass))
    }
    this.failed = new FailedParents(stream.name, extension)
    this.rescan = extension.sweep ?? {}
  }

  slices(parent: string): Slices {
    return this.#allSlices.get(parent) as Slices
  }

  /** Parents of a list whose children have been emitted, though they are not before its watermark. */
  pass(parent: string): Pass {
    return this.#passes.get(parent) as Pass
  }

  /** Second up to and including which children have been emitted: its parents need not be asked again. */
  through(parent: string): number | undefined {
    return this.#through.get(parent)
  }

  /**
   * Children of all parents before the watermark have been emitted; with `through`, those of its own second as well.
   */
  reach(parent: string, to: { readonly watermark: number; readonly through: boolean }): void {
    const before = this.watermark(parent)
    if (before !== undefined && to.watermark < before) return
    this.watermarks.set(parent, to.watermark)
    this.#underWay.delete(parent)
    if (to.through) this.#through.set(parent, to.watermark)
  }

  /** Children of all parents before the watermark have been emitted, and of later ones none. */
  reachPartly(parent: string, watermark: number): void {
    if (watermark < (this.watermark(parent) ?? watermark)) return
    this.watermarks.set(parent, watermark)
    this.#underWay.add(parent)
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

  /** Keeps the watermark of a list that need not be read. */
  rest(parent: string): void {
    const watermark = this.watermark(parent)
    if (watermark !== undefined) this.watermarks.set(parent, watermark)
  }

  keepSlices(parent: string, slices: Slices): void {
    this.#allSlices.set(parent, slices)
  }

  /** The watermark of one parent stream. */
  watermark(parent: string): number | undefined {
    return this.watermarks.get(parent) ?? this.slices(parent).watermark
  }

  /** All children of parents that changed before it have been emitted, whichever stream the parent is in. */
  get lowest(): number | undefined {
    let lowest: number | undefined
    for (const name of this.#allSlices.keys()) {
      const watermark = this.#watermarkOf(name)
      if (watermark === undefined) return undefined
      lowest = Math.min(lowest ?? watermark, watermark)
    }
    return lowest
  }

  /**
   * The cursor for whoever does not read the extension: while parents are left to be read it stays where it was, as
   * their children may be older than any watermark.
   */
  get #cursor(): number | undefined {
    const isThrough = [...this.#allSlices].every(
      ([name, { unfinished }]) => unfinished.size === 0 || (this.watermarks.has(name) && !this.#underWay.has(name))
    )
    return isThrough ? this.lowest : this.#inputState
  }

  #contentOf(name: string): Content {
    const lists = this.#allSlices.size
    const now = this.content.get(name)
    if (now !== undefined) return now.toState(lists)
    const { hashes, buckets } = this.known.get(name) ?? knownContent({})
    if (buckets !== undefined) return bucketsState(buckets)
    return hashes.size === 0 ? {} : new ContentHashes(hashes).toState(lists)
  }

  #watermarkOf(name: string): number | undefined {
    const slices = this.slices(name)
    const other = this.watermarks.get(name)
    return slices.watermark === undefined || other === undefined
      ? (slices.watermark ?? other)
      : Math.max(slices.watermark, other)
  }

  state(): JsonObject {
    const parents = Object.fromEntries(
      [...this.#allSlices].map(([name, slices]) => {
        const watermark = this.#watermarkOf(name)
        const read = this.#reads.get(name)
        return [
          name,
          {
            mark: watermark,
            ...((slices.isThroughMark || (watermark !== undefined && watermark === this.#through.get(name))) && {
              through: true as const
            }),
            read,
            ...(this.watermarks.has(name) ? {} : slices.toState()),
            ...this.pass(name).toState(),
            ...this.#contentOf(name)
          }
        ]
      })
    )
    const extension = {
      _ab: encodeExtension({
        parents,
        ...this.failed.toState(),
        ...(Object.keys(this.rescan).length > 0 && { sweep: this.rescan }),
        ...this.ids?.toState()
      })
    }
    const lowest = this.#cursor
    const field = cursorFieldOf(this.stream) as string
    const watermark = lowest === undefined ? {} : { [field]: cursorText(this.stream, lowest) }
    const { changes } = this.stream
    const isGlobal = changes?.kind === "ofChangedParents" && changes.globalCursor === true
    return { ...watermark, ...(isGlobal && this.#globalForm(watermark)), ...extension }
  }

  /** What Airbyte's own connector reads of a child stream it has incremental: one cursor for all parents. */
  #globalForm(watermark: JsonObject): JsonObject {
    const parents = [...this.#allSlices.keys()].flatMap((name) => {
      const seconds = this.#watermarkOf(name)
      return seconds === undefined ? [] : [[name, { update_time: zonedText(seconds) }] as const]
    })
    return {
      use_global_cursor: true,
      ...(Object.keys(watermark).length > 0 && { state: watermark }),
      parent_state: Object.fromEntries(parents)
    }
  }
}
