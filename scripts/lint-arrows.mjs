// Checks which package may depend on which, in every package.json and in every import, and that docs/architecture.md
// draws the same arrows.
//
//   plugin → core     airbyte → core     app → airbyte, cli, plugins     contract → core, emulator     emulator → none
//   bench → app, emulator     cli → core, airbyte, and duckdb where it is installed     duckdb → none
//
// Tests may use more: those of a plugin the contract, and other plugins that hold parents of its streams.
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"
import { isPlugin, packages, root } from "./packages.mjs"

const ours = new Set(packages.map(({ manifest }) => manifest.name))
const core = "@pipedrive-source/core"
const airbyte = "@pipedrive-source/airbyte"
const contract = "@pipedrive-source/contract"
const emulator = "pipedrive-emulator"
const app = "airbyte-source-pipedrive"
const cli = "@pipedrive-source/cli"
const duckdb = "@pipedrive-source/duckdb"
const plugins = packages.filter(isPlugin).map(({ manifest }) => manifest.name)

/** What a package may list of ours, what its tests may list besides, and how it writes the ranges. */
const rules = new Map([
  [core, { may: [], dev: [emulator] }],
  [airbyte, { may: [core], dev: [contract, emulator, ...plugins], pin: true }],
  [contract, { may: [core, emulator], dev: [] }],
  [emulator, { may: [], dev: [] }],
  [cli, { may: [core, airbyte, duckdb], dev: [emulator, ...plugins], pin: true }],
  [duckdb, { may: [], dev: [] }],
  [app, { may: [airbyte, cli, ...plugins], dev: [contract, core, emulator, duckdb], pin: true }],
  ["pipedrive-bench", { may: [app, emulator], dev: [], pin: true }],
  ["docs-tests", { may: [], dev: [contract, duckdb, emulator, app, "install-tests"] }],
  ["install-tests", { may: [], dev: [core, airbyte, cli, contract, duckdb, emulator, app, ...plugins] }],
  ...plugins.map((name) => [name, { may: [core], dev: [contract, ...plugins], alone: true }])
])

const problems = []
const packageOf = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

const checkManifest = ({ path, manifest }, rule) => {
  const say = (text) => problems.push(`${path}/package.json: ${text}`)
  const runtime = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }
  for (const [name, range] of Object.entries(runtime)) {
    if (!ours.has(name)) {
      if (rule.alone) say(`a plugin depends on ${core} alone, not on ${name}`)
      continue
    }
    if (!rule.may.includes(name)) say(`must not depend on ${name}`)
    if (rule.pin ? !/^\d/.test(range) : !range.startsWith("^"))
      say(`${name} wants ${rule.pin ? "an exact version" : "a caret range"}, not ${range}`)
  }
  for (const name of Object.keys(manifest.devDependencies ?? {}))
    if (ours.has(name) && ![...rule.may, ...rule.dev].includes(name))
      say(`must not depend on ${name}, not even for tests`)
}

const sourcesOf = (dir) =>
  ["src", "test", "bin"].flatMap((part) => {
    try {
      return readdirSync(join(dir, part), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
    } catch (error) {
      if (error.code === "ENOENT") return []
      throw error
    }
  })

const imports = /(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"'\n]+)["']/g

const checkImports = ({ dir, manifest }, rule) => {
  for (const file of sourcesOf(dir)) {
    const say = (text) => problems.push(`${relative(root, file)}: ${text}`)
    const isTest = /\.test\.[cm]?ts$/.test(file) || file.startsWith(join(dir, "test") + sep)
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
    const inTests = { ...declared, ...manifest.devDependencies, [manifest.name]: "" }
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(imports)) {
      if (specifier.startsWith(".")) {
        if (!resolve(dirname(file), specifier).startsWith(dir + sep)) say(`${specifier} leaves the package`)
        continue
      }
      const name = packageOf(specifier)
      if (ours.has(name) && !(name in (isTest ? inTests : declared))) say(`${name} is not in package.json for this use`)
      if (rule.alone && !isTest && specifier !== core) say(`a plugin imports ${core} alone, not ${specifier}`)
    }
  }
}

for (const one of packages) {
  const rule = rules.get(one.manifest.name)
  if (!rule) {
    problems.push(`${one.path}: no arrows are drawn for it; a plugin has the keyword pipedrive-source-plugin`)
    continue
  }
  checkManifest(one, rule)
  checkImports(one, rule)
}

/** Arrows of the drawing, as `from to`; all plugins are one node there. */
const [, drawing = ""] = /```mermaid\nflowchart TD\n(.*?)```/s.exec(
  readFileSync(join(root, "docs/architecture.md"), "utf8")
) ?? [""]
const drawn = [...drawing.matchAll(/^ {2}(\w+)(?:\[.*?\])? -\.?->? (\w+)/gm)].map(([, from, to]) => `${from} ${to}`)
const nodeOf = (name) =>
  plugins.includes(name) ? "plugins" : name === app ? "app" : name.split("/").at(-1).replace("pipedrive-", "")
const ruled = new Set(
  [...rules]
    .filter(([name]) => !name.endsWith("-tests"))
    .flatMap(([name, { may }]) => may.map((other) => `${nodeOf(name)} ${nodeOf(other)}`))
)
for (const arrow of ruled) if (!drawn.includes(arrow)) problems.push(`docs/architecture.md: no arrow ${arrow}`)
for (const arrow of drawn) if (!ruled.has(arrow)) problems.push(`docs/architecture.md: ${arrow} is not allowed`)

// The app and the airbyte package both have a bin source-pipedrive, and npm links the first by name: this one.
if (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies?.["@bin/source-pipedrive"] !==
  "file:apps/source-pipedrive"
)
  problems.push("package.json: @bin/source-pipedrive must be file:apps/source-pipedrive")

for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
