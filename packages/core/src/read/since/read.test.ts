import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { seedsOr } from "../../../test/fuzz.ts"
import { History } from "../../../test/history.ts"
import { type Chance, chanceOf, Table, type TableOptions } from "../../../test/table.ts"
import { since } from "../../declare/changes.ts"
import * as c from "../../declare/columns.ts"
import { cursorPages, seekPages } from "../../declare/pagination.ts"
import { defineStream, type SourceStream } from "../../declare/stream.ts"
import { rowsTo } from "../sink.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import { SinceProgress } from "./progress.ts"
import { readSince } from "./read.ts"

// SPEC 1, 2, 3, 4, 5, 7, 8, 9, 10

const docs = "https://developers.pipedrive.com/docs/api/v1/Deals#getDeals"
const columns = { id: c.integer, update_time: c.timestamp, version: c.integer }

const byCursor = (limit: number): SourceStream =>
  defineStream({
    name: "deals",
    path: "v2/deals",
    docs,
    tokens: 10,
    scope: "deals:read",
    columns,
    primaryKey: ["id"],
    paging: cursorPages({ limit }),
    query: { sort_by: "update_time", sort_direction: "asc" },
    changes: since("update_time")
  })

const bySeek = (limit: number): SourceStream =>
  defineStream({
    name: "leads",
    path: "v1/leads",
    docs,
    tokens: 20,
    scope: "leads:read",
    columns,
    primaryKey: ["id"],
    paging: seekPages({ limit }),
    query: { sort: "update_time ASC, id ASC" },
    changes: since("update_time")
  })

const reader =
  (start?: number) =>
  (history: History, emitter: StreamEmitter): Effect.Effect<void, unknown> =>
    Effect.gen(function* () {
      const progress = new SinceProgress(history.options.stream, history.decoded, start)
      yield* readSince({
        requests: history.requestsOf(emitter),
        takers: [
          {
            sink: rowsTo(emitter),
            slices: () => progress.slices,
            keep: (slices) => {
              progress.slices = slices
            },
            checkpoint: Effect.suspend(() => emitter.checkpoint(progress.state()))
          }
        ],
        workers: history.workers,
        idle: () => history.idle
      })
      yield* emitter.checkpoint(progress.state())
    })

const DAY = 86_400
const NOW = 1_750_000_000

/** Update times as tables have them, all before `now`. */
const shapes: { readonly [name: string]: (chance: Chance, rows: number) => Array<number> } = {
  even: (chance, rows) => Array.from({ length: rows }, () => NOW - chance.between(100, 300 * DAY)),
  "last week of ten years": (chance, rows) => [
    NOW - 3650 * DAY,
    ...Array.from({ length: rows - 1 }, () => NOW - chance.between(100, 7 * DAY))
  ],
  "dead account": (chance, rows) => Array.from({ length: rows }, () => NOW - chance.between(2000 * DAY, 3000 * DAY)),
  "one dense day": (chance, rows) =>
    Array.from({ length: rows }, (_, i) =>
      i % 10 === 0 ? NOW - chance.between(100, 3650 * DAY) : NOW - 400 * DAY - chance.between(0, DAY)
    ),
  clumps: (chance, rows) =>
    Array.from({ length: rows }, () => NOW - chance.between(1, 12) * 200 * DAY - chance.between(0, 3600)),
  "one enormous second": (chance, rows) =>
    Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? NOW - 99 * DAY : NOW - chance.between(100, 200 * DAY))),
  "a table that is alive": (chance, rows) => Array.from({ length: rows }, () => NOW - chance.between(0, 400))
}

/** What other people do to a table: every call, one step of time and some changes. */
const adversary = (table: Table, chance: Chance, busy: number, lateness: number) => {
  const lateMs = () => (chance.is(lateness) ? chance.between(1, 30_000) : 0)
  return () => {
    table.advance(chance.is(0.1) ? chance.between(1000, 20_000) : chance.between(0, 1500))
    if (!chance.is(busy)) return
    const burst = chance.is(0.03) ? chance.between(5, 40) : chance.between(1, 3)
    for (let i = 0; i < burst; i++) {
      const ids = table.ids
      const what = chance.next()
      if (what < 0.25 || ids.length === 0) table.insert(lateMs())
      else if (what < 0.85) table.edit(chance.pick(ids), lateMs())
      else table.remove(chance.pick(ids))
    }
  }
}

interface Played {
  readonly stream: SourceStream
  readonly options: TableOptions
  readonly seed: number
  readonly nullRows?: number
  readonly workers?: number
}

/** A first read and one of changes, both killed at will, then one of a quiet table; all that holds is checked. */
const play = async ({ stream, options, seed, nullRows = 0, workers = 4 }: Played): Promise<ReadonlyArray<string>> => {
  const chance = chanceOf(seed)
  const table = new Table(NOW * 1000, options)
  const shape = chance.pick(Object.values(shapes))
  const seeds: Array<number | undefined> = shape(chance, chance.between(1, 120))
  for (let i = 0; i < nullRows; i++) seeds.splice(chance.between(0, seeds.length), 0, undefined)
  for (const time of seeds) table.seed(time)
  const busy = chance.pick([0.05, 0.2, 0.5])
  const meanwhile = adversary(table, chance, busy, chance.pick([0, 0.5]))
  let quiet = false
  let calm = false
  const there = new Set<number>()
  let began = false
  const history = new History({
    stream,
    table,
    chance,
    workers,
    slow: chance.pick([0, 0.3]),
    meanwhile: () => {
      if (quiet || calm) return table.advance(chance.between(0, 500))
      if (!began) {
        began = true
        for (const id of table.ids) there.add(id)
      }
      meanwhile()
      for (const id of there) if (!table.rows.has(id)) there.delete(id)
    }
  })
  const wrongs: Array<string> = []
  const readAll = async () => {
    for (let kills = chance.between(0, 4); ; kills--) {
      // Rows that change faster than they are read would keep it from ever ending.
      calm = kills < -2
      if ((await history.read(reader(), kills > 0 ? chance.between(0, 40) : undefined)) === "done") return
      if (chance.is(0.3)) for (let i = 0; i < 20; i++) history.options.meanwhile?.()
    }
  }
  await readAll()
  const left = () => (history.state?.["_ab"] as { readonly windows?: unknown } | undefined)?.windows
  if (left() !== undefined) wrongs.push(`the first read left ${JSON.stringify(left())}`)
  const out = new Set(history.written.map(({ id }) => id))
  const missed = [...there].filter((id) => !out.has(id))
  if (missed.length > 0) wrongs.push(`${missed.length} of ${there.size} rows never written in the first read`)
  for (let i = chance.between(0, 30); i > 0; i--) meanwhile()
  await readAll()
  quiet = true
  table.advance(200_000)
  await history.read(reader())
  if (left() !== undefined) wrongs.push(`the last read left ${JSON.stringify(left())}`)
  const replica = history.replica
  const stale = [...table.rows.values()].filter((row) => replica.get(row.id)?.version !== row.version)
  if (stale.length > 0) wrongs.push(`${stale.length} rows of the replica are not those of the table`)
  const watermarks = history.printed.map(({ watermark }) => watermark)
  for (const { watermark, rows, state } of history.printed) {
    if (watermark === undefined) continue
    const before = new Set(history.written.slice(0, rows).map(({ id, version }) => `${id}/${version}`))
    const lost = [...table.rows.values()].filter(
      (row) => row.time !== undefined && row.time < watermark && !before.has(`${row.id}/${row.version}`)
    )
    if (lost.length > 0) {
      wrongs.push(`${lost.length} rows below the watermark of ${JSON.stringify(state)} were not out`)
      break
    }
  }
  const fell = watermarks.findIndex((watermark, i) => i > 0 && (watermark ?? 0) < (watermarks[i - 1] ?? 0))
  if (fell > 0) {
    const [before, after] = [history.printed[fell - 1], history.printed[fell]]
    wrongs.push(`the watermark fell from ${JSON.stringify(before?.state)} to ${JSON.stringify(after?.state)}`)
  }
  return wrongs
}

/** Reads a table at rest; pages are a tenth of what they are, and so is the bound. */
const atRest = async (times: ReadonlyArray<number>, workers: number, seed = 1) => {
  const table = new Table(NOW * 1000)
  for (const time of times) table.seed(time)
  const history = new History({ stream: byCursor(50), table, chance: chanceOf(seed), workers })
  await history.read(reader())
  return history
}

const settings = (["kept", "refused"] as const).flatMap((cursors) =>
  (["first", "last"] as const).map((nulls) => ({ cursors, nulls }))
)

/** Plays many histories; those that went wrong, by seed. */
const wrongOf = async (histories: number, of: (seed: number) => Played): Promise<ReadonlyArray<string>> => {
  const wrong: Array<string> = []
  for (const seed of seedsOr(histories)) {
    for (const what of await play(of(seed))) wrong.push(`seed ${seed}: ${what}`)
  }
  return wrong
}

describe("a list by cursor that changes while it is read", () => {
  it.each(["kept", "refused"] as const)("is complete, without rows that lack a time: %s cursors", async (cursors) => {
    const options = { cursors, nulls: "first" } as const
    expect(await wrongOf(40, (seed) => ({ stream: byCursor(5), options, seed }))).toEqual([])
  })

  it.each(settings)("is complete, with them $nulls: $cursors cursors", async (options) => {
    const stream = byCursor(5)
    expect(await wrongOf(30, (seed) => ({ stream, options, seed: seed + 1000, nullRows: seed % 30 }))).toEqual([])
  })

  it("is complete with a single worker", async () => {
    const options = { cursors: "refused", nulls: "first" } as const
    expect(await wrongOf(20, (seed) => ({ stream: byCursor(5), options, seed, workers: 1 }))).toEqual([])
  })
})

describe("a list by update time that changes while it is read", () => {
  it.each(["first", "last"] as const)("is complete, without rows that lack a time (%s)", async (nulls) => {
    expect(await wrongOf(30, (seed) => ({ stream: bySeek(5), options: { nulls }, seed }))).toEqual([])
  })

  it.each(["first", "last"] as const)("is complete, with them %s", async (nulls) => {
    const stream = bySeek(5)
    expect(await wrongOf(30, (seed) => ({ stream, options: { nulls }, seed, nullRows: seed % 30 }))).toEqual([])
  })
})

describe("what a read costs", () => {
  const bound = (rows: number, workers: number) => 1.03 * Math.ceil(rows / 50) + workers + 4

  it.each(Object.keys(shapes))("is within its bound: %s", async (name) => {
    for (const rows of [150, 1000, 2050, 8000]) {
      for (let seed = 1; seed <= 4; seed++) {
        const times = shapes[name]?.(chanceOf(seed), rows) ?? []
        const history = await atRest(times, 8, seed)
        expect(history.replica.size).toBe(rows)
        expect({ rows, seed, within: history.requests <= bound(rows, 8), requests: history.requests }).toEqual({
          rows,
          seed,
          within: true,
          requests: history.requests
        })
      }
    }
  })

  it.each([
    [0, 1],
    [1, 1],
    [49, 1],
    [50, 1],
    [51, 2],
    [100, 2]
  ])("is exactly its pages where they are few: %i rows", async (rows, requests) => {
    const times = Array.from({ length: rows }, (_, i) => NOW - 90_000 + i * 10)
    expect((await atRest(times, 8)).requests).toBe(requests)
  })

  it("is a page more than ideal at most, for one worker", async () => {
    for (const rows of [150, 500, 1000]) {
      expect((await atRest(shapes["even"]?.(chanceOf(rows), rows) ?? [], 1)).requests).toBe(rows / 50)
    }
  })

  it.each(["first", "last"] as const)("by update time is one look at the list's end more (%s)", async (nulls) => {
    const table = new Table(NOW * 1000, { nulls })
    for (let i = 0; i < 500; i++) table.seed(NOW - 90_000 + i * 10)
    const history = new History({ stream: bySeek(50), table, chance: chanceOf(1), workers: 1 })
    await history.read(reader())
    expect(history.replica.size).toBe(500)
    // The last second comes again with every page, so a page has 49 rows; the end may take another to tell.
    expect(history.requests).toBeLessThanOrEqual(Math.ceil(500 / 49) + 4)
  })

  it("of changes is one request, where they fit a page", async () => {
    const history = await atRest(shapes["even"]?.(chanceOf(1), 300) ?? [], 8)
    for (let i = 0; i < 30; i++) history.options.table.insert()
    history.options.table.advance(1000)
    const before = history.requests
    await history.read(reader())
    expect(history.requests).toBe(before + 1)
  })

  it("after a kill is the pages that are left, and repeats at most one a slice", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const table = new Table(NOW * 1000, { cursors: "kept" })
      for (const time of shapes["even"]?.(chanceOf(seed), 2000) ?? []) table.seed(time)
      const history = new History({ stream: byCursor(50), table, chance: chanceOf(seed), workers: 8, slow: 0.2 })
      let slices = 0
      for (let kill = 0; kill < 3; kill++) {
        if ((await history.read(reader(), 20 + kill)) === "done") break
        const own = history.state?.["_ab"] as { readonly windows?: ReadonlyArray<unknown> } | undefined
        slices += own?.windows?.length ?? 1
      }
      await history.read(reader())
      expect(history.replica.size).toBe(2000)
      expect(history.written.length - 2000).toBeLessThanOrEqual(slices * 50)
    }
  })
})

describe("a second that holds more than many pages", () => {
  it.each([byCursor(50), bySeek(50)])("is read whole, also when killed in its middle: $name", async (stream) => {
    for (const cursors of ["kept", "refused"] as const) {
      const table = new Table(NOW * 1000, { cursors })
      for (let i = 0; i < 1000; i++) table.seed(NOW - 5000)
      for (let i = 0; i < 100; i++) table.seed(NOW - 4000 + i)
      const history = new History({ stream, table, chance: chanceOf(7), workers: 4 })
      await history.read(reader(), 15)
      await history.read(reader(), 15)
      await history.read(reader())
      expect(history.replica.size).toBe(1100)
    }
  })
})

describe("the end of a list", () => {
  it("is looked at once, by its last row alone, before the list is divided", async () => {
    const table = new Table(NOW * 1000)
    for (let i = 0; i < 2000; i++) table.seed(NOW - 90_000 + i * 10)
    const looks: Array<unknown> = []
    const history = new History({
      stream: byCursor(50),
      table,
      chance: chanceOf(1),
      workers: 8,
      instead: ({ query }) => {
        if (query["sort_direction"] === "desc") looks.push(query)
        return undefined
      }
    })
    await history.read(reader())
    expect(looks).toEqual([{ sort_by: "update_time", sort_direction: "desc", limit: "1" }])
  })
})

describe("a cursor that is refused", () => {
  it("inside a second of many pages loses no row, and does not end the list", async () => {
    const table = new Table(NOW * 1000)
    for (let i = 0; i < 300; i++) table.seed(NOW - 5000)
    let cursors = 0
    const history = new History({
      stream: byCursor(20),
      table,
      chance: chanceOf(1),
      workers: 1,
      instead: ({ query }) =>
        query["cursor"] !== undefined && ++cursors === 9 ? { status: 400, body: "invalid cursor" } : undefined
    })
    expect(await history.read(reader())).toBe("done")
    expect(history.replica.size).toBe(300)
  })
})

describe("the server's clock", () => {
  it("leaves a margin of a minute", async () => {
    const table = new Table(NOW * 1000)
    for (let i = 0; i < 30; i++) table.seed(NOW - i)
    const history = new History({ stream: byCursor(50), table, chance: chanceOf(1) })
    await history.read(reader())
    expect(history.printed.at(-1)?.watermark).toBe(NOW - 60)
  })

  it("that is not told leaves a margin of ten minutes", async () => {
    const table = new Table(NOW * 1000)
    for (let i = 0; i < 30; i++) table.seed(NOW - i * 100)
    const clock = (serverMs: number) => ({ serverMs, exact: false })
    const history = new History({ stream: byCursor(50), table, chance: chanceOf(1), clock })
    await history.read(reader())
    expect(history.printed.at(-1)?.watermark).toBe(NOW - 600)
  })
})

describe("a list whose rows change faster than they are read", () => {
  it("is given up after an hour of it, its watermark kept, and not because the read is long", async () => {
    const table = new Table(NOW * 1000)
    for (let i = 0; i < 40; i++) table.seed(NOW - 100_000 + i)
    const history = new History({
      stream: byCursor(5),
      table,
      chance: chanceOf(1),
      workers: 1,
      meanwhile: () => {
        table.advance(300_000)
        for (let i = 0; i < 12; i++) table.insert()
      }
    })
    expect(await history.read(reader())).toBe("killed")
    expect(history.logs.at(-1)).toContain("change faster than they can be read")
    const still = new Table(NOW * 1000)
    for (let i = 0; i < 200; i++) still.seed(NOW - 100_000 + i)
    const slow = new History({
      stream: byCursor(5),
      table: still,
      chance: chanceOf(1),
      workers: 1,
      meanwhile: () => still.advance(600_000)
    })
    expect(await slow.read(reader())).toBe("done")
    expect(slow.replica.size).toBe(200)
  })
})

describe("rows that get a time while those without one are read", () => {
  const of =
    (make: (limit: number) => SourceStream, workers: number) =>
    (seed: number): Played => ({
      stream: make(4 + (seed % 5)),
      options: { nulls: "last" },
      seed: seed + 5000,
      nullRows: 20 + (seed % 20),
      workers
    })

  it.each([
    ["by cursor", byCursor, 1],
    ["by cursor, split", byCursor, 6],
    ["by update time", bySeek, 1]
  ] as const)("are not missed: %s", async (_, make, workers) => {
    expect(await wrongOf(60, of(make, workers))).toEqual([])
  })

  it.each([
    ["a cursor among them is kept", { ...of(byCursor, 6)(2118) }],
    [
      "it is refused",
      { stream: byCursor(5), options: { nulls: "last", cursors: "refused" }, seed: 1297, nullRows: 27 } as const
    ]
  ])("and become visible late are not missed in a run that goes on from a state: %s", async (_, played) => {
    expect(await play(played)).toEqual([])
  })

  it("are not missed where they leave the last page empty", async () => {
    const table = new Table(NOW * 1000, { nulls: "last" })
    for (const time of [NOW - 400, NOW - 300, NOW - 200, NOW - 100, undefined, undefined]) table.seed(time)
    let asked = 0
    const meanwhile = () => {
      if (asked++ === 1) table.edit(6)
    }
    const history = new History({ stream: byCursor(5), table, chance: chanceOf(1), workers: 1, meanwhile })
    await history.read(reader())
    expect(history.written.map(({ id, time }) => [id, time])).toContainEqual([6, NOW])
  })
})
