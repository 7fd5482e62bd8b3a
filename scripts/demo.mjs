// The main job, watched: starts a local Pipedrive, then checks, discovers, reads it whole, lets the company work for a
// while and reads what changed, all through the built command as Airbyte would run it.
import { spawn } from "node:child_process"
import { createWriteStream } from "node:fs"
import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { finished } from "node:stream/promises"
import { fileURLToPath } from "node:url"
import { startEmulator } from "../packages/emulator/dist/index.js"

const command = fileURLToPath(new URL("../apps/source-pipedrive/dist/main.js", import.meta.url))

// Streams that are read in bulk. Those read parent by parent (changelogs, followers, mail …) would take a request for
// each of 20,000 deals.
const selected = new Set([
  ...["deals", "deals_archived", "persons", "organizations", "activities", "leads", "notes", "files"],
  ...["pipelines", "stages", "activity_types", "lead_labels", "products", "deal_products", "users", "currencies"],
  ...["deal_fields", "person_fields", "organization_fields", "product_fields", "activity_fields", "goals", "projects"]
])

const folder = await mkdtemp(join(tmpdir(), "pipedrive-demo-"))
const emulator = await startEmulator({
  plan: "premium",
  size: {
    deals: 20_000,
    persons: 15_000,
    organizations: 4_000,
    activities: 30_000,
    products: 500,
    dealProducts: 12_000
  }
})
console.log(
  `A local Pipedrive runs at ${emulator.url}: 20,000 deals, 15,000 persons, 30,000 activities, 100 requests per 2 s.`
)

const save = async (name, value) => {
  const path = join(folder, name)
  await writeFile(path, JSON.stringify(value, undefined, 2))
  return path
}

/** Runs one command; hands each message to `take`, and its line. */
const run = async (args, take) => {
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "inherit"] })
  const ended = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve))
  for await (const line of createInterface({ input: child.stdout })) take(JSON.parse(line), line)
  const code = await ended
  if (code !== 0) throw new Error(`source-pipedrive ${args[0]} ended with exit code ${code}`)
}

const columns = (cells) =>
  cells.map((cell, at) => (at === 0 ? String(cell).padEnd(22) : String(cell).padStart(9))).join(" ")
const summary = /^(\w+): (\d+) rows, (\d+) requests, (\d+) tokens, ([\d.]+) s/

const read = async (title, name, args) => {
  console.log(`\n${title}`)
  const records = createWriteStream(join(folder, `${name}.jsonl`))
  const states = new Map()
  const table = []
  const startedMs = performance.now()
  await run(["read", ...args], ({ type, state, log }, line) => {
    if (type === "RECORD") records.write(`${line}\n`)
    if (type === "STATE") states.set(state.stream.stream_descriptor.name, state)
    const found = type === "LOG" ? summary.exec(log.message) : null
    if (found === null) return
    const [, stream, rows, requests, tokens, seconds] = found
    table.push({
      stream,
      rows: Number(rows),
      requests: Number(requests),
      tokens: Number(tokens),
      seconds: Number(seconds)
    })
    console.log(`  ${stream}: ${rows} rows`)
  })
  records.end()
  await finished(records)
  const seconds = (performance.now() - startedMs) / 1000
  const path = await save(`${name}-state.json`, [...states.values()])
  return { title, table, seconds, records: records.path, state: path }
}

const print = ({ title, table, seconds, records, state }) => {
  const rate = (row) => (row.seconds > 0 ? Math.round(row.rows / row.seconds) : "")
  const sum = (field) => table.reduce((total, row) => total + row[field], 0)
  const all = {
    rows: sum("rows"),
    requests: sum("requests"),
    tokens: sum("tokens"),
    seconds: Number(seconds.toFixed(1))
  }
  console.log(`\n${title}\n${columns(["stream", "rows", "requests", "tokens", "seconds", "rows/s"])}`)
  for (const row of [...table.sort((a, b) => b.rows - a.rows), { stream: "all", ...all }]) {
    console.log(columns([row.stream, row.rows, row.requests, row.tokens, row.seconds.toFixed(1), rate(row)]))
  }
  console.log(`records: ${records}\nstate:   ${state}`)
}

try {
  const config = await save("config.json", {
    credentials: { auth_type: "api_token", api_token: emulator.apiToken },
    base_url: emulator.url,
    num_workers: 10
  })
  await run(["check", "--config", config], ({ connectionStatus }) => {
    if (connectionStatus) console.log(`check: ${connectionStatus.status}. ${connectionStatus.message ?? ""}`)
  })
  let streams = []
  await run(["discover", "--config", config], ({ catalog }) => {
    if (catalog) streams = catalog.streams
  })
  console.log(`discover: ${streams.length} streams, of which ${selected.size} are read here`)
  const catalog = await save("catalog.json", {
    streams: streams
      .filter(({ name }) => selected.has(name))
      .map((stream) => ({
        stream,
        sync_mode: stream.supported_sync_modes.includes("incremental") ? "incremental" : "full_refresh",
        destination_sync_mode: "append"
      }))
  })
  const files = ["--config", config, "--catalog", catalog]
  const first = await read("First read: everything", "first", files)

  emulator.edit("v2/deals", emulator.ids("v2/deals").slice(0, 120))
  emulator.edit("v2/persons", emulator.ids("v2/persons").slice(0, 40))
  emulator.insert("v2/activities", 75)
  emulator.remove("v2/deals", emulator.ids("v2/deals").slice(-5))
  console.log("\nThe company works: 120 deals and 40 persons are edited, 75 activities added, 5 deals deleted.")
  const second = await read("Second read: what changed", "second", [...files, "--state", first.state])

  print(first)
  print(second)
} finally {
  await emulator.close()
}
