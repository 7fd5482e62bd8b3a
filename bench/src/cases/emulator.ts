import { startCompany } from "../company.ts"
import { type Case, median, repeated, whole } from "../figure.ts"
import { read } from "../source.ts"

/** Whether the account waits for its reader and not the other way round: how much of the time it works. */
export const emulator: Case = {
  name: "emulator",
  async *measure({ rows, runs }) {
    await using company = await startCompany({ size: { deals: rows(200_000) } })
    await read(company, { streams: ["deals"] })
    await company.report()
    const took = await repeated(runs, async () => {
      const { seconds } = await read(company, { streams: ["deals"] })
      const { cpuSeconds, requests } = await company.report()
      return { seconds, cpuSeconds, pages: requests.length }
    })
    const ms = (each: (one: (typeof took)[number]) => number): string =>
      `${(1000 * median(took.map(each))).toFixed(1)} ms`
    yield {
      what: `work of the account for one of ${whole(took[0]?.pages ?? 0)} pages`,
      measured: ms(({ cpuSeconds, pages }) => cpuSeconds / pages),
      floor: `${ms(({ pages, seconds }) => seconds / pages)} a page of the source's read`,
      ratio: median(took.map(({ cpuSeconds, seconds }) => cpuSeconds / seconds)),
      bound: { atMost: 0.8 }
    }
  }
}
