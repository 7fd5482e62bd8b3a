import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Bench, type Json, lists, type Outcome, type Row, secondsOf } from "./bench.ts"
import { type Official, officialStreams, readOfficial } from "./official.ts"

let bench: Bench

beforeEach(async () => {
  bench = await Bench.open({
    maxPageSize: 6,
    nullUpdateTimes: false,
    size: { deals: 150, persons: 45, organizations: 35, activities: 50, products: 35, notes: 45, leads: 50, files: 45 }
  })
})

afterEach(() => bench.close())

const listed = officialStreams.filter((name) => name !== "deal_flow")

/** Edits, additions and further changes of deals, over some minutes up to now. */
const change = (round: number): void => {
  const { emulator } = bench
  for (let minute = 0; minute < 6; minute++) {
    emulator.clock.advance(60_000)
    for (const name of listed) {
      const { path } = lists[name]
      const ids = bench.rows(name).map(({ id }) => id)
      emulator.edit(
        path,
        [0, 1, 2].map((at) => ids[(round * 7 + minute * 3 + at * 5) % ids.length] as number | string)
      )
      if (minute % 3 === 0) emulator.insert(path, 1)
    }
    const deals = bench.rows("deals").filter(({ is_deleted }) => is_deleted !== true)
    for (const at of [minute, minute + 1])
      emulator.insert(`v1/deals/${deals[(round * 7 + at * 4) % deals.length]?.id}/flow`, 1)
  }
}

/** What the destination has of a stream: the last row of each key. */
type Destination = Map<number | string, Row>

const load = (destination: Destination, rows: ReadonlyArray<Row>): Destination => {
  for (const row of rows) destination.set(row.id, row)
  return destination
}

const truthOf = (stream: Official): ReadonlyArray<Row> =>
  stream === "deal_flow"
    ? [...bench.rows("deals"), ...bench.rows("deals_archived")].flatMap(({ id }) => bench.flow(id))
    : bench.rows(stream)

const timeOf = (row: Row | undefined): number => secondsOf(row?.update_time ?? row?.log_time)

/** Rows of the account that the destination has not, or not as they are now. */
const lost = (stream: Official, destination: Destination): ReadonlyArray<number | string> =>
  truthOf(stream)
    .filter((row) => timeOf(destination.get(row.id)) !== timeOf(row))
    .map(({ id }) => id)

const stateFile = (states: ReadonlyMap<Official, Json>) =>
  [...states].map(([name, stream_state]) => ({
    type: "STREAM",
    stream: { stream_descriptor: { name }, stream_state }
  }))

/** All streams by the official rules, into the destinations. */
const official = (
  destinations: ReadonlyMap<Official, Destination>,
  states: ReadonlyMap<Official, Json>
): ReadonlyMap<Official, Json> =>
  new Map(
    officialStreams.map((name) => {
      const { rows, state } = readOfficial(bench, name, states.get(name))
      load(destinations.get(name) as Destination, rows)
      return [name, state]
    })
  )

const ours = async (
  streams: ReadonlyArray<Official>,
  states: ReadonlyMap<Official, Json>,
  destinations: ReadonlyMap<Official, Destination>
): Promise<{ readonly outcome: Outcome; readonly states: ReadonlyMap<Official, Json> }> => {
  const outcome = await bench.read({ streams, state: stateFile(states) })
  expect(outcome.code).toBe(0)
  for (const name of streams) load(destinations.get(name) as Destination, outcome.rows(name))
  return { outcome, states: new Map(streams.map((name) => [name, outcome.state(name) as Json])) }
}

const empty = (): ReadonlyMap<Official, Destination> => new Map(officialStreams.map((name) => [name, new Map()]))

/** A destination for each checkpoint of a run: what is there when the run is killed right after it. */
const checkpoints = (
  outcome: Outcome,
  stream: Official,
  before: Destination
): ReadonlyArray<{ readonly state: Json; readonly destination: Destination }> => {
  const destination = new Map(before)
  return outcome.messages.flatMap(({ record, state }) => {
    if (record?.stream === stream) load(destination, [record.data as Row])
    return state?.stream.stream_descriptor.name === stream
      ? [{ state: state.stream.stream_state, destination: new Map(destination) }]
      : []
  })
}

/** After each checkpoint the official rules go on from it, and nothing is missing. */
const expectWayBack = (
  outcome: Outcome,
  streams: ReadonlyArray<Official>,
  before: ReadonlyMap<Official, Destination>,
  fewest: number
): void => {
  for (const stream of streams) {
    const found = checkpoints(outcome, stream, before.get(stream) as Destination)
    const isShort = stream === "files" || stream === "deals_archived"
    expect(found.length, stream).toBeGreaterThanOrEqual(isShort ? 1 : fewest)
    for (const [index, { state, destination }] of found.entries()) {
      const { rows } = readOfficial(bench, stream, state)
      expect(lost(stream, load(destination, rows)), `${stream}, checkpoint ${index + 1} of ${found.length}`).toEqual([])
    }
  }
}

const copy = (destinations: ReadonlyMap<Official, Destination>) =>
  new Map([...destinations].map(([name, rows]) => [name, new Map(rows)] as const))

it("a full refresh that was killed goes on, in the same mode and in the other", async () => {
  const streams = ["deals", "files", "deal_flow"] as const
  const whole = await bench.read({ streams: streams.map((name) => [name, "full_refresh"] as const) })
  expect(whole.code).toBe(0)
  for (const name of streams) {
    const found = checkpoints(whole, name, new Map())
    const { state, destination } = found[Math.floor(found.length / 2) - 1] as (typeof found)[number]
    expect(lost(name, destination).length, name).toBeGreaterThan(0)
    for (const mode of ["full_refresh", "incremental"]) {
      const rest = await bench.read({ streams: [[name, mode]], state: stateFile(new Map([[name, state]])) })
      expect(rest.rows(name).length, `${name}, ${mode}`).toBeLessThan(whole.rows(name).length)
      expect(lost(name, load(new Map(destination), rest.rows(name))), `${name}, ${mode}`).toEqual([])
    }
  }
})

describe("from the official connector to this source and back", () => {
  it("loses no row, however often", async () => {
    const destinations = empty()
    let states = official(destinations, new Map())
    for (let round = 0; round < 3; round++) {
      change(2 * round)
      const taken = await ours(officialStreams, states, destinations)
      for (const name of officialStreams)
        expect(lost(name, destinations.get(name) as Destination), `here, ${name}, ${round}`).toEqual([])
      // Lists with a mark are asked for what changed, but for one look at their end before they are read in parts.
      const unfiltered = taken.outcome.requests.filter(
        ({ path, query }) =>
          listed.some((name) => name !== "files" && lists[name].path === path) &&
          query.updated_since === undefined &&
          query.limit !== "1"
      )
      expect(unfiltered).toEqual([])
      change(2 * round + 1)
      states = official(destinations, taken.states)
      for (const name of officialStreams)
        expect(lost(name, destinations.get(name) as Destination), `back, ${name}, ${round}`).toEqual([])
    }
  })

  it("loses no row when this source's first read is killed half-way", async () => {
    const { outcome } = await ours(officialStreams, new Map(), empty())
    change(0)
    expectWayBack(outcome, officialStreams, empty(), 4)
  })

  it("loses no row when a read from an official state is killed half-way", async () => {
    const destinations = empty()
    const states = official(destinations, new Map())
    for (const round of [0, 1, 2]) change(round)
    const before = copy(destinations)
    const { outcome } = await ours(officialStreams, states, destinations)
    change(3)
    expectWayBack(outcome, officialStreams, before, 2)
  })

  it("loses no change of a deal when its deals are not selected, killed half-way and resumed", async () => {
    const destinations = empty()
    const begun = readOfficial(bench, "deal_flow", undefined)
    load(destinations.get("deal_flow") as Destination, begun.rows)
    const states = new Map([["deal_flow", begun.state] as const])
    for (const round of [0, 1, 2, 3]) change(round)
    const before = copy(destinations)
    const first = await ours(["deal_flow"], states, destinations)
    expectWayBack(first.outcome, ["deal_flow"], before, 2)
    // Resumed from each checkpoint of a killed run, and killed again.
    const kept = checkpoints(first.outcome, "deal_flow", before.get("deal_flow") as Destination)
    for (const { state, destination } of kept.slice(-5)) {
      const second = await bench.read({ streams: ["deal_flow"], state: stateFile(new Map([["deal_flow", state]])) })
      expectWayBack(second, ["deal_flow"], new Map([["deal_flow", destination]]), 1)
    }
  })

  it.each([1, 40, 140])(
    "loses no change of a deal when the official first read was killed after %i deals",
    async (cut) => {
      const destinations = empty()
      const flow = destinations.get("deal_flow") as Destination
      const { rows, state } = readOfficial(bench, "deal_flow", undefined, cut)
      load(flow, rows)
      change(0)
      const { states } = await ours(["deal_flow"], new Map([["deal_flow", state]]), destinations)
      expect(lost("deal_flow", flow)).toEqual([])
      change(1)
      load(flow, readOfficial(bench, "deal_flow", states.get("deal_flow")).rows)
      expect(lost("deal_flow", flow)).toEqual([])
    }
  )
})
