// Stands in for npm, npx, git and turbo while a block of a page runs, so that it runs as it is written and nothing is
// downloaded or built twice: packages come from this checkout, which is built, and the account is the local Pipedrive.
//
//   commands.mjs npm|npx|git|turbo …
//
// DOCS_CHECKOUT is the page's copy of the checkout, DOCS_EMULATOR the address of the local Pipedrive, DOCS_PATH the
// PATH with the real commands.
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { createInterface } from "node:readline"

const [command, ...args] = process.argv.slice(2)
const { DOCS_CHECKOUT: checkout = "", DOCS_EMULATOR: emulator = "", DOCS_PATH: path = "" } = process.env

const fail = (why) => {
  console.error(`${[command, ...args].join(" ")}: ${why}`)
  process.exit(1)
}
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))

/** Runs the real command, without a registry, and ends as it does. */
const real = (name, words) => {
  const env = { ...process.env, npm_config_offline: "true", npm_config_audit: "false" }
  const { status, error } = spawnSync(name, words, { stdio: "inherit", env })
  if (error !== undefined) fail(error.message)
  process.exit(status ?? 1)
}
const realNpm = (words) => real(join(path.split(":").find((each) => existsSync(join(each, "npm"))) ?? "", "npm"), words)

/** Packages of this repository, by name: their folder and their commands. */
const packages = new Map(
  ["packages", "apps"].flatMap((group) =>
    readdirSync(join(checkout, group))
      .map((name) => join(checkout, group, name))
      .filter((folder) => existsSync(join(folder, "package.json")))
      .map((folder) => {
        const { name, version, bin = {} } = readJson(join(folder, "package.json"))
        return [name, { folder, version, bin: Object.entries(bin).map(([each, file]) => [each, join(folder, file)]) }]
      })
  )
)

/** Links a package into the folder as npm does with one on disk, and notes it in package.json. */
const install = (name) => {
  const found = packages.get(name) ?? [...packages.values()].find(({ folder }) => folder === resolve(name))
  const folder = found?.folder ?? join(checkout, "node_modules", name)
  if (!existsSync(join(folder, "package.json"))) fail(`${name} is no package of this repository`)
  const { name: full, version } = readJson(join(folder, "package.json"))
  const link = resolve("node_modules", full)
  mkdirSync(dirname(link), { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(folder, link)
  const manifest = existsSync("package.json") ? readJson("package.json") : { private: true }
  const kind = args.includes("--save-dev") || args.includes("-D") ? "devDependencies" : "dependencies"
  const changed = { ...manifest, [kind]: { ...manifest[kind], [full]: version } }
  writeFileSync("package.json", `${JSON.stringify(changed, undefined, 2)}\n`)
}

const npm = () => {
  const words = args.filter((word) => !word.startsWith("-"))
  const [verb, ...names] = words
  if (verb === "ci" || (["install", "i"].includes(verb) && names.length === 0)) {
    if (!existsSync("node_modules") && !existsSync("package.json")) fail("there is no package.json here")
  } else if (["install", "i"].includes(verb) && !names.some((name) => name.endsWith(".tgz"))) names.forEach(install)
  else realNpm(args)
}

/** Commands of the source, whichever package brings them. */
const SOURCES = ["airbyte-source-pipedrive", "@pipedrive-source/airbyte"]

/** Aims a command of the source at the local Pipedrive, as the docs' own account is somebody's. */
const aim = (words) => {
  // A page may show several ways to begin; each reader goes one.
  if (words[0] === "init")
    return [...words, "--force", ...(words.includes("--base-url") ? [] : ["--base-url", emulator])]
  const at = words.indexOf("--config")
  const file = at === -1 ? "pipedrive.json" : (words[at + 1] ?? "")
  if (!existsSync(file)) return words
  const { base_url = emulator, credentials, ...config } = readJson(file)
  const isPlaceholder = credentials?.api_token === "…"
  const own = isPlaceholder ? { ...credentials, api_token: process.env.PIPEDRIVE_API_TOKEN } : credentials
  writeFileSync(file, JSON.stringify({ ...config, ...(own !== undefined && { credentials: own }), base_url }))
  return words
}

/** Starts the local Pipedrive as it is written, until it says that it runs. */
const tryEmulator = async (file, words) => {
  const child = spawn(process.execPath, [file, ...words, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] })
  const ended = new Promise((done) => child.once("close", done))
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line)
    if (/https?:\/\//.test(line)) child.kill()
  }
  if ((await ended) !== null && child.exitCode !== 0) fail("the local Pipedrive did not start")
}

const npx = async () => {
  const at = args.findIndex((word) => !word.startsWith("-"))
  const [name = "", ...words] = args.slice(at)
  const { dependencies = {} } = existsSync("package.json") ? readJson("package.json") : {}
  const [owner] = SOURCES.filter((each) => each in dependencies).reverse()
  const own = packages.get(name === "source-pipedrive" ? (owner ?? SOURCES[0]) : name)?.bin ?? []
  const all = [...packages.values()].flatMap(({ bin }) => bin)
  const [, file] = own.length === 1 ? own[0] : (all.find(([each]) => each === name) ?? [])
  if (file === undefined) {
    const tool = join(checkout, "node_modules/.bin", name)
    return existsSync(tool) ? real(tool, words) : fail("no package of this repository has this command")
  }
  if (basename(file).includes("emulator") && !words.some((word) => /^--(help|version|list-faults)$/.test(word)))
    return tryEmulator(file, words)
  real(process.execPath, [file, ...(basename(file).startsWith("source-pipedrive") ? aim(words) : words)])
}

const git = () => {
  const [verb, , folder = basename(args[1] ?? "", ".git")] = args
  if (verb === "clone") symlinkSync(checkout, folder)
  else real(join(path.split(":").find((each) => existsSync(join(each, "git"))) ?? "", "git"), args)
}

/** A copy of the checkout comes with what was built. */
const turbo = () => {
  if (args[0] !== "run" || args[1] !== "build") fail("only what builds is stood in for")
}

await { npm, npx, git, turbo }[command]()
