import { startCompany } from "../company.ts"
import type { Scale } from "../figure.ts"
import { read } from "../source.ts"
import type { LatencyPoint } from "./results.ts"

const LATENCIES_MS = [10, 50, 100, 200]
const WORKERS = [1, 3, 10]

/** Rows a second by what an answer takes, and by workers. */
export const measureLatency = async ({ rows }: Scale): Promise<ReadonlyArray<LatencyPoint>> => {
  const points: Array<LatencyPoint> = []
  for (const latencyMs of LATENCIES_MS) {
    await using company = await startCompany({ size: { deals: rows(100_000) }, latencyMs })
    for (const workers of WORKERS) {
      const { seconds } = await read(company, { streams: ["deals"], workers })
      const listed = (await company.report()).requests.reduce((sum, request) => sum + request.rows, 0)
      points.push({ latencyMs, workers, rowsPerSecond: Math.round(listed / seconds) })
    }
  }
  return points
}
