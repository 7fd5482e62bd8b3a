import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const script = `
  import * as module from "node:module"
  const loaded = []
  module.registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
  await import(process.argv[1])
  console.log(JSON.stringify(loaded))
`

// Needs a Node that runs TypeScript as it is and tells what it loads.
it
  .skipIf(!process.features.typescript)
  .each(["crm", "products", "fields", "goals", "mail", "projects", "admin", "history"])(
  "importing %s loads declarations alone, and no runtime",
  (name) => {
    const entry = fileURLToPath(new URL(`../../${name}/src/index.ts`, import.meta.url))
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--conditions=@pipedrive-source/source", "--input-type=module", "-e", script, entry],
      { encoding: "utf8" }
    )
    expect(stderr.replace(/.*ExperimentalWarning.*\n.*\n/g, "")).toBe("")
    const loaded: ReadonlyArray<string> = JSON.parse(stdout)
    expect(loaded.length).toBeGreaterThan(3)
    expect(loaded.filter((url) => !/\/packages\/(core|\w+)\/src\/[\w-]+\.ts$/.test(url))).toEqual([])
  }
)
