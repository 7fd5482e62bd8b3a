import { cpSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { testCompany, testFolder } from "./folder.ts"
import { cleanEnv, succeed } from "./process.ts"
import { pythonCache } from "./python.ts"
import { blocksOf, root } from "./repository.ts"

const [install = "", sync = ""] = blocksOf("examples/pyairbyte/README.md", "sh")
const example = join(root, "examples/pyairbyte")
const cache = await pythonCache("pyairbyte", "airbyte", "examples/pyairbyte")

/** What the document installs beside npm's part, once. */
const installPython = (): Promise<void> =>
  cache.fill((python, env) => {
    cpSync(join(example, "requirements.txt"), join(cache.folder, "requirements.txt"))
    const script = install.replace(/^npm .*\n/m, "").replace("python3", python)
    return succeed("bash", ["-euc", script], { cwd: cache.folder, env })
  })

it.skipIf(cache.missing !== undefined)(
  "examples/pyairbyte: fills a DuckDB cache, and reads what has changed",
  { timeout: 600_000 },
  async () => {
    await installPython()
    const folder = testFolder()
    const { emulator, config } = await testCompany()
    folder.write("config.json", config)
    for (const name of ["sync.py", "requirements.txt"]) cpSync(join(example, name), join(folder.path, name))
    symlinkSync(join(cache.folder, ".venv"), join(folder.path, ".venv"))
    await folder.shell(install.match(/^npm .*$/m)?.[0] ?? "false")
    const env = { ...cleanEnv, AIRBYTE_OFFLINE_MODE: "1", DO_NOT_TRACK: "1" }
    const rows = new Set(emulator.ids("v2/deals").map(String))

    const first = await folder.shell(sync, env)
    const inCache = Number(/^deals: (\d+) rows in the cache$/m.exec(first)?.[1])
    expect(inCache).toBeGreaterThanOrEqual(rows.size)
    expect(first).toMatch(/^pipelines: \d+ rows in the cache$/m)

    emulator.edit("v2/deals", emulator.ids("v2/deals").slice(0, 1), { title: "Renamed" })
    emulator.insert("v2/deals", 3)
    const second = await folder.shell(sync, env)
    expect(Number(/^read (\d+) rows$/m.exec(second)?.[1])).toBeLessThan(10)
    expect(second).toContain(`deals: ${inCache + 3} rows in the cache`)
  }
)
