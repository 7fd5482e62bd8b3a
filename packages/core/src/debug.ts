import { Effect } from "effect"
import type { Event } from "./events.ts"

/** Takes a line for the debug log; the text is only made if somebody wants it. */
export type Debug = (message: () => string) => Effect.Effect<void>

export const silent: Debug = () => Effect.void

/** Emits lines as events, if they are wanted. */
export const debugTo = (emit: (event: Event) => Effect.Effect<void>, isWanted: boolean): Debug =>
  isWanted ? (message) => Effect.suspend(() => emit({ _tag: "Log", level: "DEBUG", message: message() })) : silent
