import { readFileSync } from "node:fs"
import { type Emulator, type EmulatorOptions, startEmulator } from "pipedrive-emulator"
import { expect, it, onTestFinished } from "vitest"
import { type CatalogStream, type Connection, connect, type Message, run } from "./command.ts"

type Row = Readonly<Record<string, unknown>>
type Schema = { readonly json_schema: { readonly properties: Readonly<Record<string, Row>> } }

const start = async (options: EmulatorOptions = {}, config: Row = {}) => {
  const emulator = await startEmulator({ burstLimit: 100_000, dailyTokens: 100_000_000, ...options })
  const connection = await connect(emulator, { custom_fields: "named", ...config })
  onTestFinished(async () => {
    await connection.remove()
    await emulator.close()
  })
  return { emulator, connection }
}

const discover = async (config: string, more: ReadonlyArray<string> = []) => {
  const messages: Array<Message> = []
  const { code } = await run(["discover", "--config", config, ...more], (message) => void messages.push(message))
  expect(code).toBe(0)
  const streams = messages.find(({ catalog }) => catalog !== undefined)?.catalog?.streams ?? []
  return {
    streams,
    propertiesOf: (name: string) =>
      (streams.find((stream) => stream.name === name) as (CatalogStream & Schema) | undefined)?.json_schema
        .properties ?? {},
    controls: messages.flatMap(({ control }) => (control === undefined ? [] : [control.connectorConfig.config])),
    warnings: messages.flatMap(({ log }) => (log?.level === "WARN" ? [log.message] : []))
  }
}

const read = async (
  { config, catalog }: Connection,
  streams: ReadonlyArray<CatalogStream>,
  names: ReadonlyArray<string>
) => {
  const chosen = streams.filter(({ name }) => names.includes(name))
  const rows = new Map<string, Array<Row>>(names.map((name) => [name, []]))
  const warnings: Array<string> = []
  const { code } = await run(["read", "--config", config, "--catalog", await catalog(chosen)], ({ log, record }) => {
    if (record !== undefined) rows.get(record.stream)?.push(record.data)
    if (log?.level === "WARN") warnings.push(log.message)
    return undefined
  })
  expect(code).toBe(0)
  return { rows: (name: string) => rows.get(name) ?? [], warnings }
}

const fieldOf = (emulator: Emulator, type: string) => {
  const field = emulator.customFields.list("deal").find((each) => each.type === type)
  if (field === undefined) throw new Error(`no field of type ${type}`)
  return field
}

it("discover declares a column for each custom field, and saves the names it gave", async () => {
  const { emulator, connection } = await start()
  const saved = await connection.save("saved.json", {})
  const { controls, propertiesOf } = await discover(connection.config, ["--save-config", saved])
  const { key } = fieldOf(emulator, "monetary")
  expect(propertiesOf("deals")).toMatchObject({
    labels: { type: ["null", "array"], items: { type: ["null", "string"] } },
    custom_fields: { type: ["null", "object"] },
    custom_my_monetary: {
      type: ["null", "number"],
      description: `My monetary (monetary, ${key})`,
      "x-pipedrive-field": key
    },
    custom_my_monetary_currency: {
      type: ["null", "string"],
      description: `My monetary (monetary, ${key}, currency)`,
      "x-pipedrive-field": key,
      "x-pipedrive-part": "currency"
    },
    custom_my_date: { type: ["null", "string"], format: "date" }
  })
  expect(controls).toHaveLength(1)
  expect(controls[0]).toMatchObject({
    custom_fields: "named",
    credentials: { api_token: emulator.apiToken },
    custom_field_names: { deal: { [key]: { name: "custom_my_monetary", type: "monetary" } } }
  })
  expect(JSON.parse(readFileSync(saved, "utf8"))).toEqual(controls[0])
  expect(Object.keys((controls[0] as Row)["custom_field_names"] as Row).sort()).toEqual([
    "deal",
    "organization",
    "person",
    "product",
    "project"
  ])
  emulator.clearRequests()
  expect((await discover(saved)).controls).toEqual([])
  expect(emulator.requests.map(({ tokens }) => tokens)).toEqual([10, 10, 10, 10, 10])
})

it("a field keeps its column when it is renamed, in an old catalog and in a new one", async () => {
  const { emulator, connection } = await start()
  const saved = await connection.save("saved.json", {})
  const before = await discover(connection.config, ["--save-config", saved])
  const { key } = fieldOf(emulator, "varchar")
  emulator.customFields.rename("deal", key, "Something else")
  emulator.customFields.create("deal", { name: "My varchar", type: "double" })
  emulator.customFields.remove("deal", fieldOf(emulator, "phone").key)
  const later = await discover(saved, ["--save-config", saved])
  expect(later.controls).toHaveLength(1)
  expect(later.propertiesOf("deals")).toMatchObject({
    custom_my_varchar: { "x-pipedrive-field": key, description: `Something else (varchar, ${key})` },
    custom_my_phone: { type: ["null", "string"] }
  })
  const values = (rows: ReadonlyArray<Row>) =>
    rows.map((row) => [row["custom_my_varchar"], (row["custom_fields"] as Row)[key]])
  for (const { streams } of [before, later]) {
    const { rows, warnings } = await read({ ...connection, config: saved }, streams, ["deals"])
    expect(rows("deals").length).toBeGreaterThan(0)
    for (const [column, raw] of values(rows("deals"))) expect(column).toBe(raw)
    expect(rows("deals").every((row) => row["custom_my_phone"] === null)).toBe(true)
    const isOld = streams === before.streams
    expect(warnings.some((text) => text.includes("without a column are not sent: My varchar."))).toBe(isOld)
    expect(warnings).toContain(
      "deals: the custom fields of these columns were deleted in Pipedrive, so they are null: custom_my_phone."
    )
  }
})

it("names are announced in the config that has the token renewed on the way", async () => {
  const emulator = await startEmulator({ burstLimit: 100_000, switches: { rotateRefreshToken: true } })
  const { clientId: client_id, clientSecret: client_secret, refreshToken: refresh_token } = emulator.oauth
  const credentials = { auth_type: "oauth2.0", client_id, client_secret, refresh_token, api_domain: emulator.url }
  const connection = await connect(emulator, { custom_fields: "named", credentials })
  onTestFinished(async () => {
    await connection.remove()
    await emulator.close()
  })
  const { controls } = await discover(connection.config)
  expect(controls).toHaveLength(2)
  expect(controls[0]).not.toHaveProperty("custom_field_names")
  expect(controls[1]).toMatchObject({ custom_field_names: { deal: {} }, credentials: controls[0]?.["credentials"] })
  expect(controls[1]).not.toMatchObject({ credentials: { refresh_token } })
})

it("discover leaves out the columns of an add-on the company lacks, and its stream is read as empty", async () => {
  const { connection } = await start({ addOns: [] })
  const { propertiesOf, streams, warnings } = await discover(connection.config)
  expect(Object.keys(propertiesOf("projects")).filter((name) => name.startsWith("custom_"))).toEqual(["custom_fields"])
  expect(propertiesOf("deals")).toHaveProperty("custom_my_date")
  expect(warnings).toEqual([expect.stringContaining("The schema of projects has no columns for custom fields: ")])
  const { rows } = await read(connection, streams, ["projects", "field_options"])
  expect(rows("projects")).toEqual([])
  expect(new Set(rows("field_options").map(({ entity }) => entity))).toEqual(
    new Set(["deal", "person", "organization", "product"])
  )
})

const docs = readFileSync(new URL("../../../docs/custom-fields.md", import.meta.url), "utf8")
const sqlite = await import("node:sqlite").catch(() => undefined)

it.skipIf(sqlite === undefined)("the docs' query gives today's text for rows that did not change", async () => {
  const { emulator, connection } = await start()
  const { key, options } = fieldOf(emulator, "enum")
  emulator.customFields.rename("deal", key, "Industry")
  const { streams } = await discover(connection.config)
  const old = await read(connection, streams, ["deals"])
  const [renamed, gone] = options
  if (renamed === undefined || gone === undefined || sqlite === undefined) throw new Error("no options")
  const oldText = renamed.label
  emulator.customFields.renameOption("deal", key, renamed.id, "Today’s text")
  emulator.customFields.removeOption("deal", key, gone.id)
  const now = await read(connection, streams, ["field_options"])

  const database = new sqlite.DatabaseSync(":memory:")
  database.exec("create table deals (id integer, custom_industry text, custom_industry_id integer)")
  database.exec("create table field_options (entity text, field_code text, id text, label text)")
  const deal = database.prepare("insert into deals values (?, ?, ?)")
  const option = database.prepare("insert into field_options values (?, ?, ?, ?)")
  for (const row of old.rows("deals"))
    deal.run(...(["id", "custom_industry", "custom_industry_id"].map((name) => row[name]) as [number, string, number]))
  for (const row of now.rows("field_options"))
    option.run(
      ...(["entity", "field_code", "id", "label"].map((name) => row[name]) as [string, string, string, string])
    )
  const [, query = ""] = /```sql\n([\s\S]+?)```/.exec(docs) ?? []
  const found = database.prepare(query.replace(/'[0-9a-f]{40}'/, `'${key}'`)).all() as unknown as ReadonlyArray<Row>
  expect(found).toHaveLength(old.rows("deals").length)
  for (const row of old.rows("deals")) {
    const text = row["custom_industry_id"] === renamed.id ? "Today’s text" : row["custom_industry"]
    expect(found.find(({ id }) => id === row["id"])?.["industry"]).toBe(text)
  }
  const texts = old.rows("deals").map((row) => row["custom_industry"])
  expect(texts).toContain(oldText)
  expect(texts).toContain(gone.label)
})
