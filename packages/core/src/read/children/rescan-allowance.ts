/**
 * What a rescan may spend. A rolling rescan goes through some parents a day, for a share of the company's daily tokens
 * that all rolling streams divide among them; a whole one goes through all parents at once and has no limit.
 */
import type { Rescan } from "../../state/format.ts"

/** Share of the company's daily tokens that all rolling rescans together may spend a day. */
const ROLLING_SHARE = 0.1
/** Daily tokens of the smallest account, where answers do not tell. */
const LEAST_DAILY = 30_000

/** Tokens each of so many rolling streams may spend a day. */
export const rollingAllowance = (dailyLimit: number | undefined, streams: number): number =>
  Math.floor((ROLLING_SHARE * (dailyLimit ?? LEAST_DAILY)) / Math.max(1, streams))

/** Today's allowance of one stream; what has been spent of it is part of the stream's progress. */
export class RescanAllowance {
  readonly #progress: { readonly rescan: Rescan }
  readonly #tokensPerParent: number
  readonly #tokens: number | undefined

  /** @param tokens tokens for today; undefined for no limit */
  constructor(progress: { readonly rescan: Rescan }, tokensPerParent: number, tokens: number | undefined) {
    this.#progress = progress
    this.#tokensPerParent = tokensPerParent
    this.#tokens = tokens
  }

  /** Parents that can still be asked for today. */
  get parents(): number {
    if (this.#tokens === undefined) return Number.POSITIVE_INFINITY
    return Math.floor((this.#tokens - (this.#progress.rescan.spent ?? 0)) / this.#tokensPerParent)
  }

  /** What will have been spent once so many more parents have been asked for. */
  spentAfter(parents: number): Pick<Rescan, "spent"> {
    if (this.#tokens === undefined) return {}
    return { spent: (this.#progress.rescan.spent ?? 0) + parents * this.#tokensPerParent }
  }
}
