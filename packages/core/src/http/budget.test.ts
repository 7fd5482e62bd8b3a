import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chanceOf } from "../../test/table.ts"
import { Governor, LOWEST_BURST, type Ticket } from "./budget.ts"
import { LONGEST_BURST_WAIT_MS } from "./rate-limit.ts"

// SPEC 22, 23

/** Sends a request, which has to be let through. */
const send = (governor: Governor, nowMs = 0, tokens = 10): Ticket => {
  const verdict = governor.ask(nowMs, tokens)
  if (verdict._tag !== "Send") throw new Error(`not sent: ${JSON.stringify(verdict)}`)
  return verdict.ticket
}

interface Flight {
  readonly ticket: Ticket
  readonly tokens: number
  arrivesMs: number
  answersMs: number
  answer?: { readonly refused: boolean; readonly remaining: number; readonly daily: number; readonly lost: boolean }
}

interface Simulated {
  readonly seed: number
  readonly limit: number
  readonly workers: number
  readonly durationMs: number
  readonly latencyMs: number
  readonly headers?: "always" | "sometimes" | "never"
  readonly sharePercent?: number
  readonly daily?: number
  readonly tokens?: number
  /** Requests that another client sends in a window. */
  readonly others?: number
  /** How our own clock is wrong at a time of the server. */
  readonly skewMs?: (serverMs: number) => number
  readonly lossy?: boolean
}

/** A server that counts a rolling window of two seconds, and a client that asks the governor before each request. */
const simulate = (given: Simulated) => {
  const { durationMs, latencyMs, limit, seed, workers } = given
  const chance = chanceOf(seed)
  const governor = new Governor(given.sharePercent ?? 100)
  const skewMs = given.skewMs ?? (() => 0)
  const dailyLimit = given.daily ?? 1_000_000
  let daily = dailyLimit
  let counted: Array<number> = []
  let flights: Array<Flight> = []
  let own = 0
  let burst = 0
  let most = 0
  let least = daily
  let firstAnswerMs: number | undefined
  let spent = false
  const sentMs: Array<number> = []
  const latency = () => 1 + Math.floor(chance.next() * latencyMs)
  const inWindow = (nowMs: number) => {
    counted = counted.filter((atMs) => atMs > nowMs - 2000)
    return counted.length
  }
  for (let nowMs = 0; nowMs < durationMs; nowMs++) {
    const clockMs = 1_750_000_000_000 + nowMs + skewMs(nowMs)
    const starts = given.others === undefined ? 0 : 4000
    // The other client keeps its own pace, evenly.
    if (given.others !== undefined && nowMs % Math.ceil(2000 / given.others) === 0 && inWindow(nowMs) < limit) {
      counted.push(nowMs)
    }
    for (const flight of flights.filter(({ arrivesMs }) => arrivesMs === nowMs)) {
      const refused = inWindow(nowMs) >= limit
      if (!refused) {
        counted.push(nowMs)
        daily -= flight.tokens
        least = Math.min(least, daily)
      } else if (firstAnswerMs !== undefined) burst++
      most = Math.max(most, counted.length)
      flight.answer = {
        refused,
        remaining: limit - counted.length,
        daily,
        lost: given.lossy === true && chance.is(0.1)
      }
    }
    for (const flight of flights.filter(({ answersMs }) => answersMs === nowMs)) {
      const answer = flight.answer as NonNullable<Flight["answer"]>
      const told = given.headers === "never" || (given.headers === "sometimes" && chance.is(0.5)) ? {} : undefined
      const headers = told ?? {
        burstLimit: limit,
        burstRemaining: answer.remaining,
        ...(given.daily !== undefined && { dailyLimit, dailyRemaining: answer.daily })
      }
      if (answer.lost) governor.lost(clockMs, flight.ticket)
      else {
        firstAnswerMs ??= nowMs
        if (answer.refused)
          governor.refused(clockMs, flight.ticket, { ...headers, text: "request over limit", resetMs: 2000 })
        else governor.answered(clockMs, flight.ticket, headers)
      }
    }
    flights = flights.filter(({ answersMs }) => answersMs > nowMs)
    while (nowMs >= starts && flights.length < workers) {
      const tokens = given.tokens ?? 10
      const verdict = governor.ask(clockMs, tokens)
      if (verdict._tag === "Hold" && flights.length === 0) throw new Error("held for nothing")
      if (verdict._tag === "Spent") spent = true
      if (verdict._tag !== "Send") break
      own++
      sentMs.push(nowMs)
      const arrivesMs = nowMs + latency()
      flights.push({ ticket: verdict.ticket, tokens, arrivesMs, answersMs: arrivesMs + latency() })
    }
  }
  return { own, burst, most, least, spent, sentMs, governor }
}

const limits = fc.constantFrom(20, 40, 80, 100, 120, 160, 400, 480)

describe("the burst window", () => {
  it("is never overspent, however answers are delayed, lost or silent", () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          limit: limits,
          workers: fc.integer({ min: 1, max: 500 }),
          latencyMs: fc.constantFrom(1, 10, 300, 3000),
          headers: fc.constantFrom("always", "sometimes", "never"),
          lossy: fc.boolean()
        }),
        (given) => {
          const { burst } = simulate({ ...given, durationMs: 6_000 })
          expect(burst).toBe(0)
        }
      ),
      { numRuns: 60 }
    )
  })

  it.each([20, 80, 480])("is used almost wholly: a limit of %i", (limit) => {
    const { own } = simulate({ seed: 1, limit, workers: 500, durationMs: 20_000, latencyMs: 30 })
    expect(own).toBeGreaterThan((limit - Math.max(1, limit * 0.03)) * 8)
  })

  it("keeps to the lowest plan where answers do not name the limit", () => {
    const { own } = simulate({ seed: 1, limit: 480, workers: 500, durationMs: 20_000, latencyMs: 30, headers: "never" })
    expect(own).toBeLessThanOrEqual(LOWEST_BURST * 10)
  })

  it("sends one request before the first answer, whatever the number of workers", () => {
    const governor = new Governor()
    expect(governor.ask(0, 10)._tag).toBe("Send")
    expect(governor.ask(0, 10)._tag).toBe("Hold")
    expect(governor.ask(1_000_000, 10)._tag).toBe("Hold")
  })

  it.each([20, 40, 100, 120, 480])("leaves another client its half: a limit of %i", (limit) => {
    for (let seed = 1; seed <= 5; seed++) {
      const { burst, own } = simulate({
        seed,
        limit,
        workers: 10,
        durationMs: 30_000,
        latencyMs: 200,
        others: limit / 2
      })
      expect(burst).toBeLessThanOrEqual(1)
      expect(own).toBeGreaterThan(limit * 2)
    }
  })

  it("is not overspent when our clock is set back, nor does that stop the run", () => {
    const skewMs = (ms: number) => (ms < 5000 ? 0 : -3_600_000)
    const { burst, sentMs } = simulate({ seed: 3, limit: 40, workers: 10, durationMs: 20_000, latencyMs: 50, skewMs })
    expect(burst).toBe(0)
    expect(sentMs.filter((ms) => ms > 10_000).length).toBeGreaterThan(100)
  })

  it("goes on soon after a refusal, even where our clock is set back meanwhile", () => {
    const governor = new Governor()
    const first = governor.ask(10_000_000, 10)
    if (first._tag !== "Send") throw new Error("not sent")
    governor.refused(10_000_000, first.ticket, { text: "request over limit", resetMs: 2000 })
    let nowMs = 10_000_000 - 3_600_000
    for (let waits = 0; waits < 5; waits++) {
      const verdict = governor.ask(nowMs, 10)
      if (verdict._tag === "Send") return
      if (verdict._tag === "Wait") {
        expect(verdict.untilMs - nowMs).toBeLessThanOrEqual(60_000)
        nowMs = verdict.untilMs
      }
    }
    throw new Error("it never goes on")
  })
})

describe("a burst refusal", () => {
  const refusedAt = (nowMs: number, refusal: { readonly retryAfterMs?: number; readonly resetMs?: number }) => {
    const governor = new Governor()
    const first = governor.ask(nowMs, 10)
    if (first._tag !== "Send") throw new Error("not sent")
    governor.refused(nowMs, first.ticket, { text: "request over limit", burstLimit: 100, ...refusal })
    return governor
  }

  it.each([
    [{ retryAfterMs: 5000, resetMs: 1000 }, 5000],
    [{ resetMs: 1000 }, 1000],
    [{}, 2000],
    [{ resetMs: 0 }, 100]
  ])("pauses all for what it says: %j", (refusal, pauseMs) => {
    const governor = refusedAt(50_000, refusal)
    expect(governor.ask(50_000, 10)).toEqual({ _tag: "Wait", untilMs: 50_000 + pauseMs })
    expect(governor.ask(50_000 + pauseMs - 1, 10)._tag).toBe("Wait")
    expect(governor.ask(50_000 + pauseMs, 10)._tag).toBe("Send")
  })

  it("is followed by one request at a time, not by a herd", () => {
    const governor = refusedAt(50_000, { resetMs: 2000 })
    let sent = 0
    for (let nowMs = 52_000; nowMs < 52_500; nowMs++) {
      let now = 0
      while (governor.ask(nowMs, 10)._tag === "Send") now++
      expect(now).toBeLessThanOrEqual(1)
      sent += now
    }
    expect(sent).toBeGreaterThan(5)
    expect(sent).toBeLessThanOrEqual(26)
  })
})

describe("the daily budget", () => {
  it("is never taken below the share, whatever order answers come in", () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          sharePercent: fc.integer({ min: 1, max: 100 }),
          tokens: fc.constantFrom(1, 10, 20, 40),
          workers: fc.integer({ min: 1, max: 10 }),
          latencyMs: fc.constantFrom(1, 100, 2000)
        }),
        (given) => {
          const daily = 1000
          const { least, spent } = simulate({ ...given, limit: 400, durationMs: 30_000, daily })
          const floor = (daily * (100 - given.sharePercent)) / 100
          // Before the first answer nobody knows the budget: that one request is out.
          if (daily - given.tokens >= floor) expect(least).toBeGreaterThanOrEqual(floor)
          if (spent) expect(least - floor).toBeLessThan(given.tokens * (given.workers + 1))
        }
      ),
      { numRuns: 200 }
    )
  })

  it("is known from the newest answer, not from one that was overtaken", () => {
    const governor = new Governor()
    governor.answered(0, send(governor), { burstLimit: 100, burstRemaining: 99, dailyLimit: 1000, dailyRemaining: 100 })
    const [slow, fast] = [send(governor), send(governor)]
    // The server served the later one first: 90 were left then, and 80 after both.
    governor.answered(1, slow, { dailyLimit: 1000, dailyRemaining: 80 })
    governor.answered(2, fast, { dailyLimit: 1000, dailyRemaining: 90 })
    expect(governor.dailyRemaining).toBe(80)
  })

  it("counts what is under way, and what may have been, until an answer tells it", () => {
    const governor = new Governor()
    governor.answered(0, send(governor), { burstLimit: 100, burstRemaining: 99, dailyLimit: 1000, dailyRemaining: 100 })
    const [a, b, c] = [send(governor), send(governor), send(governor)]
    expect(governor.dailyLeft).toBe(70)
    governor.answered(1, a, { dailyLimit: 1000, dailyRemaining: 90 })
    expect(governor.dailyLeft).toBe(70)
    governor.lost(2, c)
    expect(governor.dailyLeft).toBe(70)
    // It was overtaken: it tells nothing of the tokens, but that it was answered.
    governor.answered(3, b, { dailyLimit: 1000, dailyRemaining: 95 })
    expect([governor.dailyRemaining, governor.dailyLeft]).toEqual([90, 80])
    const d = send(governor)
    governor.answered(4, d, { dailyLimit: 1000 })
    expect([governor.dailyRemaining, governor.dailyLeft]).toEqual([90, 70])
    governor.answered(5, send(governor), { dailyRemaining: 5 })
    expect([governor.dailyRemaining, governor.dailyLimit]).toEqual([90, 1000])
  })

  it("is back when an answer to a later request says so", () => {
    const governor = new Governor()
    governor.answered(0, send(governor), { burstLimit: 100, burstRemaining: 99, dailyLimit: 1000, dailyRemaining: 15 })
    governor.answered(0, send(governor), { dailyLimit: 1000, dailyRemaining: 990 })
    expect(governor.dailyRemaining).toBe(990)
    expect(governor.ask(0, 10)._tag).toBe("Send")
  })

  it("holds while answers are out, and is spent when none is", () => {
    const governor = new Governor(50)
    const first = governor.ask(0, 10)
    if (first._tag !== "Send") throw new Error("not sent")
    governor.answered(0, first.ticket, { burstLimit: 100, burstRemaining: 99, dailyLimit: 1000, dailyRemaining: 510 })
    const second = governor.ask(0, 10)
    if (second._tag !== "Send") throw new Error("not sent")
    expect(governor.ask(0, 10)._tag).toBe("Hold")
    governor.answered(0, second.ticket, { dailyLimit: 1000, dailyRemaining: 500 })
    expect(governor.ask(0, 10)).toEqual({ _tag: "Spent", remaining: 500 })
    expect(governor.spent).toBe(20)
  })

  it("has the tokens of a request again that was not sent after all", () => {
    const governor = new Governor()
    governor.answered(0, send(governor, 0, 10), {
      burstLimit: 100,
      burstRemaining: 99,
      dailyLimit: 1000,
      dailyRemaining: 100
    })
    const [first, second] = [send(governor, 0, 30), send(governor, 0, 40)]
    expect([governor.dailyLeft, governor.spent]).toEqual([30, 80])
    governor.withdrawn(first)
    expect([governor.dailyLeft, governor.spent]).toEqual([60, 50])
    governor.withdrawn(second)
    expect([governor.dailyLeft, governor.spent]).toEqual([100, 10])
  })

  it("is what the share leaves, and never less than nothing", () => {
    const governor = new Governor(80)
    expect(governor.dailyLeft).toBe(Number.POSITIVE_INFINITY)
    expect([governor.dailyLimit, governor.dailyRemaining]).toEqual([undefined, undefined])
    const verdict = governor.ask(0, 10)
    if (verdict._tag !== "Send") throw new Error("not sent")
    governor.answered(0, verdict.ticket, { dailyLimit: 1000, dailyRemaining: 450 })
    expect([governor.dailyLeft, governor.dailyLimit]).toEqual([250, 1000])
    const next = governor.ask(0, 10)
    if (next._tag !== "Send") throw new Error("not sent")
    governor.answered(0, next.ticket, { dailyLimit: 1000, dailyRemaining: 150 })
    expect(governor.dailyLeft).toBe(0)
  })

  it("does not stop a run whose answers do not tell it", () => {
    const { own, spent } = simulate({
      seed: 1,
      limit: 400,
      workers: 5,
      durationMs: 5000,
      latencyMs: 20,
      sharePercent: 1
    })
    expect(spent).toBe(false)
    expect(own).toBeGreaterThan(100)
  })
})

describe("the account's limit", () => {
  /** How many requests may be sent at once. */
  const atOnce = (governor: Governor, nowMs: number): number => {
    for (let sent = 0; ; sent++) if (governor.ask(nowMs, 1)._tag !== "Send") return sent
  }
  const told = (...headers: ReadonlyArray<object>): Governor => {
    const governor = new Governor()
    for (const each of headers) {
      const verdict = governor.ask(0, 1)
      if (verdict._tag !== "Send") throw new Error("not sent")
      governor.answered(0, verdict.ticket, each)
    }
    return governor
  }

  it("is the lowest plan's until an answer has named it, less one for others", () => {
    expect(atOnce(told({}), 10_000)).toBe(LOWEST_BURST - 1)
    expect(atOnce(told({ burstLimit: 100, burstRemaining: 99 }), 10_000)).toBe(97)
  })

  it("stays what it was where an answer names one of 0", () => {
    expect(atOnce(told({ burstLimit: 100, burstRemaining: 99 }, { burstLimit: 0 }), 10_000)).toBe(97)
  })

  it("is less what others send, by the mean of the last answers, and some slack", () => {
    expect(atOnce(told({ burstLimit: 100, burstRemaining: 79 }), 10_000)).toBe(100 - 3 - 20 - 5)
    const two = told({ burstLimit: 100, burstRemaining: 79 }, { burstRemaining: 88 })
    expect(atOnce(two, 10_000)).toBe(100 - 3 - 15 - 4)
    expect(atOnce(told({ burstLimit: 20, burstRemaining: 0 }), 10_000)).toBe(1)
  })

  it("forgets what others sent after two windows, or when the clock is set back", () => {
    for (const nowMs of [104_000, 0]) {
      const governor = new Governor()
      const answer = (atMs: number, more: object) => {
        const verdict = governor.ask(atMs, 1)
        if (verdict._tag !== "Send") throw new Error("not sent")
        governor.answered(atMs, verdict.ticket, { burstRemaining: 100 - verdict.ticket.window, ...more })
      }
      answer(100_000, { burstLimit: 100, burstRemaining: 79 })
      answer(nowMs, {})
      expect(atOnce(governor, nowMs + 10_000)).toBe(97)
    }
  })

  it("is one at a time until the first answer has come", () => {
    expect(atOnce(new Governor(), 0)).toBe(1)
  })
})

describe("a request that may not be sent yet", () => {
  const sendOne = (governor: Governor, nowMs: number): Ticket => send(governor, nowMs, 1)
  /** A governor of five requests a window, and tickets for all of them. */
  const full = () => {
    const governor = new Governor()
    governor.answered(0, sendOne(governor, 0), { burstLimit: 6, burstRemaining: 5 })
    return { governor, tickets: Array.from({ length: 5 }, () => sendOne(governor, 10_000)) as [Ticket, Ticket, Ticket] }
  }

  it("is held until an answer comes, and waits then for the first of the window to leave it", () => {
    const { governor, tickets } = full()
    expect(governor.ask(10_000, 1)).toEqual({ _tag: "Hold" })
    governor.answered(10_300, tickets[1], {})
    governor.lost(10_100, tickets[0])
    governor.answered(10_200, tickets[2], {})
    expect(governor.ask(10_400, 1)).toEqual({ _tag: "Wait", untilMs: 12_100 })
    expect(governor.ask(12_099, 1)._tag).toBe("Wait")
    sendOne(governor, 12_100)
    expect(governor.ask(12_100, 1)).toEqual({ _tag: "Wait", untilMs: 12_200 })
  })

  it("takes the place of one that was not sent after all", () => {
    const { governor, tickets } = full()
    governor.withdrawn(tickets[1])
    sendOne(governor, 10_000)
    expect(governor.ask(10_000, 1)).toEqual({ _tag: "Hold" })
  })

  it("waits for no longer than a window where the clock is set back", () => {
    const { governor, tickets } = full()
    for (const ticket of tickets) governor.answered(10_000, ticket, {})
    expect(governor.ask(3000, 1)).toEqual({ _tag: "Wait", untilMs: 5000 })
  })

  it("waits after a refusal for the reset; then they go one by one, for a window", () => {
    const { governor, tickets } = full()
    for (const ticket of tickets.slice(1)) governor.answered(10_000, ticket, {})
    governor.refused(20_000, tickets[0], { text: "", resetMs: 500 })
    expect(governor.ask(20_000, 1)).toEqual({ _tag: "Wait", untilMs: 20_500 })
    expect(governor.ask(20_499, 1)).toEqual({ _tag: "Wait", untilMs: 20_500 })
    sendOne(governor, 20_500)
    expect(governor.ask(20_500, 1)).toEqual({ _tag: "Wait", untilMs: 20_900 })
    sendOne(governor, 20_900)
    expect(governor.ask(20_900, 1)).toEqual({ _tag: "Wait", untilMs: 21_300 })
    for (let n = 0; n < 3; n++) sendOne(governor, 22_500)
    expect(governor.ask(22_500, 1)).toEqual({ _tag: "Hold" })
  })

  it.each([
    [{ resetMs: 0 }, 100],
    [{}, 2000],
    [{ resetMs: 700, retryAfterMs: 300 }, 300],
    [{ retryAfterMs: 86_400_000 }, LONGEST_BURST_WAIT_MS]
  ])("waits after a refusal with %j for %i ms", (told, waitMs) => {
    const governor = new Governor()
    governor.refused(50, sendOne(governor, 50), { text: "", ...told })
    expect(governor.ask(50, 1)).toEqual({ _tag: "Wait", untilMs: 50 + waitMs })
  })

  it("waits for the longer of two refusals", () => {
    const governor = new Governor()
    governor.answered(0, sendOne(governor, 0), { burstLimit: 100, burstRemaining: 99 })
    const [one, other] = [sendOne(governor, 0), sendOne(governor, 0)]
    governor.refused(10, one, { text: "", resetMs: 900 })
    governor.refused(20, other, { text: "", resetMs: 300 })
    expect(governor.ask(20, 1)).toEqual({ _tag: "Wait", untilMs: 910 })
  })
})

describe("refusals in a row", () => {
  it("are counted from one answer to the next", () => {
    const governor = new Governor()
    for (let number = 1; number <= 4; number++)
      expect(governor.refused(number * 3_000, send(governor, number * 3_000), { text: "" })).toBe(number)
    governor.answered(15_000, send(governor, 15_000), {})
    expect(governor.refused(18_000, send(governor, 18_000), { text: "" })).toBe(1)
  })

  it("are one where requests were under way together", () => {
    const governor = new Governor()
    governor.answered(0, send(governor, 0), { burstLimit: 100, burstRemaining: 99 })
    const together = Array.from({ length: 10 }, () => send(governor, 0))
    expect(together.map((ticket) => governor.refused(1, ticket, { text: "" }))).toEqual(Array(10).fill(1))
    expect(governor.refused(3_000, send(governor, 3_000), { text: "" })).toBe(2)
  })
})
