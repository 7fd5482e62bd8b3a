import { cpSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { catalogOf, type Folder, testCompany, testFolder } from "./folder.ts"
import { run } from "./process.ts"
import { blocksOf, root } from "./repository.ts"

const [create = "", contract = "", publish = "", compose = ""] = blocksOf("examples/plugin/README.md", "sh")

/** A third party's folder, made as the document says. */
const author = async (script: string): Promise<Folder> => {
  const folder = testFolder()
  for (const name of ["index.js", "contract.test.js"])
    cpSync(join(root, "examples/plugin", name), join(folder.path, name))
  await folder.shell(script)
  return folder
}

it("a third party's plugin in one file is published, composed and read by what has changed", async () => {
  // What tests it is another test's: it comes from elsewhere.
  await (await author(create.replace(/^.*--save-dev.*\n/m, ""))).shell(publish)

  const folder = testFolder()
  const { emulator, config } = await testCompany()
  folder.write("config.json", config)
  const discovered = await folder.shell(compose)
  expect(discovered).toContain('"name":"won_deals"')
  expect(discovered).toContain('"name":"deals"')

  folder.write("catalog.json", catalogOf("won_deals"))
  const args = ["read", "--config", "config.json", "--catalog", "catalog.json"]
  const first = await folder.source(args)
  expect(first.errors).toEqual([])
  const won = emulator.ids("v2/deals?status=won")
  expect(first.rows("won_deals").map(({ id }) => id)).toEqual(expect.arrayContaining(won))
  const [edited = 0] = won
  emulator.edit("v2/deals", [edited], { title: "Renamed" })
  folder.write("state.json", first.states)
  const second = await folder.source([...args, "--state", "state.json"])
  expect(second.rows("won_deals")).toContainEqual(expect.objectContaining({ id: edited, title: "Renamed" }))
  expect(second.rows("won_deals").length).toBeLessThan(won.length / 2)
})

const reached = await run("npm", ["view", "vitest", "version", "--fetch-retries=0", "--fetch-timeout=3000"], {
  cwd: root,
  env: process.env
})
if (reached.code !== 0) console.warn("SKIPPED, as npm's registry is not reached: the published contract suite")

it.skipIf(reached.code !== 0)("it passes the published contract suite", async () => {
  const folder = await author(create)
  const { code, stdout, stderr } = await folder.run("bash", ["-c", contract])
  expect([code, stderr], stdout).toEqual([0, ""])
  expect(stdout).toMatch(/\d+ passed/)
})
