import type { Clock } from "./interface.ts"

interface Write {
  readonly dueMs: number
  readonly madeMs: number
  readonly change: () => void
}

/** Writes that carry the time they were made at and are seen later, as in a database that commits them late. */
export class LateWrites {
  readonly #clock: Clock
  #waiting: Write[] = []
  #madeMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Time that a change made now carries. */
  nowMs(): number {
    return this.#madeMs ?? this.#clock.now()
  }

  add(delayMs: number, change: () => void): void {
    const madeMs = this.#clock.now()
    this.#waiting.push({ dueMs: madeMs + delayMs, madeMs, change })
  }

  /** Makes the writes visible that are due, in the order in which they became so. */
  apply(): void {
    if (this.#waiting.length === 0 || this.#madeMs !== undefined) return
    const now = this.#clock.now()
    const due = this.#waiting.filter(({ dueMs }) => dueMs <= now).sort((a, b) => a.dueMs - b.dueMs)
    if (due.length === 0) return
    this.#waiting = this.#waiting.filter(({ dueMs }) => dueMs > now)
    try {
      for (const { madeMs, change } of due) {
        this.#madeMs = madeMs
        change()
      }
    } finally {
      this.#madeMs = undefined
    }
  }
}
