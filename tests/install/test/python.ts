import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { cleanEnv, run } from "./process.ts"
import { root } from "./repository.ts"

/** A virtual environment of Python, kept as long as node_modules are: its packages take a minute to install. */
export interface PythonCache {
  readonly folder: string
  /** Why it cannot be had here; undefined where it can. */
  readonly missing: string | undefined
  /** Runs `install` with the name of Python's command and an environment, unless that was done before. */
  readonly fill: (install: (python: string, env: NodeJS.ProcessEnv) => Promise<unknown>) => Promise<void>
}

/** A Python that Airbyte's packages run on. */
const findPython = async (): Promise<string | undefined> => {
  const code = "import sys, venv; sys.exit(not (3, 10) <= sys.version_info < (3, 13))"
  for (const name of ["python3.12", "python3.11", "python3.10", "python3"]) {
    const found = await run(name, ["-c", code], { cwd: root }).catch(() => undefined)
    if (found?.code === 0) return name
  }
  return undefined
}

/** Whether pip finds a package. */
const reach = async (python: string, name: string): Promise<boolean> =>
  (await run(python, ["-m", "pip", "index", "versions", name, "--retries=0", "--timeout=2"], { cwd: root })).code === 0

/**
 * Looks for Python and its index, and says loudly where one is missing.
 *
 * @param name of the folder of the cache
 * @param distribution that pip has to find
 * @param what is skipped without
 */
export const pythonCache = async (name: string, distribution: string, what: string): Promise<PythonCache> => {
  const folder = join(root, "node_modules/.cache", name)
  const ready = join(folder, "ready")
  const python = await findPython()
  const skip = name.toUpperCase().replaceAll("-", "_")
  const missing =
    process.env[skip] === "skip"
      ? `${skip} is skip`
      : python === undefined
        ? "there is no Python 3.10 to 3.12"
        : existsSync(ready) || (await reach(python, distribution))
          ? undefined
          : "pip does not reach its index"
  if (missing !== undefined) console.warn(`SKIPPED, as ${missing}: ${what}`)
  return {
    folder,
    missing,
    fill: async (install) => {
      if (existsSync(ready)) return
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true })
      // What is imported is compiled then; the rest of 180 packages need not be.
      await install(python ?? "python3", { ...cleanEnv, PIP_NO_COMPILE: "1" })
      writeFileSync(ready, "")
    }
  }
}
