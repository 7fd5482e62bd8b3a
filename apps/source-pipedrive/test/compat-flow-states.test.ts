import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Bench, idsOf, type Json, local, secondsOf, zoned } from "./bench.ts"
import { expectFirstRequests, type Fate, isTime, requestsTo, shared, stream } from "./fates.ts"

let bench: Bench

beforeAll(async () => {
  bench = await Bench.open({ size: { deals: 60, files: 40, users: 9, pipelines: 4, stages: 9, filters: 12 } })
})

afterAll(() => bench.close())

describe("a state of deal_flow", () => {
  const log_time = "2024-03-02 10:00:00"
  const states = [
    { partition: { parent_id: 1, parent_slice: {} }, cursor: { log_time: "2024-03-02 10:00:00" } },
    { partition: { parent_id: 9, parent_slice: {} }, cursor: { log_time: "2024-02-11 08:00:00" } }
  ]
  const parent_state = {
    deals: { update_time: "2024-01-02T00:00:00Z" },
    deals_archived: { update_time: "2024-02-01T00:00:00Z" }
  }

  it.each<[era: string, state: Json, deals: Fate, archived: Fate]>([
    [
      "3.0.0 to 4.1.0: a cursor a deal",
      { use_global_cursor: false, states, state: { log_time }, lookback_window: 4, parent_state },
      "2024-01-02T00:00:00Z",
      "2024-02-01T00:00:00Z"
    ],
    [
      "3.0.0 to 4.1.0: more than 10,000 deals",
      { use_global_cursor: true, state: { log_time }, lookback_window: 310, parent_state },
      "2024-01-02T00:00:00Z",
      "2024-02-01T00:00:00Z"
    ],
    [
      "2.6.0: no archived deals, and the older text",
      {
        use_global_cursor: false,
        states,
        state: { log_time },
        lookback_window: 4,
        parent_state: { deals: { update_time: "2024-01-02 00:00:00" } }
      },
      "2024-01-02T00:00:00Z",
      "1970-01-01T00:00:00Z"
    ],
    ["2.6.0 and later: a bare cursor for all deals", { log_time }, "2024-03-02T10:00:00Z", "2024-03-02T10:00:00Z"],
    [
      "2.6.0 and later: one cursor for all, without parents",
      { use_global_cursor: true, state: { log_time }, lookback_window: 310 },
      "2024-03-02T09:54:50Z",
      "2024-03-02T09:54:50Z"
    ],
    [
      "3.0.0 to 4.1.0: the first run was cut among the archived deals",
      {
        use_global_cursor: false,
        states,
        lookback_window: 0,
        parent_state: { deals: { update_time: "2024-01-02T00:00:00Z" }, deals_archived: {} }
      },
      "2024-01-02T00:00:00Z",
      "1970-01-01T00:00:00Z"
    ],
    [
      "2.6.0 and later: the first run was cut early",
      { use_global_cursor: false, states, parent_state: {} },
      "whole",
      "whole"
    ],
    ["a marker", { __ab_no_cursor_state_message: true }, "whole", "whole"],
    [
      "nulls",
      { use_global_cursor: null, states: null, state: null, lookback_window: null, parent_state: null },
      "whole",
      "whole"
    ]
  ])("%s", async (_, state, deals, archived) => {
    const outcome = await bench.read({ streams: ["deal_flow"], state: [stream("deal_flow", state)] })
    expect([outcome.code, outcome.status("deal_flow")]).toEqual([0, "COMPLETE"])
    expectFirstRequests(outcome, "deals", deals)
    expectFirstRequests(outcome, "deals_archived", archived)
    const from = (fate: Fate) => (isTime(fate) ? secondsOf(fate) : undefined)
    const changed = {
      deals: bench.rowsFrom("deals", from(deals)),
      deals_archived: bench.rowsFrom("deals_archived", from(archived))
    }
    const parents = [...changed.deals, ...changed.deals_archived].filter(({ is_deleted }) => is_deleted !== true)
    const asked = outcome.requests.filter(({ path }) => path.endsWith("/flow")).map(({ path }) => path)
    expect(asked.sort()).toEqual(parents.map(({ id }) => `v1/deals/${id}/flow`).sort())
    expect(idsOf(outcome.rows("deal_flow"))).toEqual(idsOf(parents.flatMap(({ id }) => bench.flow(id))))

    const greatest = (name: "deals" | "deals_archived", fate: Fate) =>
      Math.max(
        ...[...changed[name].map((row) => secondsOf(row.update_time)), from(fate) ?? 0].filter(
          (seconds) => !Number.isNaN(seconds)
        )
      )
    const marks = [greatest("deals", deals), greatest("deals_archived", archived)] as const
    const lowest = local(Math.min(...marks))
    expect(shared(outcome.state("deal_flow"))).toEqual({
      log_time: lowest,
      use_global_cursor: true,
      state: { log_time: lowest },
      parent_state: {
        deals: { update_time: zoned(marks[0]) },
        deals_archived: { update_time: zoned(marks[1]) }
      }
    })
  })

  it("in the future: nothing is read, a warning says so, and it goes", async () => {
    const state = { log_time: "2217-06-26 21:20:07" }
    const outcome = await bench.read({ streams: ["deal_flow"], state: { deal_flow: state } })
    expect(outcome.code).toBe(0)
    expect(outcome.requests.filter(({ path }) => path !== "v1/users/me")).toEqual([])
    expect(outcome.rows("deal_flow")).toEqual([])
    expect(outcome.state("deal_flow")).toEqual({})
    const warnings = outcome.messages.flatMap(({ log }) => (log?.level === "WARN" ? [log.message] : []))
    expect(warnings).toEqual([expect.stringMatching(/^deal_flow: its state has a watermark \(log_time\)/)])
  })

  it("beside one of deals: each sends what is new to it, the list from its own watermark", async () => {
    const outcome = await bench.read({
      streams: ["deals", "deal_flow"],
      state: {
        deals: { update_time: "2024-03-01T00:00:00Z" },
        deal_flow: { use_global_cursor: true, state: { log_time }, lookback_window: 310, parent_state }
      }
    })
    expect(outcome.code).toBe(0)
    // The list does not go back for a child that is behind it: the child has it read once more.
    expect(requestsTo(outcome, "deals").map(({ query }) => query.updated_since)).toEqual([
      "2024-03-01T00:00:00Z",
      "2024-01-02T00:00:00Z"
    ])
    expect(idsOf(outcome.rows("deals"))).toEqual(idsOf(bench.rowsFrom("deals", secondsOf("2024-03-01T00:00:00Z"))))
    const parents = [
      ...bench.rowsFrom("deals", secondsOf("2024-01-02T00:00:00Z")),
      ...bench.rowsFrom("deals_archived", secondsOf("2024-02-01T00:00:00Z"))
    ]
    expect(idsOf(outcome.rows("deal_flow"))).toEqual(idsOf(parents.flatMap(({ id }) => bench.flow(id))))
  })
})
