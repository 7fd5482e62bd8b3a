import { startCompany } from "../company.ts"
import { type Case, whole } from "../figure.ts"
import { discover, read } from "../source.ts"

const WORKERS = 10
const BURST = 120

/** Streams with requests for each deal, which would take the run for themselves. */
const isDealByDeal = (stream: string): boolean => /^deal_(?!fields|products|installments)/.test(stream)

/** Whether a read of all streams leaves neither the window nor a worker idle. */
export const mixed: Case = {
  name: "mixed",
  async *measure({ latencyMs, rows }) {
    await using company = await startCompany({
      latencyMs,
      burstLimit: BURST,
      size: {
        deals: rows(40_000),
        persons: rows(300),
        organizations: rows(200),
        activities: rows(20_000),
        products: rows(200),
        notes: rows(2_000),
        leads: rows(300),
        files: rows(1_000)
      }
    })
    const streams = (await discover(company)).filter((stream) => !isDealByDeal(stream))
    await company.report()
    const taken = await read(company, { streams, workers: WORKERS })
    const requests = (await company.report()).requests.length
    const least = Math.min(BURST / 2, WORKERS / (latencyMs / 1000))
    yield {
      what: `${streams.length} streams, ${latencyMs} ms, 10 workers, ${BURST} requests per 2 s: requests/s`,
      measured: `${whole(requests)}, ${(requests / taken.seconds).toFixed(1)} a second`,
      floor: `${whole(least)} a second, the most that is allowed`,
      ratio: requests / taken.seconds / least,
      bound: { atLeast: 0.9 }
    }
  }
}
