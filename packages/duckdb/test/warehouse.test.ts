import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openDuckDb, type RowPage, type TableReport, type TableSpec } from "../src/index.ts"

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "warehouse-"))
  file = join(folder, "x.duckdb")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const company = { id: 7, name: "Acme" }

const type = (name: string, more: object = {}) => ({ type: ["null", name], ...more })
const timestamp = type("string", { format: "date-time", airbyte_type: "timestamp_with_timezone" })

const deals = (more: Partial<TableSpec> = {}): TableSpec => ({
  name: "deals",
  properties: { id: type("integer"), title: type("string"), update_time: timestamp, _ab_cdc_deleted_at: timestamp },
  primaryKey: ["id"],
  cursorField: "update_time",
  mode: "merge",
  ...more
})

/** Rows as a page of the reader: JSON beside each other. */
const pageOf = (rows: ReadonlyArray<object | string>): RowPage => {
  const texts = rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row)))
  const spans: Array<number> = []
  let at = 1
  for (const text of texts) {
    const length = Buffer.byteLength(text)
    spans.push(at, at + length)
    at += length + 1
  }
  return { bytes: Buffer.from(`[${texts.join(",")}]`), spans }
}

interface Given {
  readonly spec?: TableSpec
  readonly rows?: ReadonlyArray<ReadonlyArray<object | string>>
  readonly state?: { readonly [key: string]: unknown }
  readonly complete?: boolean
}

/** One run over one stream: each list of rows is a page. */
const sync = async ({ spec = deals(), rows = [], state, complete = true }: Given): Promise<TableReport> => {
  const warehouse = await openDuckDb(file)
  try {
    await warehouse.begin(company, [spec])
    for (const page of rows) await warehouse.rows(spec.name, pageOf(page))
    if (state !== undefined) warehouse.checkpoint(spec.name, state)
    if (complete) warehouse.complete(spec.name)
    await warehouse.flush()
    return (await warehouse.report())[0] as TableReport
  } finally {
    await warehouse.close()
  }
}

const query = async (sql: string): Promise<ReadonlyArray<ReadonlyArray<unknown>>> => {
  const instance = await DuckDBInstance.create(file)
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    return (await connection.runAndReadAll(sql)).getRowsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

const at = (second: number) => `2025-01-01T00:00:${String(second).padStart(2, "0")}Z`
const row = (id: number, second: number, title = `deal ${id}`) => ({ id, title, update_time: at(second) })
const tombstone = (id: number, second: number) => ({ id, update_time: at(second), _ab_cdc_deleted_at: at(second) })
const titles = () => query("SELECT id, title FROM deals ORDER BY id")

describe("rows of a stream", () => {
  it("of hundreds of columns are written", async () => {
    const names = Array.from({ length: 600 }, (_, at) => `c${at}`)
    const properties = Object.fromEntries([["id", type("integer")], ...names.map((name) => [name, type("string")])])
    const rows = Array.from({ length: 2000 }, (_, id) => ({
      id,
      ...Object.fromEntries(names.map((name, at) => [name, `${id}-${at}`]))
    }))
    const spec: TableSpec = { name: "deals", properties, primaryKey: ["id"], mode: "merge" }
    expect(await sync({ spec, rows: [rows] })).toMatchObject({ added: 2000, rows: 2000, issues: 0 })
    expect(await query("SELECT count(*) FROM deals WHERE c599 = id || '-599'")).toEqual([["2000"]])
  })

  it("of megabytes each are written, and written again when they have changed", async () => {
    const pages = (letter: string) =>
      Array.from({ length: 10 }, (_, page) =>
        [0, 1, 2, 3].map((at) => row(4 * page + at, letter === "a" ? 1 : 2, letter.repeat(4_000_000)))
      )
    expect(await sync({ rows: pages("a") })).toMatchObject({ added: 40, rows: 40 })
    expect(await sync({ rows: pages("b") })).toMatchObject({ changed: 40, rows: 40 })
    expect(await query("SELECT left(title, 1), length(title), count(*) FROM deals GROUP BY ALL")).toEqual([
      ["b", "4000000", "40"]
    ])
  })

  it("stand in a table with its key, typed by its columns", async () => {
    const properties = {
      id: type("integer"),
      amount: type("number"),
      done: type("boolean"),
      day: type("string", { format: "date" }),
      zoned: timestamp,
      local: type("string", { format: "date-time", airbyte_type: "timestamp_without_timezone" }),
      uuid: type("string", { format: "uuid" }),
      text: type("string"),
      list: type("array"),
      object: type("object"),
      varied: { type: ["null", "string", "integer"] }
    }
    const value = {
      id: 9007199254740993n,
      amount: 1.5,
      done: true,
      day: "2025-02-03",
      zoned: "2025-02-03T04:05:06+02:00",
      local: "2025-02-03 04:05:06",
      uuid: "0b0c0d0e-0000-4000-8000-000000000000",
      text: 'a "b" \u0000 é',
      list: [1, "x"],
      object: { a: null },
      varied: "12"
    }
    const text = JSON.stringify(value, (_, each) => (typeof each === "bigint" ? "BIG" : each)).replace(
      '"BIG"',
      "9007199254740993"
    )
    await sync({ spec: deals({ properties }), rows: [[text]] })
    expect(
      await query("SELECT data_type FROM duckdb_columns() WHERE table_name = 'deals' ORDER BY column_index")
    ).toEqual(
      [
        "BIGINT",
        "DOUBLE",
        "BOOLEAN",
        "DATE",
        "TIMESTAMP WITH TIME ZONE",
        "TIMESTAMP",
        "UUID",
        "VARCHAR",
        "JSON",
        "JSON",
        "JSON"
      ].map((each) => [each])
    )
    const [found = []] = await query("SELECT * REPLACE (zoned::VARCHAR AS zoned, local::VARCHAR AS local) FROM deals")
    expect(found).toEqual([
      "9007199254740993",
      1.5,
      true,
      "2025-02-03",
      "2025-02-03 02:05:06+00",
      "2025-02-03 04:05:06",
      value.uuid,
      value.text,
      '[1,"x"]',
      '{"a":null}',
      '"12"'
    ])
    expect(
      await query(
        "SELECT constraint_text FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY' AND table_name = 'deals'"
      )
    ).toEqual([["PRIMARY KEY(id)"]])
  })

  it("are merged by key, and the latest by cursor wins, in whichever order they come", async () => {
    const first = await sync({
      rows: [
        [row(1, 1), row(2, 5, "new")],
        [row(2, 4, "old"), row(3, 1)]
      ]
    })
    expect(await titles()).toEqual([
      ["1", "deal 1"],
      ["2", "new"],
      ["3", "deal 3"]
    ])
    expect(first).toMatchObject({ added: 3, changed: 0, deleted: 0, rows: 3 })
    const second = await sync({
      rows: [[row(1, 2, "changed"), row(2, 3, "older"), row(3, 1), row(4, 1), row(4, 1, "again")]]
    })
    expect(await titles()).toEqual([
      ["1", "changed"],
      ["2", "new"],
      ["3", "deal 3"],
      ["4", "again"]
    ])
    expect(second).toMatchObject({ added: 1, changed: 1, deleted: 0, rows: 4 })
  })

  it("are deleted by a tombstone, whatever its cursor, and come back when they are sent again", async () => {
    await sync({ rows: [[row(1, 5), row(2, 5), row(3, 5)]] })
    const second = await sync({
      rows: [[tombstone(1, 1), tombstone(2, 9), row(2, 4, "back"), row(3, 9), tombstone(3, 9), tombstone(8, 1)]]
    })
    expect(await titles()).toEqual([["2", "back"]])
    expect(second).toMatchObject({ added: 0, changed: 1, deleted: 2, rows: 1 })
  })

  it("that a tombstone follows in the first read are not there", async () => {
    await sync({ rows: [[row(1, 5), tombstone(1, 6), row(2, 1)]] })
    expect(await titles()).toEqual([["2", "deal 2"]])
  })

  it("of several thousand pages are all there, also where a batch ends within a page", async () => {
    const pages = Array.from({ length: 60 }, (_, page) => Array.from({ length: 700 }, (_, i) => row(page * 700 + i, 1)))
    const report = await sync({ rows: pages })
    expect(report).toMatchObject({ added: 42_000, rows: 42_000 })
    expect(await query("SELECT count(DISTINCT id), sum(id) FROM deals")).toEqual([
      ["42000", String((41_999 * 42_000) / 2)]
    ])
  })
})

describe("a page", () => {
  it("gives the rows that it names, with what is added to them", async () => {
    const text = '[{"id":1,"title":"a"},{"id":2,"title":"left out"},{"id":3,"title":"ö"}, {} ,{"id":5,"title":"e"}]'
    const spansOf = (...rows: ReadonlyArray<string>): ReadonlyArray<number> =>
      rows.flatMap((row) => {
        const start = Buffer.byteLength(text.slice(0, text.indexOf(row)))
        return [start, start + Buffer.byteLength(row)]
      })
    const warehouse = await openDuckDb(file)
    await warehouse.begin(company, [deals()])
    const bytes = Buffer.from(text)
    const spans = spansOf('{"id":1,"title":"a"}', '{"id":3,"title":"ö"}', '{"id":5,"title":"e"}')
    await warehouse.rows("deals", { bytes, spans })
    const added = ['"id":7,"title":"ü"', "", `"update_time":"${at(9)}"`]
    const odd = spansOf("{}", '{"id":2,"title":"left out"}', '{"id":5,"title":"e"}')
    await warehouse.rows("deals", { bytes, spans: odd, added })
    await warehouse.flush()
    await warehouse.close()
    expect(await query("SELECT id, title, update_time FROM deals ORDER BY id")).toEqual([
      ["1", "a", null],
      ["2", "left out", null],
      ["3", "ö", null],
      ["5", "e", "2025-01-01 00:00:09+00"],
      ["7", "ü", null]
    ])
  })
})

describe("a row that has a member twice", () => {
  it("has the value of the last one, and keeps no other row from being written", async () => {
    const odd = String.raw`{ "id":1,"title":"first, \"}","title" : {"a":[1,"x"]}, "ti\u0074le":"last \\","id":12345678901234567}`
    const report = await sync({ rows: [[row(1, 1), odd, "{}", row(2, 1)]] })
    expect(report).toMatchObject({ added: 3, rows: 3 })
    expect(await titles()).toEqual([
      ["1", "deal 1"],
      ["2", "deal 2"],
      ["12345678901234567", "last \\"]
    ])
    expect(await sync({ rows: [[odd.replace("last", "newer")]] })).toMatchObject({ changed: 1 })
    expect((await titles())[2]).toEqual(["12345678901234567", "newer \\"])
  })
})

describe("a value that does not fit its column", () => {
  it.each([
    ["integer", {}, '"abc"'],
    ["integer", {}, "1.5"],
    ["integer", {}, "true"],
    ["integer", {}, "9223372036854775808"],
    ["number", {}, '"1,5"'],
    ["number", {}, "1e400"],
    ["boolean", {}, '"perhaps"'],
    ["boolean", {}, "2"],
    ["string", { format: "date" }, '"2025-02-30"'],
    ["string", { format: "date" }, '"2025-02-03T10:00:00Z"'],
    ["string", timestamp, '"epoch"'],
    ["string", { format: "uuid" }, '"none"']
  ])("(%s %j: %s) becomes null and is counted, and the row stays", async (name, more, text) => {
    const spec = deals({ properties: { ...deals().properties, x: type(name, { ...more, type: ["null", name] }) } })
    const first = await sync({ spec, rows: [[`{"id":1,"title":"a","x":${text}}`, { id: 2, title: "b" }]] })
    expect(first).toMatchObject({ rows: 2, issues: 1 })
    expect(await query("SELECT id, x FROM deals ORDER BY id")).toEqual([
      ["1", null],
      ["2", null]
    ])
    expect(await query('SELECT stream, "column", key, text FROM _pipedrive_issues')).toEqual([
      ["deals", "x", "1", text.replace(/^"(.*)"$/, "$1")]
    ])
  })

  it("is forgotten once the row fits", async () => {
    await sync({ rows: [['{"id":1,"title":"a","update_time":"never"}']] })
    expect(await sync({ rows: [[row(1, 1)]] })).toMatchObject({ issues: 0, changed: 1 })
  })

  it("of the key leaves the row out, and says so", async () => {
    const report = await sync({ rows: [['{"id":"x1","title":"a"}', row(2, 1)]] })
    expect(report.rows).toBe(1)
    expect(await query("SELECT key, text FROM _pipedrive_issues ORDER BY text")).toEqual([
      ["x1", "The row has no key and was left out."],
      ["x1", "x1"]
    ])
  })
})

describe("a schema that changes", () => {
  it("gains columns and wider types, and loses no value", async () => {
    await sync({ rows: [[row(1, 1, "7")]] })
    const properties = { ...deals().properties, title: type("object"), extra: type("integer") }
    await sync({ spec: deals({ properties }), rows: [[{ id: 2, title: { a: 1 }, extra: 3, update_time: at(1) }]] })
    expect(await query("SELECT id, title, extra FROM deals ORDER BY id")).toEqual([
      ["1", '"7"', null],
      ["2", '{"a":1}', "3"]
    ])
  })

  it("of the key makes a new table, which takes the place of the old one when it is complete", async () => {
    await sync({ rows: [[row(1, 1)]], state: { a: 1 } })
    const spec = deals({ properties: { ...deals().properties, id: type("string") } })
    await sync({ spec, rows: [[{ id: "x", title: "b" }]], complete: false })
    expect(await titles()).toEqual([["1", "deal 1"]])
    await sync({ spec, rows: [[{ id: "y", title: "c" }]], state: { b: 1 } })
    expect(await titles()).toEqual([
      ["x", "b"],
      ["y", "c"]
    ])
  })
})

describe("a table that is replaced", () => {
  const spec = deals({ mode: "replace" })

  it("stays as it was until the new rows are complete", async () => {
    await sync({ spec, rows: [[row(1, 1), row(2, 1), row(3, 1)]] })
    await sync({ spec, rows: [[row(9, 1)]], complete: false })
    expect((await titles()).length).toBe(3)
    const report = await sync({ spec, rows: [[row(2, 1), row(3, 1, "changed"), row(4, 1)]] })
    expect(await titles()).toEqual([
      ["2", "deal 2"],
      ["3", "changed"],
      ["4", "deal 4"]
    ])
    expect(report).toMatchObject({ added: 1, changed: 1, deleted: 1, rows: 3 })
  })

  it("is refreshed from where a run that was killed stopped", async () => {
    await sync({ rows: [[row(1, 1), row(2, 1)]], state: { mark: 1 } })
    const refresh = deals({ refresh: true })
    await sync({ spec: refresh, rows: [[row(2, 2)]], state: { mark: 2 }, complete: false })
    expect((await titles()).length).toBe(2)
    const warehouse = await openDuckDb(file)
    expect((await warehouse.begin(company, [deals()])).get("deals")).toEqual({ mark: 2 })
    await warehouse.rows("deals", pageOf([row(3, 1)]))
    warehouse.checkpoint("deals", { mark: 3 })
    warehouse.complete("deals")
    await warehouse.flush()
    await warehouse.close()
    expect((await titles()).map(([id]) => id)).toEqual(["2", "3"])
    const after = await openDuckDb(file)
    expect((await after.begin(company, [deals()])).get("deals")).toEqual({ mark: 3 })
    await after.close()
  })
})

describe("a file", () => {
  it("gives the state that was written with its rows", async () => {
    await sync({ rows: [[row(1, 1)]], state: { update_time: at(1) } })
    const warehouse = await openDuckDb(file)
    expect(await warehouse.begin(company, [deals()])).toEqual(new Map([["deals", { update_time: at(1) }]]))
    await warehouse.close()
  })

  it("of another company is refused before anything is written", async () => {
    await sync({ rows: [[row(1, 1)]] })
    const warehouse = await openDuckDb(file)
    await expect(warehouse.begin({ id: 8, name: "Other" }, [deals({ name: "persons" })])).rejects.toThrow(
      /holds the company Acme \(7\), and the token is of Other \(8\)/
    )
    await warehouse.close()
    expect(await query("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'persons'")).toEqual([["0"]])
  })

  it("with a table of somebody else is refused", async () => {
    const instance = await DuckDBInstance.create(file)
    const connection = await instance.connect()
    await connection.run("CREATE TABLE deals (mine INTEGER)")
    connection.closeSync()
    instance.closeSync()
    await expect(sync({})).rejects.toThrow(/has a table deals that was not made by this command/)
    expect(await query("SELECT count(*) FROM deals")).toEqual([["0"]])
  })

  it("that is no DuckDB file is left as it is", async () => {
    writeFileSync(file, "not a database, but something a person keeps")
    await expect(sync({})).rejects.toThrow(/is not a DuckDB file/)
    expect(existsSync(`${file}.loading`)).toBe(false)
  })

  it("in a folder that does not exist is refused with a remedy", async () => {
    await expect(openDuckDb(join(folder, "no/x.duckdb"))).rejects.toThrow(/does not exist. Create it/)
  })

  it("leaves nothing beside it", async () => {
    await sync({ rows: [[row(1, 1)]] })
    expect(readdirSync(folder)).toEqual(["x.duckdb"])
  })
})
