import {
  byIds,
  columns as c,
  cursorPages,
  type Declaration,
  defineStream,
  ofChangedParents,
  perParent,
  since,
  singlePage,
  snapshot,
  type Toggle,
  withDeletedAt
} from "@pipedrive-source/core"
import { describe, expect, it } from "vitest"
import { messagesOf } from "../test/messages.ts"
import { catalogOf, schemaOf } from "./catalog.ts"
import { catalogLine } from "./protocol.ts"

const docs = "https://developers.pipedrive.com/docs/api/v1"

const deals = defineStream({
  name: "deals",
  path: "v2/deals",
  docs,
  tokens: 10,
  scope: "deals:read",
  columns: { id: c.integer, update_time: c.timestamp, custom_fields: c.object },
  primaryKey: ["id"],
  paging: cursorPages(),
  changes: since("update_time")
})

const roles = defineStream({
  name: "roles",
  path: "v1/roles",
  docs,
  tokens: 20,
  scope: "admin",
  columns: { id: c.integer },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: snapshot()
})

const fields = defineStream({
  name: "deal_fields",
  path: "v1/dealFields",
  docs,
  tokens: 20,
  scope: "deals:read",
  columns: { key: c.text },
  primaryKey: ["key"],
  paging: singlePage()
})

const changes = defineStream({
  name: "deal_changelog",
  path: "v1/deals/{id}/changelog",
  docs,
  tokens: 20,
  scope: "deals:read",
  columns: { deal_id: c.integer, time: c.localTimestamp },
  primaryKey: ["deal_id", "_ab_key"],
  paging: cursorPages(),
  parents: perParent("deals", "deal_id"),
  changes: ofChangedParents({ cursorField: "time", sweep: "none" })
})

it("says of a column which custom field it holds", () => {
  expect(schemaOf({ type: "number", description: "Price", field: { key: "abc" } })).toEqual({
    type: ["null", "number"],
    description: "Price",
    "x-pipedrive-field": "abc"
  })
  expect(schemaOf({ type: "text", field: { key: "abc", part: "currency" } })).toEqual({
    type: ["null", "string"],
    "x-pipedrive-field": "abc",
    "x-pipedrive-part": "currency"
  })
})

describe("a column's schema", () => {
  it("is nullable and says how its text is to be read", () => {
    expect(schemaOf(c.integer)).toEqual({ type: ["null", "integer"] })
    expect(schemaOf(c.text)).toEqual({ type: ["null", "string"] })
    expect(schemaOf(c.date)).toEqual({ type: ["null", "string"], format: "date" })
    expect(schemaOf(c.dateTime)).toEqual({ type: ["null", "string"], format: "date-time" })
    expect(schemaOf(c.uuid)).toEqual({ type: ["null", "string"], format: "uuid" })
    expect(schemaOf(c.timestamp)).toEqual({
      type: ["null", "string"],
      format: "date-time",
      airbyte_type: "timestamp_with_timezone"
    })
    expect(schemaOf(c.localTimestamp)).toEqual({
      type: ["null", "string"],
      format: "date-time",
      airbyte_type: "timestamp_without_timezone"
    })
  })

  it("is open where it is an object", () => {
    expect(schemaOf(c.object)).toEqual({ type: ["null", "object"], additionalProperties: true })
    expect(schemaOf(c.objectOf({ id: c.integer }))).toEqual({
      type: ["null", "object"],
      properties: { id: { type: ["null", "integer"] } },
      additionalProperties: true
    })
    expect(schemaOf(c.listOf(c.objectOf({ id: c.integer })))).toEqual({
      type: ["null", "array"],
      items: {
        type: ["null", "object"],
        properties: { id: { type: ["null", "integer"] } },
        additionalProperties: true
      }
    })
    expect(schemaOf(c.list)).toEqual({ type: ["null", "array"] })
  })

  it("promises no format where the type varies", () => {
    expect(schemaOf(c.anyOf("timestamp", "integer", "text"))).toEqual({ type: ["null", "string", "integer"] })
  })

  it("carries the description", () => {
    expect(schemaOf(c.describe(c.boolean, "Whether."))).toEqual({ type: ["null", "boolean"], description: "Whether." })
  })
})

describe("discover", () => {
  const catalog = catalogOf([deals, roles, fields, changes])

  it("shows cursors, keys and modes", () => {
    const shown = catalog.map(({ json_schema: _, ...rest }) => rest)
    const incremental = {
      supported_sync_modes: ["full_refresh", "incremental"],
      source_defined_cursor: true
    }
    expect(shown).toEqual([
      {
        name: "deals",
        ...incremental,
        default_cursor_field: ["update_time"],
        source_defined_primary_key: [["id"]],
        is_resumable: true
      },
      {
        name: "roles",
        ...incremental,
        default_cursor_field: ["_ab_changed_at"],
        source_defined_primary_key: [["id"]],
        is_resumable: false
      },
      {
        name: "deal_fields",
        supported_sync_modes: ["full_refresh"],
        source_defined_primary_key: [["key"]],
        is_resumable: false
      },
      {
        name: "deal_changelog",
        ...incremental,
        default_cursor_field: ["time"],
        source_defined_primary_key: [["deal_id"], ["_ab_key"]],
        is_resumable: true
      }
    ])
  })

  it("declares every column it names as a cursor or a key", () => {
    for (const { json_schema, default_cursor_field = [], source_defined_primary_key = [] } of catalog) {
      const properties = Object.keys(json_schema.properties as object)
      expect(properties).toEqual(
        expect.arrayContaining([...default_cursor_field, ...source_defined_primary_key.flat()])
      )
    }
  })

  it("is a valid message", () => {
    expect(messagesOf(catalogLine(catalog))[0].catalog.streams).toHaveLength(4)
  })

  it("adds a column where rows that are gone are looked for, and only there", () => {
    const tracked = defineStream({ ...deals, lookup: byIds() } as Declaration<typeof deals.columns>)
    const shown = (on: ReadonlySet<Toggle>) =>
      catalogOf([tracked, roles, fields, changes].map((stream) => withDeletedAt(stream, on)))
    expect(shown(new Set())).toEqual(catalogOf([tracked, roles, fields, changes]))
    const columns = shown(new Set(["track_deletions"])).map(({ json_schema }) => json_schema["properties"] as object)
    expect(columns.map((all) => "_ab_cdc_deleted_at" in all)).toEqual([true, true, false, false])
    expect(columns[0]).toMatchObject({
      _ab_cdc_deleted_at: { type: ["null", "string"], format: "date-time", airbyte_type: "timestamp_with_timezone" }
    })
  })

  it("lists the streams of a given order first, the others as they come", () => {
    const names = catalogOf([deals, roles, fields, changes], ["deal_fields", "elsewhere", "roles"]).map(
      ({ name }) => name
    )
    expect(names).toEqual(["deal_fields", "roles", "deals", "deal_changelog"])
  })
})
