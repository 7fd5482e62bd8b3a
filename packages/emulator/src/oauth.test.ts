import { describe, expect, it } from "vitest"
import { emulate, get } from "../test/client.ts"
import type { Emulator } from "./index.ts"

const basic = ({ oauth }: Emulator) =>
  `Basic ${Buffer.from(`${oauth.clientId}:${oauth.clientSecret}`).toString("base64")}`

async function exchange(emulator: Emulator, form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(`${emulator.url}/oauth/token`, {
    method: "POST",
    headers: { authorization: basic(emulator), ...headers },
    body: new URLSearchParams(form)
  })
  // biome-ignore lint/suspicious/noExplicitAny: the answer is looked into
  return { status: response.status, json: (await response.json()) as any }
}

const refresh = (emulator: Emulator, token = emulator.oauth.refreshToken) =>
  exchange(emulator, { grant_type: "refresh_token", refresh_token: token })

it("gives an access token that ends with the emulator's hour", async () => {
  const emulator = await emulate()
  const { status, json } = await refresh(emulator)
  expect(status).toBe(200)
  expect(json).toMatchObject({
    token_type: "Bearer",
    refresh_token: emulator.oauth.refreshToken,
    expires_in: 3599,
    api_domain: emulator.url
  })
  expect(json.scope.split(",")).toContain("deals:read")
  const headers = { authorization: `Bearer ${json.access_token}` }
  const ask = () => fetch(`${emulator.url}/api/v1/leads`, { headers })
  expect((await ask()).status).toBe(200)
  emulator.clock.advance(3_600_000)
  expect((await ask()).status).toBe(401)
  expect(emulator.requests.at(-2)).toMatchObject({ auth: "oauth", path: "v1/leads" })
})

it("allows OAuth four times the burst", async () => {
  const emulator = await emulate({ burstLimit: 5 })
  const { json } = await refresh(emulator)
  const answer = await get(emulator, "v2/deals?limit=1", { authorization: `Bearer ${json.access_token}` })
  expect(answer.headers.get("x-ratelimit-limit")).toBe("20")
})

it("keeps each scope to its endpoints", async () => {
  const emulator = await emulate({ scopes: ["base", "deals:read"] })
  const { json } = await refresh(emulator)
  const headers = { authorization: `Bearer ${json.access_token}` }
  expect((await get(emulator, "v2/deals", headers)).status).toBe(200)
  const refused = await get(emulator, "v2/persons", headers)
  expect(refused.status).toBe(403)
  expect(refused.json.error).toBe("Scope and URL mismatch")
})

it.each([true, false])("rotates refresh tokens; the old one stays valid: %s", async (oldRefreshTokenValid) => {
  const emulator = await emulate({ switches: { rotateRefreshToken: true, oldRefreshTokenValid } })
  const old = emulator.oauth.refreshToken
  const { json } = await refresh(emulator)
  expect(json.refresh_token).not.toBe(old)
  expect(json.refresh_token).toBe(emulator.oauth.refreshToken)
  expect((await refresh(emulator, old)).status).toBe(oldRefreshTokenValid ? 200 : 400)
})

it("refuses with the documented messages", async () => {
  const emulator = await emulate()
  const message = async (form: Record<string, string>, headers?: Record<string, string>) => {
    const { status, json } = await exchange(emulator, form, headers)
    expect(status).toBe(400)
    return json.message
  }
  expect(await message({})).toBe("Missing parameter: grant_type")
  expect(await message({ grant_type: "password" })).toBe("Unsupported grant type: grant_type is invalid")
  expect(await message({ grant_type: "refresh_token", refresh_token: "x" })).toBe(
    "Invalid grant: refresh_token is invalid"
  )
  expect(await message({ grant_type: "refresh_token" }, { authorization: "Basic eDp5" })).toBe(
    "Invalid client: client is invalid"
  )
  expect(await message({}, { authorization: "what" })).toBe("Invalid request: malformed authorization header")
  expect(await message({}, { "content-type": "application/json" })).toBe(
    "Invalid request: content must be application/x-www-form-urlencoded"
  )
})

it("forgets a refresh token that was not used for 60 days", async () => {
  const emulator = await emulate()
  emulator.clock.advance(59 * 86_400_000)
  expect((await refresh(emulator)).status).toBe(200)
  emulator.clock.advance(61 * 86_400_000)
  expect((await refresh(emulator)).status).toBe(400)
})

describe("consent", () => {
  const callback = "http://localhost:8976/callback"
  const consent = async (emulator: Emulator, query: Record<string, string> = {}) => {
    const asked = { client_id: emulator.oauth.clientId, redirect_uri: callback, state: "s1", ...query }
    const page = await fetch(`${emulator.url}/oauth/authorize?${new URLSearchParams(asked)}`, { redirect: "manual" })
    return { status: page.status, location: page.headers.get("location") ?? "" }
  }
  const trade = (emulator: Emulator, code: string, redirectUri = callback) =>
    exchange(emulator, { grant_type: "authorization_code", code, redirect_uri: redirectUri })

  it("sends the browser back with a code and the state, and the code is good once", async () => {
    const emulator = await emulate()
    const { location, status } = await consent(emulator)
    expect(status).toBe(302)
    const back = new URL(location)
    expect([back.origin + back.pathname, back.searchParams.get("state")]).toEqual([callback, "s1"])
    const code = back.searchParams.get("code") ?? ""
    const { json } = await trade(emulator, code)
    expect((await refresh(emulator, json.refresh_token)).status).toBe(200)
    expect((await trade(emulator, code)).status).toBe(400)
  })

  it("refuses another client, and a code with another callback", async () => {
    const emulator = await emulate()
    expect((await consent(emulator, { client_id: "other" })).status).toBe(400)
    const code = new URL((await consent(emulator)).location).searchParams.get("code") ?? ""
    expect((await trade(emulator, code, "http://localhost:1/callback")).status).toBe(400)
  })
})
