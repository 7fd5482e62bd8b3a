import { describe, expect, it } from "vitest"
import { Account, type Ran, type Row, rowsOf } from "./account.ts"
import { all, DAY_MS, on, unnamedIn } from "./deletions.ts"
import { chanceOf } from "./table.ts"

// SPEC 29, 30, 31, 32

const SEEDS = Number(process.env["HISTORIES"] ?? 40)
const seeds = Array.from({ length: SEEDS }, (_, seed) => seed + 1)

/** How destinations take a tombstone: whatever its time, or only where it is not older than the row. */
const replayers = {
  "whatever the cursor": () => true,
  "by the cursor": (row: Row, before: Row | undefined) => before === undefined || timeOf(row) >= timeOf(before)
}
const timeOf = (row: Row): string => String(row["update_time"])

const replayed = (rows: ReadonlyArray<Row>, isTaken: (row: Row, before: Row | undefined) => boolean) => {
  const table = new Map<unknown, Row>()
  for (const row of rows) {
    if (!isTaken(row, table.get(row["id"]))) continue
    if (row["_ab_cdc_deleted_at"] === undefined) table.set(row["id"], row)
    else table.delete(row["id"])
  }
  return table
}

/** Lists by path, with rows that come, change, go, are hidden, shown and moved. */
class Company {
  readonly account = new Account()
  readonly chance: ReturnType<typeof chanceOf>
  readonly lists = new Map<string, Map<number, Row>>()
  readonly hidden: Array<readonly [path: string, row: Row]> = []
  #next = 1
  #version = 1

  constructor(seed: number, paths: ReadonlyArray<string>) {
    this.chance = chanceOf(seed)
    for (const path of paths) {
      const rows = new Map<number, Row>()
      this.lists.set(path, rows)
      this.account.serve(path, () => [...rows.values()])
      for (let i = 0; i < 12; i++) this.#put(rows, this.#next++, this.account.ago(100_000 - i))
    }
  }

  #put(rows: Map<number, Row>, id: number, time: string) {
    rows.set(id, { id, update_time: time, title: String(this.#version++) })
  }

  /** One thing happens. */
  step() {
    const { account, chance } = this
    const path = chance.pick([...this.lists.keys()])
    const rows = this.lists.get(path) as Map<number, Row>
    const id = chance.pick([...rows.keys()])
    const what = chance.between(1, 7)
    if (what === 1 || id === undefined) this.#put(rows, this.#next++, account.ago(0))
    else if (what === 2) this.#put(rows, id, account.ago(0))
    else if (what <= 4) rows.delete(id)
    else if (what === 5) {
      this.hidden.push([path, rows.get(id) as Row])
      rows.delete(id)
    } else if (what === 6) {
      const [shown] = this.hidden.splice(chance.between(0, this.hidden.length), 1)
      if (shown !== undefined) this.lists.get(shown[0])?.set(Number(shown[1]["id"]), shown[1])
    } else if (this.lists.size > 1) {
      const other = chance.pick([...this.lists.keys()].filter((each) => each !== path))
      this.lists.get(other)?.set(id, { ...(rows.get(id) as Row), update_time: account.ago(0) })
      rows.delete(id)
    }
  }
}

/** Plays some runs of a company in which things happen, then two in which nothing does. */
const play = async (seed: number, names: ReadonlyArray<string>, paths: ReadonlyArray<string>) => {
  const company = new Company(seed, paths)
  const { account, chance } = company
  const runs: Array<Ran> = []
  const living: Array<Row> = []
  const isTombstone = (row: Row) => row["_ab_cdc_deleted_at"] !== undefined
  const isThere = ({ id }: Row) => company.lists.get(paths[0] as string)?.has(Number(id)) === true
  const streams = all.filter(({ name }) => names.includes(name))
  const unnamed: Array<string> = []
  let last: Ran | undefined
  const config = { ...on, deletion_check_hours: 1, allow_mass_deletions: true, num_workers: 2 }
  const run = async (isQuiet: boolean) => {
    account.instead = () => {
      if (!isQuiet && chance.is(0.3)) {
        account.nowMs += chance.between(0, 40_000)
        company.step()
      }
      return undefined
    }
    const events = isQuiet || chance.is(0.5) ? Number.POSITIVE_INFINITY : chance.between(1, 20)
    let seen = 0
    const before = last?.states ?? new Map()
    last = await account.read(all, names, {
      config,
      states: before,
      killedAfter: (event) => {
        // With one list nothing happens between an answer and the tombstones that follow from it.
        if (names.length === 1) living.push(...rowsOf(event).filter(isTombstone).filter(isThere))
        return ++seen >= events
      }
    })
    runs.push(last)
    for (const stream of streams) unnamed.push(...unnamedIn(last, stream, before.get(stream.name)))
    for (const name of names) expect(last.of(name).error).toBeUndefined()
  }
  for (let n = chance.between(2, 5); n > 0; n--) {
    await run(false)
    account.nowMs += chance.pick([1000, 90_000, 4_000_000, DAY_MS])
    for (let steps = chance.between(0, 6); steps > 0; steps--) company.step()
  }
  account.nowMs += DAY_MS
  await run(true)
  account.nowMs += DAY_MS
  await run(true)
  return { company, runs, living, unnamed }
}

describe.each([
  ["persons", ["persons"], ["v2/persons"]],
  ["deals and archived deals", ["deals", "deals_archived"], ["v2/deals", "v2/deals/archived"]]
])("the warehouse of %s", (_, names, paths) => {
  it(`is the lists after a quiet run, wherever runs are killed (${SEEDS} histories)`, async () => {
    for (const seed of seeds) {
      const { company, living, runs, unnamed } = await play(seed, names, paths)
      expect(unnamed, `seed ${seed}`).toEqual([])
      expect(living, `seed ${seed}`).toEqual([])
      for (const [at, name] of names.entries()) {
        const rows = runs.flatMap((ran) => ran.of(name).rows)
        const truth = company.lists.get(paths[at] as string) as Map<number, Row>
        for (const [how, isTaken] of Object.entries(replayers))
          expect([...replayed(rows, isTaken).values()].sort(byId), `seed ${seed}, ${name}, ${how}`).toEqual(
            [...truth.values()].sort(byId)
          )
      }
    }
  })
})

const byId = (a: Row, b: Row): number => Number(a["id"]) - Number(b["id"])
