import { decodeConfig, type Event, makeSource, readSource } from "@pipedrive-source/core/reader"
import { crm } from "@pipedrive-source/crm"
import { Effect, Result } from "effect"
import { type Emulator, startEmulator } from "pipedrive-emulator"
import { expect, it } from "vitest"
import { makeNetwork } from "../src/fetch.ts"

const persons = 1_000

/** An account whose persons take two and a half windows of requests. */
const startAccount = (burstLimit: number): Promise<Emulator> =>
  startEmulator({
    burstLimit,
    dailyTokens: 1_000_000_000,
    nullUpdateTimes: false,
    maxPageSize: Math.max(1, Math.floor(persons / (2.5 * burstLimit))),
    size: { persons }
  })

/** Reads all persons; tells how the stream ended, and how often the read itself was refused. */
const read = async (emulator: Emulator) => {
  const { config } = Result.getOrThrow(
    decodeConfig({
      credentials: { auth_type: "api_token", api_token: emulator.apiToken },
      base_url: emulator.url,
      num_workers: 10
    })
  )
  const network = makeNetwork(10)
  let ended: Extract<Event, { _tag: "Ended" }> | undefined
  let refusals = 0
  await Effect.runPromise(
    readSource({
      source: Result.getOrThrow(makeSource([crm])),
      config,
      selection: [{ stream: "persons", mode: "incremental" }],
      states: new Map(),
      send: async (...asked) => {
        const answer = await network.send(...asked)
        if (answer.status === 429) refusals++
        return answer
      },
      emit: (event) =>
        Effect.sync(() => {
          if (event._tag === "Ended") ended = event
        })
    })
  )
  network.close()
  return { ended, refusals }
}

it.concurrent.each([20, 40, 100, 120, 240, 480])("keeps to a burst limit of %i", async (burstLimit) => {
  const emulator = await startAccount(burstLimit)
  const { ended, refusals } = await read(emulator)
  expect(ended?.error).toBeUndefined()
  expect(ended?.summary.rows).toBe(persons)
  expect(refusals).toBeLessThanOrEqual(1)
  await emulator.close()
})

it.concurrent.each([40, 120])("leaves another client half of a limit of %i, without a storm", async (burstLimit) => {
  const emulator = await startAccount(burstLimit)
  let answered = 0
  let hasWindow = (): void => {}
  const window = new Promise<void>((done) => {
    hasWindow = done
  })
  const ask = async (): Promise<void> => {
    const answer = await fetch(`${emulator.url}/v1/users/me`, { headers: { "x-api-token": emulator.apiToken } })
    await answer.arrayBuffer()
    if (++answered === burstLimit / 2) hasWindow()
  }
  const asked: Array<Promise<void>> = []
  const other = setInterval(() => asked.push(ask()), 2_000 / (burstLimit / 2))
  await window
  const { ended, refusals } = await read(emulator)
  clearInterval(other)
  await Promise.all(asked)
  expect(ended?.error).toBeUndefined()
  expect(ended?.summary.rows).toBe(persons)
  expect(refusals).toBeLessThanOrEqual(burstLimit / 4)
  await emulator.close()
})
