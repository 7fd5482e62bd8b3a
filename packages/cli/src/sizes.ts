import type { SourceStream } from "@pipedrive-source/core"
import { isObject, type JsonObject, readSource, type SendHttp } from "@pipedrive-source/core/reader"
import * as Effect from "effect/Effect"
import { configForLook, type Session } from "./session.ts"

/** How many rows a list has, and how that is known. */
export interface Size {
  readonly rows: number
  /** Whether the whole list was seen, or what stands between its ends is estimated. */
  readonly isExact: boolean
  /** Rows that were seen on the way. */
  readonly seen: ReadonlyArray<JsonObject>
}

const limitOf = ({ paging }: SourceStream): number => (paging.kind === "single" ? 500 : paging.limit)

/** The first page of a list that is asked for with these parameters; empty where it is refused. */
const firstPage = async (
  session: Session,
  stream: SourceStream,
  query: { readonly [name: string]: string }
): Promise<{ readonly rows: ReadonlyArray<JsonObject>; readonly hasMore: boolean }> => {
  const stop = new AbortController()
  let body: Uint8Array | undefined
  const send: SendHttp = async (request, bounds, signal) => {
    const url = new URL(request.url)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const answer = await session.meter.send({ ...request, url: url.href }, bounds, signal)
    body = answer.status === 200 ? answer.body : undefined
    stop.abort()
    return answer
  }
  const { changes: _, parts: __, ...list } = stream
  const reading = readSource({
    source: { streams: [list], missing: new Map(), warnings: [] },
    config: configForLook(session),
    selection: [{ stream: stream.name, mode: "full_refresh" }],
    states: new Map(),
    send,
    emit: (event) =>
      Effect.sync(() => {
        if (event._tag === "ConfigChanged") session.changed(event.config)
      }),
    userAgent: session.userAgent
  })
  await session.run(reading, { signal: stop.signal }).catch((error) => {
    if (!stop.signal.aborted) throw error
  })
  if (body === undefined) return { rows: [], hasMore: false }
  const answer: unknown = JSON.parse(Buffer.from(body).toString())
  const data = isObject(answer) && Array.isArray(answer.data) ? answer.data.filter(isObject) : []
  return { rows: data, hasMore: data.length >= limitOf(stream) }
}

const idsOf = (rows: ReadonlyArray<JsonObject>): ReadonlyArray<number> =>
  rows.map(({ id }) => Number(id)).filter((id) => Number.isSafeInteger(id))

/** Rows for each number between the least and the greatest id. */
const densityOf = (ids: ReadonlyArray<number>): number =>
  ids.length / Math.max(1, Math.max(...ids) - Math.min(...ids) + 1)

const BATCH = 100

/** How dense ids are in the middle: a hundred are asked for by name. */
const middleDensity = async (session: Session, stream: SourceStream, middle: number): Promise<number> => {
  const ids = Array.from({ length: BATCH }, (_, index) => middle + index)
  const { rows } = await firstPage(session, stream, { ids: ids.join(",") })
  return rows.length / BATCH
}

/** Counts a list by its ends, in at most three requests: how dense ids are at both, and for v2 in the middle. */
export const sizeOf = async (session: Session, stream: SourceStream): Promise<Size> => {
  const isV2 = stream.path.startsWith("v2/")
  const sorted = (direction: "asc" | "desc"): { readonly [name: string]: string } =>
    isV2 ? { sort_by: "id", sort_direction: direction } : { sort: `id ${direction.toUpperCase()}` }
  const newest = await firstPage(session, stream, sorted("desc"))
  if (!newest.hasMore) return { rows: newest.rows.length, isExact: true, seen: newest.rows }
  const ids = idsOf(newest.rows)
  const oldest = await firstPage(session, stream, sorted("asc"))
  const oldIds = idsOf(oldest.rows)
  const seen = [...newest.rows, ...oldest.rows]
  // Ids that are no numbers tell nothing of how many there are.
  if (ids.length === 0 || oldIds.length === 0) return { rows: 2 * newest.rows.length, isExact: false, seen }
  const first = Math.max(...oldIds)
  const last = Math.min(...ids)
  const known = newest.rows.length + oldest.rows.length
  if (last <= first) return { rows: known, isExact: false, seen }
  const ends = [densityOf(oldIds), densityOf(ids)]
  const middle = isV2 ? await middleDensity(session, stream, Math.floor((first + last) / 2)) : undefined
  const [old = 1, fresh = 1] = ends
  const between = middle === undefined ? (old + fresh) / 2 : (old + 2 * middle + fresh) / 4
  return { rows: Math.round(known + (last - first - 1) * between), isExact: false, seen }
}
