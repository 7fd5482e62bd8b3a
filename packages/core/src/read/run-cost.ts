/**
 * What one run of a stream cost, for the summary at its end: rows, requests, tokens, parents that were skipped, and the
 * watermark before and after. The stream's emitter and everything that sends requests for the stream count here.
 */
import type { Summary } from "../events.ts"

/** Counts what reading one stream costs. */
export class RunCost {
  beganMs = 0
  rows = 0
  /** Zero dates that were emitted as null. */
  zeroDates = 0
  /** Parents that are gone or that refused. */
  parentsSkipped = 0
  #requests = 0
  #tokens = 0
  #watermarks: Pick<Summary, "watermarkBefore" | "watermarkAfter"> = {}

  /** Counts one request. */
  request(tokens: number): void {
    this.#requests++
    this.#tokens += tokens
  }

  /** Notes the stream's watermark at the beginning and at the end of the run, as texts of its own form. */
  watermarks(before: string | undefined, after: string | undefined): void {
    this.#watermarks = {
      ...(before !== undefined && { watermarkBefore: before }),
      ...(after !== undefined && { watermarkAfter: after })
    }
  }

  summary(nowMs: number): Summary {
    return {
      rows: this.rows,
      requests: this.#requests,
      tokens: this.#tokens,
      seconds: (nowMs - this.beganMs) / 1000,
      parentsSkipped: this.parentsSkipped,
      ...this.#watermarks
    }
  }
}
