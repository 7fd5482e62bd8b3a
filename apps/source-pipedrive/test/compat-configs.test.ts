import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Bench, type Json, type Outcome } from "./bench.ts"
import { expectConnected } from "./fates.ts"

let bench: Bench

beforeAll(async () => {
  bench = await Bench.open({ size: { deals: 40 }, switches: { rotateRefreshToken: true, oldRefreshTokenValid: true } })
})

afterAll(() => bench.close())

const TOKEN = "emulator-token"
const date = "2023-01-25T00:00:00Z"
const byToken = { auth_type: "api_token", api_token: TOKEN }
const tokenOf = (api_token: string) => ({ auth_type: "api_token", api_token })

/** Every config also says where the emulator is. */
const here = (config: Json): Json => ({ ...config, base_url: bench.emulator.url })

/** How the requests were let in: by header, and with no secret in an address. */
const expectLetIn = (outcome: Outcome, header: Readonly<Record<string, string>>): void => {
  const asked = outcome.requests.filter(({ path }) => path !== "oauth/token")
  expect(asked.length).toBeGreaterThan(0)
  for (const { headers, path, query, status } of asked) {
    expect([path, status]).toEqual([path, 200])
    expect(headers).toMatchObject(header)
    expect(Object.keys(query)).not.toContain("api_token")
    expect(JSON.stringify(query)).not.toContain(TOKEN)
  }
}

describe("a config with an API token", () => {
  /** Each row: which versions made it, the config, and what the CONTROL message adds to it; null for no message. */
  it.each<[era: string, config: Json, added: Json | null]>([
    ["0.1.0 to 0.1.5", { api_token: TOKEN, replication_start_date: date }, { credentials: byToken }],
    [
      "0.1.6 to 0.1.14",
      { authorization: { auth_type: "Token", api_token: TOKEN }, replication_start_date: date },
      { api_token: TOKEN, credentials: byToken }
    ],
    [
      "0.1.15 to 1.0.0, without an auth_type",
      { authorization: { api_token: TOKEN }, replication_start_date: date },
      { api_token: TOKEN, credentials: byToken }
    ],
    [
      "0.1.15 to 1.0.0, with what is left of an app",
      {
        authorization: { auth_type: "Token", api_token: TOKEN, client_id: "", client_secret: "", refresh_token: "" },
        replication_start_date: date
      },
      { api_token: TOKEN, credentials: byToken }
    ],
    ["2.0.0 to 2.4.6", { api_token: TOKEN, replication_start_date: "2023-01-25 00:00:00Z" }, { credentials: byToken }],
    ["2.4.7 to 4.0.0", { api_token: TOKEN }, { credentials: byToken }],
    [
      "2.4.7 to 4.0.0, migrated from authorization",
      { authorization: { auth_type: "Token", api_token: TOKEN }, api_token: TOKEN, replication_start_date: date },
      { credentials: byToken }
    ],
    [
      "2.5.0 to 4.0.0",
      { api_token: TOKEN, replication_start_date: "2010-01-01T00:00:00Z", num_workers: 3 },
      { credentials: byToken }
    ],
    ["4.1.0", { credentials: byToken, replication_start_date: date, num_workers: 10 }, null],
    ["4.1.0, migrated from 2.x", { api_token: TOKEN, credentials: byToken, replication_start_date: date }, null],
    [
      "4.1.0, migrated from 0.1.x",
      { authorization: { auth_type: "Token", api_token: TOKEN }, api_token: TOKEN, credentials: byToken },
      null
    ],
    ["4.1.0, before the rest was filled in", { api_token: TOKEN, credentials: {} }, { credentials: byToken }],
    [
      "4.1.0, its token not filled in",
      { api_token: TOKEN, credentials: { auth_type: "api_token" } },
      { credentials: byToken }
    ],
    ["4.1.0, its auth_type not filled in", { credentials: { api_token: TOKEN } }, { credentials: byToken }],
    ["any, with credentials of null", { api_token: TOKEN, credentials: null }, { credentials: byToken }],
    ["any, with blanks about the token", { credentials: tokenOf(` ${TOKEN}\n`) }, null],
    [
      "any, with further keys",
      { api_token: TOKEN, client_name: "x", custom_json: { a: [1, null] }, credentials: { x: 1 } },
      { credentials: { x: 1, ...byToken } }
    ],
    [
      "two forms at once: credentials before api_token",
      { credentials: byToken, api_token: "another", authorization: { auth_type: "Token", api_token: "a third" } },
      null
    ],
    [
      "two forms at once: api_token before authorization",
      { api_token: TOKEN, authorization: { auth_type: "Token", api_token: "another" } },
      { credentials: byToken }
    ],
    [
      "two forms at once: api_token before an app",
      {
        api_token: TOKEN,
        authorization: { auth_type: "Client", client_id: "a", client_secret: "b", refresh_token: "c" }
      },
      { credentials: byToken }
    ]
  ])("of %s connects, and is told in today's form once", async (_, config, added) => {
    const given = here(config)
    const outcome = await bench.command("check", given)
    expectConnected(outcome)
    expectLetIn(outcome, { "x-api-token": TOKEN })
    expect(outcome.configs).toEqual(added === null ? [] : [{ ...given, ...added }])
    if (added !== null) expect(outcome.messages[0]?.type).toBe("CONTROL")
  })
})

it("a config that was told is as it has to be: it is not told again", async () => {
  const first = await bench.command("check", here({ authorization: { auth_type: "Token", api_token: TOKEN } }))
  const again = await bench.command("check", first.configs[0])
  expectConnected(again)
  expect([first.configs.length, again.configs]).toEqual([1, []])
})

const app = () => {
  const { clientId: client_id, clientSecret: client_secret, refreshToken: refresh_token } = bench.emulator.oauth
  return { client_id, client_secret, refresh_token }
}

describe("a config with an OAuth app", () => {
  it.each<[era: string, config: () => Json]>([
    ["0.1.6 to 0.1.14", () => ({ authorization: { auth_type: "Client", ...app() }, replication_start_date: date })],
    ["0.1.15 to 1.0.0, without an auth_type", () => ({ authorization: app() })],
    [
      "two forms at once in authorization: an app before a token, as its auth_type says",
      () => ({ authorization: { auth_type: "Client", ...app(), api_token: "another" } })
    ]
  ])("of %s signs in, is told in today's form, and again with its new tokens", async (_, make) => {
    const given = here(make())
    const { client_id, client_secret, refresh_token } = app()
    const outcome = await bench.command("check", given)
    expectConnected(outcome)
    expectLetIn(outcome, { authorization: expect.stringMatching(/^Bearer /) })
    expect(outcome.messages.map(({ type }) => type)).toEqual(["CONTROL", "CONTROL", "CONNECTION_STATUS"])
    const [migrated, renewed] = outcome.configs
    const credentials = { auth_type: "oauth2.0", client_id, client_secret, refresh_token }
    expect(migrated).toEqual({ ...given, credentials })
    const fresh = bench.emulator.oauth.refreshToken
    expect(fresh).not.toBe(refresh_token)
    // The older form follows: whoever goes back has a token that works.
    expect(renewed).toEqual({
      ...given,
      authorization: { ...(given.authorization as Json), refresh_token: fresh },
      credentials: {
        ...credentials,
        refresh_token: fresh,
        access_token: expect.stringMatching(/^v1u:/),
        token_expiry_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      }
    })

    const [exchange] = outcome.requests
    expect(exchange).toMatchObject({
      method: "POST",
      path: "oauth/token",
      headers: {
        authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded"
      }
    })
    const again = await bench.command("check", renewed)
    expectConnected(again)
    expect(again.configs).toEqual([])
  })

  it.each<[domain: string | undefined | null]>([
    ["https://mycompany.pipedrive.com"],
    ["https://mycompany.pipedrive.com/"],
    ["mycompany.pipedrive.com"],
    ["MyCompany.Pipedrive.com/"],
    ["http://mycompany.pipedrive.com"],
    [""],
    [null],
    [undefined]
  ])("of 4.1.0 signs in with the api_domain %j, and keeps it whole", async (api_domain) => {
    const credentials = { auth_type: "oauth2.0", ...app(), ...(api_domain !== undefined && { api_domain }) }
    const outcome = await bench.command("check", here({ credentials }))
    expectConnected(outcome)
    expect(outcome.configs).toHaveLength(1)
    const told = (outcome.configs[0]?.credentials as Json | undefined)?.api_domain
    expect(told).toBe(api_domain ? "https://mycompany.pipedrive.com" : api_domain)
  })

  it.each([
    "https://pipedrive.com.evil.com",
    "evil.com",
    "https://evil.com/.pipedrive.com",
    "https://mycompany.pipedrive.com/api"
  ])("of 4.1.0 is refused with the api_domain %j, before any request", async (api_domain) => {
    const outcome = await bench.command("check", here({ credentials: { auth_type: "oauth2.0", ...app(), api_domain } }))
    expect(outcome.messages.map(({ connectionStatus }) => connectionStatus?.status)).toEqual(["FAILED"])
    expect(outcome.messages[0]?.connectionStatus?.message).toContain("credentials.api_domain must be a host")
    expect(outcome.requests).toEqual([])
  })

  let access: Json | undefined
  it.each([
    ["2999-01-01T00:00:00.000Z", 0],
    ["2999-01-01T00:00:00Z", 0],
    ["2999-01-01 00:00:00", 0],
    ["2020-01-01T00:00:00.000Z", 1],
    ["soon", 1],
    ["", 1],
    [undefined, 1]
  ])("of 4.1.0 with the token_expiry_date %j is renewed %i times", async (token_expiry_date, renewals) => {
    access ??= (await bench.command("check", here({ credentials: { auth_type: "oauth2.0", ...app() } }))).configs[0]
    const access_token = (access?.credentials as Json | undefined)?.access_token
    const credentials = {
      auth_type: "oauth2.0",
      ...app(),
      access_token,
      ...(token_expiry_date !== undefined && { token_expiry_date })
    }
    const outcome = await bench.command("check", here({ credentials }))
    expectConnected(outcome)
    expect(outcome.requests.filter(({ path }) => path === "oauth/token")).toHaveLength(renewals)
    expect(outcome.configs).toHaveLength(renewals)
  })
})
