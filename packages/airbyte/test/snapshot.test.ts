import type { JsonObject } from "@pipedrive-source/core/reader"
import { projects } from "@pipedrive-source/projects"
import { startEmulator } from "pipedrive-emulator"
import { expect, it } from "vitest"
import { reader } from "./reader.ts"

const TWO_HOURS_MS = 7_200_000

it("a list too long for a hash each keeps a state of bounded size, and still tells what is new", async () => {
  const emulator = await startEmulator({ burstLimit: 1_000_000, dailyTokens: 1_000_000, size: { tasks: 16_000 } })
  const states = new Map<string, JsonObject>()
  const read = reader(emulator, [projects], states)
  expect((await read("tasks")).length).toBe(16_000)
  expect(Object.keys(states.get("tasks")?.["_ab"] as object)).toContain("buckets")
  expect(JSON.stringify(states.get("tasks")).length).toBeLessThanOrEqual(256 * 1024)
  emulator.clock.advance(TWO_HOURS_MS)
  expect(await read("tasks")).toEqual([])
  const [edited] = emulator.edit("v2/tasks", emulator.ids("v2/tasks").slice(7, 8)).map((row) => JSON.parse(row))
  emulator.clock.advance(TWO_HOURS_MS)
  const changed = await read("tasks")
  expect(changed).toContainEqual(edited)
  // Its whole bucket comes with it, one of 4,096.
  expect(changed.length).toBeLessThan(40)
  await emulator.close()
})
