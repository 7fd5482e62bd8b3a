import {
  decodeConfig,
  defaultLimits,
  type Event,
  type JsonObject,
  type Limits,
  makeSource,
  readSource
} from "@pipedrive-source/core/reader"
import { crm } from "@pipedrive-source/crm"
import { Effect, Result } from "effect"
import { type Emulator, type FaultRule, startEmulator } from "pipedrive-emulator"
import { describe, expect, it } from "vitest"
import { makeNetwork } from "../src/fetch.ts"

/** Waits of a millisecond. Only where an answer is late or stalls it is not waited for long: machines of CI are slow. */
const limitsFor = (kind: FaultRule["kind"]): Limits => {
  const ms = kind === "slowHeaders" || kind === "stalledBody" ? 2_000 : 60_000
  return {
    ...defaultLimits,
    tries: 3,
    firstDelayMs: 1,
    longestDelayMs: 4,
    timeouts: { headersMs: ms, idleMs: ms, totalMs: 120_000 }
  }
}

/** A stream by update time, one by offset, and children. */
const victims = {
  persons: { path: "v2/persons", pages: 3 },
  files: { path: "v1/files", pages: 3 },
  note_comments: { path: /^v1\/notes\/\d+\/comments$/, pages: 20 }
} as const
type Victim = keyof typeof victims

type Fate =
  | "recovers"
  | "ConfigError"
  | "TransientError"
  | "SystemError"
  /** A parent is passed over, and so are its children. */
  | "skipped"

interface Fault {
  readonly rule: Omit<FaultRule, "path" | "from" | "times">
  /** What becomes of the stream when it happens once, and when it goes on. */
  readonly once: Fate
  readonly lasting: Fate
  /** Where children fare otherwise. */
  readonly child?: { readonly once: Fate; readonly lasting: Fate }
  /** Where it means nothing on the first page, or only to lists by cursor. */
  readonly only?: "notFirst" | "cursor"
}

const passing = (rule: Fault["rule"]): Fault => ({ rule, once: "recovers", lasting: "TransientError" })
const final = (rule: Fault["rule"], fate: Fate, child?: Fault["child"]): Fault => ({
  rule,
  once: fate,
  lasting: fate,
  ...(child !== undefined && { child })
})
const skipped = { once: "skipped", lasting: "skipped" } as const

const faults: Readonly<Record<string, Fault>> = {
  "408": passing({ kind: "status", status: 408 }),
  "500": passing({ kind: "status", status: 500 }),
  "502": passing({ kind: "status", status: 502 }),
  "503": passing({ kind: "status", status: 503 }),
  "504": passing({ kind: "status", status: 504 }),
  "a reset before the headers": passing({ kind: "resetBeforeHeaders" }),
  "a reset inside the body": passing({ kind: "resetInBody" }),
  "JSON that breaks off": passing({ kind: "truncatedJson" }),
  "a body that stalls": passing({ kind: "stalledBody" }),
  "headers that come too late": passing({ kind: "slowHeaders", delayMs: 6_000 }),
  "damaged gzip": passing({ kind: "damagedGzip" }),
  "HTML with 200": passing({ kind: "html200" }),
  "HTML with 502": passing({ kind: "html502" }),
  "a body of null": passing({ kind: "nullBody" }),
  "no body": passing({ kind: "emptyBody" }),
  "success false with 200": passing({ kind: "successFalse" }),
  "no data": passing({ kind: "missingData" }),
  "data null where rows were promised": { ...passing({ kind: "dataNull" }), only: "cursor" },
  "an API token refused": final({ kind: "unauthorized" }, "ConfigError"),
  "402": final({ kind: "status", status: 402 }, "ConfigError"),
  "403 for a scope": final({ kind: "scope403" }, "ConfigError"),
  "403 for a permission": final({ kind: "permission403" }, "ConfigError", { once: "skipped", lasting: "ConfigError" }),
  "403 of the network": final({ kind: "html403" }, "ConfigError"),
  "404": final({ kind: "notFound404" }, "SystemError", skipped),
  "410": final({ kind: "gone410" }, "SystemError", skipped),
  "414": final({ kind: "status", status: 414 }, "SystemError"),
  "415": final({ kind: "status", status: 415 }, "ConfigError"),
  "success false with an errorCode of 403": final({ kind: "successFalse", errorCode: 403 }, "ConfigError", {
    once: "skipped",
    lasting: "ConfigError"
  }),
  "the day's budget": final({ kind: "daily429" }, "TransientError"),
  "the day's budget without headers": final({ kind: "daily429Bare" }, "TransientError"),
  "a redirect to another host": final({ kind: "redirect", location: "http://127.0.0.2:9/" }, "SystemError"),
  "the same cursor again": { ...final({ kind: "repeatedCursor" }, "SystemError"), only: "cursor" },
  "rows that come again at the edge of a page": final({ kind: "repeatedRows" }, "recovers"),
  "a page of 20 MB": final({ kind: "oversizedPage" }, "recovers"),
  "no clock": final({ kind: "noDate" }, "recovers"),
  "JSON on many lines": final({ kind: "prettyJson" }, "recovers")
}

const source = Result.getOrThrow(makeSource([crm]))

/** An account of one's own: requests of a read that has ended may still be on their way to it. */
const startAccount = (): Promise<Emulator> =>
  startEmulator({
    burstLimit: 1_000_000,
    dailyTokens: 1_000_000_000,
    nullUpdateTimes: false,
    size: { persons: 1_200, files: 250, notes: 20, noteComments: 60, stages: 8 }
  })

interface Told {
  readonly rows: ReadonlySet<string>
  readonly ended: Extract<Event, { _tag: "Ended" }> | undefined
  readonly states: ReadonlyArray<JsonObject>
}

const read = async (emulator: Emulator, streams: ReadonlyArray<string>, limits: Limits) => {
  const { config } = Result.getOrThrow(
    decodeConfig({ credentials: { auth_type: "api_token", api_token: emulator.apiToken }, base_url: emulator.url })
  )
  const network = makeNetwork(4)
  const told = new Map(
    streams.map((name) => [
      name,
      { rows: new Set<string>(), states: [] as Array<JsonObject>, ended: undefined as Told["ended"] }
    ])
  )
  const words: Array<string> = []
  await Effect.runPromise(
    readSource({
      source,
      config,
      selection: streams.map((stream) => ({ stream, mode: "incremental" as const })),
      states: new Map(),
      send: network.send,
      limits,
      emit: (event) =>
        Effect.sync(() => {
          if (event._tag !== "Records") words.push(JSON.stringify(event))
          if (!("stream" in event)) return
          const stream = told.get(event.stream)
          if (event._tag === "Records") {
            for (let i = 0; i < event.rows.spans.length; i += 2) {
              const text = Buffer.from(
                event.rows.bytes.subarray(event.rows.spans[i], event.rows.spans[i + 1])
              ).toString()
              const { id, uuid } = JSON.parse(text) as { readonly id?: unknown; readonly uuid?: unknown }
              stream?.rows.add(String(uuid ?? id))
            }
          }
          if (event._tag === "Checkpoint") stream?.states.push(event.state)
          if (event._tag === "Ended" && stream !== undefined) stream.ended = event
        })
    })
  )
  network.close()
  expect(words.join("\n")).not.toContain(emulator.apiToken)
  return told
}

const truth = (emulator: Emulator, victim: Victim): number =>
  victim === "note_comments"
    ? emulator
        .ids("v1/notes")
        .map((id) => emulator.rows(`v1/notes/${id}/comments`).length)
        .reduce((sum, rows) => sum + rows, 0)
    : emulator.rows(victims[victim].path as string).length

const cells = Object.entries(faults).flatMap(([name, fault]) =>
  (Object.keys(victims) as ReadonlyArray<Victim>).flatMap((victim) =>
    (["first", "middle", "last"] as const).flatMap((place) =>
      (["once", "lasting"] as const).flatMap((how) => {
        if (fault.only === "cursor" && (victim !== "persons" || place === "first")) return []
        if (fault.rule.kind === "repeatedCursor" && place === "last") return []
        const asChild = victim === "note_comments" ? fault.child : undefined
        // Where a parent has answered before, those that refuse are passed over.
        const fate = asChild === undefined ? fault[how] : place === "first" ? asChild[how] : "skipped"
        return [[name, victim, place, how, fate, fault.rule] as const]
      })
    )
  )
)

describe("what can go wrong, at every place", () => {
  it.concurrent.each(cells)("%s: %s, %s page, %s: %s", async (_, victim, place, how, fate, rule) => {
    const { pages, path } = victims[victim]
    const from = { first: 1, middle: 2, last: pages }[place]
    const emulator = await startAccount()
    emulator.fault({ ...rule, path, from, ...(how === "once" && { times: 1 }) })
    const told = await read(emulator, [victim, "stages"], limitsFor(rule.kind))
    const whole = truth(emulator, victim)
    await emulator.close()
    const { ended, rows, states } = told.get(victim) as Told
    expect(ended).toBeDefined()
    const isHalting = rule.kind.startsWith("daily429") || rule.kind === "html403" || rule.kind === "unauthorized"
    if (!isHalting) {
      expect(told.get("stages")?.ended?.error).toBeUndefined()
      expect(told.get("stages")?.rows.size).toBe(8)
    }
    switch (fate) {
      case "recovers":
        expect(ended?.error?.message).toBeUndefined()
        expect(rows.size).toBe(whole)
        return
      case "skipped":
        expect(ended?.error?.message).toBeUndefined()
        expect(ended?.summary.parentsSkipped).toBeGreaterThan(0)
        return
      case "ConfigError":
      case "TransientError":
      case "SystemError":
        expect(ended?.error?._tag).toBe(fate)
        expect(ended?.error?.message.length).toBeGreaterThan(20)
        if (rows.size > 0 && victim === "persons") expect(states.length).toBeGreaterThan(0)
    }
  })
})
