import type { Clock } from "./interface.ts"

const MULTIPLIER = { lite: 1, growth: 2, premium: 5, ultimate: 7 } as const
const BURST = { lite: 20, growth: 40, premium: 100, ultimate: 120 } as const
const WINDOW_MS = 2000
const DAY_MS = 86_400_000

export type Plan = keyof typeof MULTIPLIER

export interface LimitOptions {
  readonly plan: Plan
  readonly seats: number
  readonly burstLimit: number | false | undefined
  readonly dailyTokens: number | undefined
}

export interface BurstState {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** Whole seconds until the window has room. */
  readonly resetSeconds: number
}

/** The rolling burst window of each token and the company's daily tokens, by the emulator's clock. */
export class Limits {
  readonly dailyLimit: number
  readonly #burst: number | false
  readonly #clock: Clock
  readonly #windows = new Map<string, number[]>()
  #day: number
  #spentToday = 0
  spent = 0

  constructor(clock: Clock, options: LimitOptions) {
    this.#clock = clock
    this.#burst = options.burstLimit ?? BURST[options.plan]
    this.dailyLimit = options.dailyTokens ?? 30_000 * MULTIPLIER[options.plan] * options.seats
    this.#day = Math.floor(clock.now() / DAY_MS)
  }

  /** Counts a request of a token in its window, if it fits. */
  enter(token: string, auth: "token" | "oauth"): BurstState | undefined {
    if (this.#burst === false) return undefined
    const limit = this.#burst * (auth === "oauth" ? 4 : 1)
    const now = this.#clock.now()
    let window = this.#windows.get(token)
    if (window === undefined) {
      window = []
      this.#windows.set(token, window)
    }
    while (window.length > 0 && (now - (window[0] as number) >= WINDOW_MS || (window[0] as number) > now))
      window.shift()
    const allowed = window.length < limit
    if (allowed) window.push(now)
    const oldest = window[0] ?? now
    return {
      allowed,
      limit,
      remaining: Math.max(0, limit - window.length),
      resetSeconds: Math.max(1, Math.ceil((oldest + WINDOW_MS - now) / 1000))
    }
  }

  #turn(): void {
    const day = Math.floor(this.#clock.now() / DAY_MS)
    if (day !== this.#day) {
      this.#day = day
      this.#spentToday = 0
    }
  }

  get remaining(): number {
    this.#turn()
    return Math.max(0, this.dailyLimit - this.#spentToday)
  }

  charge(tokens: number): void {
    this.#turn()
    this.#spentToday += tokens
    this.spent += tokens
  }

  /** Seconds until midnight UTC, when the daily tokens come back. */
  get secondsToReset(): number {
    const now = this.#clock.now()
    return Math.max(1, Math.ceil(((Math.floor(now / DAY_MS) + 1) * DAY_MS - now) / 1000))
  }
}
