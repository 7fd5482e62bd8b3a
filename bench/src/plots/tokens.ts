import { startCompany } from "../company.ts"
import type { Scale } from "../figure.ts"
import { read } from "../source.ts"
import type { TokenPoint } from "./results.ts"

const CHANGED = [1, 10, 100, 1_000]
/** A list, children that are asked for a hundred parents at a time, and children that are asked for one by one. */
const streams = ["deals", "deal_products", "deal_changelog"]

/** Tokens of a run by how many of 5,000 deals were edited before it. */
export const measureTokens = async ({ rows }: Scale): Promise<ReadonlyArray<TokenPoint>> => {
  const deals = rows(5_000)
  await using company = await startCompany({ size: { deals, dealProducts: deals } })
  const states = new Map<string, unknown>()
  const points: Array<TokenPoint> = []
  const run = async (changed?: number): Promise<void> => {
    await read(company, {
      streams,
      workers: 10,
      state: [...states.values()],
      take: (line) => {
        if (line.startsWith('{"type":"RECORD"')) return
        const { log, state } = JSON.parse(line) as {
          readonly log?: { readonly message: string }
          readonly state?: { readonly stream: { readonly stream_descriptor: { readonly name: string } } }
        }
        if (state !== undefined) states.set(state.stream.stream_descriptor.name, state)
        const [, stream, tokens] = /^(\w+): \d+ rows, \d+ requests, (\d+) tokens/.exec(log?.message ?? "") ?? []
        if (stream !== undefined)
          points.push({ stream, ...(changed !== undefined && { changed }), tokens: Number(tokens) })
      }
    })
  }
  await run()
  for (const changed of CHANGED) {
    await company.edit("v2/deals", rows(changed))
    await run(changed)
  }
  return points
}
