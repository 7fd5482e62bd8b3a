import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { seedsOr } from "../../../test/fuzz.ts"
import { History } from "../../../test/history.ts"
import { networkOf, transportOf } from "../../../test/port.ts"
import { type Chance, chanceOf, Table } from "../../../test/table.ts"
import { newestFirst } from "../../declare/changes.ts"
import * as c from "../../declare/columns.ts"
import { offsetPages } from "../../declare/pagination.ts"
import { defineStream, type SourceStream } from "../../declare/stream.ts"
import { wantedColumns } from "../../page/page.ts"
import { Requests } from "../pages/requests.ts"
import { rowsTo } from "../sink.ts"
import { StreamEmitter } from "../stream-emitter.ts"
import { NewestFirstProgress } from "./progress.ts"
import { readNewestFirst } from "./read.ts"

// SPEC 1, 3, 13

const streamOf = (by: "id" | "update_time" | undefined, limit = 5): SourceStream =>
  defineStream({
    name: "files",
    path: "v1/files",
    docs: "https://developers.pipedrive.com/docs/api/v1/Files#getFiles",
    tokens: 20,
    scope: "deals:read",
    columns: { id: c.integer, update_time: c.localTimestamp, version: c.integer },
    primaryKey: ["id"],
    paging: offsetPages({ limit }),
    changes: newestFirst("update_time", {
      descending: { sort: "update_time DESC" },
      ...(by !== undefined && {
        ascending: { by, query: { sort: by === "id" ? "id ASC" : "update_time ASC, id ASC" } }
      })
    })
  })

/** One run, as a stream by itself is read. */
const reader = (history: History, emitter: StreamEmitter): Effect.Effect<void, unknown> =>
  Effect.gen(function* () {
    const { stream } = history.options
    const progress = new NewestFirstProgress(stream, history.decoded)
    const threshold = progress.upward === undefined ? progress.watermark : undefined
    const goesUp =
      stream.changes?.kind === "newestFirst" && stream.changes.ascending !== undefined && threshold === undefined
    const reached = yield* readNewestFirst({
      requests: history.requestsOf(emitter),
      sinks: [rowsTo(emitter)],
      threshold,
      ...(goesUp && { upward: { progress, checkpoint: Effect.suspend(() => emitter.checkpoint(progress.state())) } })
    })
    if (reached !== undefined) progress.watermark = Math.max(reached.watermark, progress.watermark ?? reached.watermark)
    progress.upward = undefined
    yield* emitter.checkpoint(progress.state())
  })

interface Played {
  readonly stream: SourceStream
  readonly seed: number
  readonly rows?: number
  readonly busy?: number
}

const NOW = 1_750_000_000

const change = (table: Table, chance: Chance, late: boolean): void => {
  const lateMs = late && chance.is(0.3) ? chance.between(1, 30_000) : 0
  const what = chance.next()
  if (what < 0.25 || table.ids.length === 0) table.insert(lateMs)
  else if (what < 0.7) table.edit(chance.pick(table.ids), lateMs)
  else if (what < 0.9) table.remove(chance.pick(table.ids))
  else {
    table.remove(chance.pick(table.ids))
    table.insert(lateMs)
  }
}

/** A first read that is killed at will, one of changes, and one of a quiet table. */
const play = async ({ stream, seed, rows = 60, busy = 0.3 }: Played): Promise<ReadonlyArray<string>> => {
  const chance = chanceOf(seed)
  const table = new Table(NOW * 1000, { localTimes: true })
  for (let i = 0; i < rows; i++) table.seed(NOW - chance.pick([chance.between(0, 300), chance.between(0, 90_000), 500]))
  const there = new Set(table.ids)
  let calm = false
  const history = new History({
    stream,
    table,
    chance,
    workers: 1,
    meanwhile: () => {
      table.advance(chance.between(0, 1500))
      if (!calm && chance.is(busy)) change(table, chance, true)
      for (const id of there) if (!table.rows.has(id)) there.delete(id)
    }
  })
  const readAll = async () => {
    for (let kills = chance.between(0, 3); ; kills--) {
      if ((await history.read(reader, kills > 0 ? chance.between(0, 25) : undefined)) === "done") return
    }
  }
  const wrongs: Array<string> = []
  await readAll()
  const out = new Set(history.written.map(({ id }) => id))
  const missed = [...there].filter((id) => !out.has(id))
  if (missed.length > 0) wrongs.push(`${missed.length} of ${there.size} rows never written in the first read`)
  for (let i = chance.between(0, 20); i > 0; i--) history.options.meanwhile?.()
  await readAll()
  calm = true
  table.advance(200_000)
  await history.read(reader)
  const replica = history.replica
  const stale = [...table.rows.values()].filter((row) => replica.get(row.id)?.version !== row.version)
  if (stale.length > 0) wrongs.push(`${stale.length} rows of the replica are not those of the table`)
  return wrongs
}

const wrongOf = async (histories: number, of: (seed: number) => Played) => {
  const wrong: Array<string> = []
  for (const seed of seedsOr(histories)) {
    for (const what of await play(of(seed))) wrong.push(`seed ${seed}: ${what}`)
  }
  return wrong
}

describe("a list that can be sorted but not filtered", () => {
  it.each(["id", "update_time", undefined] as const)("is complete while it changes, first read by %s", async (by) => {
    expect(await wrongOf(40, (seed) => ({ stream: streamOf(by), seed }))).toEqual([])
  })

  it("is complete where a tie fills three pages", async () => {
    const stream = streamOf("id", 4)
    expect(await wrongOf(30, (seed) => ({ stream, seed, rows: 30, busy: 0.6 }))).toEqual([])
  })

  it("costs one request more where nothing changes: the front is read again", async () => {
    const chance = chanceOf(1)
    const table = new Table(NOW * 1000, { localTimes: true })
    for (let i = 0; i < 20; i++) table.seed(NOW - 100_000 + i)
    const history = new History({ stream: streamOf("id"), table, chance, workers: 1 })
    await history.read(reader)
    // Up: 5 + 4 + 4 + 4 + 3 rows; then one look at the front.
    expect(history.requests).toBe(6)
    expect(history.written.length).toBe(20)
    const before = history.requests
    await history.read(reader)
    expect(history.requests).toBe(before + 1)
    for (let i = 0; i < 7; i++) table.seed(NOW - 1000 + i)
    const rows = history.written.length
    await history.read(reader)
    expect(history.requests).toBe(before + 1 + 3)
    expect(history.written.length - rows).toBe(8)
  })

  it("goes on where it was killed", async () => {
    const table = new Table(NOW * 1000, { localTimes: true })
    for (let i = 0; i < 100; i++) table.seed(NOW - 100_000 + i)
    const history = new History({ stream: streamOf("id"), table, chance: chanceOf(1), workers: 1 })
    await history.read(reader, 20)
    const { length } = history.written
    await history.read(reader)
    expect(history.replica.size).toBe(100)
    expect(history.written.length - 100).toBeLessThanOrEqual(5)
    expect(length).toBeGreaterThan(30)
  })

  it("keeps a watermark no later than a minute before the server's time", async () => {
    const table = new Table(NOW * 1000, { localTimes: true })
    for (let i = 0; i < 10; i++) table.seed(NOW - i)
    const history = new History({ stream: streamOf(undefined, 50), table, chance: chanceOf(1), workers: 1 })
    await history.read(reader)
    expect(history.printed.at(-1)?.watermark).toBe(NOW - 60)
  })
})

it.each([1, 2, 3])(
  "a list that ignores its offset and does not say where it ends is not asked for ever: %i rows",
  async (rows) => {
    const network = networkOf(() => ({
      body: {
        success: true,
        data: Array.from({ length: rows }, (_, row) => ({ id: row + 1, update_time: "2024-01-01 00:00:00" }))
      }
    }))
    const { transport } = transportOf({ send: network.send })
    const stream = { ...streamOf(undefined), paging: offsetPages({ limit: 5, declared: false }) }
    const requests = new Requests({ transport, stream, wanted: wantedColumns(stream), sent: () => {} })
    let taken = 0
    const emitter = new StreamEmitter(stream, "incremental", undefined, (event) =>
      Effect.sync(() => {
        if (event._tag === "Records") taken += event.rows.spans.length / 2
      })
    )
    await Effect.runPromise(readNewestFirst({ requests, sinks: [rowsTo(emitter)], threshold: undefined }))
    expect(taken).toBe(rows)
    expect(network.asked.length).toBe(3)
  }
)

it("a row that moves from a part that is yet to be read to one that was is read all the same", async () => {
  const folders = { a: [1], b: [2, 3] }
  const network = networkOf(({ url }) => {
    const { folder, start = "0" } = Object.fromEntries(new URL(url).searchParams)
    if (folder === "b") Object.assign(folders, { a: [1, 3], b: [2] })
    const ids = folders[folder as "a" | "b"].slice(Number(start))
    return { body: { success: true, data: ids.map((id) => ({ id, update_time: "2024-01-01 00:00:00" })) } }
  })
  const { transport } = transportOf({ send: network.send })
  const parts = [{ query: { folder: "a" } }, { query: { folder: "b" } }]
  const stream = { ...streamOf(undefined), paging: offsetPages({ limit: 5, declared: false }), parts }
  const requests = new Requests({ transport, stream, wanted: wantedColumns(stream), sent: () => {} })
  const ids: Array<number> = []
  const emitter = new StreamEmitter(stream, "incremental", undefined, (event) =>
    Effect.sync(() => {
      if (event._tag !== "Records") return
      const { bytes, spans } = event.rows
      for (let row = 0; row < spans.length; row += 2)
        ids.push(JSON.parse(new TextDecoder().decode(bytes.subarray(spans[row], spans[row + 1]))).id)
    })
  )
  await Effect.runPromise(readNewestFirst({ requests, sinks: [rowsTo(emitter)], threshold: undefined }))
  expect(ids).toEqual([1, 2, 3])
})
