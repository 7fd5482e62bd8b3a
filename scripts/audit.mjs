// npm audit of what ships: what the packages depend on, and what the bundles carry inside, which npm takes for a
// development dependency. Ends with 1 when npm knows a weakness of it, and when npm cannot be asked: a release that
// nobody has looked at waits.
//
//   npm run release:audit
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
/** What the bundles have of others; SECURITY.md says it too, and tests compare both with the bundles. */
const bundled = ["cross-fetch", "effect", "fflate", "node-fetch", "transliteration"]

const folder = mkdtempSync(join(tmpdir(), "audit-"))
const npm = (...args) => spawnSync("npm", args, { cwd: folder, encoding: "utf8" })

const fail = (why, said) => {
  console.error(`The audit could not be made: ${why}. Nothing is known of ${bundled.join(", ")}; try again later.`)
  if (said !== "") console.error(said)
  process.exitCode = 1
}

/** What `npm audit --json` printed; undefined unless it is a report. */
const reportOf = (stdout) => {
  try {
    const report = JSON.parse(stdout)
    return report.auditReportVersion === undefined ? undefined : report
  } catch {
    return undefined
  }
}

const audit = () => {
  const versions = bundled.map((name) => [
    name,
    JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version
  ])
  const manifest = { private: true, dependencies: Object.fromEntries(versions) }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest))
  const locked = npm("install", "--package-lock-only", "--ignore-scripts", "--no-audit")
  if (locked.status !== 0) return fail("npm found no versions to look at", locked.stderr)
  const { status, stdout, stderr } = npm("audit", "--audit=true", "--json")
  const report = reportOf(stdout)
  if (report === undefined) return fail("the registry gave no report", stderr)
  const found = Object.values(report.vulnerabilities ?? {})
  for (const { name, severity, via } of found)
    console.error(`${name}: ${severity}, ${via.map((each) => each.title ?? each).join("; ")}`)
  if (found.length === 0 && status === 0) console.log(`npm knows no weakness of ${bundled.join(", ")}`)
  process.exitCode = found.length === 0 && status === 0 ? 0 : 1
}

try {
  audit()
} finally {
  rmSync(folder, { recursive: true })
}
