import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { composePlugins, loadPlugins } from "./compose.ts"

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
const namesOf = async (plugins: Effect.Effect<ReadonlyArray<{ readonly name: string }>, Error>) =>
  (await Effect.runPromise(plugins)).map(({ name }) => name)
const refusal = async (plugins: Effect.Effect<unknown, { readonly message: string }>) =>
  (await Effect.runPromise(Effect.flip(plugins))).message

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
    expect(await namesOf(composePlugins(folder, []))).toEqual(["crm", "goals", "mail"])
  })

  it("are found from a folder below the one with node_modules", async () => {
    install("crm", marked, "index.js", plugin("crm"))
    write("below/package.json", { dependencies: { crm: "1" } })
    expect(await namesOf(composePlugins(join(folder, "below"), []))).toEqual(["crm"])
  })

  it("are joined by those named, each once", async () => {
    write("package.json", { type: "module", dependencies: { crm: "1" } })
    install("crm", marked, "index.js", plugin("crm"))
    write("mine.js", `${plugin("mine")}\nexport default mine\nexport const number = 7`)
    expect(await namesOf(composePlugins(folder, ["./mine.js", "crm"]))).toEqual(["crm", "mine"])
    expect(await namesOf(loadPlugins(folder, ["mine.js"]))).toEqual(["mine"])
    expect(await namesOf(loadPlugins(folder, []))).toEqual([])
  })

  it("are asked for where there are none", async () => {
    expect(await refusal(composePlugins(folder, []))).toContain("npm install @pipedrive-source/crm")
  })

  it("that cannot be had are named", async () => {
    write("bad.mjs", "throw new Error('why')")
    for (const streams of ["[null]", '[{ name: "zz" }]'])
      write(`${streams.length}.mjs`, `export const crm = { name: "crm", core: 1, streams: ${streams} }`)
    for (const file of ["./6.mjs", "./16.mjs"])
      expect(await refusal(loadPlugins(folder, [file]))).toContain(`${file.slice(2)} exports no plugin`)
    write("empty.mjs", "export const crm = { name: 'crm' }")
    expect(await refusal(loadPlugins(folder, ["./16.mjs"]))).toMatch(
      /16\.mjs exports no plugin that can be used: the stream zz: path is missing; /
    )
    write(
      "getter.mjs",
      "export const x = { name: 'x', core: 0, streams: [{ name: 'a', get columns() { throw new Error('why') } }] }"
    )
    expect(await refusal(loadPlugins(folder, ["./getter.mjs"]))).toContain("the stream a: columns cannot be read (why)")
    for (const wrong of ["7", "null", "() => 7", "Promise.resolve()", "{ streams: 7 }", "[]"]) {
      write("wrong.mjs", `export default ${wrong} // ${wrong.length}`)
      expect(await refusal(loadPlugins(folder, ["./wrong.mjs"]))).toMatch(
        /wrong\.mjs exports no plugin: it is to export/
      )
    }
    expect(await refusal(loadPlugins(folder, ["nowhere"]))).toContain("npm install nowhere")
    expect(await refusal(loadPlugins(folder, ["./bad.mjs"]))).toMatch(/bad\.mjs cannot be loaded: why$/)
    expect(await refusal(loadPlugins(folder, ["./none.mjs"]))).toMatch(/none\.mjs cannot be loaded/)
    expect(await refusal(loadPlugins(folder, ["./empty.mjs"]))).toMatch(/empty\.mjs exports no plugin/)
  })

  it("that do not go together are named with the command that mends it", async () => {
    const stream = (name: string) => `{ name: "${name}", columns: {} }`
    const made = (name: string, core: number, ...streams: ReadonlyArray<string>) =>
      `export const ${name} = { name: "${name}", core: ${core}, streams: [${streams.map(stream)}] }`
    write("package.json", { dependencies: { "@x/crm": "1", "@y/more": "1" } })
    install("@x/crm", marked, "index.js", made("crm", 0, "deals", "notes"))
    install("@y/more", marked, "index.js", made("more", 0, "notes"))
    expect(await refusal(composePlugins(folder, []))).toBe(
      "Two plugins declare a stream named notes: @x/crm and @y/more. Leave one of them out: npm uninstall @y/more"
    )
    write("mine.mjs", made("mine", 0, "deals"))
    write("package.json", { dependencies: { "@x/crm": "1" } })
    expect(await refusal(composePlugins(folder, ["./mine.mjs"]))).toMatch(
      /named deals: @x\/crm and .*mine\.mjs\. Run it without --plugin .*mine\.mjs$/
    )
    install("@y/newer", marked, "index.js", made("newer", 1))
    expect(await refusal(loadPlugins(folder, ["@y/newer"]))).toBe(
      "The plugin @y/newer was built for version 1 of @pipedrive-source/core, and this is version 0. Run: npm install @pipedrive-source/airbyte@latest"
    )
    install("@y/older", marked, "index.js", made("older", -1))
    expect(await refusal(loadPlugins(folder, ["@y/older"]))).toMatch(/ Run: npm install @y\/older@latest$/)
    write("older.mjs", made("older", -1))
    expect(await refusal(loadPlugins(folder, ["./older.mjs"]))).toMatch(/npm install @pipedrive-source\/core@0$/)
  })
})
