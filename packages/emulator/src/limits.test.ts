import { expect, it } from "vitest"
import { emulate, get } from "../test/client.ts"

const START = Date.UTC(2026, 5, 1, 22, 0, 0)

it("refuses what exceeds the burst window until it has rolled on", async () => {
  const emulator = await emulate({ burstLimit: 3, timeZeroMs: START })
  const first = await get(emulator, "v1/users/me")
  expect(first.headers.get("x-ratelimit-limit")).toBe("3")
  expect(first.headers.get("x-ratelimit-remaining")).toBe("2")
  await get(emulator, "v1/users/me")
  await get(emulator, "v1/users/me")
  const refused = await get(emulator, "v1/users/me")
  expect(refused.status).toBe(429)
  expect(refused.json.error).toBe("request over limit")
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("0")
  expect(refused.headers.has("retry-after")).toBe(false)
  emulator.clock.advance(2000)
  expect((await get(emulator, "v1/users/me")).status).toBe(200)
})

it("takes the burst limit from the plan", async () => {
  const emulator = await emulate({ plan: "growth", burstLimit: undefined as never })
  expect((await get(emulator, "v1/users/me")).headers.get("x-ratelimit-limit")).toBe("40")
})

it("charges each request and refuses all when the day is spent, until midnight", async () => {
  const emulator = await emulate({ dailyTokens: 31, timeZeroMs: START })
  const first = await get(emulator, "v2/deals?limit=1")
  expect(first.headers.get("x-daily-ratelimit-token-limit")).toBe("31")
  expect(first.headers.get("x-daily-ratelimit-token-remaining")).toBe("21")
  await get(emulator, "v2/deals/archived")
  expect(emulator.tokensLeft()).toBe(1)
  await get(emulator, "v1/users/me")
  expect(emulator.tokensSpent()).toBe(32)
  const refused = await get(emulator, "v1/users/me")
  expect(refused.status).toBe(429)
  expect(refused.json.error).toBe("daily request budget exceeded")
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(7100)
  expect(refused.headers.get("x-daily-ratelimit-token-remaining")).toBe("0")
  emulator.clock.advance(2 * 3_600_000)
  expect((await get(emulator, "v1/users/me")).status).toBe(200)
  expect(emulator.tokensSpent()).toBe(34)
})

it("leaves out headers that are switched off and follows the plan and seats", async () => {
  const emulator = await emulate({
    burstHeaders: false,
    dailyHeaders: false,
    plan: "growth",
    seats: 3,
    dailyTokens: undefined as never
  })
  const { headers } = await get(emulator, "v1/users/me")
  expect([...headers.keys()].filter((name) => name.includes("ratelimit"))).toEqual([])
  expect(emulator.tokensLeft()).toBe(180_000 - 2)
})

it("tells its own time, which may be wrong or missing", async () => {
  const emulator = await emulate({ timeZeroMs: START })
  const date = async () => (await get(emulator, "v1/users/me")).headers.get("date")
  expect(await date()).toMatch(/^Mon, 01 Jun 2026 22:00:0/)
  emulator.clock.dateSkewMs = 3_600_000
  expect(await date()).toMatch(/^Mon, 01 Jun 2026 23:00:0/)
  emulator.clock.dateHeader = false
  expect(await date()).toBeNull()
})

it("logs what was asked and what it cost", async () => {
  const emulator = await emulate({ timeZeroMs: START })
  await get(emulator, "v2/deals/1/followers?limit=7")
  const [request] = emulator.requests
  expect(request).toMatchObject({
    index: 0,
    method: "GET",
    path: "v2/deals/1/followers",
    query: { limit: "7" },
    auth: "token",
    status: 200,
    tokens: 10
  })
  expect(request?.headers["x-api-token"]).toBe(emulator.apiToken)
  emulator.clearRequests()
  expect(emulator.requests).toHaveLength(0)
})
