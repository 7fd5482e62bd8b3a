import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { composeSource, type InstalledPlugin } from "@pipedrive-source/core/reader"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { loadFolder, loadPlugins } from "./compose.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "compose-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (path: string, content: unknown): void => {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content))
}

const plugin = (name: string): string => `export const ${name} = { name: "${name}", core: 0, streams: [] }`

const install = (name: string, manifest: object, file: string, code: string): void => {
  write(`node_modules/${name}/package.json`, { name, type: "module", ...manifest })
  write(`node_modules/${name}/${file}`, code)
}

const marked = { keywords: ["pipedrive-source-plugin"] }
type Loading = Effect.Effect<ReadonlyArray<InstalledPlugin>, { readonly message: string }>

const namesOf = async (loading: Loading) => (await Effect.runPromise(loading)).map(({ plugin }) => plugin.name)
const refusal = async (loading: Loading) =>
  (await Effect.runPromise(Effect.flip(Effect.flatMap(loading, (all) => Effect.fromResult(composeSource(all))))))
    .message

describe("the plugins of a folder", () => {
  it("are the packages it depends on that say so, however they name their entry", async () => {
    write("package.json", {
      dependencies: { "@x/crm": "1", other: "1", absent: "1" },
      devDependencies: { goals: "1", "@x/crm": "1" },
      optionalDependencies: { mail: "1" }
    })
    const exported = { types: "./x.d.ts", "@x/source": "./src/index.ts", default: "./dist/index.js" }
    install("@x/crm", { ...marked, exports: { ".": exported } }, "dist/index.js", plugin("crm"))
    install("goals", { ...marked, exports: { node: { import: "./goals.mjs" } } }, "goals.mjs", plugin("goals"))
    install("mail", { ...marked, main: "mail.js" }, "mail.js", plugin("mail"))
    install("other", { keywords: ["pipedrive"] }, "index.js", "throw new Error('loaded')")
    install("stranger", marked, "index.js", plugin("stranger"))
    expect(await namesOf(loadFolder(folder, []))).toEqual(["crm", "goals", "mail"])
  })

  it("are found from a folder below the one with node_modules", async () => {
    install("crm", marked, "index.js", plugin("crm"))
    write("below/package.json", { dependencies: { crm: "1" } })
    expect(await namesOf(loadFolder(join(folder, "below"), []))).toEqual(["crm"])
  })

  it("are joined by those named, each once", async () => {
    write("package.json", { type: "module", dependencies: { crm: "1" } })
    install("crm", marked, "index.js", plugin("crm"))
    write("mine.js", `${plugin("mine")}\nexport default mine\nexport const number = 7`)
    expect(await namesOf(loadFolder(folder, ["./mine.js", "crm"]))).toEqual(["crm", "mine"])
    expect(await namesOf(loadPlugins(folder, ["mine.js"]))).toEqual(["mine"])
    expect(await namesOf(loadPlugins(folder, []))).toEqual([])
  })

  it("are asked for where there are none", async () => {
    expect(await refusal(loadFolder(folder, []))).toContain("npm install @pipedrive-source/crm")
  })

  it("that cannot be had are named", async () => {
    write("bad.mjs", "throw new Error('why')")
    for (const streams of ["[null]", '[{ name: "zz" }]'])
      write(`${streams.length}.mjs`, `export const crm = { name: "crm", core: 0, streams: ${streams} }`)
    expect(await refusal(loadPlugins(folder, ["./6.mjs"]))).toMatch(
      /6\.mjs cannot be used: streams is not a list of objects\. /
    )
    write("empty.mjs", "export const crm = { name: 'crm' }")
    expect(await refusal(loadPlugins(folder, ["./16.mjs"]))).toMatch(
      /16\.mjs cannot be used: the stream zz: path is missing; /
    )
    write(
      "getter.mjs",
      "export const x = { name: 'x', core: 0, streams: [{ name: 'a', get columns() { throw new Error('why') } }] }"
    )
    expect(await refusal(loadPlugins(folder, ["./getter.mjs"]))).toContain("the stream a: columns cannot be read (why)")
    for (const wrong of ["7", "null", "() => 7", "Promise.resolve()", "{ streams: 7 }", "[]"]) {
      write("wrong.mjs", `export default ${wrong} // ${wrong.length}`)
      expect(await refusal(loadPlugins(folder, ["./wrong.mjs"]))).toMatch(
        /wrong\.mjs exports no plugin: it must export/
      )
    }
    expect(await refusal(loadPlugins(folder, ["nowhere"]))).toContain("npm install nowhere")
    expect(await refusal(loadPlugins(folder, ["./bad.mjs"]))).toMatch(/bad\.mjs cannot be loaded: why$/)
    expect(await refusal(loadPlugins(folder, ["./none.mjs"]))).toMatch(/none\.mjs cannot be loaded/)
    expect(await refusal(loadPlugins(folder, ["./empty.mjs"]))).toMatch(/empty\.mjs exports no plugin/)
  })

  it("that do not go together are named with the command that helps", async () => {
    const stream = (name: string) =>
      `{ name: "${name}", path: "v1/x", tokens: 1, scope: "base", columns: {}, primaryKey: [], paging: { kind: "single" } }`
    const made = (name: string, core: number, ...streams: ReadonlyArray<string>) =>
      `export const ${name} = { name: "${name}", core: ${core}, streams: [${streams.map(stream)}] }`
    write("package.json", { dependencies: { "@x/crm": "1", "@y/more": "1" } })
    install("@x/crm", marked, "index.js", made("crm", 0, "deals", "notes"))
    install("@y/more", marked, "index.js", made("more", 0, "notes"))
    expect(await refusal(loadFolder(folder, []))).toBe(
      "Two plugins declare a stream named notes: @x/crm and @y/more. Remove one of them: npm uninstall @y/more"
    )
    write("mine.mjs", made("mine", 0, "deals"))
    write("package.json", { dependencies: { "@x/crm": "1" } })
    expect(await refusal(loadFolder(folder, ["./mine.mjs"]))).toMatch(
      /named deals: @x\/crm and .*mine\.mjs\. Run the command without --plugin .*mine\.mjs$/
    )
    install("@y/newer", marked, "index.js", made("newer", 1))
    expect(await refusal(loadPlugins(folder, ["@y/newer"]))).toBe(
      "The plugin @y/newer was built for version 1 of @pipedrive-source/core, but this is version 0. Run: npm install @pipedrive-source/airbyte@latest"
    )
    install("@y/older", marked, "index.js", made("older", -1))
    expect(await refusal(loadPlugins(folder, ["@y/older"]))).toMatch(/ Run: npm install @y\/older@latest$/)
    write("older.mjs", made("older", -1))
    expect(await refusal(loadPlugins(folder, ["./older.mjs"]))).toMatch(/npm install @pipedrive-source\/core@0$/)
  })
})
