import { readFileSync } from "node:fs"
import { isObject } from "@pipedrive-source/core/reader"
import { Ajv } from "ajv"
import addFormats from "ajv-formats"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { spec } from "./spec.ts"

type Json = { readonly [key: string]: unknown }

const form = spec.connectionSpecification as Json
const properties = form.properties as { readonly [name: string]: Json }
const options = properties.credentials?.oneOf as ReadonlyArray<
  Json & { readonly properties: { readonly [name: string]: Json } }
>

const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)
const validate = ajv.compile(form)

/** Every object inside the form, with its path. */
const nodes = (
  value: unknown,
  path: ReadonlyArray<string> = []
): ReadonlyArray<readonly [path: string, node: Json]> => {
  if (Array.isArray(value)) return value.flatMap((item, index) => nodes(item, [...path, String(index)]))
  if (!isObject(value)) return []
  return [[path.join("."), value], ...Object.entries(value).flatMap(([key, member]) => nodes(member, [...path, key]))]
}
const all = nodes(form)
/** Every property of every object of the form, by path. */
const fields = all
  .filter(([path]) => /(^|\.)properties\.[^.]+$/.test(path))
  .map(([path, field]) => [path.split(".").at(-1) as string, field, path] as const)

describe("S1: the message", () => {
  it("has what the form of 4.1 has, and ours", () => {
    const metadata = readFileSync(new URL("../../../apps/source-pipedrive/metadata.yaml", import.meta.url), "utf8")
    expect(spec.documentationUrl).toBe("https://www.npmjs.com/package/airbyte-source-pipedrive")
    expect(metadata).toContain(`documentationUrl: ${spec.documentationUrl}\n`)
    expect(spec.supported_destination_sync_modes).toEqual([])
    expect(form).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      additionalProperties: true,
      required: ["credentials"]
    })
    expect(Object.entries(properties).map(([name, field]) => [name, field.title, field.order])).toEqual([
      ["credentials", "Authentication", 0],
      ["replication_start_date", "Start Date", 1],
      ["num_workers", "Number of concurrent workers", 2],
      ["daily_budget_share", "Share of the daily API budget", 3],
      ["mail_bodies", "Mail bodies", 4],
      ["track_deletions", "Track deletions", 5],
      ["deletion_check_hours", "Hours between searches for deletions", 6],
      ["allow_mass_deletions", "Allow mass deletions", 7],
      ["custom_fields", "Custom fields", 8],
      ["custom_field_names", "Names of custom fields", 9],
      ["base_url", "API Address", 10]
    ])
    expect(properties.replication_start_date).toMatchObject({
      type: "string",
      default: "2010-01-01T00:00:00Z",
      examples: ["2017-01-25T00:00:00Z"],
      pattern_descriptor: "YYYY-MM-DDTHH:MM:SSZ",
      pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
    })
    expect(properties.num_workers).toMatchObject({ type: "integer", minimum: 1, maximum: 10, default: 3 })
    expect(properties.daily_budget_share).toMatchObject({ type: "integer", minimum: 1, maximum: 100, default: 100 })
    expect(properties.mail_bodies).toMatchObject({ type: "boolean", default: false })
    expect(properties.track_deletions).toMatchObject({ type: "boolean", default: false })
    expect(properties.deletion_check_hours).toMatchObject({ type: "integer", minimum: 1, maximum: 720, default: 24 })
    expect(properties.allow_mass_deletions).toMatchObject({ type: "boolean", default: false })
    expect(properties.custom_fields).toMatchObject({ type: "string", enum: ["raw", "named"], default: "raw" })
    expect(properties.custom_field_names).toMatchObject({ type: "object", airbyte_hidden: true })
    expect(properties.base_url).toMatchObject({ type: "string", airbyte_hidden: true })
  })

  it("offers OAuth first, then the token", () => {
    expect(options.map(({ title, required, additionalProperties }) => [title, required, additionalProperties])).toEqual(
      [
        ["OAuth2.0", ["auth_type", "client_id", "client_secret", "refresh_token"], true],
        ["API Token", ["auth_type", "api_token"], true]
      ]
    )
    const marks = options.map((option) =>
      Object.entries(option.properties).map(([name, field]) => [name, field.order, field.airbyte_secret === true])
    )
    expect(marks).toEqual([
      [
        ["auth_type", 0, false],
        ["client_id", 1, true],
        ["client_secret", 2, true],
        ["refresh_token", 3, true],
        ["access_token", 4, true],
        ["token_expiry_date", 5, false],
        ["api_domain", 6, false]
      ],
      [
        ["auth_type", 0, false],
        ["api_token", 1, true]
      ]
    ])
    expect(options[0]?.properties.token_expiry_date).toMatchObject({ type: "string", format: "date-time" })
  })

  it("is plain JSON", () => expect(JSON.parse(JSON.stringify(spec))).toEqual(spec))

  it("says what every field is", () => {
    for (const [name, field] of fields)
      if (field.const === undefined)
        expect([name, typeof field.title, typeof field.description]).toEqual([name, "string", "string"])
  })
})

describe("S2: configs", () => {
  const token = { auth_type: "api_token", api_token: "tok" }
  const app = { auth_type: "oauth2.0", client_id: "i", client_secret: "s", refresh_token: "r" }

  it.each([
    { credentials: token },
    { credentials: app },
    {
      credentials: {
        ...app,
        access_token: "a",
        token_expiry_date: "2999-01-01T00:00:00.000Z",
        api_domain: "https://x.pipedrive.com"
      }
    },
    {
      credentials: token,
      replication_start_date: "2017-01-25 00:00:00Z",
      num_workers: 10,
      client_name: "x",
      api_token: "old"
    },
    { credentials: token, replication_start_date: "2017-01-25" },
    { credentials: token, daily_budget_share: 50, base_url: "http://localhost:8080" }
  ])("take %j", (config) => {
    expect(validate(config), JSON.stringify(validate.errors)).toBe(true)
  })

  it.each([
    {},
    { credentials: {} },
    { credentials: { ...token, api_token: undefined } },
    { credentials: token, replication_start_date: "2017/01/25" },
    { credentials: token, replication_start_date: "25-01-2017" },
    { credentials: token, replication_start_date: "" },
    { credentials: token, num_workers: 11 },
    { credentials: token, daily_budget_share: 0 },
    { credentials: token, deletion_check_hours: 721 },
    { credentials: token, track_deletions: "perhaps" }
  ])("do not take %j", (config) => {
    expect(validate(config)).toBe(false)
  })
})

describe("the rules of the platform's form", () => {
  it("S3: no list of choices has one twice", () => {
    for (const [path, { enum: values }] of all)
      if (Array.isArray(values)) expect([path, new Set(values).size]).toEqual([path, values.length])
  })

  it("S4: oneOf stands in an object, and one constant tells its branches apart", () => {
    for (const [path, node] of all) {
      if (!Array.isArray(node.oneOf)) continue
      expect([path, node.type]).toEqual([path, "object"])
      const branches: ReadonlyArray<{ readonly [name: string]: Json }> = node.oneOf.map((branch) => branch.properties)
      const shared = Object.keys(branches[0] ?? {}).filter((name) => branches.every((branch) => name in branch))
      const constants = shared.filter((name) => branches.every((branch) => branch[name]?.const !== undefined))
      expect(constants).toEqual(["auth_type"])
      expect(new Set(branches.map((branch) => branch.auth_type?.const)).size).toBe(branches.length)
      for (const branch of branches) expect(branch.auth_type).not.toHaveProperty("enum")
    }
  })

  it("S5: what sounds like a secret is one, and only texts and numbers are", () => {
    const secret =
      /^(client_token|access_token|api_token|token|secret|client_secret|password|key|service_account(_info)?|tenant_id|certificate|jwt|credentials|app_?id|refresh_token)$/
    for (const [name, field] of fields) {
      const isPlain = ["string", "integer", "number"].includes(field.type as string)
      if (secret.test(name) && isPlain && field.const === undefined)
        expect([name, field.airbyte_secret]).toEqual([name, true])
      if (field.airbyte_secret !== undefined) expect([name, isPlain, field.const]).toEqual([name, true, undefined])
    }
  })

  it("S6, S7: every field has one type, and no object is empty", () => {
    for (const [name, field] of fields) {
      expect([name, typeof field.type]).toEqual([name, "string"])
      if (field.type === "object")
        expect([name, Array.isArray(field.oneOf) || isObject(field.properties)]).toEqual([name, true])
      expect(field.type).not.toBe("array")
    }
  })

  it("S8, S10: nothing is used that forms cannot show, and every object is open", () => {
    const forbidden = [
      "not",
      "anyOf",
      "allOf",
      "if",
      "then",
      "else",
      "patternProperties",
      "prefixItems",
      "dependentSchemas",
      "dependentRequired",
      "$ref"
    ]
    for (const [path, node] of all) {
      expect([path, forbidden.filter((word) => word in node)]).toEqual([path, []])
      if ("additionalProperties" in node) expect([path, node.additionalProperties]).toEqual([path, true])
    }
  })

  it("S9: orders differ within an object", () => {
    const orders = new Map<string, Array<unknown>>()
    for (const [, field, path] of fields) {
      const parent = path.slice(0, path.lastIndexOf("."))
      orders.set(parent, [...(orders.get(parent) ?? []), field.order])
      expect(Number.isInteger(field.order)).toBe(true)
      expect(field).not.toHaveProperty("group")
      expect(field).not.toHaveProperty("display_type")
    }
    for (const [parent, values] of orders) expect([parent, new Set(values).size]).toEqual([parent, values.length])
  })

  it("S11: the paths of the OAuth flow are in the form, and OAuth is its first choice", () => {
    const auth = spec.advanced_auth as Json
    expect(auth).toMatchObject({
      auth_flow_type: "oauth2.0",
      predicate_key: ["credentials", "auth_type"],
      predicate_value: "oauth2.0"
    })
    expect(options[0]?.properties.auth_type?.const).toBe(auth.predicate_value)
    const paths = nodes(auth).flatMap(([, node]) =>
      Array.isArray(node.path_in_connector_config) ? [node.path_in_connector_config] : []
    )
    expect(paths.map((path) => path.join("."))).toEqual([
      "credentials.refresh_token",
      "credentials.access_token",
      "credentials.token_expiry_date",
      "credentials.api_domain",
      "credentials.client_id",
      "credentials.client_secret"
    ])
    for (const [, name] of paths) expect(options[0]?.properties).toHaveProperty(name)
  })

  it("S11: the flow asks Pipedrive, with the app's id and secret in a header alone", () => {
    const flow = (spec.advanced_auth as { oauth_config_specification: Json }).oauth_config_specification
    const input = flow.oauth_connector_input_specification as Json
    expect(input.consent_url).toMatch(/^https:\/\/oauth\.pipedrive\.com\/oauth\/authorize\?client_id=/)
    expect(input.access_token_url).toBe("https://oauth.pipedrive.com/oauth/token")
    expect(input.extract_output).toEqual(["access_token", "refresh_token", "expires_in", "api_domain"])
    expect(JSON.stringify([input.consent_url, input.access_token_url, input.access_token_params])).not.toContain(
      "secret"
    )
  })

  it("S12: a field of the format date-time is not checked by a pattern that the format contradicts", () => {
    for (const [name, field] of fields)
      if (field.format !== undefined)
        expect([name, field.format, field.pattern]).toEqual([name, "date-time", undefined])
  })
})

describe("S13: configs of 4.1", () => {
  /** Names, types and what is required, as the form of 4.1.0 has them. */
  const required: Json = {
    "oauth2.0": ["auth_type", "client_id", "client_secret", "refresh_token", "api_domain"],
    api_token: ["auth_type", "api_token"]
  }
  const before = {
    top: { credentials: "object", replication_start_date: "string", num_workers: "integer" },
    "oauth2.0": {
      auth_type: "string",
      client_id: "string",
      client_secret: "string",
      refresh_token: "string",
      access_token: "string",
      token_expiry_date: "string",
      api_domain: "string"
    },
    api_token: { auth_type: "string", api_token: "string" }
  }
  const typesOf = (fields: { readonly [name: string]: Json }, names: object): unknown =>
    Object.fromEntries(Object.keys(names).map((name) => [name, fields[name]?.type]))

  it("find every field with its type, and none that they must have and lack", () => {
    expect(typesOf(properties, before.top)).toEqual(before.top)
    for (const option of options) {
      const tag = option.properties.auth_type?.const as "oauth2.0" | "api_token"
      expect(typesOf(option.properties, before[tag])).toEqual(before[tag])
      for (const name of option.required as ReadonlyArray<string>) expect(required[tag]).toContain(name)
    }
  })

  it("are all taken", () => {
    const text = fc.string({ minLength: 1 })
    const day = fc.date({ min: new Date("1970-01-01"), max: new Date("2999-12-31"), noInvalidDate: true })
    const config = fc.record(
      {
        credentials: fc.oneof(
          fc.record({ auth_type: fc.constant("api_token"), api_token: text, left_over: fc.jsonValue() }),
          fc.record(
            {
              auth_type: fc.constant("oauth2.0"),
              client_id: text,
              client_secret: text,
              refresh_token: text,
              api_domain: fc.constant("https://mycompany.pipedrive.com"),
              access_token: text,
              token_expiry_date: day.map((date) => date.toISOString())
            },
            { requiredKeys: ["auth_type", "client_id", "client_secret", "refresh_token", "api_domain"] }
          )
        ),
        replication_start_date: fc.oneof(
          day.map((date) => date.toISOString()),
          day.map((date) => date.toISOString().slice(0, 10)),
          day.map((date) => date.toISOString().replace("T", " "))
        ),
        num_workers: fc.integer({ min: 1, max: 10 }),
        api_token: text,
        custom_json: fc.jsonValue()
      },
      { requiredKeys: ["credentials"] }
    )
    fc.assert(
      fc.property(config, (value) => {
        expect(validate(value), JSON.stringify(validate.errors)).toBe(true)
      })
    )
  })
})
