import { spawnSync } from "node:child_process"
import { cpSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { catalogOf, type Folder, testCompany, testFolder } from "./folder.ts"
import { blocksOf, root } from "./repository.ts"

const take = (folder: Folder, file: string): void =>
  cpSync(join(root, file), join(folder.path, file.split("/").at(-1) ?? ""))

it("examples/custom: a composition with a stream of one's own", async () => {
  const folder = testFolder()
  const { config, emulator } = await testCompany()
  folder.write("config.json", config)
  folder.write("catalog.json", catalogOf("my_lead_labels", "deals"))
  take(folder, "examples/custom/source.mjs")
  const [script = ""] = blocksOf("examples/custom/README.md", "sh")
  await folder.shell(script)
  const elsewhere = testFolder()
  const args = ["read", "--config", join(folder.path, "config.json"), "--catalog", join(folder.path, "catalog.json")]
  const first = await elsewhere.source(args, [join(folder.path, "source.mjs")])
  expect(first.errors).toEqual([])
  expect(first.rows("my_lead_labels")).toHaveLength(emulator.ids("v1/leadLabels").length)
  expect(first.rows("deals").length).toBeGreaterThan(10)
  const state = elsewhere.write("state.json", first.states)
  const [edited = ""] = emulator.ids("v1/leadLabels")
  emulator.edit("v1/leadLabels", [edited], { name: "Renamed" })
  const second = await elsewhere.source([...args, "--state", state], [join(folder.path, "source.mjs")])
  expect(second.rows("my_lead_labels").map(({ id, name }) => [id, name])).toEqual([[edited, "Renamed"]])
})

const hasJq = spawnSync("jq", ["--version"]).status === 0
if (!hasJq) console.warn("SKIPPED, as there is no jq: examples/shell")

describe.skipIf(!hasJq)("examples/shell", () => {
  it("appends rows to files and goes on with its own state", async () => {
    const folder = testFolder()
    const { config, emulator } = await testCompany()
    folder.write("config.json", config)
    folder.write("catalog.json", blocksOf("examples/shell/README.md", "json")[0] ?? "")
    take(folder, "examples/shell/sync.sh")
    const [script = ""] = blocksOf("examples/shell/README.md", "sh")
    const rows = (stream: string): ReadonlyArray<{ readonly id: number; readonly title?: string }> =>
      readFileSync(join(folder.path, `data/${stream}.jsonl`), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    await folder.shell(script)
    const first = rows("deals")
    expect(first.map(({ id }) => id)).toEqual(expect.arrayContaining(emulator.ids("v2/deals")))
    expect(rows("pipelines")).toHaveLength(emulator.ids("v2/pipelines").length)
    const [edited = 0] = emulator.ids("v2/deals")
    emulator.edit("v2/deals", [edited], { title: "Renamed" })
    await folder.shell("bash sync.sh")
    const added = rows("deals").slice(first.length)
    expect(added).toContainEqual(expect.objectContaining({ id: edited, title: "Renamed" }))
    expect(added.length).toBeLessThan(5)
    expect(rows("pipelines")).toHaveLength(emulator.ids("v2/pipelines").length)
  })

  it("keeps what was read when a stream fails, says why and ends with 1", async () => {
    const folder = testFolder()
    const { config, emulator } = await testCompany()
    folder.write("config.json", config)
    folder.write("catalog.json", catalogOf("deals", "pipelines"))
    take(folder, "examples/shell/sync.sh")
    await folder.npm("install", "@pipedrive-source/airbyte", "@pipedrive-source/crm")
    const mend = emulator.fault({ kind: "permission403", path: "v2/pipelines" })
    const { code, stderr } = await folder.run("bash", ["sync.sh"])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^config_error: .*pipelines/)
    mend()
    expect((await folder.run("bash", ["sync.sh"])).code).toBe(0)
    const kept = JSON.parse(readFileSync(join(folder.path, "state.json"), "utf8"))
    expect(kept).toHaveLength(2)
  })
})
