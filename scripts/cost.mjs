// What reads cost in tokens of Pipedrive's daily budget, measured against the local Pipedrive: a full refresh of deals
// and their products beside the least the API allows, and an incremental run with nothing changed, stream by stream.
import { spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { startEmulator } from "../packages/emulator/dist/index.js"

const { values } = parseArgs({ options: { deals: { type: "string", default: "100000" } } })
const deals = Number(values.deals)
const command = fileURLToPath(new URL("../apps/source-pipedrive/dist/main.js", import.meta.url))
const folder = await mkdtemp(join(tmpdir(), "pipedrive-cost-"))
const emulator = await startEmulator({
  burstLimit: 1_000_000,
  dailyTokens: 1_000_000_000,
  size: { deals, dealProducts: Math.round(deals * 0.6), persons: 2_000, organizations: 500, activities: 2_000 }
})

const save = async (name, value) => {
  const path = join(folder, name)
  await writeFile(path, JSON.stringify(value))
  return path
}
const config = await save("config.json", {
  credentials: { auth_type: "api_token", api_token: emulator.apiToken },
  base_url: emulator.url
})

const run = async (args, take) => {
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "inherit"] })
  const ended = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"type":"RECORD"')) take(JSON.parse(line))
  }
  const code = await ended
  if (code !== 0) throw new Error(`source-pipedrive ${args[0]} ended with exit code ${code}`)
}

let streams = []
await run(["discover", "--config", config], ({ catalog }) => {
  streams = catalog?.streams ?? streams
})

const read = async (names, state) => {
  const chosen = streams.filter(({ name }) => names.includes(name))
  const catalog = await save("catalog.json", {
    streams: chosen.map((stream) => ({
      stream,
      sync_mode: stream.supported_sync_modes.at(-1),
      destination_sync_mode: "append"
    }))
  })
  const states = new Map()
  const byStream = new Map()
  const spentBefore = emulator.tokensSpent()
  emulator.clearRequests()
  await run(
    [
      "read",
      "--config",
      config,
      "--catalog",
      catalog,
      ...(state === undefined ? [] : ["--state", await save("state.json", state)])
    ],
    (message) => {
      if (message.type === "STATE") states.set(message.state.stream.stream_descriptor.name, message.state)
      const found =
        message.type === "LOG" ? /^(\w+): \d+ rows, (\d+) requests, (\d+) tokens/.exec(message.log.message) : null
      if (found !== null) byStream.set(found[1], { requests: Number(found[2]), tokens: Number(found[3]) })
    }
  )
  return {
    states: [...states.values()],
    byStream,
    tokens: emulator.tokensSpent() - spentBefore,
    requests: [...emulator.requests]
  }
}

const row = (...cells) =>
  console.log(cells.map((cell, at) => (at === 0 ? String(cell).padEnd(46) : String(cell).padStart(10))).join(""))

try {
  const status = "open,won,lost,deleted"
  const counted = (path) => emulator.rows(path, { status, include_fields: "products_count" })
  const [open, archived] = [counted("v2/deals"), counted("v2/deals/archived")]
  const withProducts = [...open, ...archived]
    .map((text) => JSON.parse(text))
    .filter((deal) => deal.products_count > 0 && !deal.is_deleted).length
  const bulk = Math.ceil(withProducts / 100)
  const least = Math.ceil(open.length / 500) * 10 + Math.ceil(archived.length / 500) * 20 + bulk * 10
  const full = await read(["deals", "deals_archived", "deal_products"])
  console.log(
    `Full refresh of ${open.length} deals, ${archived.length} archived ones and the products of ${withProducts}:`
  )
  row("", "tokens")
  row("the least the API allows", least)
  row("this source", full.tokens)
  row("one request a deal for its products", least - bulk * 10 + (open.length + archived.length) * 10)
  console.log(`That is ${((full.tokens / least - 1) * 100).toFixed(2)} % over the least.\n`)

  // What is read deal by deal would take hours the first time. Its state after it is that of the products of deals.
  const dealByDeal = streams
    .map(({ name }) => name)
    .filter((name) => /^deal_(?!fields|products|installments)/.test(name))
  const first = await read(streams.map(({ name }) => name).filter((name) => !dealByDeal.includes(name)))
  const products = first.states.find(({ stream }) => stream.stream_descriptor.name === "deal_products")
  const states = dealByDeal.map((name) => ({
    ...products,
    stream: { ...products.stream, stream_descriptor: { name } }
  }))
  const idle = await read(
    streams.map(({ name }) => name),
    [...first.states, ...states]
  )
  console.log(`An incremental run with nothing changed, all ${streams.length} streams, ${deals} deals:`)
  row("stream", "requests", "tokens")
  for (const [stream, { requests, tokens }] of [...idle.byStream].sort((a, b) => b[1].tokens - a[1].tokens)) {
    if (requests > 0) row(stream, requests, tokens)
  }
  const silent = [...idle.byStream].filter(([, { requests }]) => requests === 0).map(([stream]) => stream)
  row("all", idle.requests.length, idle.tokens)
  console.log(`No request at all, as their list or their parents' says enough: ${silent.join(", ")}.`)

  const suggested = [
    ...["deals", "deals_archived", "persons", "organizations", "activities", "products", "leads", "leads_archived"],
    ...["notes", "files", "pipelines", "stages", "users", "activity_types", "lead_labels", "lead_sources"],
    ...["currencies", "filters", "deal_products", "projects", "tasks"]
  ]
  const changing = suggested.slice(0, 7).concat("notes")
  const tokensOf = (names) => names.reduce((sum, name) => sum + (idle.byStream.get(name)?.tokens ?? 0), 0)
  for (const [what, names] of [
    ["The eight streams that ask for changes", changing.filter((name) => name !== "leads_archived").concat("leads")],
    ["The suggested streams", suggested]
  ]) {
    const tokens = tokensOf([...new Set(names)])
    console.log(`\n${what}: ${tokens} tokens a run with nothing changed.`)
    for (const minutes of [5, 15, 60]) {
      const day = (tokens * 24 * 60) / minutes
      const share = ((day / 30_000) * 100).toFixed(0)
      console.log(`  every ${minutes} minutes: ${day} tokens a day, ${share} % of the smallest budget (30,000)`)
    }
  }
  console.log("\nWhat bounds it: one request for each list, and what the vendor charges for it.")
} finally {
  await emulator.close()
  await rm(folder, { recursive: true, force: true })
}
