import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Bench, idsOf, type Json } from "./bench.ts"
import { stream } from "./fates.ts"

let bench: Bench

beforeAll(async () => {
  bench = await Bench.open({ size: { deals: 60, files: 40, users: 9, pipelines: 4, stages: 9, filters: 12 } })
})

afterAll(() => bench.close())

const recent = "2023-06-20 03:14:34"

describe("a full refresh", () => {
  it.each<[string, Json]>([
    [
      "a mark of another version",
      { deals: { update_time: recent }, files: { update_time: recent }, deal_flow: { log_time: recent } }
    ],
    ["a marker", { deals: { __ab_no_cursor_state_message: true }, files: {}, deal_flow: { states: [] } }]
  ])("is whole, whatever the state: %s", async (_, state) => {
    const outcome = await bench.read({
      streams: [
        ["deals", "full_refresh"],
        ["files", "full_refresh"],
        ["deal_flow", "full_refresh"]
      ],
      state
    })
    expect(outcome.code).toBe(0)
    expect(idsOf(outcome.rows("deals"))).toEqual(idsOf(bench.rows("deals")))
    expect(idsOf(outcome.rows("files"))).toEqual(idsOf(bench.rows("files")))
    expect(idsOf(outcome.rows("deal_flow"))).toEqual(
      idsOf([...bench.rows("deals"), ...bench.rows("deals_archived")].flatMap(({ id }) => bench.flow(id)))
    )
    for (const name of ["deals", "files", "deal_flow"])
      expect(outcome.state(name), name).toEqual({ __ab_full_refresh_sync_complete: true })
  })

  it("is whole also after this source has read the stream incrementally", async () => {
    const streams = ["deals", "files", "deal_flow"]
    const before = await bench.read({ streams })
    const outcome = await bench.read({
      streams: streams.map((name) => [name, "full_refresh"] as const),
      state: streams.map((name) => stream(name, before.state(name)))
    })
    for (const name of streams) expect(idsOf(outcome.rows(name)), name).toEqual(idsOf(before.rows(name)))
  })
})
