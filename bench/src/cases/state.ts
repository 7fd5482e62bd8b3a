import { startCompany } from "../company.ts"
import { type Case, whole } from "../figure.ts"
import { discover, read } from "../source.ts"

const MOST = 256 * 1024

/** Whether the state of a stream stays small, whatever it has read. */
export const state: Case = {
  name: "state",
  async *measure({ rows }) {
    await using company = await startCompany({
      shape: "clumps",
      size: {
        deals: rows(20_000),
        persons: rows(2_000),
        products: rows(2_000),
        users: rows(2_000),
        filters: rows(30_000),
        activityTypes: rows(5_000),
        leadLabels: rows(5_000),
        callLogs: rows(30_000)
      }
    })
    const streams = (await discover(company)).filter((stream) => !/^(deal|person|product)_/.test(stream))
    let largest = { stream: "", bytes: 0 }
    await read(company, {
      streams,
      workers: 10,
      take: (line) => {
        if (!line.startsWith('{"type":"STATE"')) return
        const { stream } = (
          JSON.parse(line) as {
            readonly state: { stream: { stream_descriptor: { name: string }; stream_state: unknown } }
          }
        ).state
        const bytes = Buffer.byteLength(JSON.stringify(stream.stream_state))
        if (bytes > largest.bytes) largest = { stream: stream.stream_descriptor.name, bytes }
      }
    })
    yield {
      what: `largest state of ${streams.length} streams at any moment (${largest.stream})`,
      measured: `${whole(largest.bytes)} bytes`,
      floor: `${whole(MOST)} bytes`,
      ratio: largest.bytes / MOST,
      bound: { atMost: 1 }
    }
  }
}
