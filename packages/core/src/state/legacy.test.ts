import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { newestFirst, ofChangedParents, since, snapshot } from "../declare/changes.ts"
import * as c from "../declare/columns.ts"
import { cursorPages, offsetPages } from "../declare/pagination.ts"
import { perParent } from "../declare/parents.ts"
import { defineStream, type SourceStream } from "../declare/stream.ts"
import { cursorText, secondsOf } from "./cursor.ts"
import { type DecodedState, decodeState } from "./legacy.ts"

// SPEC 26

const declare = (name: string, part: object): SourceStream =>
  defineStream({
    name,
    path: "v1/any",
    docs: "https://developers.pipedrive.com/docs/api/v1",
    tokens: 1,
    scope: "base",
    columns: { id: c.integer, update_time: c.timestamp },
    primaryKey: ["id"],
    paging: cursorPages(),
    ...part
  } as SourceStream)

const local = { id: c.integer, update_time: c.localTimestamp }
const changed = since("update_time")
const list = snapshot({ cursorField: "update_time" })

const streams = {
  deals: declare("deals", { changes: changed }),
  deals_archived: declare("deals_archived", { changes: changed }),
  persons: declare("persons", { changes: changed }),
  organizations: declare("organizations", { changes: changed }),
  activities: declare("activities", { changes: changed }),
  products: declare("products", { changes: changed }),
  leads: declare("leads", { changes: changed }),
  notes: declare("notes", { columns: local, changes: changed }),
  files: declare("files", {
    columns: local,
    paging: offsetPages(),
    changes: newestFirst("update_time", { descending: {} })
  }),
  pipelines: declare("pipelines", { changes: list }),
  stages: declare("stages", { changes: list }),
  filters: declare("filters", { columns: local, changes: list }),
  users: declare("users", { columns: { modified: c.localTimestamp }, changes: snapshot({ cursorField: "modified" }) }),
  roles: declare("roles", { changes: snapshot() }),
  deal_fields: declare("deal_fields", {}),
  deal_products: declare("deal_products", {
    changes: ofChangedParents({ cursorField: "update_time" }),
    parents: perParent(["deals", "deals_archived"], "deal_id")
  }),
  deal_flow: declare("deal_flow", {
    columns: { id: c.integer, log_time: c.text },
    changes: ofChangedParents({ cursorField: "log_time", sweep: "none" }),
    parents: perParent(["deals", "deals_archived"], "deal_id")
  })
}

type Name = keyof typeof streams

const decoded = (name: Name, state: unknown): DecodedState => Result.getOrThrow(decodeState(streams[name], state))
const problem = (name: Name, state: unknown): string => {
  const result = decodeState(streams[name], state)
  if (Result.isSuccess(result)) throw new Error("the state was read")
  expect(result.failure._tag).toBe("ConfigError")
  return result.failure.message
}

describe("a plain cursor", () => {
  it.each<[string, Name, object, string]>([
    ["0.1 to 2.6", "deals", { update_time: "2017-06-01 10:10:10" }, "2017-06-01T10:10:10Z"],
    ["0.1 to 2.6", "persons", { update_time: "2017-06-01 10:10:10" }, "2017-06-01T10:10:10Z"],
    ["0.1 to 2.6", "activities", { update_time: "2017-06-01 10:10:10" }, "2017-06-01T10:10:10Z"],
    ["0.1 to 2.6", "pipelines", { update_time: "2023-06-20 03:14:34" }, "2023-06-20T03:14:34Z"],
    ["0.1 to 2.6", "stages", { update_time: "2023-06-20 03:14:34" }, "2023-06-20T03:14:34Z"],
    ["0.1 to 2.6", "users", { modified: "2023-06-20 03:14:34" }, "2023-06-20T03:14:34Z"],
    ["0.1.4 to 1.0", "organizations", { update_time: "2017-06-01 10:10:10" }, "2017-06-01T10:10:10Z"],
    ["0.1.16 to 2.6", "filters", { update_time: "2023-06-20 03:14:34" }, "2023-06-20T03:14:34Z"],
    ["0.1.16 to 2.6", "products", { update_time: "2023-06-20 03:14:34" }, "2023-06-20T03:14:34Z"],
    ["3.0 and later", "deals", { update_time: "2024-01-03T00:00:00Z" }, "2024-01-03T00:00:00Z"],
    ["3.0 and later", "deals_archived", { update_time: "2024-02-01T00:00:00Z" }, "2024-02-01T00:00:00Z"],
    ["3.0 and later", "notes", { update_time: "2024-01-05T10:00:00Z" }, "2024-01-05T10:00:00Z"],
    ["3.0 and later", "leads", { update_time: "2023-02-22T11:49:24Z" }, "2023-02-22T11:49:24Z"],
    ["0.1.16 and later", "files", { update_time: "2024-01-01 00:00:01" }, "2024-01-01T00:00:01Z"],
    ["a fraction", "deals", { update_time: "2024-01-03T00:00:00.987654Z" }, "2024-01-03T00:00:00Z"],
    ["an offset", "deals", { update_time: "2024-01-03T02:00:00+02:00" }, "2024-01-03T00:00:00Z"],
    ["a date", "deals", { update_time: "2024-01-03" }, "2024-01-03T00:00:00Z"],
    ["an older name", "users", { update_time: "2023-06-20 03:14:34" }, "2023-06-20T03:14:34Z"],
    ["the name of users", "deals", { modified: "2023-06-20 03:14:34" }, "2023-06-20T03:14:34Z"],
    ["today's name first", "users", { update_time: "2020-01-01", modified: "2021-01-01" }, "2021-01-01T00:00:00Z"],
    [
      "further keys",
      "deals",
      { update_time: "2024-01-03T00:00:00Z", id: null, x: { y: 1 }, z: [] },
      "2024-01-03T00:00:00Z"
    ],
    ["the far future", "deals", { update_time: "2217-06-26 21:20:07" }, "2217-06-26T21:20:07Z"],
    ["slices", "deals", slices(["2020-01-01", "2024-05-01", "2024-03-01T00:00:00Z"]), "2024-03-01T00:00:00Z"],
    ["slices, none read", "deals", slices(["2020-01-01", "2024-05-01"]), "2024-05-01T00:00:00Z"],
    [
      "slices apart",
      "deals",
      slices(["2022-01-01", "2024-05-01"], ["2020-01-01", "2021-01-01"]),
      "2021-01-01T00:00:00Z"
    ],
    [
      "slices beside nulls",
      "deals",
      { update_time: null, ...slices(["2020-01-01", "2024-05-01"]) },
      "2024-05-01T00:00:00Z"
    ]
  ])("%s: %s %j", (_, name, state, watermark) =>
    expect(decoded(name, state)).toEqual({ watermark: secondsOf(watermark) })
  )

  it.each<[Name, unknown]>([
    ["deals", null],
    ["deals", undefined],
    ["deals", {}],
    ["deals", { update_time: null }],
    ["deals", { update_time: "" }],
    ["deals", { update_time: "0000-00-00 00:00:00" }],
    ["deals", { update_time: null, _ab: null, slices: null }],
    ["deals", { slices: [], state_type: "date-range" }],
    ["deals", { __ab_no_cursor_state_message: true }],
    ["deals", { __ab_full_refresh_sync_complete: false }],
    ["deals", { x: 1 }],
    ["deal_fields", { update_time: "2024-01-03T00:00:00Z" }],
    ["deal_fields", { update_time: 5 }],
    ["deal_products", { states: [{ partition: { parent_id: 1 }, cursor: { __ab_full_refresh_sync_complete: true } }] }]
  ])("none: %s %j", (name, state) => expect(decoded(name, state)).toEqual({}))

  it.each<[Name, object, DecodedState]>([
    ["deals", { __ab_full_refresh_sync_complete: true }, { complete: true }],
    ["roles", { __ab_full_refresh_sync_complete: true }, { complete: true }],
    [
      "deals",
      { __ab_full_refresh_sync_complete: true, update_time: "1970-01-02" },
      { complete: true, watermark: 86_400 }
    ]
  ])("complete: %s %j", (name, state, expected) => expect(decoded(name, state)).toEqual(expected))
})

function slices(...all: ReadonlyArray<readonly [start: string, end: string, recent?: string]>): object {
  return {
    slices: all.map(([start, end, recent]) => ({
      start,
      end,
      ...(recent !== undefined && { most_recent_cursor_value: recent })
    })),
    state_type: "date-range"
  }
}

describe("our own form", () => {
  const own = { v: 1, windows: [{ since: "2024-01-01T00:00:00Z", cursor: "abc" }] }
  const extension = { v: 1, windows: [{ since: 1_704_067_200, cursor: "abc" }] }

  it.each<[Name, object, DecodedState]>([
    ["deals", { update_time: "1970-01-02T00:00:00Z", _ab: own }, { watermark: 86_400, extension }],
    ["deals", { _ab: own }, { extension }],
    ["deals", { _ab: {} }, { extension: {} }],
    ["deals", { _ab: { v: null } }, { extension: {} }],
    [
      "roles",
      { _ab_changed_at: "1970-01-02T00:00:00Z", _ab: { v: 1, rows: "x" } },
      { watermark: 86_400, extension: { v: 1 } }
    ],
    [
      "deal_flow",
      {
        log_time: "1970-01-03 00:00:00",
        use_global_cursor: true,
        state: { log_time: "1970-01-03 00:00:00" },
        parent_state: {
          deals: { update_time: "1970-01-03T00:00:00Z" },
          deals_archived: { update_time: "1970-01-04T00:00:00Z" }
        },
        _ab: own
      },
      { watermark: 172_800, parents: { deals: 172_800, deals_archived: 259_200 }, extension }
    ]
  ])("%s %j", (name, state, expected) => expect(decoded(name, state)).toEqual(expected))

  it("comes back as it was written, whatever the watermark", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(streams)),
        fc.integer({ min: 0, max: 253_402_300_799 }),
        (stream, watermark) => {
          const field = stream.changes === undefined ? undefined : (stream.changes.cursorField ?? "_ab_changed_at")
          if (field === undefined) return
          const result = Result.getOrThrow(decodeState(stream, { [field]: cursorText(stream, watermark), _ab: own }))
          expect(result).toEqual({ watermark, extension })
        }
      )
    )
  })
})

describe("deal_flow", () => {
  const flow = (state: unknown): DecodedState => decoded("deal_flow", state)
  const watermark = secondsOf("2024-03-02T10:00:00Z")
  const deals = secondsOf("2024-01-02T00:00:00Z")
  const archived = secondsOf("2024-02-01T00:00:00Z")
  const states = [
    { partition: { parent_id: 1, parent_slice: {} }, cursor: { log_time: "2024-03-02 10:00:00" } },
    { partition: { parent_id: 9, parent_slice: {} }, cursor: { log_time: "2024-02-11 08:00:00" } }
  ]
  const state = { log_time: "2024-03-02 10:00:00" }
  const parent_state = {
    deals: { update_time: "2024-01-02T00:00:00Z" },
    deals_archived: { update_time: "2024-02-01T00:00:00Z" }
  }

  it.each<[string, object, DecodedState]>([
    [
      "3.0 and later, a cursor a deal",
      { use_global_cursor: false, states, state, lookback_window: 4, parent_state },
      { watermark: watermark - 4, parents: { deals, deals_archived: archived } }
    ],
    [
      "3.0 and later, one cursor for all",
      { use_global_cursor: true, state, lookback_window: 310, parent_state },
      { watermark: watermark - 310, parents: { deals, deals_archived: archived } }
    ],
    [
      "2.6, which read no archived deals",
      {
        use_global_cursor: false,
        states,
        state,
        lookback_window: 4,
        parent_state: { deals: { update_time: "2024-01-02 00:00:00" } }
      },
      { watermark: watermark - 4, parents: { deals, deals_archived: 0 } }
    ],
    [
      "a first run that was cut among the archived deals",
      {
        use_global_cursor: false,
        states,
        parent_state: { deals: { update_time: "2024-01-02T00:00:00Z" }, deals_archived: {} }
      },
      { parents: { deals, deals_archived: 0 } }
    ],
    ["a first run that was cut early", { use_global_cursor: false, states, parent_state: {} }, {}],
    ["cursors of some deals alone", { states }, {}],
    ["a bare cursor for all", state, { watermark }],
    ["a bare cursor and its lookback", { ...state, lookback_window: "4" }, { watermark: watermark - 4 }],
    ["a lookback before all time", { ...state, lookback_window: 1e300 }, { watermark: 0 }],
    [
      "one cursor for all, parents unknown",
      { use_global_cursor: true, state, lookback_window: null, parent_state: null },
      { watermark }
    ],
    ["parents that say nothing", { state, parent_state: { deals: {}, deals_archived: null } }, { watermark }],
    ["two cursors that differ", { log_time: "2024-03-03 00:00:00", state }, { watermark }],
    ["nulls", { use_global_cursor: null, states: null, state: null, lookback_window: null, parent_state: null }, {}],
    [
      "parents in slices",
      { parent_state: { deals: slices(["2020-01-01", "2024-01-02"]), deals_archived: { update_time: "2024-02-01" } } },
      { parents: { deals, deals_archived: archived } }
    ],
    ["parents of another time", { state, parent_state: { activites: { update_time: "x" } } }, { watermark }],
    ["the far future", { log_time: "2217-06-26 21:20:07" }, { watermark: 7_809_859_207 }]
  ])("%s", (_, input, expected) => expect(flow(input)).toEqual(expected))

  it("takes such keys elsewhere for further keys", () =>
    expect(
      decoded("deals", { update_time: "2024-03-02 10:00:00", state: 1, lookback_window: "x", parent_state: 2 })
    ).toEqual({ watermark }))
})

describe("what cannot be read", () => {
  it.each<[Name, unknown, string]>([
    ["deals", "2024-01-01", "the whole is not an object"],
    ["deals", [], "the whole is not an object"],
    ["deals", { update_time: 1_704_240_000 }, "update_time is not a string"],
    ["deals", { update_time: { deals: "2024-01-01" } }, "update_time is not a string"],
    ["deals", { update_time: "soon" }, "update_time is not a date and time"],
    ["deals", { update_time: "2024-02-30 00:00:00" }, "update_time is not a date and time"],
    ["users", { modified: "01.02.2024" }, "modified is not a date and time"],
    ["deals", { slices: {} }, "slices is not a list of objects"],
    ["deals", { slices: [null] }, "slices is not a list of objects"],
    ["deals", { slices: [{ end: 5 }] }, "slices[0].end is not a string"],
    ["deals", { update_time: "2024-01-01", _ab: "x" }, "_ab is not an object"],
    ["deals", { update_time: "2024-01-01", _ab: [] }, "_ab is not an object"],
    ["deals", { update_time: "2024-01-01", _ab: { v: "1" } }, "_ab.v is not a number"],
    ["deals", { update_time: "2024-01-01", _ab: { v: 2 } }, "_ab.v is of a newer version"],
    ["deals", { _ab: { v: 1, windows: "x" } }, "_ab.windows is not a list of objects"],
    ["deals", { _ab: { v: 1, windows: [{ since: "x" }] } }, "_ab.windows[0].since is not a date and time"],
    ["deals", { _ab: { v: 1, windows: [{}, { at: 5 }] } }, "_ab.windows[1].at is not a string"],
    ["deals", { _ab: { v: 1, settle: "x" } }, "_ab.settle is not a date and time"],
    ["files", { _ab: { v: 1, at: 5, began: "2024-01-01T00:00:00Z" } }, "_ab.at is not an object"],
    ["roles", { _ab: { v: 1, hashes: [] } }, "_ab.hashes is not an object"],
    ["roles", { _ab: { v: 1, buckets: ["x"] } }, "_ab.buckets is not a string"],
    [
      "roles",
      { _ab: { v: 1, buckets: ",".repeat(4095), width: 0, from: 1 } },
      "_ab.width is not a whole number from 1 on"
    ],
    [
      "roles",
      { _ab: { v: 1, buckets: ",".repeat(4095), width: 4, from: "1" } },
      "_ab.from is not a whole number from 0 on"
    ],
    ["deal_flow", { _ab: { v: 1, parents: { deals: { buckets: 5 } } } }, "_ab.parents.deals.buckets is not a string"],
    ["roles", { _ab: { v: 1, pass: "x" } }, "_ab.pass is not a list of objects"],
    ["roles", { _ab: { v: 1, pass: [{ ids: "5,6" }] } }, "_ab.pass[0].ids is not a list of ids"],
    ["roles", { _ab: { v: 1, pass: [{ ids: 5 }] } }, "_ab.pass[0].ids is not a list of ids"],
    ["roles", { _ab: { v: 1, pass: [{}, { keys: ["7", '"a/b"'] }] } }, "_ab.pass[1].keys is not a list of keys"],
    ["roles", { _ab: { v: 1, pass: [{ keys: "7" }] } }, "_ab.pass[0].keys is not a list of keys"],
    ["roles", { _ab: { v: 1, took: "x" } }, "_ab.took is not a number"],
    [
      "deal_flow",
      { _ab: { v: 1, parents: { deals: { pass: [{ at: "x", ids: "5" }] } } } },
      "_ab.parents.deals.pass[0].at is not a date and time"
    ],
    ["deal_flow", { _ab: { v: 1, empty: [{ id: '"a/b"' }] } }, "_ab.empty[0].id is not the key of a parent"],
    [
      "deal_flow",
      { _ab: { v: 1, parents: { deals: { mark: "x" } } } },
      "_ab.parents.deals.mark is not a date and time"
    ],
    ["deal_flow", { _ab: { v: 1, parents: { deals: { windows: {} } } } }, "_ab.parents.deals.windows is not a list"],
    ["deal_flow", { state: "x" }, "state is not an object"],
    ["deal_flow", { state: { log_time: "x" } }, "state.log_time is not a date and time"],
    ["deal_flow", { log_time: "2024-01-01", lookback_window: "x" }, "lookback_window is not a number of seconds"],
    ["deal_flow", { log_time: "2024-01-01", lookback_window: " " }, "lookback_window is not a number of seconds"],
    ["deal_flow", { log_time: "2024-01-01", lookback_window: true }, "lookback_window is not a number of seconds"],
    ["deal_flow", { log_time: "2024-01-01", parent_state: "x" }, "parent_state is not an object"],
    ["deal_flow", { parent_state: { deals: "x" } }, "parent_state.deals is not an object"],
    [
      "deal_flow",
      { parent_state: { deals: { update_time: "x" } } },
      "parent_state.deals.update_time is not a date and time"
    ]
  ])("%s %j", (name, state, words) => {
    const message = problem(name, state)
    expect(message).toContain(`The state of the stream ${name} cannot be read: ${words}`)
    expect(message).toContain("Clear this stream's state")
  })
})
