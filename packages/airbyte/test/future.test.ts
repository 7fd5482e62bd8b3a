import { checkConnection, type JsonObject, secondsOf } from "@pipedrive-source/core/reader"
import { crm } from "@pipedrive-source/crm"
import { mail } from "@pipedrive-source/mail"
import { projects } from "@pipedrive-source/projects"
import { Effect } from "effect"
import { startEmulator } from "pipedrive-emulator"
import { describe, expect, it, onTestFinished } from "vitest"
import { makeNetwork } from "../src/fetch.ts"
import { configFor, readOnce } from "./reading.ts"

const plugins = [crm, mail, projects]
const far = "2062-01-01T00:00:00Z"
/** One of each way in which a list is read, with children of the first two. */
const streams = ["deals", "files", "note_comments", "deal_mail_messages", "leads"]

const start = async (timeZeroMs?: number) => {
  const emulator = await startEmulator({
    burstLimit: 1_000_000,
    dailyTokens: 1_000_000,
    nullUpdateTimes: false,
    size: { deals: 40, files: 12, notes: 12, noteComments: 20, leads: 12, pipelines: 3, boards: 3 },
    ...(timeZeroMs !== undefined && { timeZeroMs })
  })
  onTestFinished(() => emulator.close())
  return emulator
}

/** Every time in a value. */
const timesIn = (value: unknown): ReadonlyArray<number> =>
  typeof value === "string"
    ? [secondsOf(value)].filter((seconds) => !Number.isNaN(seconds))
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(timesIn)
      : []

const ids = (rows: ReadonlyArray<JsonObject> | undefined) => new Set((rows ?? []).map(({ id, uuid }) => id ?? uuid))

describe("a start date of 2062", () => {
  it("fails a check in the server's time, by its name", async () => {
    const emulator = await start(Date.parse("2024-06-01T00:00:00Z"))
    const network = makeNetwork(1)
    onTestFinished(network.close)
    const check = (replication_start_date: string) =>
      Effect.runPromise(
        Effect.result(
          checkConnection({
            config: configFor(emulator, { replication_start_date }),
            send: network.send,
            emit: () => Effect.void
          })
        )
      )
    const refused = { failure: { _tag: "ConfigError", message: expect.stringContaining("replication_start_date is") } }
    expect(await check(far)).toMatchObject(refused)
    expect(await check("2024-06-03")).toMatchObject(refused)
    expect(await check("2024-06-01T20:00:00Z")).toMatchObject({ success: {} })
    emulator.clock.dateHeader = false
    expect(await check(far)).toMatchObject(refused)
  })

  it("warns, writes no watermark, and once mended reads all at once", async () => {
    const emulator = await start()
    const config = { replication_start_date: far }
    const first = await readOnce({ emulator, plugins, streams: [...streams, "pipelines"], config })
    expect(first.errors).toEqual(new Map())
    expect(first.warnings.filter((text) => text.startsWith("replication_start_date is 2062-01-01"))).toHaveLength(1)
    expect([...first.rows.keys()]).toEqual(["pipelines"])
    for (const name of streams) expect(first.states.get(name), name).toEqual({})
    const mended = await readOnce({ emulator, plugins, streams, states: first.states })
    const whole = await readOnce({ emulator, plugins, streams })
    for (const name of streams) {
      expect(ids(mended.rows.get(name)), name).toEqual(ids(whole.rows.get(name)))
      expect(ids(whole.rows.get(name)).size, name).toBeGreaterThan(0)
    }
    expect(mended.warnings).toEqual(whole.warnings)
  })

  it("keeps the state of a connection that has read before", async () => {
    const emulator = await start()
    const before = await readOnce({ emulator, plugins, streams })
    const config = { replication_start_date: far }
    const during = await readOnce({ emulator, plugins, streams, states: before.states, config })
    expect(during.states).toEqual(before.states)
    const [edited] = emulator.edit("v2/deals", emulator.ids("v2/deals").slice(3, 4)).map((row) => JSON.parse(row))
    const after = await readOnce({ emulator, plugins, streams: ["deals"], states: during.states })
    expect(ids(after.rows.get("deals"))).toContain(edited.id)
    expect(after.rows.get("deals")?.length).toBeLessThan(5)
  })

  it("that only the server's clock knows to be ahead leaves no watermark either", async () => {
    const emulator = await start(Date.parse("2024-06-01T00:00:00Z"))
    const config = { replication_start_date: "2025-01-01" }
    const first = await readOnce({ emulator, plugins, streams, config })
    const now = Math.floor(emulator.clock.now() / 1000)
    for (const state of first.checkpoints) for (const time of timesIn(state)) expect(time).toBeLessThanOrEqual(now)
    expect(first.warnings.join("\n")).toMatch(/deals: its watermark \(update_time\) is more than a day ahead/)
    const mended = await readOnce({ emulator, plugins, streams, states: first.states })
    const whole = await readOnce({ emulator, plugins, streams })
    for (const name of streams) expect(ids(mended.rows.get(name)), name).toEqual(ids(whole.rows.get(name)))
  })
})

describe("a state with a time ahead of the server's clock", () => {
  const window = { v: 1, windows: [{ since: far }] }
  it.each<[string, JsonObject]>([
    ["deals", { update_time: far }],
    ["deals", { update_time: far, _ab: window }],
    ["deals", { slices: [{ start: "2020-01-01", end: far }] }],
    ["deals", { state: { update_time: far } }],
    ["files", { update_time: "2062-01-01 00:00:00", _ab: { v: 1 } }],
    ["pipelines", { update_time: far, _ab: { v: 1, read: far, hashes: {} } }],
    ["note_comments", { update_time: far }],
    ["note_comments", { _ab: { v: 1, parents: { notes: { mark: far, through: true } } } }],
    ["deal_mail_messages", { _ab: { v: 1, parents: { deals: { mark: far }, deals_archived: { mark: far } } } }]
  ])("%s %j: nothing is read, and what the next run is given reads all", async (name, state) => {
    const emulator = await start()
    const first = await readOnce({ emulator, plugins, streams: [name], states: new Map([[name, state]]) })
    expect(first.rows.size).toBe(0)
    expect(first.warnings).toEqual([expect.stringMatching(new RegExp(`^${name}: its state has a watermark \\(`))])
    expect(first.states.get(name)).toBeDefined()
    expect(timesIn(first.states.get(name))).toEqual([])
    const second = await readOnce({ emulator, plugins, streams: [name], states: first.states })
    const whole = await readOnce({ emulator, plugins, streams: [name] })
    expect(ids(second.rows.get(name))).toEqual(ids(whole.rows.get(name)))
    expect(ids(whole.rows.get(name)).size).toBeGreaterThan(0)
  })

  it("by less than a day goes on from now", async () => {
    const emulator = await start()
    const ahead = new Date(emulator.clock.now() + 36_000_000).toISOString()
    const states = new Map([["deals", { update_time: ahead }]])
    const first = await readOnce({ emulator, plugins, streams: ["deals"], states })
    const now = Math.floor(emulator.clock.now() / 1000)
    expect([first.rows.size, first.warnings]).toEqual([0, []])
    const [mark] = timesIn(first.states.get("deals"))
    expect(mark).toBeLessThanOrEqual(now)
    expect(mark).toBeGreaterThan(now - 120)
  })

  it("when it did something is ignored, with a warning, and its watermark is kept", async () => {
    const emulator = await start()
    const before = await readOnce({ emulator, plugins, streams: ["project_boards", "mailThreads"] })
    const states = new Map(
      [...before.states].map(([name, state]): [string, JsonObject] => {
        const own = state._ab as JsonObject
        return [name, { ...state, _ab: { ...own, ...(name === "mailThreads" ? { whole: far } : { read: far }) } }]
      })
    )
    emulator.clearRequests()
    const after = await readOnce({ emulator, plugins, streams: ["project_boards", "mailThreads"], states })
    expect([...after.warnings].sort()).toEqual([
      expect.stringMatching(/^mailThreads: times in its state .*_ab\.whole/),
      expect.stringMatching(/^project_boards: times in its state .*_ab\.read/)
    ])
    expect(after.rows.get("project_boards")).toBeUndefined()
    expect(emulator.requests.some(({ path }) => path === "v2/boards")).toBe(true)
    expect(timesIn([...after.states.values()]).every((time) => time * 1000 <= emulator.clock.now())).toBe(true)
  })
})
