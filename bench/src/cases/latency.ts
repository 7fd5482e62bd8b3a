import type { EmulatorOptions } from "pipedrive-emulator"
import { startCompany } from "../company.ts"
import { type Case, type Figure, type Scale, seconds, whole } from "../figure.ts"
import { read } from "../source.ts"

const streams = ["deals"]
const WORKERS = 10

/** The ways update times are spread, each with what ten workers must gain over one. */
const shapes: ReadonlyArray<readonly [EmulatorOptions["shape"] & string, what: string, atLeast: number]> = [
  ["even", "spread evenly", 7],
  ["dead", "ten empty years", 6],
  ["recent", "all in the last week", 6],
  ["denseDay", "one dense day", 5]
]

/** Least seconds in which the chain of the fullest second can be read: nothing splits a second. */
const ofOneSecond = async (rows: number, latencyMs: number): Promise<Figure> => {
  await using company = await startCompany({ size: { deals: rows }, latencyMs, shape: "oneSecond" })
  const ten = await read(company, { streams, workers: WORKERS })
  const listed = (await company.report()).requests.reduce((sum, request) => sum + request.rows, 0)
  const chain = (listed / 2 / 500) * (latencyMs / 1000)
  return {
    what: `${whole(listed)} deals, ${latencyMs} ms, half of all in one second: 10 workers`,
    measured: seconds(ten.seconds),
    floor: `${seconds(chain)}, latency of that second's pages`,
    ratio: ten.seconds / chain,
    bound: { atMost: 1.15 }
  }
}

const spread = async function* (scale: Scale, [shape, what, atLeast]: (typeof shapes)[number]): AsyncIterable<Figure> {
  const { latencyMs } = scale
  await using company = await startCompany({ size: { deals: scale.rows(200_000) }, latencyMs, shape })
  const one = await read(company, { streams, workers: 1 })
  const listed = (await company.report()).requests.reduce((sum, request) => sum + request.rows, 0)
  const ten = await read(company, { streams, workers: WORKERS })
  const requests = (await company.report()).requests.length
  const least = Math.ceil(listed / 500)
  yield {
    what: `${whole(listed)} deals, ${latencyMs} ms, ${what}: 10 workers against 1`,
    measured: seconds(ten.seconds),
    floor: seconds(one.seconds),
    ratio: one.seconds / ten.seconds,
    bound: { atLeast }
  }
  yield {
    what: "  its requests, less one a worker and four, against the least",
    measured: whole(requests),
    floor: whole(least),
    ratio: (requests - WORKERS - 4) / least,
    bound: { atMost: 1.03 }
  }
}

/** What workers gain where each answer takes its time, whatever way the rows are spread. */
export const latency: Case = {
  name: "latency",
  async *measure(scale) {
    for (const shape of shapes) yield* spread(scale, shape)
    yield await ofOneSecond(scale.rows(200_000), scale.latencyMs)
  }
}
