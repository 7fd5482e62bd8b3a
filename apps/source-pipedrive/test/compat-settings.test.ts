import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Bench, idsOf, secondsOf } from "./bench.ts"

let bench: Bench

beforeAll(async () => {
  bench = await Bench.open({ size: { deals: 40 } })
})

afterAll(() => bench.close())

const TOKEN = "emulator-token"

describe("the start date", () => {
  /** Each row: the text in the config, and what is asked for. */
  it.each<[given: unknown, asked: string | undefined]>([
    ["2023-01-25T00:00:00Z", "2023-01-25T00:00:00Z"],
    ["2023-01-25 00:00:00Z", "2023-01-25T00:00:00Z"],
    ["2023-01-25", "2023-01-25T00:00:00Z"],
    ["2023-01-25T00:00:00.000Z", "2023-01-25T00:00:00Z"],
    ["2023-01-25T10:20:30.123456Z", "2023-01-25T10:20:30Z"],
    ["2023-01-25 10:20:30", "2023-01-25T10:20:30Z"],
    ["2023-01-25T10:20:30", "2023-01-25T10:20:30Z"],
    ["2023-01-25T10:20", "2023-01-25T10:20:00Z"],
    ["2023-01-25T10:20Z", "2023-01-25T10:20:00Z"],
    ["2023-01-25T02:00:00+02:00", "2023-01-25T00:00:00Z"],
    ["2023-01-24T14:30:00-0930", "2023-01-25T00:00:00Z"],
    ["2017-01-25T00:00:00Z", "2017-01-25T00:00:00Z"],
    // What a form fills in by itself, or less: no start date.
    ["2010-01-01T00:00:00Z", undefined],
    ["2009-12-31", undefined],
    [null, undefined],
    [undefined, undefined]
  ])("%j asks for %s", async (replication_start_date, asked) => {
    const config = { ...bench.config, ...(replication_start_date !== undefined && { replication_start_date }) }
    const outcome = await bench.read({ config, streams: ["deals"] })
    expect([outcome.code, outcome.configs]).toEqual([0, []])
    expect(outcome.requests.map(({ path, query }) => [path, query.updated_since])).toEqual([["v2/deals", asked]])
    expect(idsOf(outcome.rows("deals"))).toEqual(
      idsOf(bench.rowsFrom("deals", asked === undefined ? undefined : secondsOf(asked)))
    )
  })

  it("holds for files, whose list has no filter, and not for short lists", async () => {
    const config = { ...bench.config, replication_start_date: "2023-06-01" }
    const outcome = await bench.read({ config, streams: ["files", "users", "deal_flow"] })
    expect(outcome.code).toBe(0)
    const from = secondsOf("2023-06-01T00:00:00Z")
    expect(idsOf(outcome.rows("files"))).toEqual(idsOf(bench.rowsFrom("files", from)))
    expect(idsOf(outcome.rows("users"))).toEqual(idsOf(bench.rows("users")))
    const parents = [...bench.rowsFrom("deals", from), ...bench.rowsFrom("deals_archived", from)]
    expect(idsOf(outcome.rows("deal_flow"))).toEqual(idsOf(parents.flatMap(({ id }) => bench.flow(id))))
  })

  it.each(["2017/01/25", "25-01-2017", "", " ", "2017-02-30", "2017-01-25T25:00:00Z", "yesterday"])(
    "%j is refused before any request",
    async (replication_start_date) => {
      const config = { api_token: TOKEN, base_url: bench.emulator.url, replication_start_date }
      const read = await bench.read({ config, streams: ["deals"] })
      expect(read.messages.map(({ type }) => type)).toEqual(["TRACE"])
      expect([read.code, read.requests]).toEqual([1, []])
      expect(read.error()).toMatchObject({
        failure_type: "config_error",
        message: expect.stringContaining("replication_start_date does not match YYYY-MM-DDTHH:MM:SSZ")
      })
    }
  )
})

describe("num_workers", () => {
  let slow: Bench
  beforeAll(async () => {
    slow = await Bench.open({ latencyMs: 40 })
  })
  afterAll(() => slow.close())

  const streams = [
    "pipelines",
    "stages",
    "users",
    "filters",
    "currencies",
    "lead_labels",
    "lead_sources",
    "activity_types",
    "deal_fields",
    "person_fields",
    "organization_fields",
    "product_fields",
    "activity_fields"
  ]

  it.each([
    [undefined, 3],
    [null, 3],
    ["", 3],
    [1, 1],
    [3, 3],
    [10, 10],
    [0, 1],
    [-5, 1],
    [11, 10],
    [1000, 10],
    ["2", 2],
    [4.9, 4]
  ])("%j is %i requests at a time", async (num_workers, most) => {
    const { emulator } = slow
    let inFlight = 0
    const stop = emulator.onRequest(() => {
      // This request has its place in the log, or gets it next.
      const open = emulator.requests.filter(({ status }) => status === 0).length
      inFlight = Math.max(inFlight, open)
    })
    const config = { ...slow.config, ...(num_workers === undefined ? { num_workers: undefined } : { num_workers }) }
    const outcome = await slow.read({ config, streams })
    stop()
    expect(outcome.code).toBe(0)
    expect(inFlight).toBeLessThanOrEqual(most)
    // Slow machines do not always get all of them started in time.
    expect(inFlight).toBeGreaterThan(most / 2)
  })

  it.each(["many", true, [3], {}])("%j is refused", async (num_workers) => {
    const outcome = await slow.read({ config: { ...slow.config, num_workers }, streams })
    expect([outcome.code, outcome.requests]).toEqual([1, []])
    expect(outcome.error()?.message).toContain("num_workers must be a whole number")
  })
})
