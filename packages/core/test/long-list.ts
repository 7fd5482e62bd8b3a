/**
 * Reads a list of many rows of a KB from the state in a file, once, and writes the state back: a program of its own, so
 * that its memory can be seen. Prints how many rows were emitted and how many MB it took at most, at its start and end.
 *
 * Usage: long-list.ts STATE ROWS [EDITED]
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { Effect, Result } from "effect"
import { decodeConfig } from "../src/config/config.ts"
import { snapshot } from "../src/declare/changes.ts"
import * as columns from "../src/declare/columns.ts"
import { cursorPages } from "../src/declare/pagination.ts"
import { definePlugin } from "../src/declare/plugin.ts"
import { defineStream } from "../src/declare/stream.ts"
import { readSource } from "../src/read/read-source.ts"
import { makeSource } from "../src/source.ts"

const [file = "", count = "0", edited = "0"] = process.argv.slice(2)
const rowCount = Number(count)
const PAGE = 500

const tasks = defineStream({
  name: "tasks",
  path: "v2/tasks",
  docs: "https://developers.pipedrive.com/docs/api/v1",
  tokens: 10,
  scope: "projects:read",
  columns: { id: columns.integer, title: columns.text },
  primaryKey: ["id"],
  paging: cursorPages(),
  changes: snapshot()
})

const description = "x".repeat(900)
const bodyOf = (page: number): Buffer => {
  const rows: Array<string> = []
  for (let id = page * PAGE + 1; id <= Math.min(rowCount, (page + 1) * PAGE); id++) {
    rows.push(JSON.stringify({ id, title: id === Number(edited) ? "edited" : "task", description }))
  }
  const next = (page + 1) * PAGE < rowCount ? `"${page + 1}"` : "null"
  return Buffer.from(`{"success":true,"data":[${rows.join(",")}],"additional_data":{"next_cursor":${next}}}`)
}

const headers: Readonly<Record<string, string>> = {
  date: new Date().toUTCString(),
  "x-ratelimit-limit": "1000000",
  "x-ratelimit-remaining": "1000000"
}

const peakMb = (): number =>
  existsSync("/proc/self/status")
    ? Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024)
    : Math.round(process.resourceUsage().maxRSS / 1024)

const startMb = peakMb()
let emitted = 0
await Effect.runPromise(
  readSource({
    source: Result.getOrThrow(makeSource([definePlugin({ name: "long", streams: [tasks] })])),
    config: Result.getOrThrow(decodeConfig({ credentials: { auth_type: "api_token", api_token: "t0ken" } })).config,
    selection: [{ stream: "tasks", mode: "incremental" }],
    states: new Map(existsSync(file) ? [["tasks", JSON.parse(readFileSync(file, "utf8"))]] : []),
    send: async ({ url }) => ({
      status: 200,
      header: (name) => headers[name],
      body: bodyOf(Number(new URL(url).searchParams.get("cursor") ?? 0))
    }),
    emit: (event) =>
      Effect.sync(() => {
        if (event._tag === "Records") emitted += event.rows.spans.length / 2
        if (event._tag === "Checkpoint") writeFileSync(file, JSON.stringify(event.state))
        if (event._tag === "Ended" && event.error !== undefined) throw new Error(event.error.message)
      })
  })
)
process.stdout.write(JSON.stringify({ emitted, startMb, endMb: peakMb() }))
