import { Agent } from "node:http"
import { parseArgs } from "node:util"
import crossFetch from "cross-fetch"

/**
 * The floor: a loop on the HTTP client of the source that fetches the pages of a list one after another and writes
 * their bytes; with `--parse` it parses each page and writes each row anew.
 */
const { values } = parseArgs({
  options: { url: { type: "string" }, token: { type: "string" }, parse: { type: "boolean" } }
})
const agent = new Agent({ keepAlive: true })
const init = { headers: { "x-api-token": values.token ?? "" }, agent }
const address = (cursor: string | undefined) =>
  cursor === undefined ? String(values.url) : `${values.url}&cursor=${encodeURIComponent(cursor)}`

const write = (data: Uint8Array | string): Promise<void> | undefined =>
  process.stdout.write(data) ? undefined : new Promise((resolve) => process.stdout.once("drain", resolve))

let cursor: string | undefined
do {
  const answer = await crossFetch(address(cursor), init as RequestInit)
  if (answer.status !== 200) throw new Error(`status ${answer.status}`)
  if (values.parse) {
    const page = (await answer.json()) as {
      readonly data: ReadonlyArray<unknown>
      readonly additional_data: { readonly next_cursor: string | null }
    }
    for (const row of page.data) await write(`${JSON.stringify(row)}\n`)
    cursor = page.additional_data.next_cursor ?? undefined
  } else {
    const bytes = Buffer.from(await answer.arrayBuffer())
    await write(bytes)
    cursor = /"next_cursor":"([^"]*)"/.exec(bytes.subarray(-400).toString("latin1"))?.[1]
  }
} while (cursor !== undefined)
agent.destroy()
