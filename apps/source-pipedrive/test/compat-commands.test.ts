import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Bench, type Json } from "./bench.ts"
import { expectConnected } from "./fates.ts"

let bench: Bench

beforeAll(async () => {
  bench = await Bench.open()
})

afterAll(() => bench.close())

const TOKEN = "emulator-token"
const byToken = { auth_type: "api_token", api_token: TOKEN }

/** Every config also says where the emulator is. */
const here = (config: Json): Json => ({ ...config, base_url: bench.emulator.url })

describe("check", () => {
  it("says of a wrong token what is wrong and where the right one is, and never shows it", async () => {
    const outcome = await bench.command("check", here({ api_token: "wrong-token-12345" }))
    const { connectionStatus } = outcome.messages.at(-1) ?? {}
    expect([outcome.code, connectionStatus?.status]).toEqual([0, "FAILED"])
    expect(connectionStatus?.message).toContain("Pipedrive rejected the API token (401: unauthorized access)")
    expect(connectionStatus?.message).toContain("Personal preferences > API")
    expect(connectionStatus?.message).not.toContain("wrong-token-12345")
  })

  it("passes on an empty account", async () => {
    const empty = await Bench.open({ size: { deals: 0, persons: 0, organizations: 0, leads: 0, activities: 0 } })
    expectConnected(await empty.command("check", empty.config))
    await empty.close()
  })

  it.each<[string, Json, string]>([
    ["nothing", {}, "credentials is missing"],
    ["a blank token", { api_token: " " }, "credentials is missing"],
    ["an authorization of nothing", { authorization: {} }, "credentials is missing"],
    ["an unknown auth_type", { credentials: { auth_type: "Client" } }, 'with the auth_type "oauth2.0" or "api_token"'],
    ["a start date of another form", { api_token: TOKEN, replication_start_date: "25-01-2017" }, "does not match"],
    ["no token", { credentials: { auth_type: "api_token" } }, "credentials.api_token is missing"],
    [
      "an app without its secret",
      { authorization: { auth_type: "Client", client_id: "a", refresh_token: "b" } },
      "credentials.client_secret is missing"
    ]
  ])("refuses %s without a request and without a CONTROL", async (_, config, words) => {
    const outcome = await bench.command("check", here(config))
    expect(outcome.messages.map(({ type }) => type)).toEqual(["CONNECTION_STATUS"])
    expect(outcome.messages[0]?.connectionStatus?.status).toBe("FAILED")
    expect(outcome.messages[0]?.connectionStatus?.message).toContain(words)
    expect(outcome.requests).toEqual([])
  })
})

/** Name, key and cursor of each stream of the official connector 4.1.0. */
const official: ReadonlyArray<readonly [name: string, key: string, cursor?: string]> = [
  ["deals", "id", "update_time"],
  ["deals_archived", "id", "update_time"],
  ["deal_fields", "key"],
  ["goals", "id"],
  ["files", "id", "update_time"],
  ["filters", "id"],
  ["lead_labels", "id"],
  ["leads", "id", "update_time"],
  ["notes", "id", "update_time"],
  ["activities", "id", "update_time"],
  ["activity_types", "id"],
  ["activity_fields", "key"],
  ["currencies", "id"],
  ["mail", "id"],
  ["organizations", "id", "update_time"],
  ["organization_fields", "key"],
  ["permission_sets", "id"],
  ["persons", "id", "update_time"],
  ["person_fields", "key"],
  ["pipelines", "id"],
  ["products", "id", "update_time"],
  ["product_fields", "key"],
  ["roles", "id"],
  ["stages", "id"],
  ["users", "id"],
  ["deal_products", "id"],
  ["mailThreads", "id"],
  ["call_logs", "id"],
  ["lead_sources", "name"],
  ["legacy_teams", "id"],
  ["projects", "id"],
  ["tasks", "id"],
  ["deal_installments", "id"],
  ["deal_flow", "id", "log_time"],
  ["permission_set_assignments", "permission_set_id,user_id"]
]

describe("discover", () => {
  it.each<[string, Json, Json | null]>([
    ["0.1.x", { authorization: { auth_type: "Token", api_token: TOKEN } }, { api_token: TOKEN, credentials: byToken }],
    ["2.x", { api_token: TOKEN, replication_start_date: "2023-01-25" }, { credentials: byToken }],
    ["4.1.0", { credentials: byToken }, null]
  ])("asks nothing with a config of %s, and tells it in today's form", async (_, config, added) => {
    const given = here(config)
    const outcome = await bench.command("discover", given)
    expect([outcome.code, outcome.requests]).toEqual([0, []])
    expect(outcome.configs).toEqual(added === null ? [] : [{ ...given, ...added }])
    expect(outcome.messages.map(({ type }) => type)).toEqual(added === null ? ["CATALOG"] : ["CONTROL", "CATALOG"])
  })

  it("begins with the official connector's 35 streams, in its order, with its keys and cursors", async () => {
    const outcome = await bench.command("discover", bench.config)
    const streams = outcome.messages.flatMap(({ catalog }) => catalog?.streams ?? [])
    expect(streams.slice(0, official.length).map(({ name }) => name)).toEqual(official.map(([name]) => name))
    for (const [index, [name, key, cursor]] of official.entries()) {
      const { source_defined_primary_key, supported_sync_modes, ...rest } = streams[index] ?? {}
      expect(source_defined_primary_key, name).toEqual(key.split(",").map((column) => [column]))
      expect(supported_sync_modes, name).toContain("full_refresh")
      if (cursor === undefined) continue
      expect(supported_sync_modes, name).toEqual(["full_refresh", "incremental"])
      expect(rest, name).toMatchObject({
        default_cursor_field: [cursor],
        source_defined_cursor: true,
        is_resumable: true,
        json_schema: { additionalProperties: true }
      })
      expect(rest, name).not.toHaveProperty("namespace")
    }
  })
})
