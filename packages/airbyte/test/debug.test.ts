import { decodeConfig, type JsonObject, makeSource, readSource } from "@pipedrive-source/core/reader"
import { crm } from "@pipedrive-source/crm"
import { products } from "@pipedrive-source/products"
import { Effect, Result } from "effect"
import { startEmulator } from "pipedrive-emulator"
import { expect, it, onTestFinished } from "vitest"
import { makeNetwork } from "../src/fetch.ts"
import { configOf, startApi } from "./api.ts"
import { catalogOf, makeFolder, run } from "./command.ts"
import { type Message, messagesOf } from "./messages.ts"

it("tells every request and every decision that costs, where that is wanted", async () => {
  const emulator = await startEmulator({
    burstLimit: 20,
    dailyTokens: 1_000_000,
    nullUpdateTimes: false,
    maxPageSize: 20,
    switches: { childTouchesParent: false },
    size: { deals: 400, dealProducts: 100 }
  })
  onTestFinished(() => emulator.close())
  emulator.fault({ kind: "status", status: 503, path: "v2/deals", from: 3, times: 1 })
  emulator.fault({ kind: "refuseParent", path: "v2/deals/products", ids: emulator.ids("v2/deals").slice(0, 1) })
  const states = new Map<string, JsonObject>()
  const read = async (debug: boolean) => {
    const lines: Array<string> = []
    const network = makeNetwork(4)
    const { config } = Result.getOrThrow(decodeConfig({ ...configOf(emulator), num_workers: 4 }))
    await Effect.runPromise(
      readSource({
        source: Result.getOrThrow(makeSource([crm, products])),
        config,
        selection: ["deals", "deal_products"].map((stream) => ({ stream, mode: "incremental" as const })),
        states,
        send: network.send,
        debug,
        emit: (event) =>
          Effect.sync(() => {
            if (event._tag === "Checkpoint") states.set(event.stream, event.state)
            if (event._tag === "Log" && event.level === "DEBUG") lines.push(event.message)
          })
      })
    )
    network.close()
    return lines
  }

  const lines = await read(true)
  const asked = lines.filter((line) => line.includes(": GET "))
  expect(asked).toHaveLength(emulator.requests.length)
  for (const line of asked)
    expect(line).toMatch(/^deals?\S*: GET http:\S+\/v2\/deals\S*\?\S+: \d{3}, \d+ ms, \d+ tokens, try \d+$/)
  expect(lines).toContainEqual(expect.stringMatching(/^deals: try 2 in \d+ ms, as the last one failed \(503: /))
  expect(lines).toContainEqual(expect.stringMatching(/^deals: splits at \S+ for an idle worker$/))
  expect(lines).toContainEqual(expect.stringMatching(/^\w+: waits \d+ ms for the rate limit$/))
  expect(lines).toContainEqual(expect.stringMatching(/^deal_products: halves a request for \d+ parents \(403: /))

  emulator.clock.advance(30 * 3_600_000)
  expect(await read(true)).toContainEqual("deal_products: rescans the parents in deals")
  expect(await read(false)).toEqual([])
})

it("is a matter of --debug, and shows no secret", async () => {
  const { write, plugin } = makeFolder()
  const api = await startApi({ size: { deals: 10 } })
  const read = async (more: ReadonlyArray<string>): Promise<ReadonlyArray<Message>> => {
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    const { code, stdout } = await run(["read", ...files, ...plugin, ...more])
    expect(code).toBe(0)
    expect(stdout).not.toContain(api.apiToken)
    return messagesOf(stdout).filter(({ log }) => log?.level === "DEBUG")
  }
  expect(await read([])).toEqual([])
  const lines = await read(["--debug"])
  expect(lines[0].log.message).toMatch(/^deals: GET http:\S+\/v2\/deals\?\S+: 200, \d+ ms, 10 tokens, try 1$/)
})
