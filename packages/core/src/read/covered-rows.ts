/**
 * Rows and the checkpoint that covers them. The two are emitted in one step that an interrupt cannot divide: it comes
 * before both or after both, so that no emitted row is ever left without its checkpoint. The events are handed over at
 * once, and only then is it waited for that the edge has room for them.
 *
 * While requests for children are under way it is not yet known what a checkpoint may say. Their rows are then held,
 * and released with the checkpoint once the requests have been answered.
 */
import { Effect, Fiber } from "effect"
import type { Rows } from "../page/rows.ts"

/** Bytes of answers whose rows may wait for the checkpoint that covers them. */
const MAX_HELD_BYTES = 8 * 1024 * 1024

/** Emits rows of one stream together with their checkpoints. */
export class CoveredRows {
  readonly #emit: (rows: Rows) => Effect.Effect<void>
  readonly #announce: (rows: ReadonlyArray<Rows>) => Effect.Effect<void> | undefined
  /** Rows that wait for the checkpoint that covers them; undefined while rows are emitted at once. */
  #held: Array<Rows> | undefined
  #heldBytes = 0

  /**
   * @param emit emits rows
   * @param announce emits the state that has to name rows before they are emitted; undefined where none has to
   */
  constructor(
    emit: (rows: Rows) => Effect.Effect<void>,
    announce: (rows: ReadonlyArray<Rows>) => Effect.Effect<void> | undefined
  ) {
    this.#emit = emit
    this.#announce = announce
  }

  /** Whether rows wait for the checkpoint that covers them. */
  get isHolding(): boolean {
    return this.#held !== undefined
  }

  /** Keeps rows until they are released; too many are released at once, without a checkpoint. */
  hold(rows: Rows): Effect.Effect<void> {
    this.#held?.push(rows)
    this.#heldBytes += rows.bytes.length
    return this.#heldBytes > MAX_HELD_BYTES ? this.#release(Effect.void) : Effect.void
  }

  /** Emits rows and the checkpoint that covers them, and before them the state that names them, where one has to. */
  covered(rows: ReadonlyArray<Rows>, checkpoint: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.gen({ self: this }, function* () {
        const taken: Array<Fiber.Fiber<void>> = []
        const announcement = this.#announce(rows)
        const first = announcement === undefined ? [] : [announcement]
        for (const emission of [...first, ...rows.map((each) => this.#emit(each)), checkpoint])
          taken.push(yield* Effect.forkChild(restore(emission), { startImmediately: true }))
        for (const fiber of taken) yield* restore(Fiber.join(fiber))
      })
    )
  }

  /**
   * Holds the rows that an effect emits until it is done or has failed, and emits them with the checkpoint that covers
   * them. Those of an effect that is interrupted are never emitted: the next run reads them again.
   */
  coveredAfter<E>(reading: Effect.Effect<void, E>, checkpoint: Effect.Effect<void>): Effect.Effect<void, E> {
    return Effect.suspend(() => {
      this.#held = []
      return reading.pipe(
        Effect.tapError(() => this.#release(checkpoint)),
        Effect.andThen(Effect.suspend(() => this.#release(checkpoint))),
        Effect.ensuring(
          Effect.sync(() => {
            this.#held = undefined
            this.#heldBytes = 0
          })
        )
      )
    })
  }

  #release(checkpoint: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const rows = this.#held?.splice(0) ?? []
      this.#heldBytes = 0
      return this.covered(rows, checkpoint)
    })
  }
}
