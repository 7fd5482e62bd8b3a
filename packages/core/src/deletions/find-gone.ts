/** What follows the own read of a list whose deletions are tracked: a comparison where one is due, then settling. */
import { Cause, Effect } from "effect"
import { ConfigError, type NotAvailableError, type ReadError } from "../errors.ts"
import { ME } from "../http/auth/me.ts"
import type { RefusedError } from "../http/client.ts"
import { errorOf } from "../http/refusal.ts"
import type { Run } from "../read/context.ts"
import type { Requests } from "../read/pages/requests.ts"
import { unexpected } from "../read/unexpected.ts"
import { NO_CLOCK } from "./clock.ts"
import { doubtOf, lossMessage } from "./guard.ts"
import { showList } from "./list.ts"
import { lookupsOf } from "./lookups.ts"
import { settle } from "./settling.ts"
import type { Tracking } from "./tracking.ts"

interface FindOptions {
  readonly run: Run
  readonly tracking: Tracking
  /** Requests of the stream's own read. */
  readonly requests: Requests
  readonly checkpoint: Effect.Effect<void>
}

const tooLarge = (stream: string): string =>
  `${stream} has more rows than their ids fit a state (1 MB): its deletions are not tracked any more, until the stream is reset.`

/** Compares the list with what is known, where that is due and the day's tokens reach. */
const compare = ({ checkpoint, requests, run, tracking }: FindOptions, momentMs: number) =>
  Effect.gen(function* () {
    const { ids, emitter, stream } = tracking
    const { config, transport } = run
    const dueMs = ids.swept === undefined ? momentMs : (ids.swept + config.deletionCheckHours * 3600) * 1000
    if (momentMs < dueMs) return
    const limit = stream.paging.kind === "single" ? 1 : stream.paging.limit
    const tokens = (Math.floor(ids.known.size / limit) + 1) * stream.tokens + ME.tokens
    const left = transport.gate.governor.dailyLeft
    if (ids.known.size > 0 && tokens > left) {
      const message = `${stream.name}: its list is searched for deletions in a later sync, as that takes ${tokens} tokens and ${Math.floor(left)} are left today.`
      return yield* emitter.log("INFO", message)
    }
    const known = ids.known.size
    ids.isBusy = true
    const shown = yield* showList({ requests, tracking, start: config.startDate, checkpoint })
    ids.isBusy = false
    if (ids.isOff) return
    const user = (yield* run.me).id
    const gone = [...ids.known].filter((id) => !shown.ids.has(id))
    const loss = {
      known,
      gone: gone.length,
      isOtherUser: ids.user !== undefined && user !== undefined && user !== ids.user
    }
    const why = config.on.has("allow_mass_deletions") ? undefined : doubtOf(loss)
    ids.swept = Math.floor((shown.beganMs ?? momentMs) / 1000)
    if (why === undefined) {
      ids.lose(gone)
      ids.user = user ?? ids.user
    }
    yield* checkpoint
    if (why !== undefined) return yield* new ConfigError({ message: lossMessage(stream.name, loss, why) })
  })

/** What is left to do when all lists have been read: each ends its stream. */
export type Afterwards = Array<Effect.Effect<void>>

const search = (options: FindOptions): Effect.Effect<void, ReadError | NotAvailableError> =>
  Effect.gen(function* () {
    const { checkpoint, requests, run, tracking } = options
    const { ids, momentMs, emitter, stream } = tracking
    if (ids.isOff) {
      if (ids.isNewlyOff) yield* emitter.log("WARN", tooLarge(stream.name))
      return
    }
    if (momentMs === undefined) return yield* run.warnOnce(NO_CLOCK)
    yield* compare(options, momentMs)
    const sibling = run.streams.find(({ name }) => name === stream.lookup?.sibling)
    const lookups = lookupsOf({
      transport: run.transport,
      stream,
      requests,
      sibling,
      workers: run.config.workers,
      sent: emitter.sent
    })
    yield* settle({ run, tracking, lookups, momentMs, checkpoint })
    if (ids.isNewlyOff) yield* emitter.log("WARN", tooLarge(stream.name))
  }).pipe(
    Effect.catchTag("RefusedError", (error: RefusedError) => Effect.fail(errorOf(options.tracking.stream, error)))
  )

/** Finds out which rows of a list are gone, emits their tombstones, and ends the stream. */
export const findGone = (options: FindOptions): Effect.Effect<void> => {
  const { emitter, stream } = options.tracking
  return search(options).pipe(
    Effect.andThen(emitter.end()),
    Effect.catch((error) =>
      // The input state is not emitted again: a later checkpoint covers what has been read since.
      error._tag === "NotAvailableError"
        ? Effect.andThen(emitter.log("WARN", error.message), emitter.end())
        : emitter.end(error)
    ),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(cause)
        : emitter.end(unexpected(stream.name, Cause.squash(cause)))
    )
  )
}
