import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { testCompany, testFolder } from "./folder.ts"
import { cleanEnv, run, succeed } from "./process.ts"
import { blocksOf, root } from "./repository.ts"

const [install = "", sync = ""] = blocksOf("examples/pyairbyte/README.md", "sh")
const example = join(root, "examples/pyairbyte")
/** Python's packages take a minute to install: they are kept as long as node_modules are. */
const cache = join(root, "node_modules/.cache/pyairbyte")
const ready = join(cache, "ready")

/** A Python that PyAirbyte runs on. */
const findPython = async (): Promise<string | undefined> => {
  const code = "import sys, venv; sys.exit(not (3, 10) <= sys.version_info < (3, 13))"
  for (const name of ["python3.12", "python3.11", "python3.10", "python3"]) {
    const found = await run(name, ["-c", code], { cwd: root }).catch(() => undefined)
    if (found?.code === 0) return name
  }
  return undefined
}

const python = await findPython()
const isThere = existsSync(ready)

/** Whether pip finds PyAirbyte. */
const reach = async (): Promise<boolean> =>
  python !== undefined &&
  (await run(python, ["-m", "pip", "index", "versions", "airbyte", "--retries=0", "--timeout=2"], { cwd: root }))
    .code === 0

const reason =
  process.env.PYAIRBYTE === "skip"
    ? "PYAIRBYTE is skip"
    : python === undefined
      ? "there is no Python 3.10 to 3.12"
      : isThere || (await reach())
        ? undefined
        : "pip does not reach its index"
if (reason !== undefined) console.warn(`SKIPPED, as ${reason}: examples/pyairbyte`)

/** What the document installs beside npm's part, once. */
const installPython = async (): Promise<void> => {
  if (isThere) return
  rmSync(cache, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  cpSync(join(example, "requirements.txt"), join(cache, "requirements.txt"))
  const script = install.replace(/^npm .*\n/m, "").replace("python3", python ?? "")
  // What is imported is compiled then; the rest of 180 packages need not be.
  await succeed("bash", ["-euc", script], { cwd: cache, env: { ...cleanEnv, PIP_NO_COMPILE: "1" } })
  writeFileSync(ready, "")
}

it.skipIf(reason !== undefined)(
  "examples/pyairbyte: fills a DuckDB cache, and reads what has changed",
  { timeout: 600_000 },
  async () => {
    await installPython()
    const folder = testFolder()
    const { emulator, config } = await testCompany()
    folder.write("config.json", config)
    for (const name of ["sync.py", "requirements.txt"]) cpSync(join(example, name), join(folder.path, name))
    symlinkSync(join(cache, ".venv"), join(folder.path, ".venv"))
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
