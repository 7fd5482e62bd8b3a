import { join } from "node:path"
import type { Emulator } from "pipedrive-emulator"
import { describe, expect, it } from "vitest"
import { type Folder, initFolder, makeFolder, openCompany, query } from "./folder.ts"

type Value = unknown

/** A value of the API as the table's column is to have it, as JSON of the query. */
const expected = (value: Value, type: string): Value => {
  if (value === null || value === undefined) return null
  switch (type) {
    case "BIGINT":
      return String(value)
    case "DOUBLE":
      return Number(value)
    case "JSON":
      return JSON.stringify(value)
    case "TIMESTAMP WITH TIME ZONE":
    case "TIMESTAMP":
      return new Date(
        /Z$|[+-]\d\d:\d\d$/.test(String(value)) ? String(value) : `${String(value).replace(" ", "T")}Z`
      ).getTime()
    default:
      return String(value)
  }
}

const held = (value: Value, type: string): Value => {
  if (value === null) return null
  if (type === "TIMESTAMP WITH TIME ZONE" || type === "TIMESTAMP")
    return new Date(`${String(value).replace(/\+00$/, "").replace(" ", "T")}Z`).getTime()
  if (type === "JSON") return JSON.stringify(JSON.parse(String(value)))
  return type === "DOUBLE" || type === "BIGINT" ? value : String(value)
}

/** Values that the reader itself makes null. */
const isZeroDate = (value: Value): boolean => typeof value === "string" && value.startsWith("0000-00-00")

/** The row as the reader sends it: half a surrogate pair is no text. */
const mended = (text: string): string =>
  text.replace(/\\\\|\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\ud[89a-f][0-9a-f]{2}/gi, (found) =>
    found.length === 6 ? "\\ufffd" : found
  )

/** Compares a table with the rows that the company would list, column by column. */
const compare = async (file: string, table: string, emulator: Emulator, path: string, rest = ""): Promise<number> => {
  const types = new Map(
    (await query(file, `SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '${table}'`)).map(
      (row) => [String(row.column_name), String(row.data_type)]
    )
  )
  const rows = await query(file, `SELECT * FROM ${table} ${rest}`)
  const found = new Map(rows.map((row) => [String(row.id), row]))
  const listed = emulator.rows(path).map((text) => JSON.parse(mended(text)))
  expect([...found.keys()].sort()).toEqual(listed.map(({ id }) => String(id)).sort())
  for (const row of listed) {
    const own = found.get(String(row.id)) ?? {}
    const differences = [...types].filter(([name, type]) => {
      if (!(name in row) || isZeroDate(row[name])) return false
      const isSame = JSON.stringify(expected(row[name], type)) === JSON.stringify(held(own[name] as Value, type))
      return !isSame
    })
    expect(differences.map(([name]) => [row.id, name, row[name], own[name]])).toEqual([])
  }
  return listed.length
}

const change = (emulator: Emulator): void => {
  emulator.edit("v2/deals", emulator.ids("v2/deals").slice(0, 4), { title: 'Renamed, "twice"' })
  emulator.insert("v2/persons", 3)
  emulator.edit("v2/pipelines", emulator.ids("v2/pipelines").slice(0, 1))
}

const living = "WHERE NOT coalesce(is_deleted, false)"

const compareAll = async (folder: Folder, emulator: Emulator): Promise<void> => {
  const file = join(folder.path, "x.duckdb")
  await compare(file, "deals", emulator, "v2/deals", living)
  await compare(file, "persons", emulator, "v2/persons", living)
  await compare(file, "organizations", emulator, "v2/organizations", living)
  await compare(file, "activities", emulator, "v2/activities", living)
  await compare(file, "products", emulator, "v2/products", living)
  await compare(file, "pipelines", emulator, "v2/pipelines")
  await compare(file, "stages", emulator, "v2/stages")
}

const STREAMS = "deals,persons,organizations,activities,products,pipelines,stages,deal_products,deal_fields"

describe("sync", () => {
  it("makes tables that hold what the company does, and again after changes", async () => {
    const emulator = await openCompany()
    const folder = await initFolder(emulator, STREAMS)
    const first = await folder.json("sync", "--to", "x.duckdb")
    expect(
      first.streams.every(({ complete, issues }: { complete: boolean; issues: number }) => complete && issues === 0)
    ).toBe(true)
    await compareAll(folder, emulator)
    change(emulator)
    const { streams } = await folder.json("sync", "--to", "x.duckdb")
    const of = (name: string) => streams.find(({ stream }: { stream: string }) => stream === name)
    expect(of("deals")).toMatchObject({ new: 0, changed: 4 })
    expect(of("persons")).toMatchObject({ new: 3 })
    await compareAll(folder, emulator)
  })

  it("ends by the signal that stops it, and keeps what it has read", async () => {
    const emulator = await openCompany({ size: { deals: 3000 }, latencyMs: 300 })
    const folder = await initFolder(emulator, "deals,pipelines")
    const running = folder.start(["sync", "--to", "x.duckdb"])
    await running.says(/pipelines: /)
    running.kill("SIGTERM")
    expect((await running.ended).signal).toBe("SIGTERM")
    expect((await query(join(folder.path, "x.duckdb"), "SELECT count(*) AS n FROM pipelines"))[0]?.n).not.toBe("0")
  })

  it("adds columns that a new version has, and --refresh fills them", async () => {
    const emulator = await openCompany()
    const folder = await initFolder(emulator, "deals")
    const catalog = folder.readJson("catalog.json")
    const { title, ...properties } = catalog.streams[0].stream.json_schema.properties
    catalog.streams[0].stream.json_schema.properties = properties
    folder.write("catalog.json", catalog)
    const { stdout } = await folder.run(["sync", "--to", "x.duckdb"])
    expect(stdout).toContain("New columns: deals (title)")
    expect(folder.readJson("catalog.json").streams[0].stream.json_schema.properties.title).toEqual(title)
    const { streams } = await folder.json("sync", "--to", "x.duckdb", "--refresh", "deals")
    expect(streams[0]).toMatchObject({ new: 0, deleted: 0 })
    await compare(join(folder.path, "x.duckdb"), "deals", emulator, "v2/deals", living)
  })

  it("asks for the definitions of custom fields once", async () => {
    const emulator = await openCompany()
    const folder = await initFolder(emulator, "deals,persons")
    emulator.clearRequests()
    const before = emulator.tokensSpent()
    const { total } = await folder.json("sync", "--to", "x.duckdb")
    expect(total.tokens).toBe(emulator.tokensSpent() - before)
    const asked = emulator.requests.map(({ path }) => path).filter((path) => path.endsWith("Fields"))
    expect(asked.sort()).toEqual(["v2/dealFields", "v2/personFields"])
  })

  it("writes a Parquet file for each stream", async () => {
    const emulator = await openCompany()
    const folder = await initFolder(emulator, "deals,pipelines")
    await folder.json("sync", "--to", "tables/")
    change(emulator)
    await folder.json("sync", "--to", "tables/")
    const deals = join(folder.path, "tables/deals.parquet")
    const rows = await query(":memory:", `SELECT count(*) AS n FROM '${deals}' WHERE title = 'Renamed, "twice"'`)
    expect(rows[0]?.n).toBe("4")
    expect(folder.has("tables/pipelines.parquet")).toBe(true)
  })

  it("refuses another company's token before anything is written", async () => {
    const emulator = await openCompany()
    const folder = await initFolder(emulator, "pipelines")
    await folder.json("sync", "--to", "x.duckdb")
    const file = join(folder.path, "x.duckdb")
    // The emulator has one company: the file is made to be another's.
    await query(file, "UPDATE _pipedrive_company SET id = id + 1, name = 'Other Ltd'")
    const before = await query(file, "FROM _pipedrive_state")
    const { code, stderr } = await folder.run(["sync", "--to", "x.duckdb"])
    expect([code, stderr]).toEqual([1, expect.stringContaining("holds the company Other Ltd")])
    expect(await query(file, "FROM _pipedrive_state")).toEqual(before)
  })

  it("saves a rotated refresh token before it reads", async () => {
    const emulator = await openCompany({ switches: { rotateRefreshToken: true } })
    const folder = makeFolder()
    const { clientId, clientSecret, refreshToken } = emulator.oauth
    const credentials = {
      auth_type: "oauth2.0",
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken
    }
    folder.write("pipedrive.json", { credentials, base_url: emulator.url })
    folder.write("catalog.json", { streams: [{ stream: { name: "pipelines" }, sync_mode: "incremental" }] })
    let saved: string | undefined
    emulator.onRequest(({ path }) => {
      if (path === "v2/pipelines") saved ??= folder.readJson("pipedrive.json").credentials.refresh_token
    })
    await folder.json("sync", "--to", "x.duckdb")
    expect(saved).toBe(emulator.oauth.refreshToken)
    expect(saved).not.toBe(refreshToken)
  })

  it("says which stream is not complete, and ends with 1", async () => {
    const emulator = await openCompany()
    const folder = await initFolder(emulator, "deals,pipelines")
    emulator.fault({ kind: "permission403", path: "v2/deals" })
    const { code, stdout } = await folder.run(["sync", "--to", "x.duckdb"])
    expect(code).toBe(1)
    expect(stdout).toMatch(/deals .*partly/)
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it("is told how to be called", async () => {
    const folder = makeFolder()
    expect((await folder.run(["sync"])).code).toBe(2)
    expect((await folder.run(["sync", "--to", "x.duckdb", "--frobnicate"])).code).toBe(2)
    expect((await folder.run(["sync", "--to", "x.duckdb", "--refresh"])).code).toBe(2)
    expect(await folder.run(["sync", "--to", "x.duckdb"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Run init here first")
    })
  })
})
