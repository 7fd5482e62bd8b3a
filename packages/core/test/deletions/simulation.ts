import { type Clock, Duration, Effect } from "effect"

interface Due {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/**
 * Time that passes only where everybody waits. Whatever takes time (an answer, a sleep, a slow reader) is due at a
 * moment; the earliest is next, and the world moves on until then.
 */
export class Simulation {
  nowMs: number
  /** What happens in the world while time passes. */
  passed: (nowMs: number) => void = () => {}
  #due: Array<Due> = []
  #order = 0

  constructor(nowMs: number) {
    this.nowMs = nowMs
  }

  /** @returns takes it back */
  after(ms: number, run: () => void): () => void {
    const due: Due = { atMs: this.nowMs + ms, order: this.#order++, run }
    this.#due.push(due)
    return () => {
      this.#due = this.#due.filter((each) => each !== due)
    }
  }

  wait(ms: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const cancel = this.after(ms, () => resume(Effect.void))
      return Effect.sync(cancel)
    })
  }

  /** Lets time pass while nothing runs. */
  pass(ms: number): void {
    const end = this.nowMs + ms
    while (this.nowMs < end) {
      // Steps grow with what is left: a second in a minute, hours in a month.
      this.nowMs = Math.min(end, this.nowMs + Math.max(1000, Math.floor((end - this.nowMs) / 20)))
      this.passed(this.nowMs)
    }
  }

  get clock(): Clock.Clock {
    const now = () => this.nowMs
    const nanos = () => BigInt(Math.round(this.nowMs)) * 1_000_000n
    return {
      currentTimeMillisUnsafe: now,
      currentTimeMillis: Effect.sync(now),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: nanos,
      monotonicTimeNanos: Effect.sync(nanos),
      sleep: (duration) => this.wait(Duration.toMillis(duration))
    }
  }

  /** Forgets all that is due: the process that waited for it is dead. */
  clear(): void {
    this.#due = []
  }

  /** Goes on until `isDone`. */
  async run(isDone: () => boolean): Promise<void> {
    let idle = 0
    for (let steps = 0; !isDone(); steps++) {
      if (steps > 200_000) throw new Error("the reader does not end")
      const before = this.#order
      await tick()
      if (isDone()) return
      if (this.#order !== before) continue
      const next = this.#due.reduce<Due | undefined>(
        (first, each) =>
          first === undefined || each.atMs < first.atMs || (each.atMs === first.atMs && each.order < first.order)
            ? each
            : first,
        undefined
      )
      if (next === undefined) {
        if (++idle > 50) throw new Error("the reader waits for nothing")
        continue
      }
      idle = 0
      this.#due = this.#due.filter((each) => each !== next)
      if (next.atMs > this.nowMs) this.pass(next.atMs - this.nowMs)
      next.run()
    }
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
