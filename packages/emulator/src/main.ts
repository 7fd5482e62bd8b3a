import { parseArgs } from "node:util"
import { FAULT_KINDS } from "./faults.ts"
import type { EmulatorOptions, FaultKind, FaultRule, Shape, Table } from "./interface.ts"
import { startEmulator } from "./start.ts"

const HELP = `pipedrive-emulator: a local Pipedrive API

  --port N              port on 127.0.0.1 (default 8686)
  --seed N              seed of the data (default 1)
  --deals N             rows of a table; so for --persons, --organizations, --activities, --products, --leads, --notes, --files
  --size TABLE=N        rows of any table, may be repeated
  --shape NAME          spread of update times: even, recent, dead, lone, denseDay, clumps, oneSecond
  --plan NAME           lite, growth, premium, ultimate (default premium)
  --seats N             seats that multiply the daily tokens (default 1)
  --burst N             requests per 2 s and token; 0 is no limit
  --daily-tokens N      daily tokens instead of the plan's
  --latency N           milliseconds before each answer
  --token TEXT          accepted API token, may be repeated (default emulator-token)
  --gzip                compress answers for clients that accept it
  --faults LIST         kind[:path[:from[:times]]], separated by commas, such as status:v2/deals:3:1
  --list-faults         names of the faults
  --help
`

const NAMED = ["deals", "persons", "organizations", "activities", "products", "leads", "notes", "files"] as const
const text = { type: "string" } as const

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

function number(name: string, value: string): number {
  const found = Number(value)
  if (!Number.isFinite(found) || found < 0) fail(`--${name} wants a number, not "${value}"`)
  return found
}

function faultRule(text: string): FaultRule {
  const [kind = "", path = "", from = "", times = ""] = text.split(":")
  if (!FAULT_KINDS.includes(kind as FaultKind)) fail(`There is no fault "${kind}"; see --list-faults`)
  return {
    kind: kind as FaultKind,
    ...(path === "" ? {} : { path }),
    ...(from === "" ? {} : { from: number("faults", from) }),
    ...(times === "" ? {} : { times: number("faults", times) })
  }
}

function read() {
  try {
    return parseArgs({
      options: {
        port: text,
        seed: text,
        size: { type: "string", multiple: true },
        shape: text,
        plan: text,
        seats: text,
        burst: text,
        "daily-tokens": text,
        latency: text,
        token: { type: "string", multiple: true },
        gzip: { type: "boolean" },
        faults: text,
        "list-faults": { type: "boolean" },
        help: { type: "boolean", short: "h" },
        deals: text,
        persons: text,
        organizations: text,
        activities: text,
        products: text,
        leads: text,
        notes: text,
        files: text
      }
    }).values
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\nSee --help.`)
  }
}

const PLANS = ["lite", "growth", "premium", "ultimate"] as const
const SHAPES: ReadonlyArray<Shape> = ["even", "recent", "dead", "lone", "denseDay", "clumps", "oneSecond"]

function oneOf<Value extends string>(name: string, value: string, values: ReadonlyArray<Value>): Value {
  return values.find((each) => each === value) ?? fail(`--${name} wants one of ${values.join(", ")}`)
}

async function run(): Promise<void> {
  const args = read()
  if (args.help) {
    process.stdout.write(HELP)
    return
  }
  if (args["list-faults"]) {
    process.stdout.write(`${FAULT_KINDS.join("\n")}\n`)
    return
  }
  const size: Partial<Record<Table, number>> = {}
  for (const name of NAMED) {
    const value = args[name]
    if (value !== undefined) size[name] = number(name, value)
  }
  for (const pair of args.size ?? []) {
    const [table = "", value = ""] = pair.split("=")
    size[table as Table] = number("size", value)
  }
  const burst = args.burst === undefined ? undefined : number("burst", args.burst)
  const options: EmulatorOptions = {
    port: number("port", args.port ?? "8686"),
    size,
    ...(args.seed === undefined ? {} : { seed: number("seed", args.seed) }),
    ...(args.shape === undefined ? {} : { shape: oneOf("shape", args.shape, SHAPES) }),
    ...(args.plan === undefined ? {} : { plan: oneOf("plan", args.plan, PLANS) }),
    ...(args.seats === undefined ? {} : { seats: number("seats", args.seats) }),
    ...(burst === undefined ? {} : { burstLimit: burst === 0 ? (false as const) : burst }),
    ...(args["daily-tokens"] === undefined ? {} : { dailyTokens: number("daily-tokens", args["daily-tokens"]) }),
    ...(args.latency === undefined ? {} : { latencyMs: number("latency", args.latency) }),
    ...(args.token === undefined ? {} : { tokens: args.token }),
    ...(args.gzip === undefined ? {} : { gzip: args.gzip })
  }
  const emulator = await startEmulator(options)
  for (const each of args.faults?.split(",") ?? []) emulator.fault(faultRule(each))
  const { clientId, clientSecret, refreshToken } = emulator.oauth
  process.stdout.write(
    `Pipedrive emulator at ${emulator.url}\n` +
      `API token      ${emulator.apiToken}\n` +
      `client id      ${clientId}\nclient secret  ${clientSecret}\nrefresh token  ${refreshToken}\n` +
      `try: curl -H 'x-api-token: ${emulator.apiToken}' '${emulator.url}/api/v2/deals?limit=2'\n`
  )
  const stop = (): void => {
    emulator.close().catch(() => {})
  }
  process.once("SIGINT", stop)
  process.once("SIGTERM", stop)
}

run().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)))
