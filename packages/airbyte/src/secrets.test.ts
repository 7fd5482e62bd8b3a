import { expect, it } from "vitest"
import { makeRedactor, secretNames } from "./secrets.ts"
import { spec } from "./spec.ts"

it("the secrets of any form of the config are taken out of text", () => {
  const { learn, redact } = makeRedactor(secretNames(spec))
  learn({ credentials: { auth_type: "oauth2.0", client_secret: "one-secret", refresh_token: "two-secret" } })
  learn({ api_token: "three-secret", authorization: [{ api_token: "four-secret" }] })
  learn({ credentials: { access_token: "one-secret-longer" } })
  learn("no object")
  expect(redact("a one-secret b two-secret c three-secret d four-secret e")).toBe("a **** b **** c **** d **** e")
  expect(redact("one-secret-longer, one-secret.*")).toBe("****, ****.*")
})

it("secrets are found however deep they are", () => {
  const { learn, redact } = makeRedactor(secretNames(spec))
  let config: unknown = { api_token: "geheim" }
  for (let depth = 0; depth < 100_000; depth++) config = { credentials: [config, null] }
  learn(config)
  expect(redact("geheim")).toBe("****")
})

it("what is no secret stays, and so do words that a short secret happens to be", () => {
  const { learn, redact } = makeRedactor(secretNames(spec))
  learn({ replication_start_date: "2025-01-01", credentials: { auth_type: "api_token", api_token: "abc" } })
  expect(redact("abc 2025-01-01 api_token")).toBe("abc 2025-01-01 api_token")
})
