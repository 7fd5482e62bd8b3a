import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { deletions } from "./cases/deletions.ts"
import { duckdb } from "./cases/duckdb.ts"
import { emulator } from "./cases/emulator.ts"
import { latency } from "./cases/latency.ts"
import { burstLimits } from "./cases/limits.ts"
import { memory } from "./cases/memory.ts"
import { mixed } from "./cases/mixed.ts"
import { named } from "./cases/named.ts"
import { oneStream } from "./cases/one-stream.ts"
import { startUp } from "./cases/start-up.ts"
import { state } from "./cases/state.ts"
import type { Case, Scale } from "./figure.ts"
import { drawPlot, measurePlot, plotNames } from "./plots/plot.ts"
import { heading, lineOf } from "./table.ts"

const cases: ReadonlyArray<Case> = [
  startUp,
  emulator,
  oneStream,
  named,
  memory,
  state,
  latency,
  mixed,
  burstLimits,
  deletions,
  duckdb
]

const usage = `Usage: npm run bench -- [${cases.map(({ name }) => name).join("|")} …] [--latency MS] [--runs N] [--smoke], or --plot|--draw [${plotNames.join("|")} …]`

/** Ends with what is wrong, and what would be right, in one line. */
const refuse = (what: string): never => {
  console.error(`${what} ${usage}`)
  process.exit(1)
}

const readArgs = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        latency: { type: "string", default: "100" },
        plot: { type: "boolean", default: false },
        draw: { type: "boolean", default: false },
        runs: { type: "string", default: "3" },
        smoke: { type: "boolean", default: false }
      }
    })
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : error}.`)
  }
}

const { positionals, values } = readArgs()
if (values.help) {
  console.log(usage)
  process.exit()
}
const isPlot = values.plot || values.draw
const names: ReadonlyArray<string> = isPlot ? plotNames : cases.map(({ name }) => name)
const unknown = positionals.find((name) => !names.includes(name))
if (unknown !== undefined) refuse(`There is no case ${unknown}.`)
if (!/^[1-9]\d*$/.test(values.runs)) refuse(`--runs wants a number from 1 on, not ${values.runs}.`)
if (!/^\d+$/.test(values.latency)) refuse(`--latency wants milliseconds, not ${values.latency}.`)

const scale: Scale = values.smoke
  ? { rows: (full) => Math.min(full, Math.max(20, Math.round(full / 1000))), runs: 1, latencyMs: 1 }
  : { rows: (full) => full, runs: Number(values.runs), latencyMs: Number(values.latency) }

if (isPlot) {
  for (const name of plotNames) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const measured = values.plot ? await measurePlot(name, scale) : undefined
    if (values.smoke) console.log(`${name}: ${JSON.stringify(measured?.points)}`)
    else drawPlot(name, measured)
  }
  process.exit()
}

console.log(`Node ${process.version}, ${availableParallelism()} cores; the account runs on the same machine.\n`)
if (values.smoke) console.log("A run that shows that the bench runs: its figures mean nothing.\n")
console.log(heading)
for (const { measure, name } of cases) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  for await (const figure of measure(scale)) console.log(lineOf(figure, !values.smoke))
}
