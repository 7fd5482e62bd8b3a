// Puts small faults ("mutants") into the sources of packages/core, one at a time, and runs core's own tests against
// each: those that no test notices are printed with their place. StrykerJS makes the faults and runs the tests.
//
//   npm run mutants                                    all of core; takes hours
//   npm run mutants -- --sample 300 --seed 1           as many, chosen by the seed
//   npm run mutants -- --files src/read/children/rescan-list.ts  those of some files, separated by commas
//   npm run mutants -- --files … --tests src/read/children/rescan.test.ts     with some of the tests alone
//   npm run mutants -- --list                          prints them without running a test
//
// Texts are left as they are, and so are the constants named in packages/core/mutants.json. There each survivor that
// is to stay has its reason. The exit code is 1 where fewer than 90 % were killed or a survivor has no reason.
import { existsSync, globSync, readFileSync } from "node:fs"
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Stryker } from "@stryker-mutator/core"
import { Instrumenter } from "@stryker-mutator/instrumenter"
import { changeOf, isTuning, keyOf, placeOf, rangeOf, sampleOf } from "./mutants/choose.mjs"

const LEAST_KILLED_PERCENT = 90
const CORE = "packages/core/"

process.chdir(fileURLToPath(new URL("..", import.meta.url)))
const { values } = parseArgs({
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    files: { type: "string" },
    tests: { type: "string" },
    list: { type: "boolean", default: false }
  }
})

const { tuning, survivors } = JSON.parse(readFileSync(`${CORE}mutants.json`, "utf8"))
const reasons = new Map(survivors.map((each) => [`${each.file}: ${each.change}`, each.reason]))
const sources = globSync(`${CORE}src/**/*.ts`)
  .filter((file) => !file.endsWith(".test.ts"))
  .sort()
/** Files inside core, separated by commas. */
const filesIn = (list) => {
  const files = list?.split(",").map((file) => CORE + file)
  const unknown = files?.find((file) => !existsSync(file))
  if (unknown !== undefined) throw new Error(`There is no file ${unknown}: --files and --tests are paths in ${CORE}`)
  return files
}
const wanted = filesIn(values.files)
const tests = filesIn(values.tests)
const files = (wanted ?? sources).map((name) => ({ name, mutate: true, content: readFileSync(name, "utf8") }))
const textOf = new Map(files.map(({ name, content }) => [name, content]))
const texts = ["StringLiteral"]

const silent = () => {}
const quiet = { debug: silent, info: silent, warn: console.error, isDebugEnabled: () => false }
const { mutants: all } = await new Instrumenter(quiet).instrument(files, {
  plugins: null,
  excludedMutations: texts,
  ignorers: []
})
const counted = all
  .map((mutant) => ({ ...mutant, text: textOf.get(mutant.fileName) }))
  .filter((mutant) => mutant.status !== "Ignored" && !isTuning(mutant, tuning))
const chosen = values.sample === undefined ? counted : sampleOf(counted, Number(values.sample), values.seed)
console.log(`${chosen.length} of ${counted.length} mutants in ${files.length} files`)

const describe = (mutant, end = "") => {
  const change = changeOf(mutant)
  return `${mutant.fileName}:${placeOf(mutant)}  ${change}${end}`
}
if (values.list) {
  for (const mutant of chosen) console.log(describe(mutant))
  process.exit()
}

const results = await new Stryker({
  testRunner: "vitest",
  vitest: { configFile: `${CORE}mutants.config.ts`, dir: CORE, related: false },
  plugins: ["@stryker-mutator/vitest-runner", fileURLToPath(new URL("mutants/stryker-plugin.mjs", import.meta.url))],
  checkers: ["chosen"],
  chosen: chosen.map(keyOf),
  // No more than these: what counts the runs of each expression makes loops over bytes many times slower.
  mutate: chosen.map(rangeOf),
  mutator: { excludedMutations: texts },
  ignorePatterns: [
    "**",
    ...["src/**", "test/**", "*.ts", "*.json"].map((path) => `!${CORE}${path}`),
    // Pages that tests compare with the sources.
    "!docs/*.md",
    "!vitest.shared.ts"
  ],
  ...(tests !== undefined && { testFiles: tests }),
  coverageAnalysis: "perTest",
  dryRunTimeoutMinutes: 60,
  concurrency: 1,
  // A machine that others use as well is slow at times: no mutant is to count as endless for that.
  timeoutFactor: 2.5,
  timeoutMS: 15_000,
  reporters: ["progress-append-only"],
  logLevel: "warn",
  warnings: { slow: false },
  allowConsoleColors: false
}).runMutationTest()

/** A report counts lines and columns from 1. */
const fromZero = ({ start, end }) => ({
  start: { line: start.line - 1, column: start.column - 1 },
  end: { line: end.line - 1, column: end.column - 1 }
})
const ran = results
  .filter(({ status }) => status !== "Ignored" && status !== "CompileError")
  .map((result) => {
    const fileName = relative(process.cwd(), result.fileName)
    return { ...result, fileName, text: textOf.get(fileName), location: fromZero(result.location) }
  })
const isKilled = ({ status }) => status === "Killed" || status === "Timeout" || status === "RuntimeError"
const reasonOf = (mutant) => reasons.get(`${mutant.fileName.slice(CORE.length)}: ${changeOf(mutant)}`)
const killed = ran.filter(isKilled)
const alive = ran.filter((mutant) => !isKilled(mutant))
const unexplained = alive.filter((mutant) => reasonOf(mutant) === undefined)

for (const mutant of alive) {
  const reason = reasonOf(mutant) ?? (mutant.status === "NoCoverage" ? "no test comes here" : "no test notices")
  console.log(describe(mutant, `\n    ${reason}`))
}
for (const mutant of killed) {
  if (reasonOf(mutant) !== undefined) console.log(describe(mutant, "\n    is killed: takes no reason in mutants.json"))
}
const percent = (100 * killed.length) / Math.max(1, ran.length)
console.log(
  `${killed.length} of ${ran.length} mutants killed (${percent.toFixed(1)} %); ` +
    `${alive.length} survived, ${unexplained.length} of them without a reason`
)
process.exit(percent < LEAST_KILLED_PERCENT || unexplained.length > 0 ? 1 : 0)
