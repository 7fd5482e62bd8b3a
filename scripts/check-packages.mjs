// Packs every package as npm would publish it, and looks at what is in it: files, README, licence, entry points and
// ranges here, package.json by publint, types by Are The Types Wrong. Needs a build.
//
//   npm run release:check [-- packages/crm …]
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { published, root } from "./packages.mjs"

const run = promisify(execFile)
const versions = new Map(published.map(({ manifest }) => [manifest.name, manifest.version]))
const licence = readFileSync(join(root, "LICENSE"), "utf8")

/** A README is one screen. */
const mostLines = 60

/** Every file that an `exports` entry names, under whatever condition. */
const targetsOf = (entry) =>
  typeof entry === "string" ? [entry] : Object.values(entry ?? {}).flatMap((inner) => targetsOf(inner))

/** Whether npm would take this version of a package of ours for the range. */
const accepts = (range, version) => {
  const [major, minor, patch] = version.split(".").map(Number)
  if (!range.startsWith("^")) return range === version
  const [wantMajor, wantMinor, wantPatch] = range.slice(1).split(".").map(Number)
  const same = wantMajor > 0 ? major === wantMajor : major === 0 && minor === wantMinor
  return same && (minor > wantMinor || (minor === wantMinor && patch >= wantPatch))
}

const wrongFiles = ({ dir, manifest }, files) => {
  const paths = files.map(({ path }) => path)
  const named = [...targetsOf(manifest.exports), ...targetsOf(manifest.bin)].map((path) => path.replace(/^\.\//, ""))
  const lines = readFileSync(join(dir, "README.md"), "utf8").split("\n").length
  // A command has what it runs of others inside, so their notices come with it.
  const notices = manifest.bin === undefined ? [] : ["dist/THIRD-PARTY-NOTICES.txt"]
  return [
    ...["README.md", "LICENSE", "package.json", ...named, ...notices]
      .filter((path) => !paths.includes(path))
      .map((path) => `${path} is not in the tarball`),
    ...paths
      .filter(
        (path) =>
          !/^((dist|src|bin)\/.*|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(path) ||
          /\.test\.|\/tests?\/|tsbuildinfo|\.env|\.tgz$/.test(path)
      )
      .map((path) => `${path} is nothing to publish`),
    ...files
      .filter(({ path, mode }) => targetsOf(manifest.bin).includes(path) && (mode & 0o111) === 0)
      .map(({ path }) => `${path} is not executable`),
    ...(readFileSync(join(dir, "LICENSE"), "utf8") === licence ? [] : ["LICENSE is not the one of the repository"]),
    ...(lines <= mostLines ? [] : [`README.md has ${lines} lines, more than a screen`])
  ]
}

const wrongManifest = ({ manifest }) => [
  ...["description", "license", "engines", "files"]
    .filter((field) => manifest[field] === undefined)
    .map((field) => `package.json has no ${field}`),
  ...(manifest.publishConfig?.access === "public" ? [] : ["package.json does not say publishConfig.access public"]),
  ...Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
    .filter(([name, range]) => versions.has(name) && !accepts(range, versions.get(name)))
    .map(([name, range]) => `wants ${name} ${range}, and this is ${versions.get(name)}`)
]

/** Resolutions that packages of ES modules alone leave aside. */
const ignored = new Set(["node10", "node16-cjs"])

const wrongTypes = async ({ manifest }, tarball) => {
  if (manifest.exports["."] === undefined) return []
  const { types, problems } = await checkPackage(createPackageFromTarballData(Uint8Array.from(readFileSync(tarball))))
  if (types === false) return ["it has no types"]
  return problems
    .filter(({ resolutionKind }) => !ignored.has(resolutionKind))
    .map(({ kind, entrypoint = "", resolutionKind = "" }) => `types: ${kind} ${entrypoint} ${resolutionKind}`)
}

const wrongByPublint = async (tarball) => {
  const { messages, pkg } = await publint({
    pack: { tarball: Uint8Array.from(readFileSync(tarball)).buffer },
    strict: true
  })
  return messages.map((message) => formatMessage(message, pkg, { color: false }))
}

const check = async (one, folder) => {
  // npm pack in the package itself: the version of npm decides what is in it, as it does when it publishes.
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: one.dir })
  const printed = JSON.parse(stdout)
  const [{ filename, files }] = Array.isArray(printed) ? printed : Object.values(printed)
  const tarball = join(folder, filename)
  return [
    ...wrongManifest(one),
    ...wrongFiles(one, files),
    ...(await wrongByPublint(tarball)),
    ...(await wrongTypes(one, tarball))
  ].map((problem) => `${one.manifest.name}: ${problem}`)
}

const problems = []
const { CORE_MAJOR } = await import(pathToFileURL(join(root, "packages/core/dist/index.js")).href)
if (CORE_MAJOR !== Number(versions.get("@pipedrive-source/core").split(".")[0]))
  problems.push("@pipedrive-source/core: CORE_MAJOR in src/declare/plugin.ts is not the major of its version")

const folder = mkdtempSync(join(tmpdir(), "check-packages-"))
try {
  const named = process.argv.slice(2).map((path) => resolve(path))
  const waiting = published.filter(({ dir }) => named.length === 0 || named.includes(dir))
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      problems.push(...(await check(one, folder)))
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
} finally {
  rmSync(folder, { recursive: true })
}
for (const problem of problems.sort()) console.error(problem)
if (problems.length === 0) console.log("ready to be published")
process.exitCode = problems.length === 0 ? 0 : 1
