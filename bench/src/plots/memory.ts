import { startCompany } from "../company.ts"
import type { Scale } from "../figure.ts"
import { read, sync } from "../source.ts"
import type { MemoryPoint } from "./results.ts"

const ROWS = [10_000, 100_000, 300_000, 1_000_000]

/** Memory by the rows that are read, and that are written to a DuckDB file. */
export const measureMemory = async (scale: Scale): Promise<ReadonlyArray<MemoryPoint>> => {
  const points: Array<MemoryPoint> = []
  for (const rows of ROWS) {
    await using company = await startCompany({ size: { deals: scale.rows(rows) } })
    for (const [command, run] of Object.entries({ read, sync })) {
      const { peakMiB } = await run(company, { streams: ["deals"] })
      points.push({ command: command as MemoryPoint["command"], rows, peakMiB: Math.round(peakMiB) })
    }
  }
  return points
}
