import { describe, expect, it } from "vitest"
import { limitHeaders, limitOf, type Refusal, refusalOf } from "./rate-limit.ts"

const answerOf = (headers: Readonly<Record<string, string>>) => ({
  status: 429,
  header: (name: string) => headers[name],
  body: new Uint8Array()
})

describe("limitOf", () => {
  it.each<[Refusal, ReturnType<typeof limitOf>]>([
    // The words go before all else.
    [{ text: "daily request budget exceeded" }, "daily"],
    [{ text: "Daily limit", burstRemaining: 0 }, "daily"],
    [{ text: "DAILY REQUEST BUDGET EXCEEDED", retryAfterMs: 2_000, dailyRemaining: 5_000 }, "daily"],
    [{ text: "request over limit", burstRemaining: 79, retryAfterMs: 2_000 }, "burst"],
    [{ text: "Request over limit", burstRemaining: 79 }, "burst"],
    [{ text: "REQUEST OVER LIMIT" }, "burst"],
    [{ text: "request over limit", burstRemaining: 3, dailyRemaining: 0 }, "burst"],
    [{ text: "request over limit", retryAfterMs: 3_939_000 }, "burst"],
    // Then what is left of the day.
    [{ text: "no reason given", dailyRemaining: 0, burstRemaining: 0 }, "daily"],
    [{ text: "no reason given", dailyRemaining: 0, retryAfterMs: 2_000 }, "daily"],
    // Then the wait.
    [{ text: "no reason given", burstRemaining: 79, retryAfterMs: 2_000 }, "burst"],
    [{ text: "no reason given", retryAfterMs: 0 }, "burst"],
    [{ text: "no reason given", retryAfterMs: 60_000 }, "burst"],
    [{ text: "no reason given", resetMs: 2_000 }, "burst"],
    [{ text: "no reason given", retryAfterMs: 60_001 }, "daily"],
    [{ text: "no reason given", retryAfterMs: 3_939_000, resetMs: 2_000 }, "daily"],
    [{ text: "no reason given", resetMs: 61_000 }, "daily"],
    // Else nothing is known.
    [{ text: "no reason given" }, "unclear"],
    [{ text: "Too Many Requests", burstRemaining: 79, dailyRemaining: 5 }, "unclear"],
    [{ text: "", burstRemaining: 0 }, "unclear"]
  ])("%j: %s", (refusal, limit) => expect(limitOf(refusal)).toBe(limit))
})

describe("refusalOf", () => {
  it.each<[Readonly<Record<string, string>>, Partial<Refusal>]>([
    [
      { "retry-after": "2", "x-ratelimit-remaining": "79" },
      { retryAfterMs: 2_000, burstRemaining: 79 }
    ],
    [{ "retry-after": "Thu, 01 Jan 1970 00:01:10 GMT" }, { retryAfterMs: 60_000 }],
    [{ "retry-after": "Thu, 01 Jan 1970 00:00:05 GMT" }, { retryAfterMs: 0 }],
    [{ "retry-after": "1e13" }, { retryAfterMs: 1e16 }],
    ...["1e300", "Infinity", "-1", "", " ", "soon", "NaN"].map(
      (text): [Readonly<Record<string, string>>, Partial<Refusal>] => [{ "retry-after": text }, {}]
    ),
    [{ "x-ratelimit-reset": "2", "x-daily-ratelimit-token-remaining": "-3" }, { resetMs: 2_000 }]
  ])("reads %j as %j", (headers, says) => {
    expect(refusalOf(answerOf(headers), "no", 10_000)).toEqual({ text: "no", ...says })
  })
})

describe("limitHeaders", () => {
  it("passes over numbers that nothing can be counted with", () => {
    const headers = { "x-ratelimit-limit": "1e300", "x-daily-ratelimit-token-limit": "30000" }
    expect(limitHeaders(answerOf(headers))).toEqual({ dailyLimit: 30_000 })
  })
})
