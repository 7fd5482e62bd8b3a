import { type Emulator, startEmulator } from "pipedrive-emulator"
import { describe, expect, it } from "vitest"
import { cursorFieldOf, type SourceStream } from "../../src/declare/stream.ts"
import type { Event, JsonObject } from "../../src/events.ts"
import { rowsOf } from "../account.ts"
import { type Chance, chanceOf } from "../table.ts"
import { KINDS, type Kind } from "./kinds.ts"
import { readOverHttp } from "./over-http.ts"
import { type Line, type Warehouse, warehouses } from "./warehouses.ts"

// SPEC 29, 30, 31, 32, 33

const HOUR_MS = 3_600_000
const TABLES = { deals: 20, persons: 12, leads: 14, notes: 12, files: 12, tasks: 12, filters: 6, dealProducts: 16 }

/** Rows of a list by id, as the API would show them now. */
const rowsAt = (emulator: Emulator, kind: Kind, { path }: SourceStream): ReadonlyMap<string, JsonObject> => {
  const parents = kind.parents === undefined ? undefined : emulator.ids("v2/deals").join(",")
  const rows = emulator.rows(parents === undefined ? path : `${path}?deal_ids=${parents}`).map((row) => JSON.parse(row))
  return new Map(rows.map((row) => [String(row.id), row]))
}

/** One change of one row, by any of the ways there are. */
const change = (
  emulator: Emulator,
  path: string,
  id: string | number,
  chance: Chance,
  hidden: Set<string | number>
) => {
  const archives = /deals|leads/.test(path) && !path.includes("products")
  if (hidden.has(id)) {
    hidden.delete(id)
    emulator.show(path, [id], { touch: chance.is(0.5) })
    return
  }
  const way = chance.next()
  if (way < 0.3) emulator.edit(path, [id])
  else if (way < 0.5) emulator.remove(path, [id])
  else if (way < 0.6) emulator.purge(path, [id])
  else if (way < 0.8 || !archives) {
    hidden.add(id)
    emulator.hide(path, [id])
  } else emulator.archive(path, [id], { out: path.endsWith("archived") })
}

class World {
  readonly emulator: Emulator
  readonly kind: Kind
  readonly tables: ReadonlyMap<string, ReadonlyArray<Warehouse>>
  readonly wrongs: Array<string> = []
  readonly states = new Map<string, JsonObject>()
  /** Rows that were changed since the run before began: whoever reads may be late by that much. */
  readonly changed = new Set<string>()
  isQuiet = false
  readonly #chance: Chance
  readonly #hidden = new Set<string | number>()
  readonly #removed: Array<readonly [path: string, id: string | number]> = []

  constructor(emulator: Emulator, kind: Kind, chance: Chance) {
    this.emulator = emulator
    this.kind = kind
    this.#chance = chance
    this.tables = new Map(kind.streams.map(({ stream }) => [stream.name, warehouses()]))
    emulator.onRequest(() => {
      if (!this.isQuiet && chance.is(0.5)) this.stir()
    })
  }

  stir(): void {
    const { emulator, kind } = this
    const chance = this.#chance
    const { stream } = chance.pick(kind.streams)
    const act = (): void => {
      if (chance.is(0.3) && this.#removed.length > 0) {
        const [path, id] = this.#removed.splice(chance.between(0, this.#removed.length - 1), 1)[0] as [string, string]
        this.changed.add(String(id))
        emulator.restore(path, [id], { keepTime: chance.is(0.3) })
        return
      }
      const ids = kind.parents === undefined ? emulator.ids(stream.path) : [...rowsAt(emulator, kind, stream).keys()]
      const id = [...ids, ...this.#hidden].at(chance.between(0, ids.length + this.#hidden.size - 1))
      if (id === undefined) return
      const path = kind.parents === undefined ? stream.path : `${stream.path}?deal_ids=${emulator.ids("v2/deals")[0]}`
      this.changed.add(String(id))
      change(emulator, path, id, chance, this.#hidden)
      if (!rowsAt(emulator, kind, stream).has(String(id)) && !this.#hidden.has(id)) this.#removed.push([path, id])
    }
    if (chance.is(0.3)) emulator.late(chance.between(1000, 30_000), act)
    else act()
  }

  /** Reads once, killed after some events or not, and hands all lines to the destinations. */
  async run(killAfter: number | undefined): Promise<void> {
    const { emulator, kind } = this
    const batches = new Map<string, Array<Line>>()
    await readOverHttp({
      ...{ emulator, kind, killAfter, states: this.states },
      token: emulator.apiToken,
      config: { allow_mass_deletions: true },
      emit: (event) => this.#take(event, batches)
    })
    for (const [name, lines] of batches) for (const table of this.tables.get(name) ?? []) table.take(lines)
  }

  #take(event: Event, batches: Map<string, Array<Line>>): void {
    if (event._tag === "Ended" && event.error !== undefined && this.isQuiet) this.wrongs.push(event.error.message)
    if (event._tag === "Checkpoint") this.states.set(event.stream, JSON.parse(JSON.stringify(event.state)))
    if (event._tag !== "Records") return
    const found = this.kind.streams.find(({ stream }) => stream.name === event.stream)
    if (found === undefined) return
    const { stream } = found
    const lines = batches.get(stream.name) ?? []
    batches.set(stream.name, lines)
    for (const row of rowsOf(event)) {
      const key = String(row["id"])
      const deletedAt = (row["_ab_cdc_deleted_at"] ?? null) as string | null
      const cursor = (row[cursorFieldOf(stream) ?? ""] ?? null) as string | null
      lines.push({ key, cursor, deletedAt, emittedMs: this.emulator.clock.now(), version: undefined })
      if (deletedAt !== null && !this.changed.has(key) && rowsAt(this.emulator, this.kind, stream).has(key))
        this.wrongs.push(`${stream.name} ${key}: marked deleted, and was there all the time`)
    }
  }

  /** Where the tables of a stream hold other rows than its list. */
  compare(): void {
    for (const { stream } of this.kind.streams) {
      const there = rowsAt(this.emulator, this.kind, stream)
      for (const { name, soft, table } of this.tables.get(stream.name) ?? []) {
        if (soft) continue
        for (const key of there.keys())
          if (!table.has(key)) this.wrongs.push(`${name}: ${stream.name} ${key} is missing`)
        for (const key of table.keys())
          if (!there.has(key)) this.wrongs.push(`${name}: ${stream.name} ${key} is there and gone from its list`)
      }
    }
  }
}

const played = async (kindName: string, seed: number): Promise<ReadonlyArray<string>> => {
  const chance = chanceOf(seed)
  const emulator = await startEmulator({
    ...{ seed, size: TABLES, burstLimit: 1_000_000, dailyTokens: 100_000_000, timeZeroMs: Date.UTC(2026, 2, 1) },
    switches: {
      deletedSingle: chance.pick(["404", "410", "row"]),
      hiddenSingle: chance.pick(["403", "404"]),
      archivingTouches: chance.is(0.5),
      nulls: chance.pick(["first", "last"]),
      v1Paging: chance.pick(["nested", "flat"]),
      emptyV1: chance.pick(["null", "array"])
    }
  })
  const world = new World(emulator, (KINDS[kindName] as (typeof KINDS)[string])(chance.between(3, 9)), chance)
  for (let runs = chance.between(2, 4); runs > 0; runs--) {
    await world.run(chance.is(0.5) ? chance.between(0, 30) : undefined)
    emulator.clock.advance(chance.pick([0, 61_000, 25 * HOUR_MS, 31 * 24 * HOUR_MS]))
    for (let changes = chance.between(0, 3); changes > 0; changes--) world.stir()
  }
  world.isQuiet = true
  for (let runs = 3; runs > 0; runs--) {
    emulator.clock.advance(25 * HOUR_MS)
    world.changed.clear()
    await world.run(undefined)
  }
  world.compare()
  await emulator.close()
  return world.wrongs
}

describe.each(Object.keys(KINDS))("histories of deletions over HTTP, %s", (kind) => {
  it.each([1, 2, 3])("leave destinations as the lists are, history %i", async (seed) => {
    expect(await played(kind, seed)).toEqual([])
  })
})
