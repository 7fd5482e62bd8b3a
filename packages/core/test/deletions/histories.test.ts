import { describe, expect, it } from "vitest"
import { deletionSeedsOr } from "../fuzz.ts"
import { KINDS } from "./kinds.ts"
import { type Played, play } from "./play.ts"
import { type Rules, sketch } from "./sketch.ts"

// SPEC 29, 30, 31, 32, 33

const kinds = Object.keys(KINDS)

/** A history that went wrong, so that its reason can be found: what is wrong, and all that happened to that row. */
const said = (kind: string, seed: number, { trace, wrongs }: Played): string => {
  const id = /(\S+): /.exec(wrongs[0] ?? "")?.[1] ?? ""
  const own = new RegExp(`(^|[^0-9a-f-])${id}([^0-9a-f-]|$)`)
  const about = trace.filter((line) => own.test(line.slice(25)) || / (RUN|KILL|STOP|ERROR|WARN)/.test(line))
  return [
    `${kind}: again with npm run fuzz -- deletions 1 --seed ${seed}`,
    ...wrongs.slice(0, 5),
    ...about.slice(-60).map((line) => line.slice(0, 400))
  ].join("\n")
}

/** The first history that goes wrong, if one does. */
const goneWrong = async (
  kind: string,
  seeds: ReadonlyArray<number>,
  options?: Parameters<typeof play>[2]
): Promise<ReadonlyArray<string>> => {
  for (const seed of seeds) {
    const played = await play(kind, seed, options)
    if (played.wrongs.length > 0) return [said(kind, seed, played)]
  }
  return []
}

describe("histories of a reader in a page", () => {
  const seeds = Array.from({ length: 150 }, (_, at) => at + 1)
  const rules: Rules = { namesFirst: true, asksAgain: true }

  it("are right where it keeps the rules", async () => {
    expect(await goneWrong("persons", seeds, { reader: sketch(rules) })).toEqual([])
  })

  it.each(["namesFirst", "asksAgain"] as const)("go wrong without the rule %s", async (rule) => {
    expect(await goneWrong("persons", seeds, { reader: sketch({ ...rules, [rule]: false }) })).not.toEqual([])
  })
})

// `npm run fuzz -- deletions 5000` plays as many, over all kinds of lists.
describe.each(kinds)("histories of deletions, %s", (kind) => {
  it("leave every destination as the company is", async () => {
    const seeds = deletionSeedsOr(250).filter((seed) => seed % kinds.length === kinds.indexOf(kind))
    expect(await goneWrong(kind, seeds)).toEqual([])
  })
})
