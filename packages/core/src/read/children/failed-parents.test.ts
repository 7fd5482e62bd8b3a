import { Clock, Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { jumpingClock } from "../../../test/clock.ts"
import { networkOf, type Said, tokenConfig } from "../../../test/port.ts"
import { ofChangedParents, since } from "../../declare/changes.ts"
import * as columns from "../../declare/columns.ts"
import { cursorPages, offsetPages } from "../../declare/pagination.ts"
import { perParent } from "../../declare/parents.ts"
import { definePlugin } from "../../declare/plugin.ts"
import { defineStream } from "../../declare/stream.ts"
import { SystemError, TransientError } from "../../errors.ts"
import type { Event, JsonObject } from "../../events.ts"
import { defaultRetryPolicy } from "../../http/retry.ts"
import { textOf } from "../../page/text.ts"
import { makeSource } from "../../source.ts"
import { zonedText } from "../../state/cursor.ts"
import { readSource } from "../read-source.ts"
import { FailedParents } from "./failed-parents.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"

const deals = defineStream({
  name: "deals",
  path: "v2/deals",
  docs,
  tokens: 10,
  scope: "deals:read",
  columns: { id: columns.integer, update_time: columns.timestamp },
  primaryKey: ["id"],
  paging: cursorPages(),
  query: { sort_by: "update_time", sort_direction: "asc" },
  changes: since("update_time")
})

const dealFlow = defineStream({
  name: "deal_flow",
  path: "v1/deals/{id}/flow",
  docs,
  tokens: 40,
  scope: "recents:read",
  columns: { id: columns.integer, item_id: columns.integer, log_time: columns.text },
  primaryKey: ["id"],
  paging: offsetPages(),
  unwrap: "alone",
  changes: ofChangedParents({ cursorField: "log_time", sweep: "none" }),
  parents: perParent("deals", "item_id")
})

const source = Result.getOrThrow(makeSource([definePlugin({ name: "test", streams: [deals, dealFlow] })]))

const NOW_MS = Date.UTC(2026, 0, 2)
const DEAL_TIME = NOW_MS / 1000 - 86_400

interface Ran {
  readonly rows: ReadonlyArray<JsonObject>
  readonly lines: ReadonlyArray<string>
  readonly error: { readonly _tag: string; readonly message: string } | undefined
  readonly logs: ReadonlyArray<string>
  /** Flows that were asked for, a try each. */
  readonly asked: ReadonlyArray<string>
  readonly stops: ReadonlyArray<Stop>
}

/** A checkpoint, and how many rows came before it. */
interface Stop {
  readonly state: JsonObject
  readonly rows: number
}

const page = (entries: ReadonlyArray<object>) => ({
  success: true,
  data: entries,
  additional_data: { pagination: { start: 0, limit: 100, more_items_in_collection: false } }
})

const flowOf = (id: string): Said => ({
  body: page([{ object: "dealChange", timestamp: "2026-01-01 00:00:00", data: { id: Number(id) * 10, item_id: id } }])
})

/** An account whose deals can be edited, and whose answers for a deal's flow a test may replace. */
const company = (ids: ReadonlyArray<unknown>) => {
  const times = new Map(ids.map((id, at) => [id, DEAL_TIME + at]))
  let nowMs = NOW_MS
  let state: JsonObject | undefined
  const says = new Map<string, (number: number) => Said>()
  const clock = jumpingClock(
    () => nowMs,
    (ms) => {
      nowMs += ms
    }
  )

  const read = async (retryPolicy = {}, mode: "incremental" | "full_refresh" = "incremental"): Promise<Ran> => {
    nowMs += 3_600_000
    const events: Array<Event> = []
    const asked: Array<string> = []
    const network = networkOf(({ url }) => {
      const { pathname, searchParams } = new URL(url)
      const headers = {
        date: new Date(nowMs).toUTCString(),
        "x-ratelimit-limit": "100000",
        "x-ratelimit-remaining": "100000"
      }
      const flow = /^\/(?:api\/)?v1\/deals\/(.*)\/flow$/.exec(pathname)?.[1]
      if (flow !== undefined) {
        asked.push(flow)
        const said = says.get(flow)?.(asked.length) ?? flowOf(flow)
        return { ...said, headers: said.status === 429 ? {} : headers }
      }
      const me = pathname.endsWith("/users/me") ? says.get("users/me")?.(asked.length) : undefined
      if (me !== undefined) return me
      const from = searchParams.get("updated_since")
      const data = [...times]
        .filter(([, time]) => from === null || zonedText(time) >= from)
        .sort((a, b) => a[1] - b[1])
        .map(([id, time]) => ({ id, update_time: zonedText(time) }))
      return { headers, body: { success: true, data, additional_data: { next_cursor: null } } }
    })
    await Effect.runPromise(
      readSource({
        source,
        config: tokenConfig(),
        selection: [{ stream: "deal_flow", mode }],
        states: new Map(state === undefined ? [] : [["deal_flow", state]]),
        send: network.send,
        retryPolicy: { ...defaultRetryPolicy, ...retryPolicy },
        emit: (event) => Effect.sync(() => void events.push(event))
      }).pipe(Effect.provideService(Clock.Clock, clock))
    )
    const lines = events.flatMap((event) =>
      event._tag === "Records"
        ? Array.from({ length: event.rows.spans.length / 2 }, (_, row) => {
            const own = textOf(event.rows.bytes.subarray(event.rows.spans[2 * row], event.rows.spans[2 * row + 1]))
            const added = event.rows.added?.[row] ?? ""
            return added === "" ? own : `${own.slice(0, -1)},${added}}`
          })
        : []
    )
    const stops: Array<Stop> = []
    let records = 0
    for (const event of events) {
      if (event._tag === "Records") records += event.rows.spans.length / 2
      if (event._tag !== "Checkpoint") continue
      state = JSON.parse(JSON.stringify(event.state)) as JsonObject
      stops.push({ state, rows: records })
    }
    return {
      rows: lines.map((line) => JSON.parse(line)),
      lines,
      error: events.flatMap((event) => (event._tag === "Ended" ? [event.error] : []))[0],
      logs: events.flatMap((event) => (event._tag === "Log" && event.level === "WARN" ? [event.message] : [])),
      asked,
      stops
    }
  }
  return {
    read,
    edit: (id: unknown) => times.set(id, Math.floor(nowMs / 1000) + 60),
    say: (id: unknown, said: Said | ((number: number) => Said)) =>
      says.set(String(id), typeof said === "function" ? said : () => said),
    heal: () => says.clear(),
    get own(): JsonObject {
      return (state?.["_ab"] ?? {}) as JsonObject
    },
    given: (other: JsonObject) => {
      state = other
    }
  }
}

const tenDeals = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
const nullBody: Said = { body: "null" }
const idsOf = ({ rows }: Ran) => rows.map(({ id }) => Number(id) / 10).sort((a, b) => a - b)

it.each([
  ["a body of null", nullBody, "4 after 10 tries (a body of null)"],
  ["504", { status: 504, body: "<html>" }, "4 after 10 tries (504: an HTML page)"],
  ["broken JSON", { body: '{"success":true,"data":[{' }, "4 after 10 tries (an answer that is no whole JSON)"],
  ["400", { status: 400, body: { success: false, error: "no" } }, "4 (400: no). All other parents have been read"]
])("reads all others where one deal's flow answers %s, and asks for it again", async (_, said, words) => {
  const account = company(tenDeals)
  const { read, say, heal } = account
  say(4, said)
  const first = await read()
  expect(idsOf(first)).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10])
  expect(first.error?._tag).toBe(words.includes("tries") ? "TransientError" : "SystemError")
  expect(first.error?.message).toContain("deal_flow is not complete")
  expect(first.error?.message).toContain("1 parent: 4 ")
  expect(first.error?.message).toContain(words)
  expect(account.own["failed"]).toMatchObject([{ id: "4" }])
  const second = await read()
  expect(idsOf(second)).not.toContain(4)
  expect(second.error?.message).toContain("1 parent: 4 ")
  expect(second.asked.filter((id) => id === "4").length).toBeLessThanOrEqual(2)
  expect(second.asked).not.toContain("5")
  heal()
  const third = await read()
  expect([idsOf(third), third.error]).toEqual([[4], undefined])
  expect(account.own["failed"]).toBeUndefined()
  expect((await read()).asked).not.toContain("4")
})

it("says in a few words of a parent whose list does not advance what it answered", async () => {
  const { read, say } = company(tenDeals)
  const { body } = flowOf("4")
  say(4, { body: { ...(body as object), additional_data: { pagination: { more_items_in_collection: true } } } })
  const { rows, error, asked } = await read()
  expect(new Set(rows.map(({ id }) => id)).size).toBe(10)
  expect(asked.filter((id) => id === "4").length).toBeLessThanOrEqual(5)
  expect(error?._tag).toBe("SystemError")
  expect(error?.message).toMatch(/1 parent: 4 \([^().]*, so its list does not advance\)\. All other parents/)
})

it("loses nothing wherever a run with an unreadable parent is stopped", async () => {
  const ids = Array.from({ length: 40 }, (_, at) => at + 1)
  const account = company(ids)
  for (const id of [4, 17]) account.say(id, { status: 500 })
  const { rows, stops } = await account.read()
  account.heal()
  expect(stops.length).toBeGreaterThan(5)
  for (const stop of stops) {
    account.given(stop.state)
    const rest = await account.read()
    expect(rest.error).toBeUndefined()
    const before = rows.slice(0, stop.rows).map(({ id }) => Number(id) / 10)
    expect(new Set([...before, ...idsOf(rest)])).toEqual(new Set(ids))
  }
})

it("goes on with a full refresh that lacks a parent, and completes it", async () => {
  const account = company(tenDeals)
  account.say(4, nullBody)
  const first = await account.read({}, "full_refresh")
  expect([first.error?._tag, first.rows.length]).toEqual(["TransientError", 9])
  account.heal()
  const second = await account.read({}, "full_refresh")
  expect([second.error, idsOf(second)]).toEqual([undefined, [4]])
  expect(second.stops.at(-1)?.state).toEqual({ __ab_full_refresh_sync_complete: true })
})

it("takes null for no rows after three runs in which nothing else failed, and says so", async () => {
  const account = company(tenDeals)
  const { read, say, heal, edit } = account
  say(4, nullBody)
  for (let run = 1; run <= 3; run++) expect((await read()).error?._tag).toBe("TransientError")
  const fourth = await read()
  expect(fourth.error).toBeUndefined()
  expect(fourth.logs).toEqual([expect.stringMatching(/deal_flow: 1 parent \(4\) answered with a body of null/)])
  expect(account.own["failed"]).toBeUndefined()
  expect((await read()).asked).not.toContain("4")
  edit(4)
  const changed = await read()
  expect([changed.error, changed.logs.length, changed.asked.filter((id) => id === "4").length]).toEqual([
    undefined,
    1,
    2
  ])
  heal()
  edit(4)
  expect(idsOf(await read())).toEqual([4])
  expect(account.own["empty"]).toBeUndefined()
})

it("does not take null for no rows while another parent fails, nor an answer that is not null", async () => {
  const { read, say } = company(tenDeals)
  say(4, nullBody)
  say(7, { status: 504 })
  for (let run = 1; run <= 6; run++) {
    const { error } = await read()
    expect(error?.message).toContain("2 parents: ")
    expect(error?.message).toMatch(/4 after \d+ tries \(a body of null\)/)
    expect(error?.message).toMatch(/7 after \d+ tries \(504/)
  }
})

it("does not take null for no rows where it came in some of a run's tries alone", async () => {
  const { read, say } = company(tenDeals)
  say(4, (number) => (number % 2 === 0 ? nullBody : { status: 500 }))
  for (let run = 1; run <= 5; run++) expect((await read()).error?.message).toContain(" 1 parent: 4 ")
})

it("stops at ten parents in a row that fail, and keeps what it was given", async () => {
  const account = company(Array.from({ length: 30 }, (_, at) => at + 1))
  const { read, say, heal } = account
  for (let id = 11; id <= 30; id++) say(id, nullBody)
  const first = await read()
  expect(first.error?._tag).toBe("TransientError")
  expect(first.error?.message).toMatch(/no usable answer for deal_flow after 10 tries \(a body of null\)/)
  expect(new Set(first.asked).size).toBeLessThan(24)
  heal()
  const rest = await read()
  expect(rest.error).toBeUndefined()
  expect(new Set([...idsOf(first), ...idsOf(rest)]).size).toBe(30)
  expect(account.own["failed"]).toBeUndefined()
})

it("reads on past any number of parents known to fail, and asks for the rest of them in the next run", async () => {
  const ids = Array.from({ length: 36 }, (_, at) => at + 1)
  const account = company(ids)
  const { read, say, heal, edit } = account
  // Every third, so that never ten in a row fail.
  const bad = ids.filter((id) => id % 3 === 0)
  for (const id of bad) say(id, { status: 500 })
  const first = await read()
  expect(first.error?.message).toMatch(/12 parents: .* and 7 more\./)
  edit(1)
  const second = await read()
  expect(second.rows).toContainEqual(expect.objectContaining({ id: 10 }))
  const again = new Set(second.asked.filter((id) => bad.includes(Number(id))))
  const third = await read()
  for (const id of bad.map(String).filter((each) => !again.has(each))) expect(third.asked).toContain(id)
  heal()
  const last = await read()
  expect(last.error).toBeUndefined()
  expect(idsOf(last)).toEqual(bad)
  expect(account.own["failed"]).toBeUndefined()
})

it("keeps a hundred failed parents, and leaves the watermark where more fail", async () => {
  const ids = Array.from({ length: 303 }, (_, at) => at + 1)
  const account = company(ids)
  const { read, say, heal } = account
  for (const id of ids) if (id % 3 === 0) say(id, { status: 500 })
  const first = await read({ tries: 1 })
  expect(first.error?.message).toContain("101 parents: ")
  expect(first.error?.message).toContain("more than the 100")
  expect((account.own["failed"] as ReadonlyArray<unknown> | undefined)?.length ?? 0).toBeLessThanOrEqual(100)
  heal()
  const rest = await read()
  expect(rest.error).toBeUndefined()
  expect(new Set([...idsOf(first), ...idsOf(rest)])).toEqual(new Set(ids))
})

it("goes on with the watermark where just a hundred fail", async () => {
  const ids = Array.from({ length: 300 }, (_, at) => at + 1)
  const account = company(ids)
  const { read, say } = account
  for (const id of ids) if (id % 3 === 0) say(id, { status: 500 })
  const first = await read({ tries: 1 })
  expect(first.error?.message).toContain("100 parents: ")
  expect(first.error?.message).not.toContain("more than the 100")
  expect(account.own["failed"]).toHaveLength(100)
  const second = await read({ tries: 1 })
  expect(second.asked.filter((id) => Number(id) % 3 !== 0)).toEqual([])
})

it.each([
  ["the day's budget", { status: 429, body: { error: "daily request budget exceeded" } }],
  ["credentials", { status: 401, body: { error: "unauthorized access" } }],
  ["a burst limit that does not clear", { status: 429, body: { error: "request over limit" } }]
])("does not take %s for a parent's failure", async (_, said) => {
  const account = company(tenDeals)
  const { read, say } = account
  for (const asked of [...tenDeals.slice(3), "users/me"]) say(asked, said)
  const { error } = await read()
  expect(error?.message).toMatch(/daily API budget|Authorize|API token|request over limit/)
  expect(error?.message).not.toContain("is not complete")
  expect(account.own["failed"]).toBeUndefined()
})

it.each([
  ["1.5", 1.5],
  ["true", true],
  ["a dot", "."],
  ["two dots", ".."],
  ["empty", ""],
  ["two segments", "a/b"],
  ["two dots, encoded", "%2e%2e"],
  ["an object", { id: 1 }],
  ["half a surrogate pair", "\ud800"],
  ["a line break", "a\nb"],
  ["200 KB long", "x".repeat(200_000)]
])("refuses a parent whose key is %s before it asks for anything", async (_, id) => {
  const { read } = company([id])
  const { asked, error, rows } = await read()
  expect([asked, rows]).toEqual([[], []])
  expect(error?._tag).toBe("SystemError")
  expect(error?.message).toMatch(/^Stopped at deal_flow: a row of deals has a key that cannot be asked for/)
  expect(error?.message.length).toBeLessThan(400)
})

it("counts wrapped rows without data and says so once", async () => {
  const { read, say } = company([1, 2])
  const entry = { object: "dealChange", timestamp: "2026-01-01 00:00:00" }
  say(1, { body: page([{ ...entry, data: null }, { ...entry, data: { id: 10 } }, entry]) })
  const { error, logs, rows } = await read()
  expect(error).toBeUndefined()
  expect(rows.length).toBe(2)
  expect(logs).toEqual(["deal_flow: 2 rows came without data and were left out."])
})

it.each([
  [[{ id: "1.5" }], "_ab.failed[0].id is not the key of a parent"],
  [[{ id: '".."' }], "_ab.failed[0].id is not the key of a parent"],
  [[{ id: 4 }], "_ab.failed[0].id is not the key of a parent"],
  [{ id: "4" }, "_ab.failed is not a list of objects"],
  [[{ id: "4", null_runs: "3" }], "_ab.failed[0].null_runs is not a number"]
])("refuses a state whose failed parents are %j", async (failed, words) => {
  const { read, given } = company([1])
  given({ log_time: "2026-01-01 00:00:00", _ab: { v: 1, failed } })
  const { asked, error } = await read()
  expect([asked, error?._tag]).toEqual([[], "ConfigError"])
  expect(error?.message).toContain(`The state of the stream deal_flow cannot be read: ${words}`)
})

describe("what is known of parents that could not be read", () => {
  const NOON = Date.UTC(2026, 0, 10, 12)
  const parent = (id: number) => ({ key: String(id), ask: String(id) })
  const failure = (isNull = false) =>
    new TransientError({ message: "no answer", unanswered: { tries: 1, why: "500", isNull } })
  const keys = (parents: ReadonlyArray<{ readonly key: string }>) => parents.map(({ key }) => key)

  it("comes back from a state as it was kept, the stream that failed where it is another", () => {
    const kept = {
      failed: [
        { id: "1" },
        { id: '"a b"', of: "mails", start: "2026-01-01", end: "2026-01-05", period: "2026-01-01/2026-01-05" },
        { id: "2", null_runs: 2 }
      ],
      empty: [{ id: "3" }, { id: "4", of: "mails" }]
    }
    const parents = new FailedParents("flow", kept)
    expect(parents.toState()).toEqual(kept)
    expect([parents.any, parents.hasEmpty, parents.overflows]).toEqual([true, true, false])
    expect(parents.due("mails", NOON)).toEqual([
      { key: '"a b"', ask: "a b", start: "2026-01-01", end: "2026-01-05", period: "2026-01-01/2026-01-05" }
    ])
    expect(keys(parents.due("flow", NOON))).toEqual(["1", "2"])
    expect([parents.keys("flow"), parents.keys("mails")]).toEqual([["1", "2"], ['"a b"']])
    const none = new FailedParents("flow", {})
    expect([none.toState(), none.any, none.hasEmpty, none.error]).toEqual([{}, false, false, undefined])
  })

  it("puts parents known to fail into requests of their own, and leaves out what has failed already", () => {
    const parents = new FailedParents("flow", { failed: [{ id: "2" }], empty: [{ id: "5" }] })
    parents.fail("flow", parent(4), failure())
    const batches = parents.batches("flow", [1, 2, 3, 4, 5, 6].map(parent), 2)
    expect(batches.map(({ batch, few }) => [few, keys(batch)])).toEqual([
      [true, ["2"]],
      [true, ["5"]],
      [false, ["1", "3"]],
      [false, ["6"]]
    ])
    expect(parents.batches("mails", [parent(4)], 2).map(({ few }) => few)).toEqual([false])
    expect(keys(parents.due("flow", NOON))).toEqual(["2"])
  })

  it("ends the stream with the first of ten failures in a row, answers of other parents apart", () => {
    const first = failure()
    const parents = new FailedParents("flow", {})
    for (let id = 1; id <= 9; id++) expect(parents.fail("flow", parent(id), failure())).toBeUndefined()
    parents.answered("flow", [parent(20)])
    expect(parents.inRow).toBe(false)
    expect(parents.fail("flow", parent(10), first)).toBeUndefined()
    expect(parents.inRow).toBe(true)
    for (let id = 11; id <= 18; id++) expect(parents.fail("flow", parent(id), failure())).toBeUndefined()
    expect(parents.stopped).toBeUndefined()
    expect(parents.fail("flow", parent(19), failure())).toBe(first)
    expect(parents.stopped).toBe(first)
    expect(parents.stop(failure())).toBe(first)
  })

  it("gives up asking again after ten failures in a row, without an error", () => {
    const parents = new FailedParents("flow", {})
    parents.retry(true)
    for (let id = 1; id <= 9; id++) expect(parents.fail("flow", parent(id), failure())).toBeUndefined()
    expect(parents.retriesFail).toBe(false)
    expect(parents.fail("flow", parent(10), failure())).toBeUndefined()
    expect([parents.retriesFail, parents.stopped]).toEqual([true, undefined])
    parents.retry(false)
    expect([parents.retriesFail, parents.inRow]).toEqual([false, false])
  })

  it("moves what fails again behind the others", () => {
    const parents = new FailedParents("flow", { failed: [{ id: "1" }, { id: "2" }] })
    parents.retry(true)
    parents.fail("flow", parent(1), failure())
    expect(parents.keys("flow")).toEqual(["2", "1"])
    parents.answered("flow", [parent(2)])
    expect(parents.keys("flow")).toEqual(["1"])
  })

  it("counts runs in which a parent answered null and nothing else failed; after three that is no rows", () => {
    const run = (before: object, fail: (parents: FailedParents) => void) => {
      const parents = new FailedParents("flow", before)
      fail(parents)
      parents.finish()
      return { ...parents.toState(), warning: parents.warning }
    }
    const isNull = (parents: FailedParents) => void parents.fail("flow", parent(1), failure(true))
    const kept = (null_runs: number) => ({ failed: [{ id: "1", null_runs }] })
    expect(run({}, isNull)).toEqual(kept(1))
    expect(run(kept(2), isNull)).toEqual(kept(3))
    expect(run(kept(3), isNull)).toMatchObject({
      empty: [{ id: "1" }],
      warning: expect.stringContaining("1 parent (1)")
    })
    expect(run({ empty: [{ id: "1" }] }, isNull)).toMatchObject({ empty: [{ id: "1" }] })
    expect(run(kept(2), (parents) => void parents.fail("flow", parent(1), failure()))).toEqual({
      failed: [{ id: "1" }]
    })
    const both = (more: (parents: FailedParents) => void) => (parents: FailedParents) => {
      isNull(parents)
      more(parents)
    }
    const other = (parents: FailedParents) => void parents.fail("flow", parent(2), failure())
    expect(run(kept(2), both(other))).toEqual({ failed: [{ id: "1", null_runs: 2 }, { id: "2" }] })
    const otherNull = (parents: FailedParents) => void parents.fail("flow", parent(2), failure(true))
    expect(run(kept(2), both(otherNull))).toEqual({ failed: [{ id: "1", null_runs: 2 }, { id: "2" }] })
    const otherNullOnceAnswered = (parents: FailedParents) => {
      otherNull(parents)
      parents.answered("flow", [parent(9)])
    }
    expect(run(kept(1), both(otherNullOnceAnswered))).toEqual({
      failed: [
        { id: "1", null_runs: 2 },
        { id: "2", null_runs: 1 }
      ]
    })
  })

  it("forgets the oldest of more than a hundred parents without rows", () => {
    const empty = Array.from({ length: 100 }, (_, at) => ({ id: String(at + 1) }))
    const parents = new FailedParents("flow", { empty, failed: [{ id: "500", null_runs: 3 }] })
    parents.fail("flow", parent(7), failure(true))
    expect(parents.toState().empty).toHaveLength(100)
    parents.fail("flow", parent(500), failure(true))
    const left = parents.toState().empty?.map(({ id }) => id)
    expect(left).toHaveLength(100)
    expect(left).not.toContain("1")
    expect(left?.slice(-2)).toEqual(["7", "500"])
  })

  it("keeps of a parent that nothing can be asked for its key, and says why", () => {
    const parents = new FailedParents("flow", {})
    parents.cannotAsk("flow", { ...parent(4), start: "soon" }, "start is no date: soon")
    expect(parents.toState()).toEqual({ failed: [{ id: "4" }] })
    expect(parents.error).toBeInstanceOf(SystemError)
    expect(parents.error?.message).toContain("1 parent: 4 (start is no date: soon)")
    expect(parents.inRow).toBe(false)
  })
})
