import { startCompany } from "../company.ts"
import { type Case, median, repeated, seconds, whole } from "../figure.ts"
import { read } from "../source.ts"

/** What it costs to name the ids of rows in states before the rows are sent. */
export const deletions: Case = {
  name: "deletions",
  async *measure({ rows, runs }) {
    const size = rows(100_000)
    await using company = await startCompany({ size: { deals: size } })
    const streams = ["deals"]
    await read(company, { streams })
    const took = await repeated(runs, async () => ({
      off: await read(company, { streams }),
      on: await read(company, { streams, options: { track_deletions: true } })
    }))
    yield {
      what: `a first read of ${whole(size)} deals, their deletions tracked`,
      measured: seconds(median(took.map(({ on }) => on.seconds))),
      floor: `${seconds(median(took.map(({ off }) => off.seconds)))} without`,
      ratio: median(took.map(({ off, on }) => on.seconds / off.seconds)),
      bound: { atMost: 1.03 }
    }
  }
}
