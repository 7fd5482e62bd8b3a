import { crm } from "@pipedrive-source/crm"
import { fields } from "@pipedrive-source/fields"
import { products } from "@pipedrive-source/products"
import { type Emulator, startEmulator } from "pipedrive-emulator"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { plugins } from "../src/plugins.ts"
import { type CatalogStream, type Connection, connect, Replica, run } from "./command.ts"

let emulator: Emulator
let connection: Connection
let streams: ReadonlyArray<CatalogStream>

beforeAll(async () => {
  emulator = await startEmulator({ burstLimit: 100_000, dailyTokens: 100_000_000 })
  connection = await connect(emulator)
  streams = await connection.discover()
})

afterAll(async () => {
  await connection.remove()
  await emulator.close()
})

describe("a read of all streams through the built command", () => {
  const lines: Array<string> = []
  let first: Replica

  it("discovers all streams, all but the field streams incremental", () => {
    const declared = plugins.flatMap((plugin) => plugin.streams.map(({ name }) => name))
    expect(streams.map(({ name }) => name).sort()).toEqual(declared.sort())
    const whole = streams.filter(({ supported_sync_modes: modes }) => !modes.includes("incremental"))
    expect(whole.map(({ name }) => name).sort()).toEqual(fields.streams.map(({ name }) => name).sort())
  })

  it("ends well, with rows, a state and a clean end for every stream, and nothing on stderr", async () => {
    first = new Replica(streams)
    const statuses = new Map<string, Array<string>>()
    const counted = new Map<string, number>()
    const ended = await run(
      ["read", "--config", connection.config, "--catalog", await connection.catalog(streams)],
      (message, line) => {
        lines.push(line)
        first.take(message)
        const status = message.trace?.stream_status
        if (status !== undefined) {
          const { name } = status.stream_descriptor
          statuses.set(name, [...(statuses.get(name) ?? []), status.status])
        }
        if (message.state !== undefined) {
          const { name } = message.state.stream.stream_descriptor
          counted.set(name, (counted.get(name) ?? 0) + message.state.sourceStats.recordCount)
        }
      }
    )
    expect(ended).toEqual({ code: 0, signal: null, stderr: "" })
    for (const { name } of streams) {
      expect(first.sent.get(name), name).toBeGreaterThan(0)
      expect(counted.get(name), name).toBe(first.sent.get(name))
      expect(statuses.get(name), name).toEqual(["STARTED", "RUNNING", "COMPLETE"])
    }
  })

  it("sends the rows of each list byte for byte, each once", () => {
    for (const stream of [...crm.streams, ...products.streams].filter((each) => each.parents === undefined)) {
      const fields = [...(stream.includeFields?.always ?? []), ...(stream.includeFields?.planBound ?? [])]
      const query = { ...stream.query, ...(fields.length > 0 && { include_fields: fields.join(",") }) }
      const truth = emulator.rows(stream.path, query).map((row) =>
        row
          .replace(/[\u0085\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)
          .replaceAll("\\ud83d alone", "\\ufffd alone")
          // No destination takes a zero date for a time.
          .replace(/"0000-00-00[^"]*"/g, "null")
      )
      const head = `{"type":"RECORD","record":{"stream":"${stream.name}","data":`
      const sent = lines
        .filter((line) => line.startsWith(head))
        .map((line) =>
          line.slice(head.length, line.lastIndexOf(',"emitted_at"')).replace(/,"_ab_changed_at":"[^"]*"}$/, "}")
        )
        .map((row) =>
          stream.customFields?.in !== "row" ? row : `${row.slice(0, row.lastIndexOf(',"custom_fields":{'))}}`
        )
      expect(sent.length, stream.name).toBe(truth.length)
      const left = new Set(truth)
      for (const row of sent) expect(left.delete(row) ? "" : row, stream.name).toBe("")
    }
  })

  it("has no key twice in any stream", () => {
    for (const { name } of streams) expect(first.keys(name).length, name).toBe(first.sent.get(name))
  })

  it("sends nothing new the second time but rows of the mark's own second, and changed rows after that", async () => {
    const second = new Replica(streams)
    const state = await connection.save("state.json", first.stateFile())
    const args = ["--config", connection.config, "--catalog", await connection.catalog(streams)]
    const ended = await run(["read", ...args, "--state", state], (message) => {
      second.take(message)
      return undefined
    })
    expect(ended.code).toBe(0)
    for (const { name, supported_sync_modes: modes } of streams.filter(({ name }) => !/_fields$|^field_/.test(name))) {
      expect(modes).toContain("incremental")
      expect(second.states.has(name), name).toBe(true)
      for (const key of second.keys(name)) expect(first.rows.get(name)?.has(key), `${name} ${key}`).toBe(true)
    }
    for (const name of ["pipelines", "stages", "users", "filters", "lead_labels", "currencies", "goals"]) {
      expect(second.sent.get(name) ?? 0, name).toBe(0)
    }

    const edited = emulator.ids("v2/deals").slice(0, 7)
    emulator.edit("v2/deals", edited)
    emulator.insert("v2/persons", 3)
    emulator.edit("v2/stages", emulator.ids("v2/stages").slice(0, 1))
    const third = new Replica(streams)
    await run(["read", ...args, "--state", await connection.save("state.json", second.stateFile())], (message) => {
      third.take(message)
      return undefined
    })
    const deals = [...(third.rows.get("deals")?.values() ?? [])].map(({ id }) => id)
    expect(deals).toEqual(expect.arrayContaining(edited))
    expect(third.sent.get("persons")).toBeGreaterThanOrEqual(3)
    expect(third.sent.get("stages")).toBe(1)
  })
})
