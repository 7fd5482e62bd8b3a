/**
 * Deletions of children that cannot be asked for by their ids: two whole rescans in a row must lack one. What the first
 * lacks moves from `known` to `doubt`; what the second lacks of that is gone.
 */
import { Effect } from "effect"
import { cursorFieldOf, type SourceStream } from "../declare/stream.ts"
import { ConfigError } from "../errors.ts"
import type { Page } from "../page/page.ts"
import type { Rows } from "../page/rows.ts"
import type { ChildProgress } from "../read/children/progress.ts"
import type { Run } from "../read/context.ts"
import type { Selected } from "../read/groups.ts"
import type { Sink } from "../read/sink.ts"
import type { StreamEmitter } from "../read/stream-emitter.ts"
import { NO_CLOCK } from "./clock.ts"
import { doubtOf, lossMessage } from "./guard.ts"
import { type IdSet, noIds } from "./id-set.ts"
import { declaredForm, formOf, momentText } from "./moment.ts"
import { bareTombstones } from "./tombstones.ts"
import { TrackedIds } from "./tracked-ids.ts"

/** A rescan under way. */
interface Rescan {
  readonly doubt: IdSet
  readonly shown: IdSet
  readonly known: number
  momentMs: number | undefined
}

/** The children of one stream whose deletions are tracked. */
export class ChildTracking {
  readonly stream: SourceStream
  readonly emitter: StreamEmitter
  readonly ids: TrackedIds
  #form: ReturnType<typeof formOf>
  #rescan: Rescan | undefined

  /** @param start parents older than it are skipped; where it is later than before, the sets are begun anew */
  constructor({ decoded, emitter, stream }: Selected, progress: ChildProgress, start: number | undefined) {
    this.stream = stream
    this.emitter = emitter
    this.ids = new TrackedIds(stream, decoded.extension?.deletions)
    if ((start ?? Number.NEGATIVE_INFINITY) > (this.ids.start ?? Number.NEGATIVE_INFINITY)) this.ids.clear()
    this.ids.start = start
    progress.ids = this.ids
    emitter.tracker = {
      announce: (rows) => (this.ids.announce(rows) ? progress.state() : undefined),
      emitted: (rows) => this.ids.emitted(rows)
    }
  }

  /** Takes note of children that are about to be emitted. */
  note(emitted: Rows, page: Page, rows: ReadonlyArray<number>): void {
    const field = cursorFieldOf(this.stream)
    const [first] = rows
    if (first !== undefined && field !== undefined) this.#form = formOf(page.text(first, field)) ?? this.#form
    const live = rows.map(page.id)
    for (const id of live) this.#rescan?.shown.add(id)
    this.ids.note(emitted, { live })
  }

  beginRescan(): void {
    const { doubt, known } = this.ids
    this.#rescan = { doubt: doubt.copy(), shown: noIds(this.stream), known: known.size, momentMs: undefined }
  }

  /** A sink that shows the pages of a rescan's parents here as well. */
  seeing<C extends Sink>(sink: C): C {
    return {
      ...sink,
      take: (page, ...rest) => {
        this.saw(page)
        return sink.take(page, ...rest)
      }
    }
  }

  /** The first answer of a rescan is the moment of what it lacks. */
  saw(page: Page): void {
    if (this.#rescan !== undefined && page.exact) this.#rescan.momentMs ??= page.serverMs
  }

  /**
   * Draws the conclusions of a rescan.
   *
   * @param isWhole whether it went through all parents in this run, and all of them answered
   */
  endRescan(run: Run, isWhole: boolean, checkpoint: Effect.Effect<void>): Effect.Effect<void, ConfigError> {
    const rescan = this.#rescan
    this.#rescan = undefined
    return Effect.gen({ self: this }, function* () {
      const { ids, emitter, stream } = this
      if (rescan === undefined || !isWhole || ids.isOff) return
      const { doubt, known, momentMs, shown } = rescan
      if (momentMs === undefined) return yield* run.warnOnce(NO_CLOCK)
      const missing = [...ids.known].filter((id) => !shown.has(id))
      const gone = [...doubt].filter((id) => !shown.has(id))
      const loss = { known, gone: missing.length, isOtherUser: false }
      const why = run.config.on.has("allow_mass_deletions") ? undefined : doubtOf(loss)
      if (why !== undefined) {
        yield* checkpoint
        return yield* new ConfigError({ message: lossMessage(stream.name, loss, why) })
      }
      const [column] = stream.primaryKey as [string]
      const tombstones = bareTombstones(
        stream,
        gone.map((json) => [[column, json]]),
        momentText(momentMs, this.#form ?? declaredForm(stream))
      )
      yield* emitter.records(ids.note(tombstones, { dead: gone }))
      ids.lose(missing)
      yield* checkpoint
    })
  }
}
