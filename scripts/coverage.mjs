// Says how much of the sources of each package its own tests run, in percent. What runs in other processes, as
// commands do, is not seen.
//
//   npm run coverage               # all packages
//   npm run coverage -- core cli   # some
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { packages } from "./packages.mjs"

const require = createRequire(import.meta.url)
const vitest = join(dirname(require.resolve("vitest/package.json")), "vitest.mjs")
const folders = new Map(
  packages.filter(({ path }) => path.startsWith("packages/")).map(({ dir }) => [basename(dir), dir])
)
const names = [...folders.keys()]
const shared = fileURLToPath(new URL("../vitest.shared.ts", import.meta.url))

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
  const cwd = folders.get(name)
  const own = join(cwd, "vitest.config.ts")
  const args = ["run", "--config", existsSync(own) ? own : shared]
  args.push("--coverage.enabled", `--coverage.reportsDirectory=${folder}`)
  const { status } = spawnSync(process.execPath, [vitest, ...args], { cwd, stdio: "inherit" })
  if (status !== 0) process.exitCode = 1
  const summary = join(folder, "coverage-summary.json")
  if (existsSync(summary)) {
    const { total } = JSON.parse(readFileSync(summary, "utf8"))
    table[name] = Object.fromEntries(KINDS.map((kind) => [kind, total[kind].pct]))
  }
  rmSync(folder, { recursive: true, force: true })
}
console.table(table)
