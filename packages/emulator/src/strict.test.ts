import { expect, it } from "vitest"
import { emulate, get } from "../test/client.ts"

it.each([
  "v2/deals?everything=1",
  "v2/deals?api_token=emulator-token",
  "v2/deals?updated_since=2025-01-01T10:20:00.000Z",
  "v2/deals?updated_since=2025-01-01%2010:20:00",
  "v2/deals?updated_since=2025-13-01T10:20:00Z",
  "v2/pipelines?updated_since=2025-01-01T10:20:00Z",
  "v2/stages?updated_since=2025-01-01T10:20:00Z",
  "v2/products?updated_until=2025-01-01T10:20:00Z",
  "v2/deals?sort_by=title",
  "v2/deals?limit=many",
  "v2/deals?status=open,unknown",
  "v2/deals?include_fields=products_count,nothing",
  `v2/deals?ids=${Array.from({ length: 101 }, (_, at) => at + 1).join(",")}`,
  `v2/deals?custom_fields=${Array.from({ length: 16 }, (_, at) => `k${at}`).join(",")}`,
  "v2/deals/products",
  `v2/deals/products?deal_ids=${Array.from({ length: 101 }, (_, at) => at + 1).join(",")}`,
  "v2/phases"
])("refuses %s", async (path) => {
  const { status, json } = await get(await emulate(), path)
  expect(status).toBe(400)
  expect(json.code).toBe("ERR_SCHEMA_VALIDATION_FAILED")
  expect(json.error).toMatch(/^Validation failed: /)
})

it("ignores unknown parameters in v1 but not malformed ones", async () => {
  const emulator = await emulate()
  const plain = await get(emulator, "v1/notes?limit=5")
  expect((await get(emulator, "v1/notes?limit=5&ids=1&api_token=x")).json.data).toEqual(plain.json.data)
  expect((await get(emulator, "v1/notes?updated_since=2025-01-01T10:20:00.5Z")).status).toBe(400)
  expect((await get(emulator, "v1/leads?sort=colour%20ASC")).status).toBe(400)
  expect((await get(emulator, "v1/mailbox/mailThreads")).status).toBe(400)
})

it("answers 401, 404 and 405 with the API's bodies", async () => {
  const emulator = await emulate()
  const unknown = await get(emulator, "v2/deals", { "x-api-token": "wrong" })
  expect(unknown.status).toBe(401)
  expect(unknown.json).toEqual({
    success: false,
    error: "unauthorized access",
    errorCode: 401,
    error_info: "Please check developers.pipedrive.com"
  })
  expect((await get(emulator, "v2/deals", {})).status).toBe(401)
  expect((await get(emulator, "v2/nothing")).status).toBe(404)
  expect((await get(emulator, "v2/deals/99999/followers")).status).toBe(404)
  const posted = await fetch(`${emulator.url}/api/v2/deals`, {
    method: "POST",
    headers: { "x-api-token": emulator.apiToken },
    body: "{}"
  })
  expect(posted.status).toBe(405)
  const other = await fetch(`${emulator.url}/v2/deals`, { headers: { "x-api-token": emulator.apiToken } })
  expect(other.status).toBe(404)
})

it("hides some resources from API tokens below /api/v1", async () => {
  const emulator = await emulate()
  const status = async (path: string) =>
    (await fetch(`${emulator.url}${path}`, { headers: { "x-api-token": emulator.apiToken } })).status
  expect(await status("/v1/leads")).toBe(200)
  expect(await status("/api/v1/leads")).toBe(404)
  expect(await status("/api/v1/mailbox/mailThreads?folder=inbox")).toBe(404)
  expect(await status("/api/v1/users")).toBe(200)
})

it("closes add-ons and plan features that are off", async () => {
  const emulator = await emulate({ addOns: [], addOnStatus: 402 })
  for (const path of ["v2/projects", "v2/tasks", "v2/deals/installments?deal_ids=1", "v1/legacyTeams"]) {
    expect((await get(emulator, path)).status).toBe(402)
  }
  expect((await get(emulator, "v2/persons?include_fields=marketing_status")).status).toBe(400)
  expect((await get(emulator, "v2/persons?include_fields=notes_count")).status).toBe(200)
})
