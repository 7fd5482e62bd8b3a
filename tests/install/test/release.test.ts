import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { describe, expect, inject, it, onTestFinished } from "vitest"
import { testFolder } from "./folder.ts"
import { run, succeed } from "./process.ts"
import {
  addChangeset,
  changeset,
  copyRepository,
  folders,
  type Manifest,
  plugins,
  publish,
  readJson,
  root,
  versionsIn
} from "./repository.ts"

const ours = (name: string): string => `@pipedrive-source/${name}`
const app = "source-pipedrive"
const pluginNames = plugins.map((folder) => basename(folder))

/** Sets one version everywhere, and the ranges with it. */
const setVersion = (copy: string, version: string): void => {
  const names = folders.map((folder) => readJson<Manifest>(join(copy, folder, "package.json")).name)
  const range = new RegExp(`"(${names.join("|")})": "([\\^]?)\\d[^"]*"`, "g")
  for (const folder of folders) {
    const file = join(copy, folder, "package.json")
    const text = readFileSync(file, "utf8").replace(range, `"$1": "$2${version}"`)
    writeFileSync(file, text.replace(/"version": "[^"]*"/, `"version": "${version}"`))
  }
}

type Bumps = Readonly<Record<string, "patch" | "minor" | "major">>

/** The packages that a changeset moves, with the version each gets. */
const moved = async (bumps: Bumps, from = "0.1.0"): Promise<Readonly<Record<string, string>>> => {
  const copy = copyRepository(["package.json"])
  onTestFinished(() => rmSync(copy, { recursive: true }))
  setVersion(copy, from)
  const before = versionsIn(copy)
  expect(new Set(Object.values(before))).toEqual(new Set([from]))
  addChangeset(copy, bumps)
  await succeed(process.execPath, [changeset, "version"], { cwd: copy })
  return Object.fromEntries(Object.entries(versionsIn(copy)).filter(([name, version]) => version !== before[name]))
}

const all = (names: ReadonlyArray<string>, version: string) => Object.fromEntries(names.map((name) => [name, version]))

describe("a changeset", () => {
  it("of a plugin moves it and the app alone", async () => {
    expect(await moved({ [ours("mail")]: "patch" })).toEqual({ mail: "0.1.1", [app]: "0.1.1" })
    expect(await moved({ [ours("crm")]: "minor" })).toEqual({ crm: "0.2.0", [app]: "0.1.1" })
    expect(await moved({ [ours("crm")]: "minor" }, "1.0.0")).toEqual({ crm: "1.1.0", [app]: "1.0.1" })
  })

  it("of core within range leaves the plugins as they are: only what has it inside moves", async () => {
    expect(await moved({ [ours("core")]: "patch" })).toEqual({
      core: "0.1.1",
      airbyte: "0.1.1",
      cli: "0.1.1",
      [app]: "0.1.1"
    })
    expect(await moved({ [ours("core")]: "minor" }, "1.0.0")).toEqual({
      core: "1.1.0",
      airbyte: "1.0.1",
      cli: "1.0.1",
      [app]: "1.0.1"
    })
  })

  it("of core's major calls for one of each plugin: by itself it would be a patch of them", async () => {
    const dependants = { airbyte: "1.0.1", cli: "1.0.1", contract: "1.0.1", [app]: "1.0.1" }
    expect(await moved({ [ours("core")]: "major" }, "1.0.0")).toEqual({
      core: "2.0.0",
      ...dependants,
      ...all(pluginNames, "1.0.1")
    })
    const written: Bumps = Object.fromEntries([...pluginNames, "core"].map((name) => [ours(name), "major"]))
    expect(await moved(written, "1.0.0")).toEqual({ core: "2.0.0", ...dependants, ...all(pluginNames, "2.0.0") })
  })

  it("of the emulator moves it alone", async () => {
    expect(await moved({ "pipedrive-emulator": "patch" })).toEqual({ emulator: "0.1.1" })
  })

  it("that is waiting here, if it is a major of core, comes with one of each plugin", () => {
    const majors = readdirSync(join(root, ".changeset"))
      .filter((name) => name.endsWith(".md"))
      .flatMap((name) => [...readFileSync(join(root, ".changeset", name), "utf8").matchAll(/^"(.+)": major$/gm)])
      .map(([, name]) => name)
    if (majors.includes(ours("core"))) expect(majors).toEqual(expect.arrayContaining(pluginNames.map(ours)))
  })
})

describe("what is published", () => {
  it("is looked at first: the files, package.json and types of every tarball", async () => {
    const copy = inject("repository")
    const script = join(copy, "scripts/check-packages.mjs")
    expect(await run(process.execPath, [script], { cwd: copy })).toEqual({
      code: 0,
      stdout: "ready to be published\n",
      stderr: ""
    })
  })

  it("is refused when something is wrong with it", async () => {
    const copy = copyRepository()
    onTestFinished(() => rmSync(copy, { recursive: true }))
    const goals = join(copy, "packages/goals")
    rmSync(join(goals, "LICENSE"))
    rmSync(join(goals, "dist/index.d.ts"))
    writeFileSync(join(goals, "src/left.test.tsx"), "")
    const manifest = readJson<Manifest>(join(goals, "package.json"))
    const dependencies = { ...manifest.dependencies, [ours("core")]: "^0.0.9" }
    writeFileSync(join(goals, "package.json"), JSON.stringify({ ...manifest, dependencies }))
    writeFileSync(join(goals, "LICENSE"), "none")
    const script = join(copy, "scripts/check-packages.mjs")
    const { code, stderr } = await run(process.execPath, [script, "packages/goals"], { cwd: copy })
    expect(code).toBe(1)
    for (const problem of [
      /dist\/index\.d\.ts is not in the tarball/,
      /LICENSE is not the one/,
      /left\.test\.tsx is nothing to publish/,
      /wants @pipedrive-source\/core \^0\.0\.9, and this is/
    ])
      expect(stderr).toMatch(problem)
  })

  it("has to be of the repository that package.json names, which npm proves", async () => {
    const copy = copyRepository(["package.json"])
    onTestFinished(() => rmSync(copy, { recursive: true }))
    const env = {
      ...inject("npm"),
      NPM_CONFIG_PROVENANCE: "true",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: "someone/a-fork"
    }
    const ended = await run(process.execPath, ["scripts/publish.mjs", "--no-git-tag"], { cwd: copy, env })
    const { repository } = readJson<{ readonly repository: { readonly url: string } }>(join(root, "package.json"))
    expect(ended.stderr).toContain(`It names ${repository.url}`)
    expect(ended.stderr).toContain("this is git+https://github.com/someone/a-fork.git")
    expect(ended.code).toBe(1)
  })

  it("as a patch of one plugin is that plugin and the app, and a user's folder takes it up", async () => {
    const npm = inject("npm")
    const copy = copyRepository()
    onTestFinished(() => rmSync(copy, { recursive: true }))
    const folder = testFolder()
    await folder.npm("install", ours("airbyte"), ours("goals"))
    const streams = join(copy, "packages/goals/src/goals.ts")
    writeFileSync(streams, readFileSync(streams, "utf8").replace("is_active: c.boolean,", "$&\n  patched: c.boolean,"))
    addChangeset(copy, { [ours("goals")]: "patch" })
    await succeed(process.execPath, [changeset, "version"], { cwd: copy })
    await succeed("npm", ["run", "build"], { cwd: join(copy, "packages/goals"), env: npm })
    const version = versionsIn(copy).goals
    expect(version).not.toBe(versionsIn(root).goals)
    expect(await publish(copy, npm)).toEqual([
      `${ours("goals")}@${version}`,
      `airbyte-source-pipedrive@${versionsIn(copy)[app]}`
    ])

    const installed = (name: string) =>
      readJson<Manifest>(join(folder.path, "node_modules/@pipedrive-source", name, "package.json")).version
    const before = { airbyte: installed("airbyte"), core: installed("core") }
    expect(installed("goals")).toBe(versionsIn(root).goals)
    await folder.npm("update")
    expect(installed("goals")).toBe(version)
    expect({ airbyte: installed("airbyte"), core: installed("core") }).toEqual(before)
    const config = folder.write("config.json", { credentials: { auth_type: "api_token", api_token: "x".repeat(40) } })
    expect(JSON.stringify((await folder.source(["discover", "--config", config])).messages)).toContain("patched")
  })
})
