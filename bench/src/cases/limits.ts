import { startCompany } from "../company.ts"
import { type Case, seconds } from "../figure.ts"
import { read } from "../source.ts"

const WINDOWS = 14
/** Requests per two seconds that an account may have. */
const limits = [20, 40, 100, 120, 240, 480]

/** How near a read comes to the least time its account's burst limit allows, without being refused. */
export const burstLimits: Case = {
  name: "limits",
  async *measure({ rows }) {
    for (const burstLimit of limits) {
      const pageSize = burstLimit > 120 ? 10 : 50
      const deals = rows(burstLimit * WINDOWS * pageSize)
      await using company = await startCompany({ size: { deals }, burstLimit, maxPageSize: pageSize })
      const taken = await read(company, { streams: ["deals"], workers: 10 })
      const { requests } = await company.report()
      const refused = requests.filter(({ status }) => status === 429).length
      // As many as the limit go at once, the next as many two seconds later.
      const least = 2 * (Math.ceil(requests.length / burstLimit) - 1)
      yield {
        what: `${requests.length} requests at ${burstLimit} per 2 s, ${refused} refused`,
        measured: seconds(taken.seconds),
        floor: `${seconds(least)}, the least the limit allows`,
        ratio: taken.seconds / least,
        bound: { atMost: 1.1 }
      }
    }
  }
}
