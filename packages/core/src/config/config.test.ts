import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import type { JsonObject } from "../events.ts"
import { decodeConfig, withTokens } from "./config.ts"
import type { TextField } from "./field-types.ts"
import { configFields } from "./fields.ts"

const SECRET = "s3cr3t-value"

const decoded = (input: unknown) => Result.getOrThrow(decodeConfig(input))
const problem = (input: unknown): string => {
  const result = decodeConfig(input)
  if (Result.isSuccess(result)) throw new Error("the config was taken")
  expect(result.failure._tag).toBe("ConfigError")
  return result.failure.message
}

/** Credentials with their secrets shown. */
const shown = (input: unknown): unknown => {
  const { credentials } = decoded(input).config
  return Object.fromEntries(
    Object.entries(credentials).map(([name, value]) => [
      name,
      Redacted.isRedacted(value) ? Redacted.value(value) : value
    ])
  )
}

const byToken = (token: string) => ({ _tag: "ApiToken", token })
const byApp = (more: object = {}) => ({
  _tag: "OAuth",
  clientId: "id",
  clientSecret: "secret",
  refreshToken: "refresh",
  ...more
})

const token = { credentials: { auth_type: "api_token", api_token: "tok" } }
const app = { auth_type: "oauth2.0", client_id: "id", client_secret: "secret", refresh_token: "refresh" }
const oldApp = { auth_type: "Client", client_id: "id", client_secret: "secret", refresh_token: "refresh" }
const oldToken = { auth_type: "Token", api_token: "tok" }

describe("credentials of every version", () => {
  it.each<[string, JsonObject, object]>([
    ["4.1 API token", token, byToken("tok")],
    ["4.1 OAuth", { credentials: app }, byApp()],
    [
      "2.0 to 4.0, and 0.1.0 to 0.1.5",
      { api_token: "tok", replication_start_date: "2017-01-25 00:00:00Z" },
      byToken("tok")
    ],
    ["0.1.6 to 1.0 token", { authorization: oldToken, replication_start_date: "2017-01-25T00:00:00Z" }, byToken("tok")],
    ["0.1.6 to 1.0 OAuth", { authorization: oldApp, replication_start_date: "2017-01-25T00:00:00Z" }, byApp()],
    ["credentials before api_token", { ...token, api_token: "old" }, byToken("tok")],
    ["credentials before authorization", { ...token, authorization: oldApp }, byToken("tok")],
    ["OAuth credentials before api_token", { credentials: app, api_token: "old" }, byApp()],
    ["api_token before authorization", { api_token: "top", authorization: oldToken }, byToken("top")],
    ["api_token before the old OAuth", { api_token: "top", authorization: oldApp }, byToken("top")],
    ["a blank api_token and authorization", { api_token: "", authorization: oldToken }, byToken("tok")],
    ["null credentials and api_token", { credentials: null, api_token: "tok" }, byToken("tok")],
    ["empty credentials and api_token", { credentials: {}, api_token: "tok" }, byToken("tok")],
    ["credentials without their token", { credentials: { auth_type: "api_token" }, api_token: "tok" }, byToken("tok")],
    ["credentials without auth_type", { credentials: { api_token: "tok" } }, byToken("tok")],
    ["OAuth without auth_type", { credentials: { ...app, auth_type: undefined } }, byApp()],
    ["authorization without auth_type", { authorization: { api_token: "tok" } }, byToken("tok")],
    ["authorization of two kinds, OAuth chosen", { authorization: { ...oldApp, api_token: "tok" } }, byApp()],
    ["authorization of two kinds, token chosen", { authorization: { ...oldApp, ...oldToken } }, byToken("tok")],
    ["authorization that is no object beside api_token", { authorization: "x", api_token: "tok" }, byToken("tok")],
    [
      "leftovers",
      { ...token, client_name: "x", custom_json: { a: [1] }, _limit: "y", _page_size: 1, _x: null },
      byToken("tok")
    ],
    ["leftovers inside", { credentials: { ...token.credentials, api_domain: "any", x: 1 } }, byToken("tok")],
    ["blanks around a token", { api_token: " tok\n" }, byToken("tok")]
  ])("%s", (_, input, credentials) => expect(shown(input)).toEqual(credentials))

  it("never shows a secret", () => {
    const { config } = decoded({ credentials: { ...app, access_token: SECRET, client_secret: SECRET } })
    expect(String(JSON.stringify(config.credentials))).not.toContain(SECRET)
  })
})

describe("OAuth", () => {
  it.each([
    ["https://mycompany.pipedrive.com", "https://mycompany.pipedrive.com"],
    ["https://mycompany.pipedrive.com/", "https://mycompany.pipedrive.com"],
    ["mycompany.pipedrive.com", "https://mycompany.pipedrive.com"],
    ["http://MyCompany.Pipedrive.com//", "https://mycompany.pipedrive.com"],
    ["https://mycompany.pipedrive.com:443", "https://mycompany.pipedrive.com"],
    ["https://a.b.pipedrive.com", "https://a.b.pipedrive.com"]
  ])("takes the api_domain %s", (api_domain, apiDomain) =>
    expect(shown({ credentials: { ...app, api_domain } })).toEqual(byApp({ apiDomain }))
  )

  it.each([null, "", undefined])("does without an api_domain: %j", (api_domain) =>
    expect(shown({ credentials: { ...app, api_domain } })).toEqual(byApp())
  )

  it.each([
    "https://evil.com",
    "https://pipedrive.com.evil.com",
    "https://evilpipedrive.com",
    "https://evil.com/x.pipedrive.com",
    "https://evil.com#.pipedrive.com",
    "https://evil.com?.pipedrive.com",
    "https://user@x.pipedrive.com",
    "https://evil.com\\.pipedrive.com",
    "https://x.pipedrive.com:8443",
    "https://x.pipedrive.com/api/v1",
    "ftp://x.pipedrive.com",
    "mycompany",
    "http://localhost:8080",
    "127.0.0.1"
  ])("refuses the api_domain %s", (api_domain) =>
    expect(problem({ credentials: { ...app, api_domain } })).toContain(
      "credentials.api_domain must be a host under pipedrive.com"
    )
  )

  it("takes a loopback api_domain beside a loopback base_url alone", () => {
    const credentials = { ...app, api_domain: "http://localhost:8080/" }
    expect(shown({ credentials, base_url: "http://127.0.0.1:9000" })).toEqual(
      byApp({ apiDomain: "http://localhost:8080" })
    )
    expect(problem({ credentials, base_url: "https://x.pipedrive.com" })).toContain("credentials.api_domain")
  })

  it.each([
    ["2999-01-01T00:00:00.000Z", 32_472_144_000_000],
    ["2024-01-03T00:00:00Z", 1_704_240_000_000],
    ["2024-01-03T00:00:00.123456+00:00", 1_704_240_000_000]
  ])("reads the expiry %s", (token_expiry_date, expiresAtMs) =>
    expect(shown({ credentials: { ...app, access_token: "at", token_expiry_date } })).toEqual(
      byApp({ accessToken: "at", expiresAtMs })
    )
  )

  it.each(["soon", "", null, 3600])("renews a token with the expiry %j", (token_expiry_date) =>
    expect(shown({ credentials: { ...app, access_token: "at", token_expiry_date } })).toEqual(
      byApp({ accessToken: "at" })
    )
  )
})

describe("the start date", () => {
  it.each([
    ["2017-01-25T00:00:00Z", 1_485_302_400],
    ["2017-01-25 00:00:00Z", 1_485_302_400],
    ["2017-01-25", 1_485_302_400],
    ["2017-01-25T00:00:00.000Z", 1_485_302_400],
    ["2017-01-25T02:00:00+02:00", 1_485_302_400],
    ["2017-01-25T00:00", 1_485_302_400],
    ["2010-01-01T00:00:01Z", 1_262_304_001],
    ["2010-01-01T00:00:00Z", undefined],
    ["2010-01-01", undefined],
    ["2010-01-01T01:00:00+01:00", undefined],
    ["1999-12-31", undefined],
    [null, undefined],
    [undefined, undefined]
  ])("%s", (replication_start_date, startDate) =>
    expect(decoded({ ...token, replication_start_date }).config.startDate).toBe(startDate)
  )

  it.each(["2017/01/25", "25-01-2017", "", " ", "2017-02-30", "2017-01-25T25:00:00Z", "2017-1-25", "yesterday"])(
    "refuses %j",
    (replication_start_date) => {
      const message = problem({ ...token, replication_start_date })
      expect(message).toContain("replication_start_date does not match YYYY-MM-DDTHH:MM:SSZ")
    }
  )

  it.each([20_170_125, true, {}])("refuses %j", (replication_start_date) =>
    expect(problem({ ...token, replication_start_date })).toContain("replication_start_date must be a string")
  )

  it("is decoded as widely as the form's pattern lets it in", () => {
    const pattern = new RegExp(configFields.replication_start_date.pattern)
    for (const day of ["2017-01-25"])
      for (const time of ["", "T10:20", " 10:20:30", "T10:20:30.5"])
        for (const zone of time === "" ? [""] : ["", "Z", "+02:00", "-0930"]) {
          expect(pattern.test(day + time + zone)).toBe(true)
          expect(decoded({ ...token, replication_start_date: day + time + zone }).config.startDate).toBeDefined()
        }
  })
})

describe("numbers", () => {
  it.each([
    [undefined, 3],
    [null, 3],
    ["", 3],
    [1, 1],
    [10, 10],
    [0, 1],
    [-5, 1],
    [11, 10],
    [Number.POSITIVE_INFINITY, 10],
    [4.9, 4],
    ["5", 5],
    ["+5", 5],
    ["-5", 1],
    [" 50 ", 10]
  ])("num_workers %j is %j", (num_workers, workers) =>
    expect(decoded({ ...token, num_workers }).config.workers).toBe(workers)
  )

  it.each(["many", true, [3], {}, "1e1", "x5", "5x", "5 5", "0x5", "5.0"])("refuses num_workers %j", (num_workers) =>
    expect(problem({ ...token, num_workers })).toContain("num_workers must be a whole number")
  )

  it.each([
    [undefined, 100],
    [null, 100],
    [1, 1],
    [100, 100],
    ["50", 50]
  ])("daily_budget_share %j is %j", (daily_budget_share, share) =>
    expect(decoded({ ...token, daily_budget_share }).config.dailyBudgetShare).toBe(share)
  )

  it.each([
    [undefined, []],
    [null, []],
    ["", []],
    [false, []],
    ["False", []],
    [true, ["mail_bodies"]],
    [" true ", ["mail_bodies"]]
  ])("mail_bodies %j switches on %j", (mail_bodies, on) =>
    expect([...decoded({ ...token, ...(mail_bodies !== undefined && { mail_bodies }) }).config.on]).toEqual(on)
  )

  it.each([
    [undefined, "raw"],
    [null, "raw"],
    [" ", "raw"],
    ["raw", "raw"],
    [" Named ", "named"]
  ])("custom_fields %j means %j", (custom_fields, mode) =>
    expect(decoded({ ...token, ...(custom_fields !== undefined && { custom_fields }) }).config.customFields).toBe(mode)
  )

  it.each([true, "columns", 1, {}])("refuses custom_fields %j", (custom_fields) =>
    expect(problem({ ...token, custom_fields })).toContain('custom_fields must be "raw" or "named". How custom fields')
  )

  it("takes names of custom fields as they are, edited by hand or without a type", () => {
    const names = {
      deal: { a: { name: "Price", type: "monetary", note: 1 }, b: { name: "x" } },
      person: null,
      other: 1
    }
    const { customFieldNames } = decoded({ ...token, custom_field_names: names }).config
    expect(customFieldNames).toEqual(names)
    expect(decoded(token).config.customFieldNames).toEqual({})
  })

  it.each([[], "x", { deal: [] }, { deal: { a: "x" } }, { deal: { a: {} } }, { lead: {}, deal: { a: { name: " " } } }])(
    "refuses custom_field_names %j",
    (custom_field_names) =>
      expect(problem({ ...token, custom_field_names })).toContain("custom_field_names must be an object such as")
  )

  it.each([1, 0, "yes", {}, []])("refuses mail_bodies %j", (mail_bodies) =>
    expect(problem({ ...token, mail_bodies })).toContain(
      "mail_bodies must be true or false. Whether the streams of mails"
    )
  )

  it.each([
    [undefined, 24],
    [1, 1],
    [720, 720],
    ["48", 48]
  ])("deletion_check_hours %j is %j", (deletion_check_hours, hours) =>
    expect(
      decoded({ ...token, ...(deletion_check_hours !== undefined && { deletion_check_hours }) }).config
        .deletionCheckHours
    ).toBe(hours)
  )

  it.each([0, 721, -1, "daily", true])("refuses deletion_check_hours %j", (deletion_check_hours) =>
    expect(problem({ ...token, deletion_check_hours })).toContain(
      "deletion_check_hours must be a whole number from 1 to 720"
    )
  )

  it("switches on what is to be tracked and what may pass", () => {
    const { on } = decoded({ ...token, track_deletions: "true", allow_mass_deletions: true }).config
    expect([...on]).toEqual(["track_deletions", "allow_mass_deletions"])
  })

  it.each([0, 101, -1, "half", false])("refuses daily_budget_share %j", (daily_budget_share) =>
    expect(problem({ ...token, daily_budget_share })).toContain(
      "daily_budget_share must be a whole number from 1 to 100"
    )
  )
})

describe("base_url", () => {
  it.each([
    ["http://127.0.0.1", "http://127.0.0.1"],
    ["http://127.0.0.1:8080/", "http://127.0.0.1:8080"],
    ["http://localhost:1", "http://localhost:1"],
    ["http://[::1]:65535", "http://[::1]:65535"],
    ["https://api.pipedrive.com", "https://api.pipedrive.com"],
    ["https://MyCompany.pipedrive.com/", "https://mycompany.pipedrive.com"],
    ["", undefined],
    [null, undefined]
  ])("takes %j", (base_url, origin) => expect(decoded({ ...token, base_url }).config.baseUrl).toBe(origin))

  it.each([
    "http://api.pipedrive.com",
    "https://pipedrive.com.evil.com",
    "https://evil.com",
    "https://localhost",
    "http://localhost.evil.com",
    "http://localhost:80@evil.com",
    "http://127.0.0.1.evil.com",
    "http://0.0.0.0",
    "http://10.0.0.1",
    "localhost:8080",
    "https://api.pipedrive.com/v1",
    "file:///etc/passwd",
    "http://127.0.0.1:99999"
  ])("refuses %s", (base_url) => expect(problem({ ...token, base_url })).toContain("base_url must be https"))
})

describe("what cannot be used", () => {
  it.each([null, undefined, [], "text", 5])("%j is no config", (input) =>
    expect(problem(input)).toContain("not a JSON object")
  )

  it.each<[string, JsonObject, string]>([
    ["nothing", {}, "credentials is missing"],
    ["a text", { credentials: SECRET }, "credentials must be an object with the auth_type"],
    ["a list", { credentials: [SECRET] }, "credentials must be an object with the auth_type"],
    ["another auth_type", { credentials: { auth_type: SECRET } }, 'auth_type "oauth2.0" or "api_token"'],
    ["a blank token", { api_token: "  " }, "credentials is missing"],
    ["no token", { credentials: { auth_type: "api_token", api_token: "" } }, "credentials.api_token is missing"],
    ["a number", { api_token: 12_345 }, "credentials.api_token must be a string"],
    ["control characters", { api_token: `${SECRET}\u0007` }, "credentials.api_token contains invalid characters"],
    ["a blank refresh token", { credentials: { ...app, refresh_token: "" } }, "credentials.refresh_token is missing"],
    [
      "an old OAuth without its secret",
      { authorization: { ...oldApp, client_secret: "" } },
      "credentials.client_secret is missing"
    ]
  ])("%s", (_, input, words) => {
    const message = problem(input)
    expect(message).toContain(words)
    expect(message).not.toContain(SECRET)
    expect(message).not.toContain("12345")
  })

  it("is told all at once, each field with what it is", () => {
    const message = problem({
      credentials: { auth_type: "oauth2.0", client_secret: { x: SECRET } },
      replication_start_date: SECRET,
      num_workers: SECRET,
      daily_budget_share: 0,
      base_url: SECRET
    })
    for (const field of [
      "credentials.client_id is missing. The client ID of the OAuth app",
      "credentials.client_secret must be a string",
      "credentials.refresh_token is missing",
      "replication_start_date does not match",
      "num_workers must be",
      "daily_budget_share must be",
      "base_url must be"
    ])
      expect(message).toContain(field)
    expect(message).not.toContain(SECRET)
  })
})

describe("the definition", () => {
  const whole: JsonObject = {
    ...app,
    access_token: "a",
    token_expiry_date: "2024-01-03",
    api_domain: "x.pipedrive.com"
  }
  const samples: JsonObject = { "oauth2.0": whole, api_token: token.credentials }

  it.each(
    configFields.credentials.options.flatMap(({ fields, tag }) =>
      Object.entries<TextField>(fields).map(([name, field]) => [tag, name, field] as const)
    )
  )("is what is decoded: %s %s", (tag, name, field) => {
    const { [name]: taken, ...rest } = samples[tag] as JsonObject
    expect(taken).toBeDefined()
    if (field.required)
      expect(problem({ credentials: rest })).toContain(`credentials.${name} is missing. ${field.description}`)
    else expect(shown({ credentials: rest })).not.toEqual(shown({ credentials: samples[tag] }))
  })

  it("has defaults that are decoded to themselves", () => {
    const { daily_budget_share, num_workers, replication_start_date } = configFields
    const { raw: _, ...config } = decoded(token).config
    const { raw: __, ...same } = decoded({
      ...token,
      daily_budget_share: daily_budget_share.default,
      num_workers: num_workers.default,
      replication_start_date: replication_start_date.default
    }).config
    expect(JSON.stringify(same)).toBe(JSON.stringify(config))
  })
})

describe("migration", () => {
  it.each<[string, JsonObject, JsonObject]>([
    [
      "a flat token",
      { api_token: "tok", replication_start_date: "2017-01-25T00:00:00Z", client_name: "x" },
      {
        api_token: "tok",
        replication_start_date: "2017-01-25T00:00:00Z",
        client_name: "x",
        credentials: { auth_type: "api_token", api_token: "tok" }
      }
    ],
    [
      "an authorization with a token",
      { authorization: oldToken },
      { authorization: oldToken, api_token: "tok", credentials: { auth_type: "api_token", api_token: "tok" } }
    ],
    ["an authorization with OAuth", { authorization: oldApp }, { authorization: oldApp, credentials: app }],
    [
      "credentials without their token",
      { api_token: "tok", credentials: { auth_type: "api_token", x: 1 } },
      { api_token: "tok", credentials: { auth_type: "api_token", api_token: "tok", x: 1 } }
    ],
    [
      "credentials without auth_type",
      { credentials: { api_token: "tok" } },
      { credentials: { api_token: "tok", auth_type: "api_token" } }
    ]
  ])("of %s", (_, input, migrated) => {
    const before = structuredClone(input)
    const result = decoded(input)
    expect(result.migrated).toEqual(migrated)
    expect(result.config.raw).toEqual(migrated)
    expect(input).toEqual(before)
    expect(decoded(migrated)).not.toHaveProperty("migrated")
  })

  it.each<[string, JsonObject]>([
    ["a token", token],
    ["OAuth", { credentials: app }],
    ["leftovers of all older forms", { credentials: app, api_token: "old", authorization: oldApp }]
  ])("is none for a current config with %s", (_, input) => {
    const result = decoded(input)
    expect(result).not.toHaveProperty("migrated")
    expect(result.config.raw).toBe(input)
  })
})

describe("withTokens", () => {
  const tokens = {
    accessToken: "a2",
    refreshToken: "r2",
    expiresAtMs: 1_704_240_000_123,
    apiDomain: "https://x.pipedrive.com"
  }
  const renewed = {
    access_token: "a2",
    refresh_token: "r2",
    token_expiry_date: "2024-01-03T00:00:00.123Z",
    api_domain: "https://x.pipedrive.com"
  }

  it("gives the whole config, which decodes to the new tokens", () => {
    const raw = { credentials: { ...app, x: 1 }, num_workers: 5, client_name: "n" }
    const config = withTokens(raw, tokens)
    expect(config).toEqual({ ...raw, credentials: { ...app, x: 1, ...renewed } })
    expect(raw.credentials.refresh_token).toBe("refresh")
    expect(shown(config)).toEqual(
      byApp({
        refreshToken: "r2",
        accessToken: "a2",
        expiresAtMs: 1_704_240_000_000,
        apiDomain: "https://x.pipedrive.com"
      })
    )
    expect(decoded(config)).not.toHaveProperty("migrated")
  })

  it("renews the refresh token of the older form too", () => {
    const raw = decoded({ authorization: oldApp }).config.raw
    expect(withTokens(raw, tokens)).toEqual({
      authorization: { ...oldApp, refresh_token: "r2" },
      credentials: { ...app, ...renewed }
    })
  })

  it.each<[string, JsonObject]>([
    ["a token", { authorization: oldToken }],
    ["another app", { authorization: { ...oldApp, client_id: "other" } }]
  ])("leaves an older form with %s alone", (_, old) =>
    expect(withTokens({ ...old, credentials: app }, tokens)).toEqual({ ...old, credentials: { ...app, ...renewed } })
  )

  it("keeps the api_domain where none is named", () => {
    const { apiDomain: _, ...less } = tokens
    const raw = { credentials: { ...app, api_domain: "https://y.pipedrive.com" } }
    expect(withTokens(raw, less).credentials).toMatchObject({
      api_domain: "https://y.pipedrive.com",
      access_token: "a2"
    })
  })
})
