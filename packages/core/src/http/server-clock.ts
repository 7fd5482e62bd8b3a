import { Clock, Effect } from "effect"
import type { Answer } from "./outcome.ts"
import type { HttpAnswer } from "./port.ts"

/** Answers may give times up to here, the end of the year 9999; a later one cannot be the time of a clock. */
const MAX_TIME_MS = 253_402_300_799_000

/** Pipedrive's clock: our own, corrected by what the `Date` header of the last answer said. */
export class ServerClock {
  /** How far the server is ahead of us; undefined before it has told its time. */
  #offsetMs: number | undefined

  /** Sets the clock by an answer that arrived at `nowMs`, and tells the time. */
  set(answer: HttpAnswer, nowMs: number): Pick<Answer, "serverMs" | "exact"> {
    const dateMs = Date.parse(answer.header("date") ?? "")
    if (dateMs > 0 && dateMs < MAX_TIME_MS) this.#offsetMs = dateMs - nowMs
    return { serverMs: nowMs + (this.#offsetMs ?? 0), exact: this.#offsetMs !== undefined }
  }

  /** The server's time; undefined before it has told it. */
  readonly nowMs: Effect.Effect<number | undefined> = Effect.map(Clock.currentTimeMillis, (nowMs) =>
    this.#offsetMs === undefined ? undefined : nowMs + this.#offsetMs
  )
}
