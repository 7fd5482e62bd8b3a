import { join } from "node:path"
import { expect, it } from "vitest"
import { testCompany, testFolder } from "./folder.ts"
import { sizeOf } from "./repository.ts"

const query = `
import { DuckDBInstance } from "@duckdb/node-api"
const instance = await DuckDBInstance.create("pipedrive.duckdb", { access_mode: "READ_ONLY" })
const connection = await instance.connect()
console.log(JSON.stringify((await connection.runAndReadAll(process.argv[2])).getRowsJson()))
`

it("two packages in an empty folder make tables of an account, and keep them current", async () => {
  const folder = testFolder()
  const { emulator } = await testCompany()
  await folder.npm("install", "airbyte-source-pipedrive", "@pipedrive-source/duckdb")
  folder.write("query.mjs", query)
  const ask = async (sql: string): Promise<unknown> => {
    const { stderr, stdout } = await folder.run("node", ["query.mjs", sql])
    if (stderr !== "") throw new Error(stderr)
    return JSON.parse(stdout)
  }
  const command = (...args: ReadonlyArray<string>) => folder.run("npx", ["airbyte-source-pipedrive", ...args])
  const init = await command("init", "--api-token", emulator.apiToken, "--base-url", emulator.url)
  expect([init.code, init.stderr]).toEqual([0, ""])
  expect((await command("sync", "--to", "pipedrive.duckdb")).code).toBe(0)
  const titles = "SELECT title FROM deals WHERE NOT coalesce(is_deleted, false) ORDER BY id"
  const listed = () =>
    emulator
      .rows("v2/deals", { sort_by: "id" })
      .map((row) => [JSON.parse(row).title.replace(/\p{Surrogate}/gu, "\ufffd")])
  expect(await ask(titles)).toEqual(listed())
  emulator.edit("v2/deals", emulator.ids("v2/deals").slice(0, 3), { title: "Renamed" })
  emulator.insert("v2/persons", 2)
  const { code, stdout } = await command("sync", "--to", "pipedrive.duckdb", "--json")
  expect(code).toBe(0)
  expect(JSON.parse(stdout).streams).toContainEqual(expect.objectContaining({ stream: "persons", new: 2 }))
  expect(await ask(titles)).toEqual(listed())
  expect(await ask("SELECT count(*) FROM persons")).toEqual([[String(emulator.ids("v2/persons").length)]])
})

it("without the package that writes tables, sync says how to install it", async () => {
  const folder = testFolder()
  const { emulator } = await testCompany()
  await folder.npm("install", "airbyte-source-pipedrive")
  expect(sizeOf(join(folder.path, "node_modules"))).toBeLessThan(5_000_000)
  const command = (...args: ReadonlyArray<string>) => folder.run("npx", ["airbyte-source-pipedrive", ...args])
  await command("init", "--api-token", emulator.apiToken, "--base-url", emulator.url, "--streams", "deals")
  const { code, stderr } = await command("sync", "--to", join("tables", "/"))
  expect([code, stderr]).toEqual([1, expect.stringContaining("npm install @pipedrive-source/duckdb")])
})
