import { request } from "node:http"
import { gunzipSync } from "node:zlib"
import { expect, it } from "vitest"
import { emulate, get, urlOf } from "../test/client.ts"
import type { Emulator, FAULT_KINDS } from "./index.ts"

interface Raw {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
  readonly error: string | undefined
}

/** A request without any help of a client, given up after `patienceMs` without a byte. */
function ask(emulator: Emulator, path: string, patienceMs = 3_000): Promise<Raw> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let status = 0
    let headers = {}
    const end = (error?: string) => resolve({ status, headers, body: Buffer.concat(parts), error })
    const asked = request(urlOf(emulator, path), { headers: { "x-api-token": emulator.apiToken } }, (answer) => {
      status = answer.statusCode ?? 0
      headers = answer.headers
      answer.on("data", (part: Buffer) => parts.push(part))
      answer.on("end", () => end())
      answer.on("error", (error) => end(error.message))
    })
    asked.on("error", (error) => end(error.message))
    asked.setTimeout(patienceMs, () => asked.destroy(new Error("stalled")))
    asked.end()
  })
}

const PATH = "v2/organizations?limit=20&sort_by=update_time"

it("strikes from the nth matching request on, as often as it says, and can be taken back", async () => {
  const emulator = await emulate()
  emulator.fault({ kind: "status", status: 503, path: "v2/deals", from: 2, times: 1, retryAfter: 7 })
  const statuses = []
  for (const path of ["v2/deals", "v2/persons", "v2/deals", "v2/deals"])
    statuses.push((await get(emulator, path)).status)
  expect(statuses).toEqual([200, 200, 503, 200])
  expect(emulator.requests.map(({ fault }) => fault)).toEqual([undefined, undefined, "status", undefined])
  const remove = emulator.fault({ kind: "html403", path: /followers$/, query: { limit: "1" } })
  expect((await get(emulator, "v2/deals/1/followers")).status).toBe(200)
  const blocked = await get(emulator, "v2/deals/1/followers?limit=1")
  expect(blocked.status).toBe(403)
  expect(blocked.text).toMatch(/^<!DOCTYPE html>/)
  remove()
  expect((await get(emulator, "v2/deals/1/followers?limit=1")).status).toBe(200)
  expect(() => emulator.fault({ kind: "earthquake" as never })).toThrow()
})

it.each([400, 402, 404, 408, 410, 414, 415, 429, 500, 502, 504])("answers status %i", async (status) => {
  const emulator = await emulate()
  emulator.fault({ kind: "status", status })
  const answer = await get(emulator, PATH)
  expect(answer.status).toBe(status)
  expect(answer.json).toMatchObject({ success: false, errorCode: status })
  expect(emulator.tokensSpent()).toBe(0)
})

it("tells the two kinds of 429 apart, with and without headers", async () => {
  const emulator = await emulate({ burstLimit: 100 })
  emulator.fault({ kind: "burst429", path: "v1/users" })
  emulator.fault({ kind: "burst429Bare", path: "v1/currencies" })
  emulator.fault({ kind: "daily429", path: "v1/filters" })
  emulator.fault({ kind: "daily429Bare", path: "v1/webhooks" })
  const burst = await get(emulator, "v1/users")
  expect(burst.headers.get("x-ratelimit-remaining")).toBe("0")
  expect((await get(emulator, "v1/currencies")).headers.has("x-ratelimit-remaining")).toBe(false)
  const daily = await get(emulator, "v1/filters")
  expect(daily.headers.get("retry-after")).toBe("3939")
  expect(daily.headers.get("x-daily-ratelimit-token-remaining")).toBe("0")
  const bare = await get(emulator, "v1/webhooks")
  expect(bare.headers.has("retry-after")).toBe(false)
  expect(bare.json.error).toBe("daily request budget exceeded")
  emulator.fault({ kind: "wordless429", path: "v1/leadLabels", retryAfter: 2 })
  const wordless = await ask(emulator, "v1/leadLabels")
  expect(wordless).toMatchObject({ status: 429, headers: { "x-ratelimit-remaining": "79", "retry-after": "2" } })
  expect(wordless.body).toHaveLength(0)
  expect(wordless.headers["x-ratelimit-reset"]).toBeUndefined()
})

it("gives an error that is no text, and a cursor that is none", async () => {
  const emulator = await emulate()
  emulator.fault({ kind: "objectError", path: "v1/users", status: 402 })
  expect(await get(emulator, "v1/users")).toMatchObject({ status: 402, json: { error: { toString: 1 } } })
  const { json } = await get(emulator, PATH)
  emulator.fault({ kind: "halfCursor" })
  expect((await get(emulator, PATH)).json.additional_data.next_cursor).toBe(`\ud800${json.additional_data.next_cursor}`)
})

it("cuts, stalls and spoils bodies", async () => {
  const emulator = await emulate()
  const whole = (await ask(emulator, PATH)).body
  const spoiled = async (kind: (typeof FAULT_KINDS)[number]) => {
    const remove = emulator.fault({ kind })
    const answer = await ask(emulator, PATH)
    remove()
    return answer
  }
  expect(await spoiled("resetBeforeHeaders")).toMatchObject({
    status: 0,
    error: expect.stringMatching(/reset|hang up/i)
  })
  const reset = await spoiled("resetInBody")
  expect(reset.error).toBeDefined()
  expect(reset.body.length).toBeLessThan(whole.length)
  const cut = await spoiled("truncatedJson")
  expect(cut.error).toBeUndefined()
  expect(Number(cut.headers["content-length"])).toBe(cut.body.length)
  expect(() => JSON.parse(cut.body.toString())).toThrow()
  expect(await spoiled("stalledBody")).toMatchObject({ status: 200, error: expect.stringMatching(/stalled|aborted/) })
  expect(() => gunzipSync(Buffer.from("x"))).toThrow()
  const damaged = await spoiled("damagedGzip")
  expect(damaged.headers["content-encoding"]).toBe("gzip")
  expect(() => gunzipSync(damaged.body)).toThrow()
  expect((await spoiled("nullBody")).body.toString()).toBe("null")
  expect((await spoiled("emptyBody")).body).toHaveLength(0)
  expect((await spoiled("html200")).headers["content-type"]).toMatch(/html/)
  expect((await spoiled("noDate")).headers.date).toBeUndefined()
  const ahead = Date.parse(String((await spoiled("skewedDate")).headers.date)) - emulator.clock.now()
  expect(ahead).toBeGreaterThan(3_500_000)
  expect((await spoiled("redirect")).headers.location).toMatch(/^http/)
  expect((await ask(emulator, PATH)).body.equals(whole)).toBe(true)
})

it("damages rows, and writes their members twice", async () => {
  const emulator = await emulate()
  const whole = (await get(emulator, PATH)).json.data
  for (const [kind, damage] of [
    ["damagedRow", /"holed":\{"list":\[1,,2\]\}\}/],
    ["dataTwice", /"data":\[\]\}$/]
  ] as const) {
    const remove = emulator.fault({ kind })
    expect((await ask(emulator, PATH)).body.toString()).toMatch(damage)
    remove()
  }
  const remove = emulator.fault({ kind: "repeatedMembers" })
  const { json, text } = await get(emulator, PATH)
  remove()
  expect(json.data).toEqual(whole)
  expect(text).toContain('"\\u0069d":')
})

it("makes bodies as large as is wanted, packed or not", async () => {
  const emulator = await emulate()
  const whole = (await get(emulator, PATH)).json
  for (const gzip of [false, true]) {
    const remove = emulator.fault({ kind: "oversizedBody", bytes: 3_000_000, gzip })
    const { body } = await ask(emulator, PATH)
    remove()
    const unpacked = gzip ? gunzipSync(body) : body
    expect(unpacked).toHaveLength(3_000_000)
    expect(JSON.parse(unpacked.toString())).toEqual(whole)
  }
})

it("spoils the envelope", async () => {
  const emulator = await emulate()
  const spoiled = async (kind: (typeof FAULT_KINDS)[number], path = PATH) => {
    const remove = emulator.fault({ kind })
    const { json } = await get(emulator, path)
    remove()
    return json
  }
  const plain = await get(emulator, PATH)
  const remove = emulator.fault({ kind: "prettyJson" })
  const pretty = await get(emulator, PATH)
  remove()
  expect(pretty.json).toEqual(plain.json)
  expect(pretty.text).toContain(",\r\n")
  expect(await spoiled("successFalse")).toMatchObject({ success: false, data: null })
  expect(await spoiled("dataNull")).toMatchObject({ success: true, data: null })
  expect(await spoiled("missingData")).not.toHaveProperty("data")
  expect(await spoiled("missingData")).toHaveProperty("additional_data")
  expect(await spoiled("missingData", "v1/users/me")).not.toHaveProperty("data")
  expect(await spoiled("missingAdditionalData")).not.toHaveProperty("additional_data")
  const nested = await spoiled("missingAdditionalData", "v1/notes?limit=5")
  expect(nested.data).toHaveLength(5)
  expect(nested).not.toHaveProperty("additional_data")
  const empty = await spoiled("moreButEmpty", "v1/notes?limit=500")
  expect(empty).toMatchObject({ data: [], additional_data: { pagination: { more_items_in_collection: true } } })
})

it("repeats cursors and rows on later pages", async () => {
  const emulator = await emulate()
  const first = await get(emulator, PATH)
  const second = `${PATH}&cursor=${first.json.additional_data.next_cursor}`
  const plain = await get(emulator, second)
  const remove = emulator.fault({ kind: "repeatedCursor" })
  expect((await get(emulator, PATH)).json).toEqual(first.json)
  expect((await get(emulator, second)).json.additional_data.next_cursor).toBe(first.json.additional_data.next_cursor)
  remove()
  emulator.fault({ kind: "repeatedRows" })
  await get(emulator, PATH)
  expect((await get(emulator, second)).json.data).toEqual([first.json.data.at(-1), ...plain.json.data])
})

it("answers a list's first page for ever, and its last row behind its end", async () => {
  const emulator = await emulate()
  const files = "v1/files?limit=5"
  const first = await get(emulator, files)
  const heal = emulator.fault({ kind: "repeatedPage" })
  expect((await get(emulator, files)).json).toEqual(first.json)
  for (const start of [5, 4000]) {
    const { json } = await get(emulator, `${files}&start=${start}`)
    expect(json.data).toEqual(first.json.data)
    expect(json.additional_data.pagination.more_items_in_collection).toBe(true)
  }
  await get(emulator, PATH)
  const cursors = [1, 2].map(() => get(emulator, `${PATH}&cursor=any`))
  expect(new Set((await Promise.all(cursors)).map(({ json }) => json.additional_data.next_cursor)).size).toBe(2)
  heal()
  emulator.fault({ kind: "clampedStart" })
  await get(emulator, files)
  const whole = emulator.rows("v1/files").length
  const last = (await get(emulator, `${files}&start=${whole - 1}`)).json
  expect(last.additional_data.pagination.more_items_in_collection).toBe(true)
  expect((await get(emulator, `${files}&start=4000`)).json.data).toEqual(last.data)
})

it("says of further pages what it is told to", async () => {
  const emulator = await emulate()
  emulator.fault({ kind: "pagingWords", words: '{"next_cursor":12345}' })
  for (const path of [PATH, "v1/files?limit=5", "v1/filters"]) {
    expect((await get(emulator, path)).json.additional_data).toEqual({ next_cursor: 12345 })
  }
})

it("refuses include_fields, cursors and parents", async () => {
  const emulator = await emulate()
  emulator.fault({ kind: "refuseIncludeFields", value: "people_count" })
  expect((await get(emulator, "v2/organizations?include_fields=people_count,files_count")).status).toBe(400)
  expect((await get(emulator, "v2/organizations?include_fields=files_count")).status).toBe(200)
  emulator.fault({ kind: "refuseParent", ids: [7] })
  emulator.fault({ kind: "refuseParent", ids: [8], status: 404 })
  expect((await get(emulator, "v2/deals/7/followers")).status).toBe(403)
  expect((await get(emulator, "v2/deals/9/followers")).status).toBe(200)
  expect((await get(emulator, "v2/deals/products?deal_ids=1,8")).status).toBe(404)
  expect((await get(emulator, "v2/deals/products?deal_ids=1,9")).status).toBe(200)
  const { json } = await get(emulator, PATH)
  const heal = emulator.fault({ kind: "refuseCursor" })
  expect((await get(emulator, PATH)).status).toBe(200)
  expect((await get(emulator, `${PATH}&cursor=${json.additional_data.next_cursor}`)).status).toBe(400)
  heal()
  emulator.fault({ kind: "refuseCursor", status: 410 })
  expect((await get(emulator, `${PATH}&cursor=${json.additional_data.next_cursor}`)).status).toBe(410)
})

it("strikes the children of some parents alone, in a path and in a list of ids", async () => {
  const emulator = await emulate()
  emulator.fault({ kind: "nullBody", ids: [7] })
  expect((await get(emulator, "v2/deals/7/followers")).text).toBe("null")
  expect((await get(emulator, "v2/deals/products?deal_ids=1,7")).text).toBe("null")
  expect((await get(emulator, "v2/deals/products?deal_ids=1,77")).json.success).toBe(true)
  expect((await get(emulator, "v2/deals/9/followers")).json.success).toBe(true)
})

it("sends a wrapped row without data", async () => {
  const emulator = await emulate()
  const path = emulator
    .ids("v2/deals")
    .map((id) => `v1/deals/${id}/flow`)
    .find((each) => emulator.rows(each).length > 1) as string
  const before = (await get(emulator, path)).json.data
  emulator.fault({ kind: "rowWithoutData", path })
  const { json } = await get(emulator, path)
  expect(json.data).toEqual([{ ...before[0], data: null }, ...before.slice(1)])
})

it("sends a page of any size", async () => {
  const emulator = await emulate()
  emulator.fault({ kind: "oversizedPage", bytes: 3_000_000 })
  const { json, text } = await get(emulator, PATH)
  expect(text.length).toBeGreaterThan(3_000_000)
  expect(json.data[0].padding).toHaveLength(3_000_000)
})

it("strikes the token endpoint too", async () => {
  const emulator = await emulate()
  emulator.fault({ kind: "status", status: 503, path: "oauth/token" })
  expect((await fetch(`${emulator.url}/oauth/token`, { method: "POST" })).status).toBe(503)
})

it("makes the answer of the token endpoint long", async () => {
  const emulator = await emulate()
  emulator.fault({ kind: "oversizedPage", path: "oauth/token", bytes: 1_000_000 })
  const answer = await fetch(`${emulator.url}/oauth/token`, { method: "POST" })
  expect(await answer.json()).toMatchObject({ error: "invalid_request", padding: "x".repeat(1_000_000) })
})
