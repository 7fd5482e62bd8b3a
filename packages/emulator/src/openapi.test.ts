import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Ajv } from "ajv"
import formats from "ajv-formats"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { type Emulator, listEndpoints, startEmulator } from "./index.ts"

/** Folder of the vendor's openapi-v1.yaml and openapi-v2.yaml. */
const folder = process.env.PIPEDRIVE_OPENAPI ?? fileURLToPath(new URL("../../../../shared/pipedrive", import.meta.url))
const isThere = existsSync(join(folder, "openapi-v2.yaml"))
if (!isThere) console.warn(`Skipped: no openapi-v1.yaml and openapi-v2.yaml of the vendor in ${folder}.`)

type Json = Record<string, unknown>

/** A schema as the live API keeps it: every property may be null or absent, more properties may come. */
function relaxed(schema: unknown, root: Json, depth = 0): unknown {
  if (depth > 40 || typeof schema !== "object" || schema === null) return schema
  if (Array.isArray(schema)) return schema.map((each) => relaxed(each, root, depth + 1))
  const given = schema as Json
  if (typeof given.$ref === "string") {
    const target = given.$ref
      .slice(2)
      .split("/")
      .reduce<unknown>((at, key) => (at as Json)[key], root)
    return relaxed(target, root, depth + 1)
  }
  const out: Json = {}
  for (const [key, value] of Object.entries(given)) {
    if (
      [
        "required",
        "nullable",
        "example",
        "description",
        "title",
        "default",
        "discriminator",
        "xml",
        "x-enum-varnames"
      ].includes(key)
    )
      continue
    if (key === "additionalProperties" && value === false) continue
    // The files call v1's `2020-01-31 10:20:30` a date-time, which it is not.
    if (key === "format" && value === "date-time") continue
    if (key === "properties") {
      out.properties = Object.fromEntries(
        Object.entries(value as Json).map(([name, inner]) => [name, relaxed(inner, root, depth + 1)])
      )
    } else if (key === "enum") out.enum = [...(value as unknown[]), null]
    else if (key === "type" && typeof value === "string") out.type = [value, "null"]
    else if (key === "oneOf") out.anyOf = relaxed(value, root, depth + 1)
    else out[key] = relaxed(value, root, depth + 1)
  }
  return out
}

const PARENTS: Readonly<Record<string, string>> = {
  users: "v1/users",
  filters: "v1/filters",
  goals: "v1/goals/find?type.name=deals_won",
  mailThreads: "v1/mailbox/mailThreads?folder=inbox",
  mailMessages: "v1/mailbox/mailThreads/1/mailMessages",
  roles: "v1/roles",
  permissionSets: "v1/permissionSets",
  legacyTeams: "v1/legacyTeams",
  notes: "v1/notes",
  files: "v1/files",
  leads: "v1/leads"
}
const QUERIES: Readonly<Record<string, string>> = {
  "v2/deals/products": "deal_ids=1,2,3,75",
  "v2/deals/installments": "deal_ids=1,2,3,75",
  "v1/mailbox/mailThreads": "folder=inbox",
  "v1/organizationRelationships": "org_id=1",
  "v2/phases": "board_id=1",
  "v1/goals/find": "type.name=deals_won",
  "v1/goals/{id}/results": "period.start=2026-01-01&period.end=2026-02-01"
}

describe.skipIf(!isThere)("answers against the vendor's OpenAPI files (PIPEDRIVE_OPENAPI)", () => {
  let emulator: Emulator
  const specs: Record<string, Json> = {}
  beforeAll(async () => {
    emulator = await startEmulator({ burstLimit: false, dailyTokens: 10_000_000 })
    for (const version of ["v1", "v2"])
      specs[version] = parse(readFileSync(join(folder, `openapi-${version}.yaml`), "utf8")) as Json
  })
  afterAll(() => emulator?.close())

  for (const { path, cost } of listEndpoints()) {
    it(path, async () => {
      const version = path.slice(0, 2)
      const spec = specs[version] as Json
      const operation = (spec.paths as Record<string, { get?: Json }>)[path.slice(2)]?.get
      expect(operation, "is in the specification").toBeDefined()
      expect(cost).toBe(operation?.["x-token-cost"])
      const content = (
        operation?.responses as Record<string, { content?: Record<string, { schema?: unknown }> }> | undefined
      )?.["200"]?.content
      const schema = content?.["application/json"]?.schema
      const ajv = new Ajv({ strict: false, allErrors: true })
      formats.default(ajv)
      const check = schema === undefined ? undefined : ajv.compile(relaxed(schema, spec) as object)
      const segments = path.split("/")
      const at = segments.indexOf("{id}")
      const parent = segments[at - 1] as string
      const ids = at < 0 ? [""] : emulator.ids(PARENTS[parent] ?? `v2/${parent}`).slice(0, 60)
      for (const id of ids) {
        const query = QUERIES[path] === undefined ? "" : `?${QUERIES[path]}`
        const url = `${emulator.url}${version === "v2" ? "/api/" : "/"}${path.replace("{id}", String(id))}${query}`
        const response = await fetch(url, { headers: { "x-api-token": emulator.apiToken } })
        if (at >= 0 && response.status === 404) continue
        expect(response.status).toBe(200)
        const body = (await response.json()) as Json
        if (check !== undefined && !check(body)) {
          expect.fail(
            `${url}\n${check.errors
              ?.slice(0, 8)
              .map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`)
              .join("\n")}`
          )
        }
      }
    })
  }
})
