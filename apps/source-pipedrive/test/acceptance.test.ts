// What Airbyte's own acceptance suites ask of a source, as far as it needs no image.
import { Ajv } from "ajv"
import { type Emulator, startEmulator } from "pipedrive-emulator"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type CatalogStream, type Connection, connect, type Message, Replica, run } from "./command.ts"

type Schema = { readonly [key: string]: unknown }
type Discovered = CatalogStream & { readonly json_schema: Schema & { readonly properties: Record<string, Schema> } }

let emulator: Emulator
let connection: Connection
let streams: ReadonlyArray<Discovered>

beforeAll(async () => {
  emulator = await startEmulator({ burstLimit: 100_000, dailyTokens: 100_000_000, nullUpdateTimes: false })
  connection = await connect(emulator)
  streams = (await connection.discover()) as ReadonlyArray<Discovered>
})

afterAll(async () => {
  await connection.remove()
  await emulator.close()
})

/** Streams whose cursor is the rows' own and orders what is read: those the suites' cursor checks are made for. */
const ordered = ["deals", "deals_archived", "persons", "organizations", "activities", "products", "leads", "notes"]
const newest = ["files", "leads_archived", "mailThreads"]

const secondOf = (text: unknown): number => {
  const plain = String(text)
  return Math.floor(Date.parse(plain.includes("T") ? plain : `${plain.replace(" ", "T")}Z`) / 1000)
}

const cursorOf = (name: string): string =>
  streams.find((stream) => stream.name === name)?.default_cursor_field?.[0] ?? ""

const read = async (chosen: ReadonlyArray<CatalogStream>, mode?: string, states?: unknown) => {
  const messages: Array<Message> = []
  const args = ["--config", connection.config, "--catalog", await connection.catalog(chosen, mode)]
  const ended = await run(
    ["read", ...args, ...(states === undefined ? [] : ["--state", await connection.save("state.json", states)])],
    (message) => {
      messages.push(message)
      return undefined
    }
  )
  const replica = new Replica(chosen)
  for (const message of messages) replica.take(message)
  return { ended, messages, replica }
}

const ajv = new Ajv({ strict: false, allErrors: true })
ajv.addFormat("date", /^\d{4}-\d\d-\d\d$/)
ajv.addFormat("date-time", /^\d{4}-\d?\d-\d?\d[ T]\d?\d:\d?\d:\d?\d(\.\d+)?.*$/)
ajv.addFormat("uuid", /^[0-9a-f-]{36}$/i)

describe("D: the catalog", () => {
  it("has unique names, valid schemas, and keys and cursors that are properties of a plain type", () => {
    expect(new Set(streams.map(({ name }) => name)).size).toBe(streams.length)
    for (const { name, json_schema: schema, ...stream } of streams) {
      expect(() => ajv.compile(schema), name).not.toThrow()
      expect(JSON.stringify(schema)).not.toMatch(/"(\$ref|allOf|not)":/)
      expect(JSON.stringify(schema)).not.toMatch(/"additionalProperties":false/)
      expect(stream.supported_sync_modes.length).toBeGreaterThan(0)
      for (const [column] of [...(stream.source_defined_primary_key ?? []), stream.default_cursor_field ?? []]) {
        if (column === undefined) continue
        expect(Object.keys(schema.properties), name).toContain(column)
        expect(JSON.stringify(schema.properties[column]?.["type"]), name).not.toMatch(/object|array/)
      }
    }
  })
})

describe("B: a read", () => {
  it("gives every stream rows that keep to their schema, with a key, and a state with its count", async () => {
    const { ended, messages, replica } = await read(streams)
    expect(ended.code).toBe(0)
    for (const stream of streams) {
      expect(replica.sent.get(stream.name) ?? 0, stream.name).toBeGreaterThan(0)
      expect(replica.states.get(stream.name)?.sourceStats.recordCount, stream.name).toBeDefined()
      const isValid = ajv.compile(stream.json_schema)
      const keys = (stream.source_defined_primary_key ?? []).map(([column]) => column as string)
      for (const data of replica.rows.get(stream.name)?.values() ?? []) {
        expect(isValid(data) ? [] : [stream.name, isValid.errors]).toEqual([])
        expect(keys.length === 0 || keys.some((column) => data[column] !== null && data[column] !== undefined)).toBe(
          true
        )
      }
    }
    expect(messages.filter(({ state }) => state !== undefined && state.type !== "STREAM")).toEqual([])
  })

  it("of a catalog it cannot read ends with an error", async () => {
    const nothing = { name: "__AIRBYTE__stream_that_does_not_exist", supported_sync_modes: ["full_refresh"] }
    const { ended, messages } = await read([nothing], "INVALID")
    expect(ended.code).toBe(1)
    expect(messages.filter(({ trace }) => trace?.type === "ERROR").length).toBeGreaterThan(0)
  })
})

describe("F: a full refresh", () => {
  it("brings the same rows twice", async () => {
    const [first, second] = [await read(streams, "full_refresh"), await read(streams, "full_refresh")]
    for (const { name } of streams) expect(second.replica.keys(name), name).toEqual(first.replica.keys(name))
    const times = ({ messages }: typeof first) =>
      messages.flatMap(({ record }) =>
        record === undefined ? [] : [Number((record as unknown as { emitted_at: number }).emitted_at)]
      )
    expect(Math.min(...times(second))).toBeGreaterThan(Math.max(...times(first)))
  })
})

describe("N: incremental reads", () => {
  it("N1: the second starts where the first ended, in every stream with a cursor of its own", async () => {
    const chosen = streams.filter(({ name }) => [...ordered, ...newest].includes(name))
    const first = await read(chosen)
    const second = await read(chosen, undefined, first.replica.stateFile())
    for (const { name } of chosen) {
      const cursors = (replica: Replica) =>
        [...(replica.rows.get(name)?.values() ?? [])].map((row) => secondOf(row[cursorOf(name)]))
      expect(cursors(second.replica).length, name).toBeGreaterThan(0)
      expect(Math.min(...cursors(second.replica)), name).toBeGreaterThanOrEqual(
        secondOf(first.replica.states.get(name)?.stream.stream_state[cursorOf(name)])
      )
    }
  })

  it("N2: no row is later than the last state, and none comes that is earlier than a state given", async () => {
    const chosen = streams.filter(({ name }) => [...ordered, ...newest].includes(name))
    const { messages, replica } = await read(chosen)
    for (const { name } of chosen) {
      const mark = secondOf(replica.states.get(name)?.stream.stream_state[cursorOf(name)])
      for (const row of replica.rows.get(name)?.values() ?? [])
        expect(secondOf(row[cursorOf(name)]), name).toBeLessThanOrEqual(mark)
    }
    const states = messages.flatMap(({ state }) => (state === undefined ? [] : [state]))
    for (const state of states.filter((_, at) => at % Math.ceil(states.length / 6) === 0)) {
      const { name } = state.stream.stream_descriptor
      const given = state.stream.stream_state[cursorOf(name)]
      if (given === undefined) continue
      const { replica: rest } = await read(
        chosen.filter((stream) => stream.name === name),
        undefined,
        [state]
      )
      for (const row of rest.rows.get(name)?.values() ?? [])
        expect(secondOf(row[cursorOf(name)]), name).toBeGreaterThanOrEqual(secondOf(given))
    }
  })

  it("N3: a state of the future brings no row, and a state, in every incremental stream", async () => {
    const chosen = streams.filter(({ supported_sync_modes: modes }) => modes.includes("incremental"))
    const states = chosen.map(({ name, default_cursor_field: field }) => ({
      type: "STREAM",
      stream: { stream_descriptor: { name }, stream_state: { [field?.[0] as string]: "2217-06-26T21:20:07Z" } }
    }))
    const { ended, replica } = await read(chosen, undefined, states)
    expect(ended.code).toBe(0)
    expect([...replica.sent]).toEqual([])
    for (const { name } of chosen) expect(replica.states.has(name), name).toBe(true)
  })

  it("a short list that has not changed brings no row and one state, and so do children", async () => {
    const chosen = streams.filter(
      ({ name, supported_sync_modes: modes }) =>
        modes.includes("incremental") && ![...ordered, ...newest].includes(name)
    )
    const first = await read(chosen)
    const second = await read(chosen, undefined, first.replica.stateFile())
    expect([...second.replica.sent]).toEqual([])
    for (const { name } of chosen) {
      const states = second.messages.filter(({ state }) => state?.stream.stream_descriptor.name === name)
      expect(states.length, name).toBe(1)
    }
  })
})

describe("PyAirbyte's habits", () => {
  it("asks incremental of every stream, with files of any name and an empty state, and ends it by SIGTERM", async () => {
    const catalog = await connection.save("catalog.txt", {
      streams: streams.map((stream) => ({
        stream,
        sync_mode: "incremental",
        destination_sync_mode: "overwrite",
        cursor_field: stream.default_cursor_field ?? null,
        primary_key: stream.source_defined_primary_key ?? null
      }))
    })
    const args = [
      "read",
      "--config",
      connection.config,
      "--catalog",
      catalog,
      "--state",
      await connection.save("state.txt", [])
    ]
    const replica = new Replica(streams)
    const whole = await run(args, (message) => {
      replica.take(message)
      return undefined
    })
    expect(whole).toEqual({ code: 0, signal: null, stderr: "" })
    for (const { name } of streams) expect(replica.sent.get(name) ?? 0, name).toBeGreaterThan(0)
    let records = 0
    const ended = await run(args, ({ record }) => (record !== undefined && ++records === 50 ? "SIGTERM" : undefined))
    expect([ended.code, ended.signal]).toEqual([null, "SIGTERM"])
  })
})
