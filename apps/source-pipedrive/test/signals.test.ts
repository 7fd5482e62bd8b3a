import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { startEmulator } from "pipedrive-emulator"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Connection, connect, type Message } from "./command.ts"

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url))
const names = ["deals", "persons", "files", "notes", "deal_products", "deal_followers"]

let emulator: Awaited<ReturnType<typeof startEmulator>>
let connection: Connection
let args: ReadonlyArray<string>

beforeAll(async () => {
  emulator = await startEmulator({
    burstLimit: 1_000_000,
    dailyTokens: 1_000_000_000,
    size: { deals: 6_000, persons: 4_000, files: 3_000, notes: 3_000, dealProducts: 6_000, dealFollowers: 6_000 }
  })
  connection = await connect(emulator)
  const streams = (await connection.discover()).filter(({ name }) => names.includes(name))
  args = ["read", "--config", connection.config, "--catalog", await connection.catalog(streams, "incremental")]
})

afterAll(async () => {
  await connection.remove()
  await emulator.close()
})

/**
 * Reads until so many bytes have come, stops reading, sends a signal and reads on a moment later.
 *
 * @returns all lines, and the signal that ended the command
 */
const readAndSignal = async (bytes: number, signal: "SIGTERM" | "SIGINT") => {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "ignore"] })
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("close", (_, by) => resolve(by)))
  let text = ""
  let isPaused = false
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece
    if (isPaused || text.length < bytes) return
    isPaused = true
    child.stdout.pause()
    // The pipe and the command's own buffer fill up before the signal comes.
    setTimeout(() => {
      child.kill(signal)
      setTimeout(() => child.stdout.resume(), 500)
    }, 300)
  })
  const by = await ended
  return { by, messages: text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Message])) }
}

/** Records of each stream behind its last state. */
const uncovered = (messages: ReadonlyArray<Message>) => {
  const counts = new Map<string, number>()
  for (const { record, state } of messages) {
    if (record !== undefined) counts.set(record.stream, (counts.get(record.stream) ?? 0) + 1)
    if (state !== undefined) counts.delete(state.stream.stream_descriptor.name)
  }
  return Object.fromEntries(counts)
}

it.each([
  ["SIGTERM", 50_000],
  ["SIGTERM", 600_000],
  ["SIGINT", 2_500_000],
  ["SIGTERM", 7_000_000],
  ["SIGINT", 14_000_000],
  ["SIGTERM", 20_000_000]
] as const)("leaves no record without its state after %s at %i bytes, while nobody reads", async (signal, bytes) => {
  const { by, messages } = await readAndSignal(bytes, signal)
  expect(by).toBe(signal)
  expect(messages.filter(({ record }) => record !== undefined).length).toBeGreaterThan(0)
  expect(uncovered(messages)).toEqual({})
})
