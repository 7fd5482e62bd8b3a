import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Bench, idsOf, type Json, type Listed, lists, local, type Outcome, secondsOf, zoned } from "./compat.ts"

let bench: Bench

beforeAll(async () => {
  bench = await Bench.open({ size: { deals: 60, files: 40, users: 9, pipelines: 4, stages: 9, filters: 12 } })
})

afterAll(() => bench.close())

/**
 * What becomes of a stream's state:
 * a time, all rows at or after it are read;
 * `whole`, it says nothing, and all rows are read;
 * `still`, it lies in the future, and nothing is read;
 * `list`, the list has no filter and is read whole.
 */
type Fate = `${number}-${string}Z` | "whole" | "still" | "list"

const sinceStreams = ["deals", "deals_archived", "persons", "organizations", "activities", "products", "notes", "leads"]
const localStates = ["files", "users", "filters"]

const requestsTo = (outcome: Outcome, stream: Listed) =>
  outcome.requests.filter(({ path }) => path === lists[stream].path)

const isTime = (fate: Fate): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(fate)

/** What a stream asks first: the whole list, or only what changed. */
const expectFirstRequests = (outcome: Outcome, stream: Listed, fate: Fate): void => {
  const queries = requestsTo(outcome, stream).map(({ query }) => query)
  if (fate === "still") {
    expect(queries, stream).toEqual([])
  } else if (sinceStreams.includes(stream)) {
    const asked = [...new Set(queries.map(({ updated_since }) => updated_since))]
    expect(asked, stream).toEqual([fate === "whole" ? undefined : fate])
  } else if (stream === "files") {
    // There is no filter: from a mark on the newest are read first, until an older one comes.
    const sorts = [...new Set(queries.map(({ sort }) => sort))]
    expect(sorts, stream).toEqual(fate === "whole" ? ["id ASC", "update_time DESC"] : ["update_time DESC"])
  } else {
    expect(queries.length, stream).toBe(1)
  }
}

/** The state's part that other versions read, and nothing else but this source's own. */
const shared = (state: Json | undefined): Json => {
  const { _ab, ...rest } = state ?? {}
  return rest
}

const expectFate = (outcome: Outcome, stream: Listed, fate: Fate, given?: string): void => {
  expect([outcome.error(stream)?.message, outcome.status(stream)], stream).toEqual([undefined, "COMPLETE"])
  expectFirstRequests(outcome, stream, fate)
  const from = isTime(fate) ? secondsOf(fate) : fate === "still" ? Number.POSITIVE_INFINITY : undefined
  const rows = bench.rowsFrom(stream, from)
  expect(idsOf(outcome.rows(stream)), stream).toEqual(idsOf(rows))
  const { cursor } = lists[stream]
  const greatest = Math.max(...rows.map((row) => secondsOf(row[cursor])).filter((seconds) => !Number.isNaN(seconds)))
  const text = localStates.includes(stream) ? local : zoned
  const mark = Number.isFinite(greatest) ? text(greatest) : isTime(fate) ? text(secondsOf(fate)) : given
  expect(shared(outcome.state(stream)), stream).toEqual({ [cursor]: mark })
}

const stream = (name: string, stream_state: unknown) => ({
  type: "STREAM",
  stream: { stream_descriptor: { name }, stream_state }
})

const old = "2017-06-01 10:10:10"
const oldTime = "2017-06-01T10:10:10Z"
const recent = "2023-06-20 03:14:34"
const recentTime = "2023-06-20T03:14:34Z"
const slices = (...all: ReadonlyArray<Json>) => ({ slices: all, state_type: "date-range" })

/** Each row: which versions wrote such a state, the state file, and what becomes of each stream in it. */
const table: ReadonlyArray<[era: string, state: unknown, fates: Partial<Record<Listed, Fate>>]> = [
  [
    "0.1.0 to 0.1.12: one object",
    {
      deals: { update_time: old },
      activities: { update_time: old },
      persons: { update_time: "2024-02-01 00:00:00" },
      organizations: { update_time: recent },
      pipelines: { update_time: old },
      stages: { update_time: old },
      users: { modified: old }
    },
    {
      deals: oldTime,
      activities: oldTime,
      persons: "2024-02-01T00:00:00Z",
      organizations: recentTime,
      pipelines: "list",
      stages: "list",
      users: "list"
    }
  ],
  [
    "0.1.0 to 0.1.12: one object in a message",
    { type: "LEGACY", data: { deals: { update_time: recent }, users: { modified: recent } } },
    { deals: recentTime, users: "list" }
  ],
  [
    "0.1.0 to 0.1.12: that message in a list",
    [{ type: "LEGACY", data: { deals: { update_time: recent }, persons: { update_time: recent } } }],
    { deals: recentTime, persons: recentTime }
  ],
  [
    "0.1.0 to 0.1.12: as a line of the output, without a type",
    [{ data: { deals: { update_time: recent }, persons: { update_time: old } } }],
    { deals: recentTime, persons: oldTime }
  ],
  [
    "0.1.13 to 0.1.15: one a stream",
    [stream("deals", { update_time: recent }), stream("users", { modified: recent })],
    { deals: recentTime, users: "list" }
  ],
  [
    "0.1.16 to 1.0.0: with files, filters, notes, products",
    [
      stream("files", { update_time: recent }),
      stream("filters", { update_time: recent }),
      stream("notes", { update_time: recent }),
      stream("products", { update_time: recent }),
      stream("organizations", { update_time: recent })
    ],
    { files: recentTime, filters: "list", notes: recentTime, products: recentTime, organizations: recentTime }
  ],
  [
    "2.0.0 to 2.6.0: organizations without",
    [
      stream("activities", { update_time: recent }),
      stream("deals", { update_time: recent }),
      stream("files", { update_time: recent }),
      stream("filters", { update_time: recent }),
      stream("notes", { update_time: recent }),
      stream("persons", { update_time: recent }),
      stream("pipelines", { update_time: recent }),
      stream("products", { update_time: recent }),
      stream("stages", { update_time: recent }),
      stream("users", { modified: recent }),
      stream("organizations", { __ab_no_cursor_state_message: true }),
      stream("leads", { __ab_full_refresh_sync_complete: true })
    ],
    {
      activities: recentTime,
      deals: recentTime,
      files: recentTime,
      filters: "list",
      notes: recentTime,
      persons: recentTime,
      pipelines: "list",
      products: recentTime,
      stages: "list",
      users: "list",
      organizations: "whole",
      leads: "whole"
    }
  ],
  [
    "3.0.0 to 4.1.0: the nine that have a cursor of their own",
    [
      stream("deals", { update_time: "2024-01-03T00:00:00Z" }),
      stream("deals_archived", { update_time: "2024-02-01T00:00:00Z" }),
      stream("persons", { update_time: "2024-01-04T01:02:03Z" }),
      stream("organizations", { update_time: "2023-12-31T23:59:59Z" }),
      stream("activities", { update_time: "2022-02-28T00:00:01Z" }),
      stream("products", { update_time: "2022-09-09T09:09:09Z" }),
      stream("notes", { update_time: "2024-01-05T10:00:00Z" }),
      stream("leads", { update_time: "2023-02-22T11:49:24Z" }),
      stream("files", { update_time: "2024-01-01 00:00:01" })
    ],
    {
      deals: "2024-01-03T00:00:00Z",
      deals_archived: "2024-02-01T00:00:00Z",
      persons: "2024-01-04T01:02:03Z",
      organizations: "2023-12-31T23:59:59Z",
      activities: "2022-02-28T00:00:01Z",
      products: "2022-09-09T09:09:09Z",
      notes: "2024-01-05T10:00:00Z",
      leads: "2023-02-22T11:49:24Z",
      files: "2024-01-01T00:00:01Z"
    }
  ],
  [
    "3.0.0 to 4.1.0: full refresh streams that once had a cursor, and those that never had one",
    [
      stream("users", { __ab_no_cursor_state_message: true }),
      stream("pipelines", { __ab_full_refresh_sync_complete: true }),
      stream("stages", { __ab_no_cursor_state_message: true }),
      stream("filters", {})
    ],
    { users: "list", pipelines: "list", stages: "list", filters: "list" }
  ],
  [
    "the development kit's global state",
    [
      {
        type: "GLOBAL",
        global: {
          shared_state: { any: 1 },
          stream_states: [
            { stream_descriptor: { name: "deals" }, stream_state: { update_time: "2024-01-03T00:00:00Z" } },
            { stream_descriptor: { name: "files", namespace: null }, stream_state: { update_time: recent } },
            { stream_descriptor: { name: "persons" }, stream_state: null }
          ]
        }
      }
    ],
    { deals: "2024-01-03T00:00:00Z", files: recentTime, persons: "whole" }
  ],
  [
    "the development kit's global state, not in a list",
    { type: "GLOBAL", global: { stream_states: [{ stream_descriptor: { name: "deals" }, stream_state: { update_time: recent } }] } },
    { deals: recentTime }
  ],
  [
    "the development kit's slices",
    [
      stream(
        "deals",
        slices({
          start: "2010-01-01T00:00:00Z",
          end: "2024-05-01T00:00:00Z",
          most_recent_cursor_value: "2024-03-01T00:00:00Z"
        })
      ),
      stream("persons", slices({ start: "2010-01-01T00:00:00.000Z", end: "2024-05-01T00:00:00.000Z" })),
      // Between the two is something that nobody has read.
      stream(
        "activities",
        slices({ start: "2010-01-01T00:00:00Z", end: "2023-01-01T00:00:00Z" }, { start: "2023-06-01T00:00:00Z", end: "2024-05-01T00:00:00Z" })
      ),
      stream("products", { update_time: recent, ...slices({ start: "2010-01-01T00:00:00Z", end: "2024-05-01T00:00:00Z" }) }),
      stream("notes", slices())
    ],
    {
      deals: "2024-03-01T00:00:00Z",
      persons: "2024-05-01T00:00:00Z",
      activities: "2023-01-01T00:00:00Z",
      products: recentTime,
      notes: "whole"
    }
  ],
  [
    "markers of streams without a cursor",
    [
      stream("deals", { __ab_no_cursor_state_message: true }),
      stream("persons", { __ab_full_refresh_sync_complete: true }),
      stream("organizations", { __ab_full_refresh_sync_complete: false, update_time: recent }),
      stream("files", { __ab_full_refresh_sync_complete: true })
    ],
    { deals: "whole", persons: "whole", organizations: recentTime, files: "whole" }
  ],
  [
    "nothing, in every way",
    [
      stream("deals", null),
      stream("deals_archived", {}),
      stream("persons", { update_time: null }),
      stream("organizations", { update_time: "" }),
      stream("activities", { update_time: "0000-00-00 00:00:00" }),
      stream("products", { x: 1 }),
      stream("files", { update_time: null })
    ],
    {
      deals: "whole",
      deals_archived: "whole",
      persons: "whole",
      organizations: "whole",
      activities: "whole",
      products: "whole",
      files: "whole",
      leads: "whole"
    }
  ],
  ["no state at all, as null", null, { deals: "whole", files: "whole", users: "list" }],
  ["no state at all, as an empty list", [], { deals: "whole", notes: "whole" }],
  ["no state at all, as an empty object", {}, { deals: "whole", leads: "whole" }],
  [
    "texts of the other form, with fractions, offsets and dates alone",
    [
      stream("deals", { update_time: "2024-01-03T00:00:00.000Z" }),
      stream("deals_archived", { update_time: "2024-01-03 00:00:00.123456" }),
      stream("persons", { update_time: "2024-01-03T02:00:00+02:00" }),
      stream("organizations", { update_time: "2024-01-03T00:00:00.987654Z" }),
      stream("activities", { update_time: " 2024-01-03 00:00:00 " }),
      stream("products", { update_time: "2024-01-03" }),
      stream("notes", { update_time: "2024-01-05 10:00:00" }),
      stream("leads", { update_time: "2023-02-22T11:49:24.567Z" }),
      stream("files", { update_time: "2024-01-01T00:00:01.5Z" })
    ],
    {
      deals: "2024-01-03T00:00:00Z",
      deals_archived: "2024-01-03T00:00:00Z",
      persons: "2024-01-03T00:00:00Z",
      organizations: "2024-01-03T00:00:00Z",
      activities: "2024-01-03T00:00:00Z",
      products: "2024-01-03T00:00:00Z",
      notes: "2024-01-05T10:00:00Z",
      leads: "2023-02-22T11:49:24Z",
      files: "2024-01-01T00:00:01Z"
    }
  ],
  [
    "streams nobody has, and the sample file's misspelt names, with states of any kind",
    {
      activites: { update_time: "soon" },
      oragnizations: { update_time: 5 },
      recents: { update_time: recent },
      deal_fields: { update_time: recent },
      deals: { update_time: recent }
    },
    { deals: recentTime, activities: "whole", organizations: "whole" }
  ],
  [
    "a stream twice: the last counts",
    [stream("deals", { update_time: old }), stream("deals", { update_time: recent }), stream("deals", null)],
    { deals: recentTime }
  ],
  [
    "marks far in the future: nothing is read, and they stay",
    {
      deals: { update_time: "2217-06-26 21:20:07" },
      persons: { update_time: "2217-06-26T21:20:07Z" },
      notes: { update_time: "2217-06-26 21:20:07" },
      files: { update_time: "2217-06-26 21:20:07" },
      users: { modified: "2217-06-26 21:20:07" }
    },
    { deals: "still", persons: "still", notes: "still", files: "still", users: "still" }
  ]
]

describe.each(table)("a state of %s", (_, state, fates) => {
  it("goes on where it stood", async () => {
    const streams = Object.keys(fates) as ReadonlyArray<Listed>
    const outcome = await bench.read({ streams, state })
    expect(outcome.code).toBe(0)
    expect(outcome.configs).toEqual([])
    for (const name of streams) {
      const given = localStates.includes(name) ? "2217-06-26 21:20:07" : "2217-06-26T21:20:07Z"
      expectFate(outcome, name, fates[name] as Fate, given)
    }
    for (const { query } of outcome.requests)
      if (query.updated_since !== undefined) expect(query.updated_since).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })
})

describe("a mark and a start date", () => {
  it.each<[start: string, asked: string, persons: string]>([
    ["2023-01-01T00:00:00Z", recentTime, "2023-01-01T00:00:00Z"],
    ["2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"]
  ])("the later one holds: %s", async (replication_start_date, asked, persons) => {
    const outcome = await bench.read({
      config: { ...bench.config, replication_start_date },
      streams: ["deals", "files", "persons"],
      state: { deals: { update_time: recent }, files: { update_time: recent } }
    })
    expect(outcome.code).toBe(0)
    expectFate(outcome, "deals", asked as Fate)
    expectFate(outcome, "files", asked as Fate)
    expectFate(outcome, "persons", persons as Fate)
  })
})

it("a list that had a mark once is read whole once, says so, and then sends only what is new", async () => {
  const streams = ["users", "pipelines", "stages", "filters"] as const
  const state = Object.fromEntries(
    streams.map((name) => [name, { [lists[name].cursor]: recent }])
  )
  const first = await bench.read({ streams, state })
  for (const name of streams) {
    expectFate(first, name, "list")
    const logs = first.messages.flatMap(({ log }) => (log === undefined ? [] : [log.message]))
    expect(logs.filter((text) => text.startsWith(`${name}: its state is of another version`)), name).toHaveLength(1)
  }
  const second = await bench.read({ streams, state: streams.map((name) => stream(name, first.state(name))) })
  for (const name of streams) {
    expect(second.rows(name), name).toEqual([])
    expect(shared(second.state(name)), name).toEqual(shared(first.state(name)))
  }
})

describe("a full refresh", () => {
  it.each<[string, Json]>([
    ["a mark of another version", { deals: { update_time: recent }, files: { update_time: recent }, deal_flow: { log_time: recent } }],
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
    ["2.6.0 and later: the first run was cut early", { use_global_cursor: false, states, parent_state: {} }, "whole", "whole"],
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

  it("in the future: nothing is read, and it stays", async () => {
    const state = { log_time: "2217-06-26 21:20:07" }
    const outcome = await bench.read({ streams: ["deal_flow"], state: { deal_flow: state } })
    expect(outcome.code).toBe(0)
    expect(outcome.requests.filter(({ path }) => path !== "v1/users/me")).toEqual([])
    expect(outcome.rows("deal_flow")).toEqual([])
    expect(outcome.state("deal_flow")).toEqual(state)
  })

  it("beside one of deals: each sends what is new to it, from one listing", async () => {
    const outcome = await bench.read({
      streams: ["deals", "deal_flow"],
      state: {
        deals: { update_time: "2024-03-01T00:00:00Z" },
        deal_flow: { use_global_cursor: true, state: { log_time }, lookback_window: 310, parent_state }
      }
    })
    expect(outcome.code).toBe(0)
    expect(requestsTo(outcome, "deals").map(({ query }) => query.updated_since)).toEqual(["2024-01-02T00:00:00Z"])
    expect(idsOf(outcome.rows("deals"))).toEqual(
      idsOf(bench.rowsFrom("deals", secondsOf("2024-03-01T00:00:00Z")))
    )
    const parents = [
      ...bench.rowsFrom("deals", secondsOf("2024-01-02T00:00:00Z")),
      ...bench.rowsFrom("deals_archived", secondsOf("2024-02-01T00:00:00Z"))
    ]
    expect(idsOf(outcome.rows("deal_flow"))).toEqual(idsOf(parents.flatMap(({ id }) => bench.flow(id))))
  })
})

describe("a state that cannot be read", () => {
  it.each<[string, unknown, string]>([
    ["deals", { update_time: 1_704_240_000 }, "update_time is not a text"],
    ["deals", { update_time: { deals: "2024-01-01" } }, "update_time is not a text"],
    ["deals", { update_time: "soon" }, "update_time is not a date and time"],
    ["deals", { update_time: "2024-02-30 00:00:00" }, "update_time is not a date and time"],
    ["deals", { slices: [{ end: 5 }] }, "slices[0].end is not a text"],
    ["deals", "2024-01-01 00:00:00", "the whole is not an object"],
    ["deals", ["2024-01-01 00:00:00"], "the whole is not an object"],
    ["files", { update_time: "01.02.2024" }, "update_time is not a date and time"],
    ["users", { modified: 5 }, "modified is not a text"],
    ["deal_flow", { state: { log_time: "x" } }, "state.log_time is not a date and time"],
    ["deal_flow", { parent_state: { deals: { update_time: "x" } } }, "parent_state.deals.update_time is not a date and time"],
    ["deal_flow", { log_time: "2024-01-01", lookback_window: "x" }, "lookback_window is not a number of seconds"],
    ["deals", { update_time: "2024-01-03T00:00:00Z", _ab: { v: 2 } }, "_ab.v is of a newer version"],
    ["deals", { _ab: { v: 1, windows: "x" } }, "_ab.windows is not a list of objects"],
    ["deals", { _ab: { v: 1, windows: [{ since: "x" }] } }, "_ab.windows[0].since is not a date and time"],
    ["deal_flow", { _ab: { v: 1, parents: { deals: { mark: "x" } } } }, "_ab.parents.deals.mark is not a date and time"]
  ])("%s %j ends that stream alone, by name and field", async (name, state, words) => {
    const outcome = await bench.read({
      streams: [name, "persons", "pipelines"],
      state: { [name]: state, persons: { update_time: recent } }
    })
    expect(outcome.code).toBe(1)
    expect(outcome.error(name)?.failure_type).toBe("config_error")
    expect(outcome.error(name)?.message).toContain(`The state of the stream ${name} cannot be read: ${words}`)
    expect(outcome.status(name)).toBe("INCOMPLETE")
    expect(outcome.rows(name)).toEqual([])
    expect(outcome.requests.map(({ path }) => path).filter((path) => /deals|files|users$/.test(path))).toEqual([])
    // Whoever stores states keeps it as it was.
    if (typeof state === "object" && !Array.isArray(state)) expect(outcome.state(name)).toEqual(state)
    else expect(outcome.state(name)).toBeUndefined()
    expectFate(outcome, "persons", recentTime)
    expectFate(outcome, "pipelines", "list")
  })

  it.each<[unknown]>([[[5]], [[{ type: "STREAM" }]], [[{ type: "STREAM", stream: { stream_state: {} } }]], ["text"]])(
    "a file %j that names no stream ends the run before any request",
    async (state) => {
      const outcome = await bench.read({ streams: ["deals"], state })
      expect([outcome.code, outcome.requests]).toEqual([1, []])
      expect(outcome.error()?.failure_type).toBe("config_error")
      expect(outcome.error()?.message).toContain("The state cannot be read")
    }
  )
})
