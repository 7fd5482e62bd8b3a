import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const script = `
  import * as module from "node:module"
  const loaded = []
  module.registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
  await import(process.argv[1])
  console.log(JSON.stringify(loaded))
`

/** Files of core that say what a declaration may hold; nothing of them runs. */
const words =
  /\/packages\/core\/src\/(index|declare\/[\w-]+|config\/fields|custom-fields\/entity|deletions\/(lookup|option))\.ts$/

const isDeclaration = (url: string): boolean =>
  words.test(url) || (!url.includes("/packages/core/") && /\/packages\/\w+\/src\/[\w-]+\.ts$/.test(url))

const packages = new URL("../../", import.meta.url)
const plugins = readdirSync(packages).filter((name) => {
  const file = new URL(`${name}/package.json`, packages)
  return existsSync(file) && readFileSync(file, "utf8").includes('"pipedrive-source-plugin"')
})

// Needs a Node that runs TypeScript as it is and tells what it loads.
const inspect = it.skipIf(!process.features.typescript)

/** Every file that importing this one of a package loads. */
const loadedBy = (file: string): ReadonlyArray<string> => {
  const entry = fileURLToPath(new URL(`../../${file}`, import.meta.url))
  const args = ["--conditions=@pipedrive-source/source", "--input-type=module", "-e", script, entry]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" })
  expect(stderr.replace(/.*ExperimentalWarning.*\n.*\n/g, "")).toBe("")
  return JSON.parse(stdout)
}

inspect.each(plugins)("importing %s loads declarations alone, and no runtime", (name) => {
  const loaded = loadedBy(`${name}/src/index.ts`)
  expect(loaded.length).toBeGreaterThan(3)
  expect(loaded.filter((url) => !isDeclaration(url))).toEqual([])
})

inspect("a check waits for neither the reader nor the plugins", () => {
  const loaded = loadedBy("airbyte/src/execute.ts").map((url) => url.replace(/^.*\/packages\//, ""))
  expect(loaded).toContain("core/src/check.ts")
  const unneeded =
    /^core\/src\/(read|deletions\/state|page\/scan|state\/format)|^(crm|admin|mail)\/|fflate|transliteration/
  expect(loaded.filter((file) => unneeded.test(file))).toEqual([])
})
