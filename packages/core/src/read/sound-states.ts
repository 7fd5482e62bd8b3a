/**
 * The last look at a state before it is emitted: it must not hold a time that is ahead of the server's clock.
 */
import { Effect } from "effect"
import type { Event } from "../events.ts"
import type { Transport } from "../http/client.ts"
import type { Source } from "../source.ts"
import { withoutFuture } from "../state/future.ts"
import { timedKeys } from "../state/legacy.ts"

type Checkpoint = Extract<Event, { readonly _tag: "Checkpoint" }>

/**
 * Lets no time into a state that is ahead of the server's clock: rows that are changed until then would never be read.
 * Such a time comes from a state or a start date that seems past by our own clock alone.
 */
export const soundStates = (
  source: Source,
  transport: Transport,
  emit: (event: Event) => Effect.Effect<void>
): ((checkpoint: Checkpoint) => Effect.Effect<void>) => {
  const told = new Set<string>()
  /** The latest that an answer has told: one whose clock is wrong takes no watermark away. */
  let nowSeconds = Number.NEGATIVE_INFINITY
  return (checkpoint) => {
    const stream = source.streams.find(({ name }) => name === checkpoint.stream)
    if (stream === undefined) return emit(checkpoint)
    return Effect.flatMap(transport.serverMs, (nowMs) => {
      if (nowMs === undefined) return emit(checkpoint)
      nowSeconds = Math.max(nowSeconds, Math.floor(nowMs / 1000))
      const { state, watermarks } = withoutFuture(checkpoint.state, timedKeys(stream), nowSeconds)
      const sound = emit({ ...checkpoint, state })
      if (watermarks.length === 0 || told.has(stream.name)) return sound
      told.add(stream.name)
      const message = `${stream.name}: its watermark (${watermarks.join(", ")}) is more than a day ahead of Pipedrive's clock and is removed: the next sync reads the stream from the beginning. Check replication_start_date, the state that was passed, and this machine's clock.`
      return Effect.andThen(emit({ _tag: "Log", level: "WARN", message }), sound)
    })
  }
}
