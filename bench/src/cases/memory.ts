import { startCompany } from "../company.ts"
import { type Case, median, repeated, whole } from "../figure.ts"
import { read } from "../source.ts"

const peakOf = async (deals: number, runs: number): Promise<number> => {
  await using company = await startCompany({ size: { deals } })
  return median((await repeated(runs, () => read(company, { streams: ["deals"] }))).map(({ peakMiB }) => peakMiB))
}

/** Whether memory grows with the rows that are read. */
export const memory: Case = {
  name: "memory",
  async *measure({ rows, runs }) {
    const few = await peakOf(rows(100_000), runs)
    const many = await peakOf(rows(1_000_000), runs)
    yield {
      what: `peak memory of ${whole(rows(1_000_000))} deals against ${whole(rows(100_000))}`,
      measured: `${whole(many)} MiB`,
      floor: `${whole(few)} MiB`,
      ratio: many / few,
      bound: { atMost: 1.25 }
    }
    yield {
      what: "  the same against what it may be",
      measured: `${whole(many)} MiB`,
      floor: "160 MiB",
      ratio: many / 160,
      bound: { atMost: 1 }
    }
  }
}
