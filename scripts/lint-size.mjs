// Fails on source files of core and airbyte that have more than 250 lines. The length of functions is Biome's rule
// noExcessiveLinesPerFunction, on for the same files.
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

const MAX_LINES = 250
/** Not checked: one grammar, which reads best in one piece. */
const off = "packages/core/src/page/scan.ts"

const listed = execFileSync("git", [
  "ls-files",
  "-co",
  "--exclude-standard",
  "packages/core/src",
  "packages/airbyte/src"
])
const files = listed
  .toString()
  .split("\n")
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== off && existsSync(file))

for (const file of files) {
  const lines = readFileSync(file, "utf8").split("\n").length - 1
  if (lines <= MAX_LINES) continue
  console.error(`${file}: ${lines} lines; split it into pieces of at most ${MAX_LINES}`)
  process.exitCode = 1
}
