// npm audit of what ships: what the packages depend on, and what the bundle carries inside, which npm takes for a
// development dependency. Ends with 1 when npm knows a weakness of it.
//
//   npm run release:audit
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
/** What the bundle has of others; SECURITY.md says it too, and a test compares it with the bundle. */
const bundled = ["cross-fetch", "effect"]

const folder = mkdtempSync(join(tmpdir(), "audit-"))
const npm = (...args) => spawnSync("npm", args, { cwd: folder, encoding: "utf8" })
try {
  const versions = bundled.map((name) => [
    name,
    JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version
  ])
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, dependencies: Object.fromEntries(versions) })
  )
  npm("install", "--package-lock-only", "--ignore-scripts", "--no-audit")
  const { status, stdout, stderr } = npm("audit", "--audit=true")
  if (/audit endpoint returned an error/.test(stderr)) console.warn("SKIPPED, as this registry does not audit")
  else {
    process.stdout.write(stdout + stderr)
    process.exitCode = status ?? 1
  }
} finally {
  rmSync(folder, { recursive: true })
}
