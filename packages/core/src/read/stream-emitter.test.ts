import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as c from "../declare/columns.ts"
import { singlePage } from "../declare/pagination.ts"
import { defineStream } from "../declare/stream.ts"
import { SystemError, TransientError } from "../errors.ts"
import type { Event, JsonObject } from "../events.ts"
import { pick } from "../page/page.ts"
import { bytesOf } from "../page/text.ts"
import { StreamEmitter } from "./stream-emitter.ts"

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
  const emitter = new StreamEmitter(stream, "full_refresh", undefined, (event) =>
    Effect.sync(() => void events.push(event))
  )
  for (const page of pages) await Effect.runPromise(emitter.records(page))
  expect(events.filter(({ _tag }) => _tag === "Log")).toEqual([])
  await Effect.runPromise(emitter.end())
  expect(events.filter(({ _tag }) => _tag !== "Records")).toEqual([
    ...said.map((message) => ({ _tag: "Log", level: "INFO", message })),
    expect.objectContaining({ _tag: "Ended", stream: "users" })
  ])
})

describe("an emitter", () => {
  const { zeroDates: _, ...two } = rows
  const NOW_MS = 1_750_000_000_000
  const made = (mode: "full_refresh" | "incremental" = "incremental", given?: JsonObject) => {
    const events: Array<Event> = []
    const emitter = new StreamEmitter(stream, mode, given, (event) => Effect.sync(() => void events.push(event)))
    const states = () => events.flatMap((event) => (event._tag === "Checkpoint" ? [event.state] : []))
    const tags = () => events.map(({ _tag }) => _tag)
    return { events, emitter, states, tags, run: (effect: Effect.Effect<void>) => Effect.runSync(effect) }
  }

  it("emits the same checkpoint once, and again after further rows", () => {
    const { emitter, run, tags } = made()
    run(emitter.checkpoint({ a: 1 }))
    run(emitter.checkpoint({ a: 1 }))
    run(emitter.checkpoint({ a: 2 }))
    run(emitter.records({ bytes: two.bytes, spans: [] }))
    run(emitter.checkpoint({ a: 2 }))
    expect(tags()).toEqual(["Checkpoint", "Checkpoint"])
    run(emitter.records(two))
    run(emitter.checkpoint({ a: 2 }))
    expect(tags()).toEqual(["Checkpoint", "Checkpoint", "Records", "Checkpoint"])
  })

  it("emits a checkpoint on the way after each rows, and every twentieth without any", () => {
    const { emitter, run, states } = made()
    run(emitter.records(two))
    run(emitter.checkpointIfDue({ at: 0 }))
    for (let at = 1; at <= 40; at++) run(emitter.checkpointIfDue({ at }))
    run(emitter.records(two))
    run(emitter.checkpointIfDue({ at: 41 }))
    expect(states()).toEqual([{ at: 0 }, { at: 20 }, { at: 40 }, { at: 41 }])
  })

  it("emits a large state when the rows since the last one are as large, and at the latest before an error", () => {
    const { emitter, run, states, tags } = made()
    const rowOf = (letters: number) => {
      const bytes = bytesOf(`{"a":"${"x".repeat(letters - 8)}"}`)
      return { bytes, spans: [0, bytes.length] }
    }
    const large = (at: number) => () => ({ at, text: "x".repeat(20_000) })
    run(emitter.records(two))
    run(emitter.later(large(1)))
    run(emitter.records(rowOf(15_000)))
    run(emitter.later(large(2)))
    expect(states().map(({ at }) => at)).toEqual([1])
    run(emitter.records(rowOf(6000)))
    run(emitter.later(large(3)))
    run(emitter.records(two))
    run(emitter.later(large(4)))
    expect(states().map(({ at }) => at)).toEqual([1, 3])
    run(emitter.end(new SystemError({ message: "odd" })))
    expect(states().map(({ at }) => at)).toEqual([1, 3, 4])
    expect(tags().slice(-2)).toEqual(["Checkpoint", "Ended"])
  })

  it("emits a checkpoint that was left out on the way before an error, and no older one after a newer", () => {
    const error = new SystemError({ message: "odd" })
    const cut = made()
    cut.run(cut.emitter.checkpointIfDue({ at: 1 }))
    cut.run(cut.emitter.end(error))
    expect(cut.states()).toEqual([{ at: 1 }])
    const newer = made()
    newer.run(newer.emitter.checkpointIfDue({ at: 1 }))
    newer.run(newer.emitter.checkpoint({ at: 2 }))
    newer.run(newer.emitter.end(error))
    expect(newer.states()).toEqual([{ at: 2 }])
  })

  it("marks the source's own part of a state in a full refresh alone", () => {
    const full = made("full_refresh")
    full.run(full.emitter.checkpoint({ a: 1, _ab: { v: 1 } }))
    full.run(full.emitter.checkpoint({ a: 1 }))
    expect(full.states()).toEqual([{ a: 1, _ab: { v: 1, full: true } }, { a: 1 }])
    const incremental = made()
    incremental.run(incremental.emitter.checkpoint({ _ab: { v: 1 } }))
    expect(incremental.states()).toEqual([{ _ab: { v: 1 } }])
  })

  it("counts rows, requests, tokens, skipped parents and seconds", async () => {
    const { events, emitter } = made()
    let nowMs = NOW_MS
    const clock = { ...Effect.runSync(Clock.clockWith(Effect.succeed)), currentTimeMillis: Effect.sync(() => nowMs) }
    const run = (effect: Effect.Effect<void>) => Effect.runSync(Effect.provideService(effect, Clock.Clock, clock))
    run(emitter.start())
    emitter.sent(10)
    emitter.sent(20)
    emitter.skipped(2)
    emitter.skipped(3)
    emitter.watermarks("before", "after")
    run(emitter.records(two))
    run(emitter.records(two))
    nowMs += 2500
    run(emitter.end())
    expect(events.at(-1)).toEqual({
      _tag: "Ended",
      stream: "users",
      summary: {
        rows: 4,
        requests: 2,
        tokens: 30,
        parentsSkipped: 5,
        seconds: 2.5,
        watermarkBefore: "before",
        watermarkAfter: "after"
      }
    })
  })

  it("repeats the given state before an error where it has emitted none, and emits nothing after its end", () => {
    const given = { update_time: "2025-01-01T00:00:00Z" }
    const error = new SystemError({ message: "odd" })
    const silent = made("incremental", given)
    silent.run(silent.emitter.end(error))
    silent.run(silent.emitter.end())
    silent.run(silent.emitter.records(two))
    silent.run(silent.emitter.checkpoint({ a: 1 }))
    expect(silent.tags()).toEqual(["Checkpoint", "Ended"])
    expect(silent.states()).toEqual([given])
    expect(silent.emitter.ended).toBe(true)

    const told = made("incremental", given)
    told.run(told.emitter.checkpoint({ a: 1 }))
    told.run(told.emitter.end(error))
    expect(told.states()).toEqual([{ a: 1 }])
    const well = made("incremental", given)
    well.run(well.emitter.end())
    expect(well.tags()).toEqual(["Ended"])
    const fresh = made()
    fresh.run(fresh.emitter.end(error))
    expect(fresh.tags()).toEqual(["Ended"])
  })

  it("tells when the daily budget is back, where an error knows", () => {
    const waits = made()
    waits.run(waits.emitter.end(new TransientError({ message: "spent", quotaResetMs: NOW_MS })))
    expect(waits.events[0]).toEqual({ _tag: "RateLimited", stream: "users", resetMs: NOW_MS })
    const other = made()
    other.run(other.emitter.end(new TransientError({ message: "lost" })))
    expect(other.tags()).toEqual(["Ended"])
  })
})
