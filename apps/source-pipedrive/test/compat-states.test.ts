import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Bench, type Json, type Listed, lists } from "./bench.ts"
import { expectFate, type Fate, shared, stream } from "./fates.ts"

let bench: Bench

beforeAll(async () => {
  bench = await Bench.open({ size: { deals: 60, files: 40, users: 9, pipelines: 4, stages: 9, filters: 12 } })
})

afterAll(() => bench.close())

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
    {
      type: "GLOBAL",
      global: { stream_states: [{ stream_descriptor: { name: "deals" }, stream_state: { update_time: recent } }] }
    },
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
        slices(
          { start: "2010-01-01T00:00:00Z", end: "2023-01-01T00:00:00Z" },
          { start: "2023-06-01T00:00:00Z", end: "2024-05-01T00:00:00Z" }
        )
      ),
      stream("products", {
        update_time: recent,
        ...slices({ start: "2010-01-01T00:00:00Z", end: "2024-05-01T00:00:00Z" })
      }),
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
    "marks far in the future: nothing is read, and they go",
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
    for (const name of streams) expectFate(bench, outcome, name, fates[name] as Fate)
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
    expectFate(bench, outcome, "deals", asked as Fate)
    expectFate(bench, outcome, "files", asked as Fate)
    expectFate(bench, outcome, "persons", persons as Fate)
  })
})

it("a list that had a mark once is read whole once, says so, and then sends only what is new", async () => {
  const streams = ["users", "pipelines", "stages", "filters"] as const
  const state = Object.fromEntries(streams.map((name) => [name, { [lists[name].cursor]: recent }]))
  const first = await bench.read({ streams, state })
  for (const name of streams) {
    expectFate(bench, first, name, "list")
    const logs = first.messages.flatMap(({ log }) => (log === undefined ? [] : [log.message]))
    expect(
      logs.filter((text) => text.startsWith(`${name}: its state comes from a version that kept a watermark alone`)),
      name
    ).toHaveLength(1)
  }
  const second = await bench.read({ streams, state: streams.map((name) => stream(name, first.state(name))) })
  for (const name of streams) {
    expect(second.rows(name), name).toEqual([])
    expect(shared(second.state(name)), name).toEqual(shared(first.state(name)))
  }
})
