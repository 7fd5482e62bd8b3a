import { decodeConfig, type Event, type JsonObject, makeSource, readSource } from "@pipedrive-source/core/reader"
import { crm } from "@pipedrive-source/crm"
import { Effect, Result } from "effect"
import { startEmulator } from "pipedrive-emulator"
import { expect, it } from "vitest"
import { makeNetwork } from "../src/fetch.ts"

const DAY_MS = 86_400_000
const streams = ["deals", "persons", "activities"] as const

// Without headers a run learns by waiting that the day is over.
it.concurrent.each([true, false])(
  "a first read that the day's budget cannot pay for is done in some days (headers: %s)",
  async (dailyHeaders) => {
    const emulator = await startEmulator({
      burstLimit: 1_000_000,
      dailyTokens: 300,
      dailyHeaders,
      nullUpdateTimes: false,
      maxPageSize: 50,
      size: { deals: 1_000, persons: 1_000, activities: 1_000 }
    })
    const source = Result.getOrThrow(makeSource([crm]))
    const { config } = Result.getOrThrow(
      decodeConfig({ credentials: { auth_type: "api_token", api_token: emulator.apiToken }, base_url: emulator.url })
    )
    const rows = new Map(streams.map((name) => [name as string, new Map<string, number>()]))
    const states = new Map<string, JsonObject>()
    let days = 0
    for (; ; days++) {
      expect(days).toBeLessThan(6)
      const spentBefore = emulator.tokensSpent()
      const told: Array<Event> = []
      const network = makeNetwork(3)
      await Effect.runPromise(
        readSource({
          source,
          config,
          selection: streams.map((stream) => ({ stream, mode: "incremental" as const })),
          states,
          send: network.send,
          emit: (event) =>
            Effect.sync(() => {
              if (event._tag !== "Records") told.push(event)
              if (event._tag === "Checkpoint") states.set(event.stream, event.state)
              if (event._tag !== "Records") return
              for (let i = 0; i < event.rows.spans.length; i += 2) {
                const text = Buffer.from(
                  event.rows.bytes.subarray(event.rows.spans[i], event.rows.spans[i + 1])
                ).toString()
                const id = /^\{"id":(\d+)/.exec(text)?.[1] as string
                const seen = rows.get(event.stream)
                seen?.set(id, (seen.get(id) ?? 0) + 1)
              }
            })
        })
      )
      network.close()
      expect(emulator.tokensSpent() - spentBefore).toBeLessThanOrEqual(300)
      const errors = told.flatMap((event) => (event._tag === "Ended" && event.error !== undefined ? [event] : []))
      if (errors.length === 0) break
      for (const { error, stream } of errors) {
        expect(error?._tag).toBe("TransientError")
        expect(error?.message).toContain("daily API budget")
        expect(told.some((event) => event._tag === "RateLimited" && event.stream === stream)).toBe(true)
      }
      emulator.clock.advance(DAY_MS)
    }
    expect(days).toBeGreaterThan(1)
    for (const name of streams) {
      const query = name === "deals" ? { status: "open,won,lost,deleted" } : {}
      const ids = emulator.ids(`v2/${name}`, query).map(String)
      expect([...(rows.get(name)?.keys() ?? [])].sort()).toEqual(ids.sort())
      // A page for each window under way when a day ended.
      const repeated = [...(rows.get(name)?.values() ?? [])].reduce((sum, times) => sum + times - 1, 0)
      expect(repeated).toBeLessThanOrEqual(50 * 3 * days)
    }
    await emulator.close()
  }
)
