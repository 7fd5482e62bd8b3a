import { columns as c, defineStream, since, singlePage } from "@pipedrive-source/core"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { selectionOf } from "./selection.ts"

const base = {
  path: "v2/deals",
  docs: "https://developers.pipedrive.com/docs/api/v1",
  tokens: 10,
  scope: "deals:read",
  columns: { id: c.integer, update_time: c.timestamp },
  primaryKey: ["id"],
  paging: singlePage()
} as const

const source = {
  streams: [
    defineStream({ ...base, name: "deals", changes: since("update_time") }),
    defineStream({ ...base, name: "deal_fields" })
  ],
  missing: new Map([["deal_flow", "Add @pipedrive-source/crm."]])
}

const entry = (name: unknown, mode: unknown = "incremental") => ({ stream: { name }, sync_mode: mode })
const select = (...entries: ReadonlyArray<unknown>) => Result.getOrThrow(selectionOf({ streams: entries }, source))
const refusal = (catalog: unknown): string =>
  Result.match(selectionOf(catalog, source), { onSuccess: () => "accepted", onFailure: ({ message }) => message })

describe("a configured catalog", () => {
  it("selects streams with their mode", () => {
    expect(select(entry("deal_fields", "full_refresh"), entry("deals")).streams).toEqual([
      { stream: "deal_fields", mode: "full_refresh" },
      { stream: "deals", mode: "incremental" }
    ])
  })

  it("may ask for incremental where there is none", () => {
    expect(select(entry("deal_fields")).streams).toEqual([{ stream: "deal_fields", mode: "full_refresh" }])
  })

  it("tells the properties that its schemas declare", () => {
    const propertiesOf = (json_schema: unknown) =>
      select({ stream: { name: "deals", json_schema }, sync_mode: "incremental" }).streams[0]?.properties
    const properties = { id: {}, _ab_cdc_deleted_at: {} }
    expect(propertiesOf({ properties })).toEqual(properties)
    for (const none of [undefined, null, [], { properties: null }, { properties: [] }, { properties: {} }])
      expect(propertiesOf(none)).toBeUndefined()
  })

  it("may hold nulls, unknown keys and whatever concerns the destination", () => {
    const noise = { cursor_field: null, primary_key: null, generation_id: null, destination_sync_mode: "new", x: 1 }
    expect(select({ ...entry("deals"), ...noise }).streams).toHaveLength(1)
  })

  it("may name streams that cannot be read, beside those that can", () => {
    const { streams, unknown } = select(entry("nothing"), entry("deals"), entry("deal_flow"))
    expect(streams.map(({ stream }) => stream)).toEqual(["deals"])
    expect(unknown.map(({ stream }) => stream)).toEqual(["nothing", "deal_flow"])
    expect(unknown[0]?.error.message).toContain('"nothing"')
    expect(unknown[1]?.error.message).toBe("Add @pipedrive-source/crm.")
  })

  it.each([
    ["nothing", undefined, "is not a JSON object"],
    ["a list", [], "is not a JSON object"],
    ["no streams", {}, 'no list "streams"'],
    ["an empty list", { streams: [] }, "selects no stream"],
    ["an entry that is no object", { streams: ["deals"] }, "no stream name in entry 1"],
    ["an entry without a name", { streams: [entry("deals"), entry(7)] }, "no stream name in entry 2"],
    ["an invalid mode", { streams: [entry("deals", "INVALID")] }, 'sync_mode "INVALID" for the stream "deals"'],
    ["no mode", { streams: [{ stream: { name: "deals" } }] }, "sync_mode null"],
    ["an unknown stream with an invalid mode", { streams: [entry("x", "INVALID")] }, "INVALID"],
    ["a stream twice", { streams: [entry("deals"), entry("deals", "full_refresh")] }, '"deals" twice']
  ])("is refused with %s", (_, catalog, words) => {
    expect(refusal(catalog)).toContain(words)
  })
})
