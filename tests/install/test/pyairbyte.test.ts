import { cpSync, readFileSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Folder, testCompany, testFolder } from "./folder.ts"
import { cleanEnv, succeed } from "./process.ts"
import { pythonCache } from "./python.ts"
import { blocksOf, root } from "./repository.ts"

const page = "docs/pyairbyte.md"
const [install = "", run = ""] = blocksOf(page, "sh")
const [program = ""] = blocksOf(page, "python")
const example = join(root, "examples/pyairbyte")
const [exampleInstall = "", exampleRun = ""] = blocksOf("examples/pyairbyte/README.md", "sh")
const cache = await pythonCache("pyairbyte", "airbyte", page)
const env = { ...cleanEnv, AIRBYTE_OFFLINE_MODE: "1", DO_NOT_TRACK: "1" }

/** A folder with what a document installs: Python's part once for both, npm's from the registry. */
const installed = async (script: string): Promise<Folder> => {
  await cache.fill((python, env) => {
    const once = install.replace(/^npm .*\n/m, "").replace("python3", python)
    return succeed("bash", ["-euc", once], { cwd: cache.folder, env })
  })
  const folder = testFolder()
  symlinkSync(join(cache.folder, ".venv"), join(folder.path, ".venv"))
  await folder.shell(script.match(/^npm .*$/m)?.[0] ?? "false")
  return folder
}

describe.skipIf(cache.missing !== undefined)("PyAirbyte", () => {
  it("docs/pyairbyte.md: fills a DuckDB cache, and reads what has changed", { timeout: 600_000 }, async () => {
    const folder = await installed(install)
    const { emulator, config } = await testCompany()
    folder.write("config.json", config)
    folder.write("deals.py", program)
    const rows = new Set(emulator.ids("v2/deals").map(String))
    const said = /^(\d+) read, (\d+) deals in the cache$/m

    const [, , first = ""] = said.exec(await folder.shell(run, env)) ?? []
    expect(Number(first)).toBeGreaterThanOrEqual(rows.size)

    emulator.edit("v2/deals", emulator.ids("v2/deals").slice(0, 1), { title: "Renamed" })
    emulator.insert("v2/deals", 3)
    const [, read = "", second = ""] = said.exec(await folder.shell(run, env)) ?? []
    expect(Number(read)).toBeLessThan(10)
    expect(Number(second)).toBe(Number(first) + 3)
  })

  it("examples/pyairbyte/README.md: reads the streams that it is told", { timeout: 600_000 }, async () => {
    // One version for both, so that one environment has it.
    expect(install).toContain(readFileSync(join(example, "requirements.txt"), "utf8").trim())
    const folder = await installed(exampleInstall)
    const { config } = await testCompany()
    folder.write("config.json", config)
    cpSync(join(example, "sync.py"), join(folder.path, "sync.py"))
    const stdout = await folder.shell(exampleRun, env)
    expect(stdout).toMatch(/^deals: \d+ rows in the cache$/m)
    expect(stdout).toMatch(/^pipelines: \d+ rows in the cache$/m)
  })
})
