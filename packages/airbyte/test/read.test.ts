import type { Emulator } from "pipedrive-emulator"
import { describe, expect, it, vi } from "vitest"
import { configOf, startApi, startSilence } from "./api.ts"
import { catalogOf, makeFolder, run, start } from "./command.ts"
import { errorsOf, messagesOf, namesOf } from "./messages.ts"

describe("read", () => {
  const read = async (api: Emulator, catalog: unknown, state?: unknown) => {
    const { write, plugin } = makeFolder()
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalog)]
    const stateFile = state === undefined ? [] : ["--state", write("s", state)]
    const ending = await run(["read", ...files, ...stateFile, ...plugin])
    expect(ending.stderr).toBe("")
    return { ...ending, messages: messagesOf(ending.stdout) }
  }

  it("prints the rows as the API sends them, states after the records they cover, and every stream's end", async () => {
    const api = await startApi({ size: { deals: 1200 } })
    const { code, messages } = await read(api, catalogOf("deals", "deal_fields"))
    expect(code).toBe(0)
    const records = messages.filter(({ record }) => record?.stream === "deals")
    const ids = new Set(records.map(({ record }) => record.data.id))
    expect([...ids].sort((a, b) => a - b)).toEqual(api.ids("v2/deals").sort((a, b) => Number(a) - Number(b)))
    for (const stream of ["deals", "deal_fields"]) {
      const names = namesOf(messages).filter((name) => name.split(" ")[1] === stream)
      expect(names.slice(0, 2)).toEqual([`STARTED ${stream}`, `RUNNING ${stream}`])
      expect(names.at(-1)).toBe(`COMPLETE ${stream}`)
      expect(names.at(-2)).toMatch(/^STATE /)
      const counted = names.filter((name) => name.startsWith("STATE")).map((name) => Number(name.split(" ")[2]))
      expect(counted.reduce((sum, count) => sum + count, 0)).toBe(
        names.filter((name) => name.startsWith("RECORD")).length
      )
    }
  })

  it("goes on from the last states", async () => {
    const api = await startApi({ size: { deals: 1200 } })
    const first = await read(api, catalogOf("deals"))
    const state = first.messages.flatMap((message) => (message.type === "STATE" ? [message.state] : [])).slice(-1)
    const second = await read(api, catalogOf("deals"), state)
    expect(second.code).toBe(0)
    const count = ({ messages }: typeof first) => messages.filter(({ type }) => type === "RECORD").length
    expect(count(second)).toBeLessThan(count(first) / 2)
    expect(namesOf(second.messages).some((name) => name.startsWith("STATE deals"))).toBe(true)
  })

  it.each([
    [
      { typo: { update_time: "2026-01-01T00:00:00Z" } },
      /^The state is for streams that this source does not have \(typo\): /
    ],
    [{ deals: { updated_at: "2026-01-01" } }, /^deals: its state holds nothing this source knows \(updated_at\): /]
  ])("warns of a state that means nothing here: %j", async (state, words) => {
    const { code, messages } = await read(await startApi({ size: { deals: 3 } }), catalogOf("deals"), state)
    const warnings = messages.flatMap(({ log }) => (log?.level === "WARN" ? [log.message] : []))
    expect(code).toBe(0)
    expect(warnings).toEqual([expect.stringMatching(words)])
  })

  it("reads the other streams where the catalog names one that is not there, and fails at the end", async () => {
    const { code, messages } = await read(
      await startApi(),
      catalogOf("nothing", "deal_fields full_refresh", "note_comments")
    )
    expect(code).toBe(1)
    const names = namesOf(messages)
    expect(names).toContain("COMPLETE deal_fields")
    expect(names.slice(-4)).toEqual([
      "ERROR config_error nothing",
      "INCOMPLETE nothing",
      "ERROR config_error note_comments",
      "INCOMPLETE note_comments"
    ])
    const [unknown, orphan] = errorsOf(messages)
    expect(unknown.message).toContain('"nothing"')
    expect(orphan.message).toContain("@pipedrive-source/crm")
  })

  it("tells of a failure that no retry heals when the other streams have ended", async () => {
    const api = await startApi()
    api.fault({ kind: "permission403", path: "v1/dealFields" })
    const { code, messages } = await read(api, catalogOf("deal_fields", "deals"))
    expect(code).toBe(1)
    const names = namesOf(messages)
    expect(names.indexOf("COMPLETE deals")).toBeGreaterThan(0)
    expect(names.slice(-2)).toEqual(["ERROR config_error deal_fields", "INCOMPLETE deal_fields"])
  })

  it("refuses files it cannot understand, before any request", async () => {
    const good = catalogOf("deals")
    const cases: ReadonlyArray<[unknown, unknown?]> = [
      ["no JSON"],
      [[]],
      [{ streams: [] }],
      [catalogOf("deals INVALID")],
      [catalogOf("nothing INVALID")],
      [catalogOf("deals", "deals")],
      [good, "no JSON"],
      [good, "7"],
      [good, ["deals"]]
    ]
    const api = await startApi()
    for (const [catalog, state] of cases) {
      const { code, messages } = await read(api, catalog, state)
      expect(code).toBe(1)
      expect(namesOf(messages)).toEqual(["ERROR config_error"])
      expect(api.requests).toHaveLength(0)
    }
  })

  it("ends quietly when nobody reads on", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi({ size: { deals: 20_000 } })
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    const { child, printed, ending } = start(["read", ...files, ...plugin])
    await printed('"RECORD"')
    child.stdout?.destroy()
    const { code, signal, stderr } = await ending
    expect([code, signal, stderr]).toEqual([0, null, ""])
    expect(api.requests.length).toBeLessThan(40)
  })
})

describe("an unexpected error", () => {
  it("ends the run with an error, its stack in the internal message alone, and every stream's end", async () => {
    const { write, plugin } = makeFolder()
    const { config } = await startSilence()
    const stray = write(
      "stray.mjs",
      "export const stray = { name: 'stray', core: 0, streams: [] }\nsetTimeout(() => { throw new Error('stray') })"
    )
    const files = ["--config", write("c", config), "--catalog", write("k", catalogOf("deals"))]
    const { code, stdout, stderr } = await run(["read", ...files, ...plugin, "--plugin", stray])
    expect([code, stderr]).toEqual([1, ""])
    const messages = messagesOf(stdout)
    expect(namesOf(messages)).toEqual(["STARTED deals", "ERROR system_error", "INCOMPLETE deals"])
    const [error] = errorsOf(messages)
    expect(error.message).not.toContain("stray")
    expect(error.internal_message).toMatch(/^Error: stray\n {4}at /)
  })
})

describe("a signal", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "%s ends a read that waits, by itself, with every stream's end told",
    async (signal) => {
      const { write, plugin } = makeFolder()
      const { config, request } = await startSilence()
      const files = [
        "--config",
        write("c", config),
        "--catalog",
        write("k", catalogOf("deals", "deal_fields", "nothing"))
      ]
      const { child, ending } = start(["read", ...files, ...plugin])
      await request
      child.kill(signal)
      const end = await ending
      expect([end.code, end.signal, end.stderr]).toEqual([null, signal, ""])
      const names = namesOf(messagesOf(end.stdout))
      const started = names.filter((name) => name.startsWith("STARTED")).map((name) => name.split(" ")[1])
      expect(started.length).toBeGreaterThan(0)
      for (const stream of started) expect(names.filter((name) => name === `INCOMPLETE ${stream}`)).toHaveLength(1)
      expect(names).toContain("ERROR config_error nothing")
    }
  )

  it("ends a read amid its records after a whole line, and its last state is good for the next run", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi({ size: { deals: 20_000 } })
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    const { child, printed, ending } = start(["read", ...files, ...plugin])
    await printed('"STATE"')
    child.kill("SIGTERM")
    const end = await ending
    expect(end.signal).toBe("SIGTERM")
    const messages = messagesOf(end.stdout)
    expect(namesOf(messages).at(-1)).toBe("INCOMPLETE deals")
    const states = messages.flatMap((message) => (message.type === "STATE" ? [message.state] : []))
    const next = await run(["read", ...files, "--state", write("s", states.slice(-1)), ...plugin])
    expect(next.code).toBe(0)
    const ids = new Set(
      [...messages, ...messagesOf(next.stdout)].flatMap(({ record }) => (record === undefined ? [] : [record.data.id]))
    )
    expect(ids.size).toBe(api.ids("v2/deals").length)
  })

  it("ends a read even when nobody takes what it prints", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi({ size: { deals: 20_000 } })
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    const { child, ending } = start(["read", ...files, ...plugin], { reading: false })
    // What is left of the first page does not fit between the two processes.
    child.stdout?.once("readable", () => {})
    await vi.waitUntil(
      () => child.stdout !== null && child.stdout.readableLength >= child.stdout.readableHighWaterMark,
      {
        timeout: 20_000
      }
    )
    child.kill("SIGTERM")
    expect((await ending).signal).toBe("SIGTERM")
    expect(api.requests.length).toBeLessThan(40)
  })
})
