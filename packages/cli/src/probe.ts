import type { SourceStream } from "@pipedrive-source/core"
import { type Event, readSource, type SendHttp, type Source } from "@pipedrive-source/core/reader"
import * as Effect from "effect/Effect"
import { configForLook, type Session } from "./session.ts"

/** Whether an account may read a stream. */
export type Access =
  | { readonly _tag: "Readable" }
  /** It belongs to an add-on or a plan that the account does not have. */
  | { readonly _tag: "NotAvailable"; readonly why: string }
  | { readonly _tag: "Refused"; readonly why: string }

const parentsOf = (source: Source, { parents }: SourceStream): ReadonlyArray<SourceStream> =>
  source.streams.filter(({ name }) => parents?.streams.includes(name))

/** Tokens that asking for streams costs at most, as far as each first parent has children. */
export const probePrice = (source: Source, streams: ReadonlyArray<SourceStream>): number =>
  streams.reduce(
    (sum, stream) => sum + stream.tokens + parentsOf(source, stream).reduce((all, { tokens }) => all + tokens, 0),
    0
  )

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

/** Paths of a stream's requests. */
const pathsOf = ({ parts = [{}], path }: SourceStream): RegExp => {
  const paths = parts.map((part) => (part.path ?? path).split("{id}").map(escaped).join("[^/?]+"))
  return new RegExp(`/(?:${paths.join("|")})(?:\\?|$)`)
}

/** The list is asked for one row: that costs as much as a page, and is quicker. */
const brief = (stream: SourceStream): SourceStream =>
  stream.paging.kind === "cursor" && stream.parents === undefined
    ? { ...stream, paging: { ...stream.paging, limit: 1 } }
    : stream

/** After so many requests that were answered for its parents, no child is looked for. */
const MOST_REQUESTS = 4

/** Finds out whether the account may read a stream, by its first request that is answered. */
export const accessOf = async (session: Session, stream: SourceStream): Promise<Access> => {
  const stop = new AbortController()
  const isOwn = pathsOf(stream)
  let requests = 0
  let access: Access = { _tag: "Readable" }
  const send: SendHttp = async (request, bounds, signal) => {
    const answer = await session.meter.send(request, bounds, signal)
    requests++
    if (answer.status === 200 && (isOwn.test(request.url) || requests >= MOST_REQUESTS)) stop.abort()
    return answer
  }
  const emit = (event: Event): Effect.Effect<void> =>
    Effect.sync(() => {
      if (event._tag === "ConfigChanged") session.changed(event.config)
      if (event._tag === "Log" && event.level === "WARN" && stream.addOn !== undefined)
        access = { _tag: "NotAvailable", why: session.redactor.redact(event.message) }
      if (event._tag === "Ended" && event.error !== undefined && !stop.signal.aborted)
        access = { _tag: "Refused", why: session.redactor.redact(event.error.message) }
    })
  const reading = readSource({
    source: {
      ...session.source,
      streams: session.source.streams.map((each) => (each.name === stream.name ? brief(each) : each))
    },
    config: configForLook(session),
    selection: [{ stream: stream.name, mode: "full_refresh" }],
    states: new Map(),
    send,
    emit,
    userAgent: session.userAgent
  })
  await session.run(reading, { signal: stop.signal }).catch((error) => {
    if (!stop.signal.aborted) throw error
  })
  return access
}
