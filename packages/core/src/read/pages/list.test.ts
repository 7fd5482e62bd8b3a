import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { History } from "../../../test/history.ts"
import { networkOf, transportOf } from "../../../test/port.ts"
import { type Chance, chanceOf, Table } from "../../../test/table.ts"
import { snapshot } from "../../declare/changes.ts"
import * as c from "../../declare/columns.ts"
import { cursorPages, offsetPages, type Paging, seekPages, singlePage } from "../../declare/pagination.ts"
import { defineStream, type SourceStream } from "../../declare/stream.ts"
import { pick, wantedColumns } from "../../page/page.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import { readAllPages } from "./list.ts"
import { Requests } from "./requests.ts"

// SPEC 1, 11, 12

const streamOf = (paging: Paging, query: SourceStream["query"] = { sort: "id ASC" }): SourceStream =>
  defineStream({
    name: "things",
    path: "v1/users",
    docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUsers",
    tokens: 20,
    scope: "users:read",
    columns: { id: c.integer, update_time: c.timestamp, version: c.integer },
    primaryKey: ["id"],
    paging,
    query: query ?? {},
    changes: snapshot({ cursorField: "update_time" })
  })

/** Takes a list and sends what it is given. */
const reader = (history: History, emitter: StreamEmitter): Effect.Effect<void, unknown> =>
  readAllPages(history.requestsOf(emitter), history.options.stream.path, {}, (page, rows) => {
    const kept = new Set(rows)
    return emitter.records(pick(page.rows, (row) => kept.has(row)))
  })

type Step = (table: Table, chance: Chance) => void

const steps: { readonly [name: string]: Step } = {
  "a deletion": (table, chance) => table.remove(chance.pick(table.ids)),
  "an insertion": (table) => void table.insert(),
  "an edit": (table, chance) => table.edit(chance.pick(table.ids)),
  "a deletion of the first row": (table) => table.remove(Math.min(...table.ids)),
  "a deletion and an insertion": (table, chance) => {
    table.remove(chance.pick(table.ids))
    table.insert()
  },
  "an emptied page": (table, chance) => {
    const at = chance.between(0, table.ids.length - 1)
    for (const id of [...table.ids].sort((a, b) => a - b).slice(at, at + 5)) table.remove(id)
  }
}

const play = async (stream: SourceStream, seed: number, step: Step | undefined, rows: number, share = 0.5) => {
  const chance = chanceOf(seed)
  const table = new Table(1_750_000_000_000)
  for (let i = 0; i < rows; i++) table.seed(1_700_000_000 + chance.between(0, 60))
  const there = new Set(table.ids)
  const history = new History({
    stream,
    table,
    chance,
    workers: 1,
    meanwhile: () => {
      table.advance(1000)
      if (step !== undefined && table.ids.length > 5 && chance.is(share)) step(table, chance)
      for (const id of there) if (!table.rows.has(id)) there.delete(id)
    }
  })
  let complete = true
  await history.read(reader).catch((error) => {
    expect(String(error)).toContain("is not complete")
    complete = false
  })
  const out = new Set(history.written.map(({ id }) => id))
  return { history, table, complete, missed: [...there].filter((id) => !out.has(id)) }
}

describe("a list by offset", () => {
  it.each([1, 2, 3])("that ignores its offset and does not say where it ends is asked twice: %i rows", async (rows) => {
    const network = networkOf(() => ({
      body: { success: true, data: Array.from({ length: rows }, (_, row) => ({ id: row + 1 })) }
    }))
    const { transport } = transportOf({ send: network.send })
    const stream = streamOf(offsetPages({ limit: 5, declared: false }))
    const requests = new Requests({ transport, stream, wanted: wantedColumns(stream), sent: () => {} })
    const taken: Array<number> = []
    await Effect.runPromise(
      readAllPages(requests, stream.path, {}, (_, fresh) => Effect.sync(() => void taken.push(...fresh)))
    )
    expect(taken.length).toBe(rows)
    expect(network.asked.length).toBe(2)
  })

  it.each([0, 1, 4, 5, 6, 10, 50])("is read once, an overlap a page: %i rows", async (rows) => {
    for (const declared of [true, false]) {
      const { history, missed } = await play(streamOf(offsetPages({ limit: 5, declared })), 1, undefined, rows)
      expect(missed).toEqual([])
      expect(history.written.length).toBe(rows)
      // Five rows a page, four of them new after the first.
      const least = Math.max(1, 1 + Math.ceil((rows - 5) / 4))
      expect(history.requests).toBeGreaterThanOrEqual(least)
      expect(history.requests).toBeLessThanOrEqual(declared ? least : least + 1)
    }
  })

  it.each(Object.keys(steps))(
    "that is sorted by id misses no row, whatever happens between two pages: %s",
    async (name) => {
      for (let seed = 1; seed <= 60; seed++) {
        // A list that is never still may be called incomplete: it is not lost silently.
        const { complete, missed } = await play(streamOf(offsetPages({ limit: 5 })), seed, steps[name], 40)
        if (complete) expect({ seed, missed }).toEqual({ seed, missed: [] })
      }
    }
  )

  it("is read with few requests more where one row in ten is deleted meanwhile", async () => {
    const { complete, history } = await play(streamOf(offsetPages({ limit: 20 })), 3, steps["a deletion"], 400, 0.1)
    expect(complete).toBe(true)
    expect(history.requests).toBeLessThan(2 * (400 / 19) + 15)
  })

  it("gives a row that changed meanwhile again, and the last version last", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { history, table } = await play(streamOf(offsetPages({ limit: 2 })), seed, steps["an edit"], 12, 1)
      const offered = new Map(history.written.map(({ id, version }) => [id, version]))
      for (const { id, version } of history.written) expect(offered.get(id)).toBeGreaterThanOrEqual(version)
      expect(offered.size).toBe(table.ids.length)
    }
  })

  it("offers the row of the overlap again where it has changed", async () => {
    const pages = [
      [
        [1, 1],
        [2, 1]
      ],
      [
        [2, 2],
        [3, 1]
      ]
    ]
    const history = new History({
      stream: streamOf(offsetPages({ limit: 2 })),
      table: new Table(0),
      chance: chanceOf(1),
      instead: ({ query }) => ({
        status: 200,
        body: JSON.stringify({
          success: true,
          data: (pages[query["start"] === undefined ? 0 : 1] ?? []).map(([id, version]) => ({
            id,
            version,
            update_time: null
          })),
          additional_data: { pagination: { more_items_in_collection: query["start"] === undefined } }
        })
      })
    })
    await history.read(reader)
    expect(history.written.map(({ id, version }) => [id, version])).toEqual([...(pages[0] ?? []), ...(pages[1] ?? [])])
  })

  it("ends where the answer promises more but has no row", async () => {
    const stream = streamOf(offsetPages({ limit: 5 }))
    const history = new History({
      stream,
      table: new Table(0),
      chance: chanceOf(1),
      instead: () => ({
        status: 200,
        body: '{"success":true,"data":[],"additional_data":{"pagination":{"more_items_in_collection":true}}}'
      })
    })
    await expect(history.read(reader)).rejects.toThrow(/does not advance/)
  })

  it("is called incomplete where its order never holds still", async () => {
    const chance = chanceOf(1)
    let id = 0
    const history = new History({
      stream: streamOf(offsetPages({ limit: 3 })),
      table: new Table(0),
      chance,
      instead: ({ query }) => ({
        status: 200,
        body: JSON.stringify({
          success: true,
          data: Array.from({ length: 3 }, () => ({ id: ++id, update_time: null, version: 1 })),
          additional_data: { pagination: { more_items_in_collection: Number(query["start"] ?? 0) < 8 } }
        })
      })
    })
    await expect(history.read(reader)).rejects.toThrow(/not complete/)
    expect(history.requests).toBeLessThan(3000)
  })
})

describe("a list by cursor", () => {
  const stream = streamOf(cursorPages({ limit: 5 }), { sort_by: "update_time", sort_direction: "asc" })

  it.each([0, 1, 5, 6, 50])("is read once: %i rows", async (rows) => {
    const { history, missed } = await play(stream, 1, undefined, rows)
    expect(missed).toEqual([])
    expect(history.requests).toBe(Math.max(1, Math.ceil(rows / 5)))
  })

  it("stops where it is led in a circle", async () => {
    const history = new History({
      stream,
      table: new Table(0),
      chance: chanceOf(1),
      instead: () => ({
        status: 200,
        body: '{"success":true,"data":[{"id":1,"update_time":null,"version":1}],"additional_data":{"next_cursor":"a"}}'
      })
    })
    await expect(history.read(reader)).rejects.toThrow(/does not advance/)
    // The page that leads back is asked for once more.
    expect(history.requests).toBe(3)
  })
})

describe("other lists", () => {
  it("are read as they page", async () => {
    const single = await play(streamOf(singlePage()), 1, undefined, 7)
    expect(single.history.written.length).toBe(7)
    expect(single.history.requests).toBe(1)
    expect((await play(streamOf(seekPages({ limit: 5 })), 1, undefined, 23)).history.written.length).toBe(23)
  })
})
