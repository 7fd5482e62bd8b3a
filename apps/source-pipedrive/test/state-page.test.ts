import { readFileSync } from "node:fs"
import { type Emulator, startEmulator } from "pipedrive-emulator"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type CatalogStream, type Connection, connect, run } from "./command.ts"

const page = readFileSync(new URL("../../../docs/state.md", import.meta.url), "utf8")
const states = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json = ""]) => JSON.parse(json))

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

describe("the states of docs/state.md", () => {
  it.each(states.map((state) => [Object.keys(state).join(), state]))("are read: one of %s", async (_, state) => {
    const selected = streams.filter(({ name }) => name in state)
    const warnings: Array<string> = []
    const ended = await run(
      [
        ...["read", "--config", connection.config, "--catalog", await connection.catalog(selected)],
        ...["--state", await connection.save("state.json", state)]
      ],
      ({ log }) => {
        if (log?.level === "WARN") warnings.push(log.message)
      }
    )
    expect(ended).toEqual({ code: 0, signal: null, stderr: "" })
    expect(selected).not.toEqual([])
    expect(warnings).toEqual([])
  })
})
