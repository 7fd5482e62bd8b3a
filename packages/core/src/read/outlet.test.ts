import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as c from "../columns.ts"
import { SystemError, TransientError } from "../errors.ts"
import type { Event, JsonObject } from "../events.ts"
import { singlePage } from "../pagination.ts"
import { defineStream } from "../stream.ts"
import { bytesOf } from "../text.ts"
import { Outlet } from "./outlet.ts"
import { pick } from "./page.ts"

const stream = defineStream({
  name: "users",
  path: "v1/users",
  docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUsers",
  tokens: 20,
  scope: "users:read",
  columns: { id: c.integer },
  primaryKey: ["id"],
  paging: singlePage()
})

const rows = { bytes: bytesOf("{}{}"), spans: [0, 2, 2, 4], zeroDates: [2, 1] }

it.each([
  [[rows, rows], ["users: 6 zero dates were sent as null (0000-00-00 is no date)."]],
  [[pick(rows, (row) => row === 1)], ["users: 1 zero date was sent as null (0000-00-00 is no date)."]],
  [[{ bytes: rows.bytes, spans: rows.spans }], []]
])("a stream says once, at its end, how many zero dates were sent as null", async (pages, said) => {
  const events: Array<Event> = []
  const outlet = new Outlet(stream, "full_refresh", undefined, (event) => Effect.sync(() => void events.push(event)))
  for (const page of pages) await Effect.runPromise(outlet.records(page))
  expect(events.filter(({ _tag }) => _tag === "Log")).toEqual([])
  await Effect.runPromise(outlet.end())
  expect(events.filter(({ _tag }) => _tag !== "Records")).toEqual([
    ...said.map((message) => ({ _tag: "Log", level: "INFO", message })),
    expect.objectContaining({ _tag: "Ended", stream: "users" })
  ])
})

describe("an outlet", () => {
  const { zeroDates: _, ...two } = rows
  const NOW_MS = 1_750_000_000_000
  const made = (mode: "full_refresh" | "incremental" = "incremental", given?: JsonObject) => {
    const events: Array<Event> = []
    const outlet = new Outlet(stream, mode, given, (event) => Effect.sync(() => void events.push(event)))
    const states = () => events.flatMap((event) => (event._tag === "Checkpoint" ? [event.state] : []))
    const tags = () => events.map(({ _tag }) => _tag)
    return { events, outlet, states, tags, run: (effect: Effect.Effect<void>) => Effect.runSync(effect) }
  }

  it("emits the same checkpoint once, and again after further rows", () => {
    const { outlet, run, tags } = made()
    run(outlet.checkpoint({ a: 1 }))
    run(outlet.checkpoint({ a: 1 }))
    run(outlet.checkpoint({ a: 2 }))
    run(outlet.records({ bytes: two.bytes, spans: [] }))
    run(outlet.checkpoint({ a: 2 }))
    expect(tags()).toEqual(["Checkpoint", "Checkpoint"])
    run(outlet.records(two))
    run(outlet.checkpoint({ a: 2 }))
    expect(tags()).toEqual(["Checkpoint", "Checkpoint", "Records", "Checkpoint"])
  })

  it("emits a checkpoint on the way after each rows, and every twentieth without any", () => {
    const { outlet, run, states } = made()
    run(outlet.records(two))
    run(outlet.progress({ at: 0 }))
    for (let at = 1; at <= 40; at++) run(outlet.progress({ at }))
    run(outlet.records(two))
    run(outlet.progress({ at: 41 }))
    expect(states()).toEqual([{ at: 0 }, { at: 20 }, { at: 40 }, { at: 41 }])
  })

  it("marks the source's own part of a state in a full refresh alone", () => {
    const full = made("full_refresh")
    full.run(full.outlet.checkpoint({ a: 1, _ab: { v: 1 } }))
    full.run(full.outlet.checkpoint({ a: 1 }))
    expect(full.states()).toEqual([{ a: 1, _ab: { v: 1, full: true } }, { a: 1 }])
    const incremental = made()
    incremental.run(incremental.outlet.checkpoint({ _ab: { v: 1 } }))
    expect(incremental.states()).toEqual([{ _ab: { v: 1 } }])
  })

  it("counts rows, requests, tokens, skipped parents and seconds", async () => {
    const { events, outlet } = made()
    let nowMs = NOW_MS
    const clock = { ...Effect.runSync(Clock.clockWith(Effect.succeed)), currentTimeMillis: Effect.sync(() => nowMs) }
    const run = (effect: Effect.Effect<void>) => Effect.runSync(Effect.provideService(effect, Clock.Clock, clock))
    run(outlet.start())
    outlet.sent(10)
    outlet.sent(20)
    outlet.skipped(2)
    outlet.skipped(3)
    outlet.marks("before", "after")
    run(outlet.records(two))
    run(outlet.records(two))
    nowMs += 2500
    run(outlet.end())
    expect(events.at(-1)).toEqual({
      _tag: "Ended",
      stream: "users",
      summary: {
        rows: 4,
        requests: 2,
        tokens: 30,
        parentsSkipped: 5,
        seconds: 2.5,
        markBefore: "before",
        markAfter: "after"
      }
    })
  })

  it("repeats the given state before an error where it has emitted none, and emits nothing after its end", () => {
    const given = { update_time: "2025-01-01T00:00:00Z" }
    const error = new SystemError({ message: "odd" })
    const silent = made("incremental", given)
    silent.run(silent.outlet.end(error))
    silent.run(silent.outlet.end())
    silent.run(silent.outlet.records(two))
    silent.run(silent.outlet.checkpoint({ a: 1 }))
    expect(silent.tags()).toEqual(["Checkpoint", "Ended"])
    expect(silent.states()).toEqual([given])
    expect(silent.outlet.ended).toBe(true)

    const told = made("incremental", given)
    told.run(told.outlet.checkpoint({ a: 1 }))
    told.run(told.outlet.end(error))
    expect(told.states()).toEqual([{ a: 1 }])
    const well = made("incremental", given)
    well.run(well.outlet.end())
    expect(well.tags()).toEqual(["Ended"])
    const fresh = made()
    fresh.run(fresh.outlet.end(error))
    expect(fresh.tags()).toEqual(["Ended"])
  })

  it("tells when the daily budget is back, where an error knows", () => {
    const waits = made()
    waits.run(waits.outlet.end(new TransientError({ message: "spent", quotaResetMs: NOW_MS })))
    expect(waits.events[0]).toEqual({ _tag: "RateLimited", stream: "users", resetMs: NOW_MS })
    const other = made()
    other.run(other.outlet.end(new TransientError({ message: "lost" })))
    expect(other.tags()).toEqual(["Ended"])
  })
})
