import type { ReadError } from "./errors.ts"
import type { Rows } from "./page/rows.ts"

/** A JSON object, as read from or written to a file. */
export type JsonObject = { readonly [key: string]: unknown }

/** What a stream reports at its end. */
export interface Summary {
  readonly rows: number
  readonly requests: number
  readonly tokens: number
  readonly seconds: number
  /** Parents skipped because they are gone or refused. */
  readonly parentsSkipped: number
  /** Cursor before and after, in the stream's own text form. */
  readonly watermarkBefore?: string
  readonly watermarkAfter?: string
}

/** What a read reports to the edge, in order. Per stream: Started, then Records and Checkpoints, then Ended. */
export type Event =
  | { readonly _tag: "Started"; readonly stream: string }
  | { readonly _tag: "Records"; readonly stream: string; readonly rows: Rows }
  /** All earlier records have been emitted; pass `state` to the next run. */
  | { readonly _tag: "Checkpoint"; readonly stream: string; readonly state: JsonObject }
  /** The stream waits for the daily budget. */
  | { readonly _tag: "RateLimited"; readonly stream: string; readonly resetMs?: number }
  | { readonly _tag: "Ended"; readonly stream: string; readonly summary: Summary; readonly error?: ReadError }
  /** The config has changed (a rotated token), and must be stored before anything else happens. */
  | { readonly _tag: "ConfigChanged"; readonly config: JsonObject }
  | { readonly _tag: "Log"; readonly level: "DEBUG" | "INFO" | "WARN"; readonly message: string }
