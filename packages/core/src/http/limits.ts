import type { HttpBounds } from "./port.ts"

/** How long the transport tries before it gives a request up. */
export interface Limits {
  /** Tries of one request, the first included. */
  readonly tries: number
  /** Time for all tries of one request, waits included. */
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
