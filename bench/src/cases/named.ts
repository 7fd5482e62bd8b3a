import { startCompany } from "../company.ts"
import { type Case, median, repeated, seconds, whole } from "../figure.ts"
import { read } from "../source.ts"

const streams = ["deals"]

/** Custom fields of a deal: as many as large companies have. */
const FIELDS = 100

/** How fast rows pass when their custom fields become columns, beside the same rows as they are. */
export const named: Case = {
  name: "named",
  async *measure({ rows, runs }) {
    await using company = await startCompany({ size: { deals: rows(100_000) }, customFields: { count: FIELDS } })
    const took = await repeated(runs, async () => ({
      raw: await read(company, { streams }),
      named: await read(company, { streams, options: { custom_fields: "named" } })
    }))
    const { requests } = await company.report()
    const deals = requests.filter(({ path }) => path === "v2/deals")
    const listed = deals.reduce((sum, request) => sum + request.rows, 0) / (2 * runs)
    const [raw, columns] = [median(took.map((one) => one.raw.seconds)), median(took.map((one) => one.named.seconds))]
    yield {
      what: `${whole(listed)} deals of ${FIELDS} custom fields, these as columns: the same rows as they are`,
      measured: `${whole(listed / columns)} rows/s`,
      floor: `${seconds(raw)}, ours ${seconds(columns)}`,
      ratio: median(took.map((one) => one.raw.seconds / one.named.seconds)),
      bound: { atLeast: 0.5 }
    }
  }
}
