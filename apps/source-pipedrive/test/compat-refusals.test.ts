import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Bench } from "./bench.ts"
import { expectFate } from "./fates.ts"

let bench: Bench

beforeAll(async () => {
  bench = await Bench.open({ size: { deals: 60, files: 40, users: 9, pipelines: 4, stages: 9, filters: 12 } })
})

afterAll(() => bench.close())

describe("a state that cannot be read", () => {
  it.each<[string, unknown, string]>([
    ["deals", { update_time: 1_704_240_000 }, "update_time is not a string"],
    ["deals", { update_time: { deals: "2024-01-01" } }, "update_time is not a string"],
    ["deals", { update_time: "soon" }, "update_time is not a date and time"],
    ["deals", { update_time: "2024-02-30 00:00:00" }, "update_time is not a date and time"],
    ["deals", { slices: [{ end: 5 }] }, "slices[0].end is not a string"],
    ["deals", "2024-01-01 00:00:00", "the whole is not an object"],
    ["files", { update_time: "01.02.2024" }, "update_time is not a date and time"],
    ["users", { modified: 5 }, "modified is not a string"],
    ["deal_flow", { state: { log_time: "x" } }, "state.log_time is not a date and time"],
    [
      "deal_flow",
      { parent_state: { deals: { update_time: "x" } } },
      "parent_state.deals.update_time is not a date and time"
    ],
    ["deal_flow", { log_time: "2024-01-01", lookback_window: "x" }, "lookback_window is not a number of seconds"],
    ["deals", { update_time: "2024-01-03T00:00:00Z", _ab: { v: 2 } }, "_ab.v is of a newer version"],
    ["deals", { _ab: { v: 1, windows: "x" } }, "_ab.windows is not a list of objects"],
    ["deals", { _ab: { v: 1, windows: [{ since: "x" }] } }, "_ab.windows[0].since is not a date and time"],
    ["deal_flow", { _ab: { v: 1, parents: { deals: { mark: "x" } } } }, "_ab.parents.deals.mark is not a date and time"]
  ])("%s %j ends that stream alone, by name and field", async (name, state, words) => {
    const outcome = await bench.read({
      streams: [name, "persons", "pipelines"],
      state: { [name]: state, persons: { update_time: "2023-06-20 03:14:34" } }
    })
    expect(outcome.code).toBe(1)
    expect(outcome.error(name)?.failure_type).toBe("config_error")
    expect(outcome.error(name)?.message).toContain(`The state of the stream ${name} cannot be read: ${words}`)
    expect(outcome.status(name)).toBe("INCOMPLETE")
    expect(outcome.rows(name)).toEqual([])
    expect(outcome.requests.map(({ path }) => path).filter((path) => /deals|files|users$/.test(path))).toEqual([])
    // Whoever stores states keeps it as it was.
    expect(outcome.state(name)).toEqual(typeof state === "object" ? state : undefined)
    expectFate(bench, outcome, "persons", "2023-06-20T03:14:34Z")
    expectFate(bench, outcome, "pipelines", "list")
  })

  it.each<[unknown]>([[[5]], [[{ type: "STREAM" }]], [[{ type: "STREAM", stream: { stream_state: {} } }]], ["text"]])(
    "a file %j that is no list of states ends the run before any request",
    async (state) => {
      const outcome = await bench.read({ streams: ["deals"], state })
      expect([outcome.code, outcome.requests]).toEqual([1, []])
      expect(outcome.error()?.failure_type).toBe("config_error")
      expect(outcome.error()?.message).toContain("The state cannot be read")
    }
  )
})
