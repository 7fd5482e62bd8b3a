import { ConfigError, type Event, type ReadError, SystemError, TransientError } from "@pipedrive-source/core/reader"
import { describe, expect, it } from "vitest"
import { type Message, messagesOf, namesOf } from "../test/messages.ts"
import { makeEncoder } from "./encoder.ts"
import type { Lines } from "./protocol.ts"

const startMs = 1_760_000_000_000

const textOf = (lines: ReadonlyArray<Lines>): string =>
  lines.map((line) => (typeof line === "string" ? line : Buffer.from(line).toString())).join("")

const started = (stream: string): Event => ({ _tag: "Started", stream })
const records = (stream: string, count: number): Event => ({
  _tag: "Records",
  stream,
  rows: { bytes: Buffer.from('{"id":1}'), spans: Array.from({ length: count }, () => [0, 8]).flat() }
})
const checkpoint = (stream: string): Event => ({ _tag: "Checkpoint", stream, state: { update_time: "2025" } })
const summary = { rows: 0, requests: 1, tokens: 10, seconds: 0.5, parentsSkipped: 0 }
const ended = (stream: string, error?: ReadError): Event => ({
  _tag: "Ended",
  stream,
  summary,
  ...(error !== undefined && { error })
})

const makeRun = (options: { debug?: boolean; redact?: (text: string) => string } = {}) => {
  let nowMs = startMs
  const encoder = makeEncoder({
    nowMs: () => nowMs,
    debug: false,
    redact: (text) => text,
    lend: Buffer.alloc,
    ...options
  })
  const messages: Array<Message> = []
  const take = (lines: ReadonlyArray<Lines>) => {
    messages.push(...messagesOf(textOf(lines)))
  }
  return {
    encoder,
    messages,
    play: (...events: ReadonlyArray<Event>) => {
      for (const event of events) take(encoder.encodeEvent(event))
    },
    finish: () => take(encoder.finish()),
    setTime: (ms: number) => {
      nowMs = ms
    },
    names: () => namesOf(messages).filter((name) => name !== "LOG INFO")
  }
}

const emittedAt = (messages: ReadonlyArray<Message>, name: string): number =>
  messages[namesOf(messages).indexOf(name)].trace.emitted_at

describe("a stream's messages", () => {
  it("stand in the order the protocol wants", () => {
    const run = makeRun()
    run.play(started("deals"), records("deals", 2), checkpoint("deals"), records("deals", 1), checkpoint("deals"))
    run.play(ended("deals"))
    run.finish()
    expect(run.names()).toEqual([
      "STARTED deals",
      "RUNNING deals",
      "RECORD deals",
      "RECORD deals",
      "STATE deals 2",
      "RECORD deals",
      "STATE deals 1",
      "COMPLETE deals"
    ])
    expect(run.encoder.hasFailed()).toBe(false)
  })

  it("say RUNNING once for an empty stream too", () => {
    const run = makeRun()
    run.play(started("deals"), records("deals", 0), checkpoint("deals"), ended("deals"))
    expect(run.names()).toEqual(["STARTED deals", "STATE deals 0", "RUNNING deals", "COMPLETE deals"])
  })

  it("count records by stream, over states of others", () => {
    const run = makeRun()
    run.play(started("deals"), started("notes"), records("deals", 2), records("notes", 3), checkpoint("notes"))
    run.play(records("deals", 1), checkpoint("deals"), checkpoint("deals"))
    expect(run.names().filter((name) => name.startsWith("STATE"))).toEqual([
      "STATE notes 3",
      "STATE deals 3",
      "STATE deals 0"
    ])
  })

  it("log what the stream took before its end", () => {
    const run = makeRun()
    run.play(started("deals"), {
      _tag: "Ended",
      stream: "deals",
      summary: { ...summary, rows: 7, parentsSkipped: 3, watermarkBefore: "2024", watermarkAfter: "2025" }
    })
    const log = run.messages.find(({ type }) => type === "LOG").log.message
    for (const part of ["deals", "7 rows", "1 requests", "10 tokens", "3 parents skipped", "2024", "2025"])
      expect(log).toContain(part)
    expect(namesOf(run.messages).at(-1)).toBe("COMPLETE deals")
  })

  it("tell of a wait for the quota", () => {
    const run = makeRun()
    run.play(started("deals"), { _tag: "RateLimited", stream: "deals", resetMs: startMs + 5000 })
    run.play(records("deals", 1))
    expect(run.names()).toEqual(["STARTED deals", "RATE_LIMITED deals", "RUNNING deals", "RECORD deals"])
  })

  it("warn of a record larger than destinations take, and send it", () => {
    const run = makeRun()
    const row = Buffer.from(`{"id":1,"text":"${"x".repeat(16_000_000)}"}`)
    run.play(started("deals"), { _tag: "Records", stream: "deals", rows: { bytes: row, spans: [0, row.length] } })
    expect(run.names()).toEqual(["STARTED deals", "RUNNING deals", "RECORD deals", "LOG WARN"])
    run.play(records("deals", 1))
    expect(run.names().filter((name) => name === "LOG WARN")).toHaveLength(1)
  })
})

describe("failures", () => {
  const transient = new TransientError({ message: "Later." })
  const config = new ConfigError({ message: "Your turn." })
  const system = new SystemError({ message: "Ours.", detail: "HTTP 400", cause: new Error("why") })

  it("that time heals are told at once, the others when all streams have ended", () => {
    const run = makeRun()
    run.play(started("roles"), started("deals"), started("notes"), started("leads"))
    run.play(ended("roles", config), ended("leads", system), ended("deals", transient))
    run.setTime(startMs + 5)
    run.play(records("notes", 1), checkpoint("notes"), ended("notes"))
    run.finish()
    expect(run.names().slice(4)).toEqual([
      "ERROR transient_error deals",
      "INCOMPLETE deals",
      "RUNNING notes",
      "RECORD notes",
      "STATE notes 1",
      "COMPLETE notes",
      "ERROR system_error leads",
      "INCOMPLETE leads",
      "ERROR config_error roles",
      "INCOMPLETE roles"
    ])
    expect(run.encoder.hasFailed()).toBe(true)
  })

  it("that time heals are the earliest, even where the clock stands still or goes back", () => {
    const run = makeRun()
    run.play(started("roles"), started("deals"), ended("roles", config), ended("deals", transient))
    run.setTime(startMs - 60_000)
    run.finish()
    expect(emittedAt(run.messages, "ERROR config_error roles")).toBeGreaterThan(
      emittedAt(run.messages, "ERROR transient_error deals")
    )
  })

  it("carry the stack in the internal message alone", () => {
    const run = makeRun()
    run.play(started("leads"), ended("leads", system))
    run.finish()
    const { error } = run.messages.find(({ trace }) => trace?.type === "ERROR").trace
    expect(error.message).toBe("Ours.")
    expect(error.internal_message).toContain("HTTP 400\nError: why\n    at ")
  })

  it("name no secret", () => {
    const run = makeRun({ redact: (text) => text.replaceAll("geheim", "****") })
    const words = { message: "geheim 1", detail: "geheim 2", cause: new Error("geheim 3") }
    run.play(started("deals"), ended("deals", new TransientError(words)))
    run.play({ _tag: "Log", level: "WARN", message: "geheim 4" })
    expect(JSON.stringify(run.messages)).not.toContain("geheim")
    expect(JSON.stringify(run.messages).split("****")).toHaveLength(5)
  })

  it("of a stream that never started end it all the same", () => {
    const run = makeRun()
    run.play(ended("deals", config))
    run.encoder.hold(new ConfigError({ message: "Unknown." }), "elsewhere")
    run.finish()
    run.finish()
    expect(run.names()).toEqual([
      "ERROR config_error deals",
      "INCOMPLETE deals",
      "ERROR config_error elsewhere",
      "INCOMPLETE elsewhere"
    ])
  })

  it("of the whole run leave no stream without an end", () => {
    const run = makeRun()
    run.play(started("deals"), records("deals", 1), started("roles"), ended("roles", config), started("notes"))
    run.play(ended("notes"))
    run.finish()
    run.finish()
    expect(run.names().slice(-3)).toEqual(["INCOMPLETE deals", "ERROR config_error roles", "INCOMPLETE roles"])
  })
})

it("debug lines are printed when asked for", () => {
  const event: Event = { _tag: "Log", level: "DEBUG", message: "detail" }
  expect(makeRun().encoder.encodeEvent(event)).toEqual([])
  expect(namesOf(messagesOf(textOf(makeRun({ debug: true }).encoder.encodeEvent(event))))).toEqual(["LOG DEBUG"])
})
