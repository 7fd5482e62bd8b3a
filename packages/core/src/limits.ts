import type { HttpBounds } from "./http.ts"

/** How long the transport tries before it gives up on a request. */
export interface Limits {
  /** Tries of one request, including the first. */
  readonly tries: number
  /** Time for all tries of one request, including waits. */
  readonly totalMs: number
  /** Wait before the second try; it doubles from try to try. */
  readonly firstDelayMs: number
  readonly longestDelayMs: number
  readonly bounds: HttpBounds
}

export const defaultLimits: Limits = {
  tries: 10,
  totalMs: 600_000,
  firstDelayMs: 500,
  longestDelayMs: 30_000,
  bounds: { headersMs: 60_000, idleMs: 30_000, totalMs: 300_000, maxBodyBytes: 64 << 20 }
}
