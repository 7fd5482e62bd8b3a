import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { describe, expect, it, onTestFinished } from "vitest"
import { type Folder, initFolder, openCompany, query } from "./folder.ts"

/** What a sync that has to fail says. */
const refusal = async (folder: Folder, to: string): Promise<string> => {
  const { code, signal, stderr, stdout } = await folder.run(["sync", "--to", to])
  expect([code, signal, stdout]).toEqual([1, null, ""])
  expect(stderr).not.toMatch(/\n\s+at |unexpected/i)
  return stderr.replaceAll("\n", " ")
}

/** A folder that cannot be written to; undefined where there is none for this user. */
const unwritable = (folder: Folder): string | undefined => {
  if (process.getuid?.() === 0) return existsSync("/sys/kernel") ? "/sys/kernel" : undefined
  const path = join(folder.path, "locked")
  mkdirSync(path)
  chmodSync(path, 0o555)
  onTestFinished(() => chmodSync(path, 0o755))
  return path
}

/** Runs a command that can write no file beyond so many bytes, as on a disk that is full. */
const runWithin = async (folder: Folder, bytes: number, args: ReadonlyArray<string>) => {
  const blocks = Math.ceil(bytes / 512)
  return folder.shell(`trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`, args)
}

describe("a command ends with a message and exit code 1, and leaves what is there", () => {
  it("where it cannot write, or may not", async () => {
    const folder = await initFolder(await openCompany(), "pipelines")
    const file = (name: string): string => join(folder.path, name)
    await folder.json("sync", "--to", "x.duckdb")

    const instance = await DuckDBInstance.create(file("x.duckdb"))
    const connection = await instance.connect()
    expect(await refusal(folder, "x.duckdb")).toMatch(
      new RegExp(`x.duckdb is in use by another process \\(PID ${process.pid}\\).*Nothing was written`)
    )
    connection.closeSync()
    instance.closeSync()

    writeFileSync(file("notes.duckdb"), "something that a person keeps")
    expect(await refusal(folder, "notes.duckdb")).toContain("is not a DuckDB file")
    expect(readFileSync(file("notes.duckdb"), "utf8")).toBe("something that a person keeps")

    const plan = await folder.run(["plan", "--to", "catalog.json"])
    expect([plan.code, plan.stderr]).toEqual([1, expect.stringContaining("is not a DuckDB file")])

    await query(file("mine.duckdb"), "CREATE TABLE pipelines AS SELECT 'mine' AS whose")
    expect(await refusal(folder, "mine.duckdb")).toContain("has a table pipelines that was not made by this command")
    expect(await query(file("mine.duckdb"), "FROM pipelines")).toEqual([{ whose: "mine" }])
    expect(await query(file("mine.duckdb"), "SELECT table_name FROM duckdb_tables()")).toHaveLength(1)

    const misnamed = await folder.run(["sync", "--to", "deals.parquet"])
    expect((await folder.run(["sync", "--to", ""])).code).toBe(2)
    expect([misnamed.code, misnamed.stderr]).toEqual([2, expect.stringContaining("a slash at its end: deals/")])

    expect(await refusal(folder, "no/such/x.duckdb")).toContain("does not exist. Create it")
    const locked = unwritable(folder)
    if (locked === undefined) return console.warn("This user may write everywhere: read-only folders are not tested.")
    const init = await folder.shell(`cd ${locked}; exec "$@"`, ["init", "--api-token", "secret"])
    expect([init.code, init.stderr.replaceAll("\n", " ")]).toEqual([
      1,
      expect.stringContaining("Run init in a folder that")
    ])
    expect(await refusal(folder, join(locked, "x.duckdb"))).toContain("permission denied")
    expect(await refusal(folder, join(locked, "tables/"))).toContain("permission denied")
  })

  it.skipIf(process.platform === "win32")("where the disk is full, and the next sync goes on from there", async () => {
    const emulator = await openCompany()
    const folder = await initFolder(emulator, "pipelines,deals")
    const file = join(folder.path, "x.duckdb")
    await folder.json("sync", "--to", "x.duckdb")
    const deals = () => query(file, "SELECT id, title, update_time::VARCHAR AS time FROM deals ORDER BY id")
    const before = await deals()
    copyFileSync(file, join(folder.path, "before.duckdb"))
    emulator.insert("v2/deals", 4000)
    const room = statSync(file).size + 100_000
    const { code, stderr } = await runWithin(folder, room, ["sync", "--to", "x.duckdb"])
    expect([code, stderr.replaceAll("\n", " ")]).toEqual([1, expect.stringMatching(/The disk of .*x.duckdb is full/)])
    expect((await deals()).slice(0, before.length)).toEqual(before)
    await folder.json("sync", "--to", "x.duckdb")
    expect(await query(file, "SELECT count(*)::INTEGER AS n FROM deals WHERE NOT is_deleted")).toEqual([
      { n: emulator.ids("v2/deals").length }
    ])
  })
})
