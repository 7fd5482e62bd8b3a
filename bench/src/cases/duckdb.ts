import { startCompany } from "../company.ts"
import { type Case, median, repeated, seconds, whole } from "../figure.ts"
import { read, sync } from "../source.ts"

const streams = ["deals"]
const MOST_MIB = 400

/** How fast rows become a table, against reading them alone, and what that takes of memory. */
export const duckdb: Case = {
  name: "duckdb",
  async *measure({ rows, runs }) {
    await using company = await startCompany({ size: { deals: rows(200_000) } })
    const took = await repeated(runs, async () => ({
      alone: await read(company, { streams }),
      table: await sync(company, { streams })
    }))
    const { requests } = await company.report()
    const listed = requests.reduce((sum, request) => sum + request.rows, 0) / (2 * runs)
    const alone = median(took.map((one) => one.alone.seconds))
    const table = median(took.map((one) => one.table.seconds))
    yield {
      what: `${whole(listed)} deals into DuckDB against reading them alone`,
      measured: `${whole(listed / table)} rows/s`,
      floor: `${seconds(alone)}, ours ${seconds(table)}`,
      ratio: median(took.map((one) => one.alone.seconds / one.table.seconds)),
      bound: { atLeast: 0.5 }
    }
    const peak = median(took.map((one) => one.table.peakMiB))
    yield {
      what: "memory of it",
      measured: `${whole(peak)} MiB`,
      floor: `${MOST_MIB} MiB`,
      ratio: peak / MOST_MIB,
      bound: { atMost: 1 }
    }
    await using large = await startCompany({ size: { deals: rows(1_000_000) } })
    const million = await sync(large, { streams })
    yield {
      what: `memory of ${whole(rows(1_000_000))} deals`,
      measured: `${whole(million.peakMiB)} MiB`,
      floor: `${MOST_MIB} MiB`,
      ratio: million.peakMiB / MOST_MIB,
      bound: { atMost: 1 }
    }
  }
}
