import { type Company, startCompany } from "../company.ts"
import { type Case, type Figure, median, repeated, seconds, whole } from "../figure.ts"
import { programOf, runProgram, type Taken } from "../program.ts"
import { read } from "../source.ts"

const streams = ["deals"]

/** The bare loop over the pages that the source asks for. */
const floorOf = async (company: Company): Promise<(...flags: ReadonlyArray<string>) => Promise<Taken>> => {
  await read(company, { streams, workers: 1 })
  const { requests } = await company.report()
  const [first] = requests
  const url = `${company.url}/api/v2/deals?${new URLSearchParams({ ...first?.query })}`
  return (...flags) => runProgram([programOf("floor.ts"), "--url", url, "--token", company.apiToken, ...flags])
}

/** How fast the rows of one stream pass when the network is none. */
export const oneStream: Case = {
  name: "one-stream",
  async *measure({ rows, runs }) {
    await using company = await startCompany({ size: { deals: rows(500_000) } })
    const floor = await floorOf(company)
    await company.report()
    const took = await repeated(runs, async () => ({
      bare: await floor(),
      source: await read(company, { streams }),
      parsing: await floor("--parse")
    }))
    const { requests } = await company.report()
    const listed = requests.reduce((sum, request) => sum + request.rows, 0) / (3 * runs)
    const figure = (what: string, floor: "bare" | "parsing", atLeast: number): Figure => ({
      what: `${whole(listed)} deals without latency: ${what}`,
      measured: `${whole(listed / median(took.map(({ source }) => source.seconds)))} rows/s`,
      floor: `${seconds(median(took.map((one) => one[floor].seconds)))}, ours ${seconds(median(took.map(({ source }) => source.seconds)))}`,
      ratio: median(took.map((one) => one[floor].seconds / one.source.seconds)),
      bound: { atLeast }
    })
    yield figure("a loop that writes pages", "bare", 0.65)
    yield figure("a loop that parses rows", "parsing", 1.6)
  }
}
