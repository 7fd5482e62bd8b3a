import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { networkOf, transportOf } from "../../../test/port.ts"
import { type Changes, newestFirst, since } from "../../declare/changes.ts"
import * as c from "../../declare/columns.ts"
import { cursorPages, offsetPages, type Paging, seekPages } from "../../declare/pagination.ts"
import { defineStream, ROW_KEY, type SourceStream } from "../../declare/stream.ts"
import { wantedColumns } from "../../page/page.ts"
import type { Children } from "../children/children.ts"
import { ChildProgress } from "../children/progress.ts"
import { rescan } from "../children/rescan.ts"
import { NewestFirstProgress } from "../newest-first/progress.ts"
import { readNewestFirst } from "../newest-first/read.ts"
import { slicePager } from "../since/slice-pager.ts"
import { rowsTo, type Sink } from "../sink.ts"
import { StreamEmitter } from "../stream-emitter.ts"
import { readAllPages } from "./list.ts"
import type { Pager } from "./pager.ts"
import { Requests } from "./requests.ts"
import { untimed } from "./untimed.ts"

const LIMIT = 5
const ROWS = 23
/** Requests in which a whole list is read, however often it is overlapped, and some in vain. */
const FEW = 40

type Ask = Readonly<Record<string, string>>

interface Times {
  /** Of the row with an id, in epoch seconds. */
  readonly time: (id: number) => number | undefined
}

const even: Times = { time: (id) => 1_700_000_000 + id * 10 }
const oneSecond: Times = { time: () => 1_700_000_000 }
const timeless: Times = { time: () => undefined }

/** Ids of the rows on a page of a list that never ends, by what it is asked with and how often. */
type Server = (ask: Ask, number: number) => ReadonlyArray<number>

const idsFrom = (start: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: Math.max(0, Math.min(count, ROWS - start)) }, (_, at) => start + at + 1)

const startOf = (ask: Ask): number => Number(ask["start"] ?? 0)

const servers: { readonly [name: string]: Server } = {
  "ignores the offset": () => idsFrom(0, LIMIT),
  "answers one row": () => [1],
  "clamps the offset to the last row": (ask) => idsFrom(Math.min(startOf(ask), ROWS - 1), LIMIT),
  "clamps the offset to the last page": (ask) => idsFrom(Math.min(startOf(ask), ROWS - LIMIT), LIMIT),
  "begins again behind its end": (ask) => Array.from({ length: LIMIT }, (_, at) => ((startOf(ask) + at) % ROWS) + 1),
  "has no rows": () => []
}

const cursorServers: { readonly [name: string]: Server } = {
  "answers the same page": () => idsFrom(0, LIMIT),
  "answers its pages over and over": (_, number) => idsFrom(((number - 1) % 4) * LIMIT, LIMIT)
}

const text = (seconds: number | undefined): string | null =>
  seconds === undefined ? null : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`

const streamOf = (paging: Paging, changes?: Changes<"update_time">): SourceStream =>
  defineStream({
    name: "things",
    path: "v1/files",
    docs: "https://developers.pipedrive.com/docs/api/v1/Files#getFiles",
    tokens: 20,
    scope: "deals:read",
    columns: { id: c.integer, update_time: c.timestamp },
    primaryKey: ["id"],
    paging,
    ...(changes !== undefined && { changes })
  })

/** A list that always promises more, however it pages. */
const listOf = (stream: SourceStream, server: Server, { time }: Times = even) => {
  const network = networkOf(({ url }, number) => {
    if (number > 2 * FEW) return { status: 400, body: { error: "asked for ever" } }
    const ids = server(Object.fromEntries(new URL(url).searchParams), number)
    return {
      body: {
        success: true,
        data: ids.map((id) => ({ id, update_time: text(time(id)) })),
        additional_data:
          stream.paging.kind === "cursor"
            ? { next_cursor: `page ${number + 1}` }
            : { pagination: { more_items_in_collection: true } }
      }
    }
  })
  const { transport } = transportOf({ send: network.send })
  const requests = new Requests({ transport, stream, wanted: wantedColumns(stream), sent: () => {} })
  return { requests, network, transport }
}

const standsStill = async (read: Effect.Effect<unknown, unknown>, asked: ReadonlyArray<unknown>): Promise<void> => {
  const error = await Effect.runPromise(Effect.flip(read))
  expect(error).toMatchObject({ _tag: "SystemError", message: expect.stringMatching(/things: .* does not advance/) })
  expect(asked.length).toBeLessThanOrEqual(FEW)
}

/** Turns all pages. */
const turned = (pager: Pager): Effect.Effect<void, unknown> =>
  Effect.gen(function* () {
    while (!(yield* pager.next).ended);
  })

const slice = { since: undefined, at: undefined, stop: undefined, cursor: undefined }
const outletOf = (stream: SourceStream) => new StreamEmitter(stream, "incremental", undefined, () => Effect.void)

describe.each(Object.entries(servers))("a list whose server %s ends", (_, server) => {
  it.each([
    ["", true],
    [" of an endpoint that documents no word of further pages", false]
  ] as const)("by offset%s", async (_name, declared) => {
    const { requests, network } = listOf(streamOf(offsetPages({ limit: LIMIT, declared })), server)
    await standsStill(
      readAllPages(requests, "v1/files", {}, () => Effect.void),
      network.asked
    )
  })

  it.each(["id", "update_time"] as const)("newest first, on its way up by %s", async (by) => {
    const stream = streamOf(
      offsetPages({ limit: LIMIT }),
      newestFirst("update_time", {
        descending: { sort: "update_time DESC" },
        ascending: { by, query: { sort: `${by} ASC` } }
      })
    )
    const { requests, network } = listOf(stream, server)
    const progress = new NewestFirstProgress(stream, { watermark: undefined, own: undefined } as never)
    const read = readNewestFirst({
      requests,
      sinks: [rowsTo(outletOf(stream))],
      threshold: undefined,
      upward: { progress, checkpoint: Effect.void }
    })
    await standsStill(read, network.asked)
  })

  it.each([
    ["", true],
    [" of an endpoint that documents no word of further pages", false]
  ] as const)("newest first, on its way down%s", async (_name, declared) => {
    const stream = streamOf(
      offsetPages({ limit: LIMIT, declared }),
      newestFirst("update_time", { descending: { sort: "update_time DESC" } })
    )
    const { requests, network } = listOf(stream, server)
    await standsStill(
      readNewestFirst({ requests, sinks: [rowsTo(outletOf(stream))], threshold: 1_600_000_000 }),
      network.asked
    )
  })

  it.each([
    ["rows of different times", even, undefined],
    ["rows of different times and a filter", even, 1_650_000_000],
    ["rows of one second", oneSecond, 1_700_000_000],
    ["rows without a time", timeless, undefined]
  ] as const)("by update time, %s", async (_name, times, since_) => {
    const { requests, network } = listOf(streamOf(seekPages({ limit: LIMIT }), since("update_time")), server, times)
    const pager = slicePager(requests, { ...slice, since: since_ }, () => Number.POSITIVE_INFINITY)
    await standsStill(turned(pager), network.asked)
  })

  it("among rows without a time", async () => {
    const stream = streamOf(seekPages({ limit: LIMIT }), since("update_time"))
    const { requests, network } = listOf(stream, server, timeless)
    await standsStill(turned(untimed(requests)), network.asked)
  })

  it("where it is looked through for parents", async () => {
    const { read, network } = swept(streamOf(offsetPages({ limit: LIMIT })), server)
    await standsStill(read, network.asked)
  })
})

const swept = (root: SourceStream, server: Server) => {
  const { requests, network } = listOf(root, server)
  const progress = new ChildProgress(root, [root.name], { watermark: undefined, own: undefined } as never, undefined)
  const sink: Sink = {
    emitter: outletOf(root),
    isOpen: () => true,
    take: (_page, _rows, done) => done,
    finish: (done) => done
  }
  const children = { parentIn: () => undefined } as unknown as Children
  const read = rescan({
    rescanned: { stream: root, progress, children, sink, checkpoint: Effect.void },
    parents: [root],
    requestsFor: () => requests,
    nowSeconds: 1_750_000_000,
    start: undefined,
    allowance: undefined
  })
  return { read, network }
}

describe.each(Object.entries(cursorServers))("a list by cursor whose server %s ends", (_, server) => {
  it("read whole", async () => {
    const { requests, network } = listOf(streamOf(cursorPages({ limit: LIMIT })), server)
    await standsStill(
      readAllPages(requests, "v1/files", {}, () => Effect.void),
      network.asked
    )
  })

  it.each([
    ["rows of different times", even],
    ["rows of one second", oneSecond],
    ["rows without a time", timeless]
  ] as const)("by update time, %s", async (_name, times) => {
    const stream = streamOf(cursorPages({ limit: LIMIT }), since("update_time"))
    const { requests, network } = listOf(stream, server, times)
    await standsStill(turned(slicePager(requests, slice, () => Number.POSITIVE_INFINITY)), network.asked)
  })

  it("among rows without a time", async () => {
    const stream = streamOf(cursorPages({ limit: LIMIT }), since("update_time"))
    const { requests, network } = listOf(stream, server, timeless)
    await standsStill(turned(untimed(requests)), network.asked)
  })

  it("where it is looked through for parents", async () => {
    const { read, network } = swept(streamOf(cursorPages({ limit: LIMIT }), since("update_time")), server)
    await standsStill(read, network.asked)
  })
})

it("a list by cursor whose rows have no key of their own is read to its end", async () => {
  const stream = { ...streamOf(cursorPages({ limit: LIMIT })), primaryKey: [ROW_KEY] as const }
  const network = networkOf((_request, number) => ({
    body: {
      success: true,
      data: idsFrom((number - 1) * LIMIT, LIMIT).map((id) => ({ new_value: id })),
      additional_data: { next_cursor: number * LIMIT < ROWS ? `page ${number + 1}` : null }
    }
  }))
  const { transport } = transportOf({ send: network.send })
  const requests = new Requests({ transport, stream, wanted: wantedColumns(stream), sent: () => {} })
  const rows: Array<number> = []
  const read = readAllPages(requests, "v1/files", {}, (page, fresh) =>
    Effect.sync(() => void rows.push(...fresh.map((row) => page.hash(row))))
  )
  await Effect.runPromise(read)
  expect(new Set(rows).size).toBe(ROWS)
})
