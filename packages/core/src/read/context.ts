/**
 * What is the same for all streams of one read, and the states in which streams end.
 */
import type { Effect } from "effect"
import type { Config } from "../config/config.ts"
import type { NamedMode } from "../custom-fields/named-mode.ts"
import { isResumable, type SourceStream } from "../declare/stream.ts"
import type { ReadError } from "../errors.ts"
import type { JsonObject } from "../events.ts"
import type { Me } from "../http/auth/me.ts"
import type { Transport } from "../http/client.ts"
import type { Selected } from "./groups.ts"

/** What all streams of one read share. */
export interface Run {
  readonly config: Config
  readonly transport: Transport
  /** The server's clock, in epoch seconds; asked for where no answer has told it yet. */
  readonly serverSeconds: Effect.Effect<number, ReadError>
  /** Whose credentials these are; asked for once. */
  readonly me: Effect.Effect<Me, ReadError>
  /** Tells the user something once a run. */
  readonly warnOnce: (message: string) => Effect.Effect<void>
  /** All streams that are installed. */
  readonly streams: ReadonlyArray<SourceStream>
  /** Set where custom fields are to be columns. */
  readonly named?: NamedMode
  /** How many streams share what rolling rescans may spend. */
  readonly rolling: number
}

/** State of a full refresh that is done and would otherwise be begun again. */
export const COMPLETE: JsonObject = { __ab_full_refresh_sync_complete: true }
/** State of a stream that keeps none. */
export const STATELESS: JsonObject = { __ab_no_cursor_state_message: true }

/** The state at the end of a stream, to be passed to the next run. */
export const finished = (selected: Selected, state: JsonObject): JsonObject => {
  if (selected.mode === "incremental" && selected.stream.changes !== undefined) return state
  return isResumable(selected.stream) ? COMPLETE : STATELESS
}
