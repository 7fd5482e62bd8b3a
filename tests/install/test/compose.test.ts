import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { catalogOf, type Folder, makeFolder, testFolder } from "./folder.ts"
import { documentedStreams, type Manifest, readJson, root } from "./repository.ts"

const config = { credentials: { auth_type: "api_token", api_token: "x".repeat(40) } }

const { version } = readJson<Manifest>(join(root, "packages/core/package.json"))
const coreMajor = Number(version.split(".")[0])

/** A plugin of one stream, made for this version of core unless another is said. */
const pluginOf = (name: string, stream: string, core?: number): string => `
import { columns as c, definePlugin, defineStream, singlePage } from "@pipedrive-source/core"
const stream = defineStream({
  name: "${stream}",
  path: "v1/leadLabels",
  docs: "https://developers.pipedrive.com/docs/api/v1/LeadLabels#getLeadLabels",
  tokens: 10,
  scope: "leads:read",
  columns: { id: c.text },
  primaryKey: ["id"],
  paging: singlePage()
})
export const plugin = { ...definePlugin({ name: "${name}", streams: [stream] })${core === undefined ? "" : `, core: ${core}`} }
`

describe("plugins are composed", () => {
  let folder: Folder & { readonly remove: () => void }
  beforeAll(async () => {
    folder = makeFolder()
    await folder.npm("install", "@pipedrive-source/airbyte", "@pipedrive-source/goals", "@pipedrive-source/fields")
    folder.write("config.json", config)
    folder.write("mine.mjs", pluginOf("mine", "my_labels"))
  })
  afterAll(() => folder.remove())

  const discover = (...args: ReadonlyArray<string>) => folder.source(["discover", "--config", "config.json", ...args])

  it("from what package.json depends on", async () => {
    const { streams } = await discover()
    expect(streams).toEqual(expect.arrayContaining(["goals", "goal_results", "deal_fields"]))
    expect(streams).not.toContain("deals")
  })

  it("from a file and from a package that --plugin names", async () => {
    const there = (await discover()).streams
    expect((await discover("--plugin", "./mine.mjs")).streams).toEqual([...there, "my_labels"])
    expect((await discover("--plugin", "@pipedrive-source/goals")).streams).toEqual(there)
    await folder.npm("install", "--no-save", "@pipedrive-source/admin")
    expect((await discover()).streams).toEqual(there)
    expect((await discover("--plugin", "@pipedrive-source/admin")).streams).toContain("users")
  })

  it("from a file of three lines", async () => {
    folder.write(
      "source.mjs",
      `import { runSource } from "@pipedrive-source/airbyte"
import { plugin } from "./mine.mjs"
await runSource({ plugins: [plugin] })
`
    )
    const { streams } = await folder.source(["discover", "--config", "config.json"], ["node", "source.mjs"])
    expect(streams).toEqual(["my_labels"])
  })

  it("also by the whole app, with one more", async () => {
    await folder.npm("install", "--no-save", "--prefix", join(folder.path, "app"), "airbyte-source-pipedrive")
    const bin = join(folder.path, "app/node_modules/.bin/source-pipedrive")
    const args = ["discover", "--config", "config.json"]
    const { streams } = await folder.source(args, [bin])
    expect([...streams].sort()).toEqual([...documentedStreams].sort())
    expect((await folder.source([...args, "--plugin", "./mine.mjs"], [bin])).streams).toEqual([...streams, "my_labels"])
  })
})

describe("what does not compose is told in one line, with what mends it", () => {
  it("no plugin, until the command it names was run", async () => {
    const folder = testFolder()
    await folder.npm("install", "@pipedrive-source/airbyte")
    folder.write("config.json", config)
    const { code, errors } = await folder.source(["discover", "--config", "config.json"])
    expect(code).toBe(1)
    expect(errors).toEqual([
      expect.stringMatching(/^No plugin is installed in .*\. Run: npm install @pipedrive-source\/crm$/)
    ])
    const check = await folder.source(["check", "--config", "config.json"])
    expect(check.messages[0]?.connectionStatus).toEqual({ status: "FAILED", message: errors[0] })
    await folder.shell(errors[0]?.split("Run: ")[1] ?? "false")
    expect((await folder.source(["discover", "--config", "config.json"])).streams).toContain("deals")
  })

  it("a parent that is not installed: left out of discover, refused when selected", async () => {
    const folder = testFolder()
    await folder.npm("install", "@pipedrive-source/airbyte", "@pipedrive-source/products")
    folder.write("config.json", config)
    const discover = await folder.source(["discover", "--config", "config.json"])
    expect(discover.code).toBe(0)
    expect(discover.streams).toContain("products")
    expect(discover.streams).not.toContain("deal_products")
    const [warning = ""] = discover.warnings.filter((text) => text.startsWith("deal_products "))
    expect(warning).toMatch(/its parent stream deals is not installed.*: npm install @pipedrive-source\/crm$/)
    folder.write("catalog.json", catalogOf("deal_products"))
    const read = await folder.source(["read", "--config", "config.json", "--catalog", "catalog.json"])
    expect(read.code).toBe(1)
    expect(read.errors).toEqual([warning])
    await folder.shell(warning.split(": ").at(-1) ?? "false")
    const mended = await folder.source(["discover", "--config", "config.json"])
    expect(mended.streams).toContain("deal_products")
    expect(mended.warnings).toEqual([])
  })

  it("two plugins with one stream, and a plugin for another major of core", async () => {
    const folder = testFolder()
    await folder.npm("install", "@pipedrive-source/airbyte", "@pipedrive-source/crm")
    folder.write("config.json", config)
    const discover = () => folder.source(["discover", "--config", "config.json"])
    const add = async (name: string, code: string): Promise<void> => {
      mkdirSync(join(folder.path, name))
      const manifest = {
        name,
        version: "1.0.0",
        type: "module",
        exports: { ".": "./index.js", "./package.json": "./package.json" }
      }
      folder.write(`${name}/package.json`, { ...manifest, keywords: ["pipedrive-source-plugin"] })
      folder.write(`${name}/index.js`, code)
      await folder.npm("install", `./${name}`)
    }
    await add("again", pluginOf("again", "leads"))
    const twice = await discover()
    expect(twice.code).toBe(1)
    expect(twice.errors).toEqual([
      expect.stringMatching(/^Two plugins declare a stream named leads: .*: npm uninstall \S+$/)
    ])
    await folder.shell(twice.errors[0]?.split(": ").at(-1) ?? "false")
    expect((await discover()).streams.length).toBeGreaterThan(0)

    await add("later", pluginOf("later", "my_labels", coreMajor + 1))
    const later = await discover()
    expect(later.code).toBe(1)
    expect(later.errors).toEqual([
      `The plugin later was built for version ${coreMajor + 1} of @pipedrive-source/core, but this is version ${coreMajor}. Run: npm install @pipedrive-source/airbyte@latest`
    ])
  })
})
