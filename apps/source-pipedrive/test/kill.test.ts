import { type Emulator, startEmulator } from "pipedrive-emulator"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type CatalogStream, type Connection, connect, Replica, run } from "./command.ts"

// SPEC 1, 3

let emulator: Emulator
let connection: Connection
let streams: ReadonlyArray<CatalogStream>
let whole: Replica
let lineCount = 0

beforeAll(async () => {
  emulator = await startEmulator({
    burstLimit: 100_000,
    dailyTokens: 100_000_000,
    maxPageSize: 25,
    size: { deals: 160, persons: 120, activities: 200, leads: 60, notes: 80, files: 70 }
  })
  connection = await connect(emulator, { num_workers: 4 })
  streams = await connection.discover()
  whole = new Replica(streams)
  await run(["read", "--config", connection.config, "--catalog", await connection.catalog(streams)], (message) => {
    lineCount++
    whole.take(message)
  })
})

afterAll(async () => {
  await connection.remove()
  await emulator.close()
})

/** A small generator with a seed, so that a failure can be repeated. */
const random = (seed: number) => {
  let value = seed
  return () => {
    value = (value * 1_103_515_245 + 12_345) % 2_147_483_648
    return value / 2_147_483_648
  }
}

/** Histories to play: ten, or as many as a soak asks for. */
const seeds = Array.from({ length: Number(process.env.SOAK ?? 10) }, (_, at) => at + 1)

it.each(seeds)("kill -9 at any point loses nothing: history %i", async (seed) => {
  const next = random(seed)
  const replica = new Replica(streams)
  for (let start = 0; ; start++) {
    const until = start < 3 ? Math.floor(next() * lineCount * 0.6) : Number.POSITIVE_INFINITY
    let lines = 0
    const ended = await run(
      [
        "read",
        ...["--config", connection.config, "--catalog", await connection.catalog(streams)],
        ...["--state", await connection.save(`state-${seed}.json`, replica.stateFile())]
      ],
      (message) => {
        replica.take(message)
        return ++lines >= until ? "SIGKILL" : undefined
      }
    )
    if (ended.signal === null) {
      expect(ended).toEqual({ code: 0, signal: null, stderr: "" })
      break
    }
    expect(ended.signal).toBe("SIGKILL")
  }
  for (const { name } of streams) {
    expect(replica.keys(name), name).toEqual(whole.keys(name))
  }
})
