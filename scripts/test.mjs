// Lints, type-checks, builds and tests everything; the last line says how many tests passed and failed.
import { spawn, spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { createInterface } from "node:readline"
import { stripVTControlCharacters } from "node:util"

const turbo = createRequire(import.meta.url).resolve("turbo/bin/turbo")
const env = { TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1", ...process.env }

// First of all, as the longest tests are those of built commands. What fails here fails again below, and is counted.
spawnSync(process.execPath, [turbo, "run", "build", "--output-logs=none", "--ui=stream", ...process.argv.slice(2)], {
  stdio: "ignore",
  env
})

const run = spawn(
  process.execPath,
  [
    turbo,
    ...["run", "build", "test", "//#typecheck", "//#lint"],
    // Cached logs are printed again, so that their tests count; every line starts with its task's name.
    ...["--output-logs=full", "--log-prefix=task", "--log-order=stream", "--ui=stream"],
    "--continue=dependencies-successful",
    // Two tasks a core: some wait for others more than they work.
    "--concurrency=200%",
    ...process.argv.slice(2)
  ],
  {
    stdio: ["ignore", "pipe", "pipe"],
    env
  }
)

let passed = 0
let failed = 0
/** Tasks whose failures are counted as tests. */
const counted = new Set()
let failedTasks = []

const read = (line) => {
  const plain = stripVTControlCharacters(line)
  const summary = /^(\S+):test: +Tests +(.*)$/.exec(plain)
  if (summary) {
    const [, name, counts] = summary
    const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(counts)?.[1] ?? 0)
    passed += count("passed")
    failed += count("failed")
    if (count("failed") > 0) counted.add(`${name}#test`)
  }
  const tasks = /^ *Failed: +(\S.*)$/.exec(plain)
  if (tasks) failedTasks = tasks[1].split(",").map((task) => task.trim())
}

const pass = async (from, to) => {
  for await (const line of createInterface({ input: from, crlfDelay: Number.POSITIVE_INFINITY })) {
    to.write(`${line}\n`)
    read(line)
  }
}

const ended = new Promise((resolve, reject) => run.once("error", reject).once("close", resolve))
const [code] = await Promise.all([ended, pass(run.stdout, process.stdout), pass(run.stderr, process.stderr)])

// A task that failed without a failed test (lint, a type error, a test file that does not load) counts as one.
const others = failedTasks.filter((task) => !counted.has(task))
for (const task of others) console.log(`failed: ${task}`)
failed += others.length
if (code !== 0 && failed === 0) failed = 1
if (passed + failed === 0) console.log("no test ran")
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = code === 0 && failed === 0 && passed > 0 ? 0 : 1
