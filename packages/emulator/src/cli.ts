import { parseArgs } from "node:util"
import { FAULT_KINDS } from "./faults.ts"
import type { EmulatorOptions, FaultKind, FaultRule, Shape, Table } from "./interface.ts"
import { TABLES } from "./interface.ts"
import { TOKEN_PATH } from "./oauth.ts"
import { listEndpoints } from "./resources/endpoints.ts"

export const HELP = `pipedrive-emulator: a local Pipedrive API

  --port N              port on 127.0.0.1 (default 8686)
  --seed N              seed of the data (default 1)
  --TABLE N             rows of a table: --deals 10000 --persons 5000 --dealProducts 900 …
  --shape NAME          spread of update times: even, recent, dead, lone, denseDay, clumps, oneSecond
  --plan NAME           lite, growth, premium, ultimate (default premium)
  --seats N             seats that multiply the daily tokens (default 1)
  --burst N             requests per 2 s and token; 0 is no limit
  --daily-tokens N      daily tokens instead of the plan's
  --latency N           milliseconds before each answer
  --token TEXT          accepted API token, may be repeated (default emulator-token)
  --gzip                compress answers for clients that accept it
  --faults LIST         kind[:path[:from[:times]]], separated by commas, such as burst429:v2/deals:3:1
  --list-faults         names of the faults
  --help
`

/** What the command line asks for. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "listFaults" }
  | { readonly kind: "start"; readonly options: EmulatorOptions; readonly faults: ReadonlyArray<FaultRule> }

const text = { type: "string" } as const
const SHAPES: ReadonlyArray<Shape> = ["even", "recent", "dead", "lone", "denseDay", "clumps", "oneSecond"]
const PLANS = ["lite", "growth", "premium", "ultimate"] as const

function number(name: string, value: string): number {
  const found = Number(value)
  if (value === "" || !Number.isFinite(found) || found < 0) throw new Error(`--${name} wants a number, not "${value}"`)
  return found
}

function whole(name: string, value: string): number {
  const found = number(name, value)
  if (!Number.isSafeInteger(found)) throw new Error(`--${name} wants a whole number, not "${value}"`)
  return found
}

function oneOf<Value extends string>(name: string, value: string, values: ReadonlyArray<Value>): Value {
  const found = values.find((each) => each === value)
  if (found === undefined) throw new Error(`--${name} wants one of ${values.join(", ")}`)
  return found
}

/** Whether a request such as `v2/deals/5/followers` has an answer here. */
function isServed(path: string): boolean {
  return [TOKEN_PATH, ...listEndpoints().map((endpoint) => endpoint.path)].some((each) =>
    new RegExp(`^${each.replace(/\{[^}]+\}/g, "[^/{}]+")}$`).test(path)
  )
}

function faultRule(rule: string): FaultRule {
  const [kind = "", path = "", from = "", times = ""] = rule.split(":")
  if (!FAULT_KINDS.includes(kind as FaultKind)) throw new Error(`There is no fault "${kind}"; see --list-faults`)
  if (path !== "" && !isServed(path))
    throw new Error(`--faults: there is no endpoint "${path}"; write it as v2/deals or v2/deals/5/followers`)
  return {
    kind: kind as FaultKind,
    ...(path === "" ? {} : { path }),
    ...(from === "" ? {} : { from: number("faults", from) }),
    ...(times === "" ? {} : { times: number("faults", times) })
  }
}

/** @throws an error whose message tells the user what is wrong */
export function readCommand(args: ReadonlyArray<string>): Command {
  const tables = Object.fromEntries(TABLES.map((name) => [name, text])) as Record<Table, typeof text>
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...tables,
      port: text,
      seed: text,
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
      help: { type: "boolean", short: "h" }
    }
  })
  if (values.help) return { kind: "help" }
  if (values["list-faults"]) return { kind: "listFaults" }
  const size: Partial<Record<Table, number>> = {}
  for (const name of TABLES) {
    const rows = values[name]
    if (rows !== undefined) size[name] = whole(name, rows)
  }
  const burst = values.burst === undefined ? undefined : number("burst", values.burst)
  const options: EmulatorOptions = {
    port: number("port", values.port ?? "8686"),
    size,
    ...(values.seed === undefined ? {} : { seed: number("seed", values.seed) }),
    ...(values.shape === undefined ? {} : { shape: oneOf("shape", values.shape, SHAPES) }),
    ...(values.plan === undefined ? {} : { plan: oneOf("plan", values.plan, PLANS) }),
    ...(values.seats === undefined ? {} : { seats: number("seats", values.seats) }),
    ...(burst === undefined ? {} : { burstLimit: burst === 0 ? (false as const) : burst }),
    ...(values["daily-tokens"] === undefined ? {} : { dailyTokens: number("daily-tokens", values["daily-tokens"]) }),
    ...(values.latency === undefined ? {} : { latencyMs: number("latency", values.latency) }),
    ...(values.token === undefined ? {} : { tokens: values.token }),
    ...(values.gzip === undefined ? {} : { gzip: values.gzip })
  }
  return { kind: "start", options, faults: values.faults?.split(",").map(faultRule) ?? [] }
}
