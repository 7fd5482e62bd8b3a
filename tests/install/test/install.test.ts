import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { catalogOf, type Folder, makeFolder, testCompany, testFolder } from "./folder.ts"
import { run } from "./process.ts"
import { documentedStreams, type Manifest, plugins, readJson, root, sizeOf } from "./repository.ts"

/** What the bundles have of others: the audit of a release looks at them. */
const bundled = readJson<ReadonlyArray<string>>(join(root, "scripts/bundled.json"))

/** What is installed, as `name` and `@scope/name`. */
const installedIn = (path: string): ReadonlyArray<string> =>
  readdirSync(join(path, "node_modules"))
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(path, "node_modules", name)).map((each) => `${name}/${each}`) : [name]
    )

describe("the command and crm alone, in an empty folder", () => {
  let folder: Folder & { readonly remove: () => void }
  beforeAll(async () => {
    folder = makeFolder()
    await folder.npm("install", "@pipedrive-source/airbyte", "@pipedrive-source/crm")
  })
  afterAll(() => folder.remove())

  it("bring nothing else with them than core, and less than 5 MB", () => {
    expect(installedIn(folder.path)).toEqual([
      "@pipedrive-source/airbyte",
      "@pipedrive-source/core",
      "@pipedrive-source/crm"
    ])
    expect(sizeOf(join(folder.path, "node_modules"))).toBeLessThan(5_000_000)
  })

  it("carry inside what SECURITY.md says, and nothing else of others", () => {
    const dist = join(folder.path, "node_modules/@pipedrive-source/airbyte/dist")
    const files = readdirSync(dist).filter((name) => name.endsWith(".js"))
    const text = files.map((name) => readFileSync(join(dist, name), "utf8")).join("\n")
    const carried = [...text.matchAll(/^\/\/ (?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name)
    expect([...new Set(carried)].sort()).toEqual(["cross-fetch", "effect", "fflate", "node-fetch", "transliteration"])
    const security = readFileSync(join(root, "SECURITY.md"), "utf8")
    for (const name of carried) expect(security).toContain(`\`${name}\``)
    expect(bundled).toEqual(expect.arrayContaining([...new Set(carried)]))
  })

  it("answer spec, check and discover, and discover shows crm's streams alone", async () => {
    const { emulator, config } = await testCompany()
    const path = folder.write("config.json", config)
    expect((await folder.source(["spec"])).messages.map(({ type }) => type)).toEqual(["SPEC"])
    const check = await folder.source(["check", "--config", path])
    expect(check.messages.map(({ connectionStatus }) => connectionStatus?.status)).toEqual(["SUCCEEDED"])
    const requests = emulator.requests.length
    const discover = await folder.source(["discover", "--config", path])
    const code = 'import { crm } from "@pipedrive-source/crm"; for (const { name } of crm.streams) console.log(name)'
    const { stdout } = await folder.run("node", ["--input-type=module", "--eval", code])
    expect(discover.streams).toEqual(stdout.trim().split("\n"))
    expect(discover.warnings).toEqual([])
    expect(emulator.requests).toHaveLength(requests)
  })

  it("read, and read again what has changed", async () => {
    const { emulator, config } = await testCompany()
    const path = folder.write("config.json", config)
    const catalog = folder.write("catalog.json", catalogOf("deals", "pipelines"))
    const first = await folder.source(["read", "--config", path, "--catalog", catalog])
    expect([first.code, first.errors]).toEqual([0, []])
    expect(first.rows("deals").map(({ id }) => id)).toEqual(expect.arrayContaining(emulator.ids("v2/deals")))
    expect(first.rows("pipelines")).toHaveLength(emulator.ids("v2/pipelines").length)
    const [edited = 0] = emulator.ids("v2/deals")
    emulator.edit("v2/deals", [edited], { title: "Renamed" })
    const state = folder.write("state.json", first.states)
    const second = await folder.source(["read", "--config", path, "--catalog", catalog, "--state", state])
    expect(second.rows("deals")).toContainEqual(expect.objectContaining({ id: edited, title: "Renamed" }))
    expect(second.rows("deals").length).toBeLessThan(5)
    expect(second.rows("pipelines")).toEqual([])
  })

  it("start to answer spec within three times of an empty script", async () => {
    const bin = join(folder.path, "node_modules/@pipedrive-source/airbyte/bin/source-pipedrive.mjs")
    const timeOf = async (args: ReadonlyArray<string>): Promise<number> => {
      const startMs = performance.now()
      expect((await run(process.execPath, args, { cwd: folder.path })).code).toBe(0)
      return performance.now() - startMs
    }
    const empty: Array<number> = []
    const spec: Array<number> = []
    for (let round = 0; round < 9; round++) {
      empty.push(await timeOf(["-e", "0"]))
      spec.push(await timeOf([bin, "spec"]))
    }
    // The fastest of each: what other processes take away only ever adds.
    expect(Math.min(...spec) / Math.min(...empty)).toBeLessThan(3)
  })
})

describe("a tarball of a command", () => {
  const licenceOf = (name: string): string => {
    const folder = join(root, "node_modules", name)
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each)) ?? ""
    return readFileSync(join(folder, file), "utf8").trim()
  }

  it.each([
    ["@pipedrive-source/airbyte", ["cross-fetch", "effect", "fflate", "node-fetch", "transliteration"]],
    ["airbyte-source-pipedrive", bundled],
    ["@pipedrive-source/cli", bundled],
    ["pipedrive-emulator", []]
  ])("of %s has the notices of what is inside: %j", async (name, inside) => {
    const folder = testFolder()
    await folder.npm("install", name)
    const dist = join(folder.path, "node_modules", name, "dist")
    const notices = readFileSync(join(dist, "THIRD-PARTY-NOTICES.txt"), "utf8")
    const named = [...notices.matchAll(/^-{80}\n\n(\S+) (\S+) \(.+\)$/gm)]
    expect(named.map(([, each]) => each)).toEqual(inside)
    for (const [, each = "", version] of named) {
      expect(notices).toContain(licenceOf(each))
      expect(version).toBe(readJson<Manifest>(join(root, "node_modules", each, "package.json")).version)
    }
  })
})

describe("all of it", () => {
  const names = plugins.map((folder) => readJson<Manifest>(join(root, folder, "package.json")).name)

  it("is every plugin in an empty folder", async () => {
    const folder = testFolder()
    const { config } = await testCompany()
    const path = folder.write("config.json", config)
    await folder.npm("install", "@pipedrive-source/airbyte", ...names)
    const all = await folder.source(["discover", "--config", path])
    expect(all.errors).toEqual([])
    expect([...all.streams].sort()).toEqual([...documentedStreams].sort())
  })

  it("is airbyte-source-pipedrive: npx alone is enough, and is one package", async () => {
    const folder = testFolder()
    expect(await folder.npm("view", "airbyte-source-pipedrive", "dependencies")).toBe("")
    const { config } = await testCompany()
    const path = folder.write("config.json", config)
    const all = await folder.source(["discover", "--config", path], ["npx", "--yes", "airbyte-source-pipedrive"])
    expect(all.errors).toEqual([])
    expect([...all.streams].sort()).toEqual([...documentedStreams].sort())
  })
})
