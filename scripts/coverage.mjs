// Says how much of the sources of each package its own tests run, in percent. What runs in other processes, as
// commands do, is not seen.
//
//   npm run coverage               # all packages
//   npm run coverage -- core cli   # some
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const require = createRequire(import.meta.url)
const vitest = join(dirname(require.resolve("vitest/package.json")), "vitest.mjs")
const packages = join(dirname(fileURLToPath(import.meta.url)), "../packages")
const names = readdirSync(packages).filter((name) => existsSync(join(packages, name, "vitest.config.ts")))

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`No package ${unknown.join(", ")}; there are ${names.join(", ")}`)
  process.exit(2)
}

const KINDS = ["statements", "branches", "functions", "lines"]
const table = {}
for (const name of wanted.length > 0 ? wanted : names) {
  const folder = mkdtempSync(join(tmpdir(), "coverage-"))
  const args = ["run", "--coverage.enabled", `--coverage.reportsDirectory=${folder}`]
  const { status } = spawnSync(process.execPath, [vitest, ...args], { cwd: join(packages, name), stdio: "inherit" })
  if (status !== 0) process.exitCode = 1
  const summary = join(folder, "coverage-summary.json")
  if (existsSync(summary)) {
    const { total } = JSON.parse(readFileSync(summary, "utf8"))
    table[name] = Object.fromEntries(KINDS.map((kind) => [kind, total[kind].pct]))
  }
  rmSync(folder, { recursive: true, force: true })
}
console.table(table)
