import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { networkOf, type Said, transportOf } from "../../../test/port.ts"
import { whoAmI } from "./identity.ts"

const ask = (said: Said) => whoAmI(transportOf({ ...networkOf(() => said), retryPolicy: { tries: 1 } }).transport)

describe("users/me", () => {
  it.effect.each<[unknown, number | undefined, string, string]>([
    [{ id: 7, name: "Ada", company_name: "Acme", company_domain: "acme" }, 7, "Ada", "Acme"],
    [{ id: "7", name: "Ada", company_domain: "acme" }, undefined, "Ada", "acme"],
    [{ name: { toString: 1 }, company_name: [] }, undefined, "unnamed user", "unnamed company"],
    [[], undefined, "unnamed user", "unnamed company"]
  ])("reads %j", ([data, id, user, company]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* ask({ body: { success: true, data } }), { id, user, company })
    })
  )

  it.effect.each<[object, number | undefined]>([
    [{ id: 7, company_id: 12 }, 12],
    [{ id: 7, company_id: "12" }, 12],
    [{ id: 7, company_id: 0 }, undefined],
    [{ id: 7, company_id: 1.5 }, undefined],
    [{ id: 7, company_id: "x" }, undefined]
  ])("knows the company by its id: %j", ([data, companyId]) =>
    Effect.gen(function* () {
      const me = yield* ask({ body: { success: true, data, errorCode: 404 } })
      assert.strictEqual(me.id, 7)
      assert.strictEqual("companyId" in me ? me.companyId : undefined, companyId)
    })
  )

  it.effect.each<[Said, string, RegExp]>([
    [{ body: { success: false, errorCode: 200, data: null } }, "TransientError", /without data/],
    [{ body: { success: false, errorCode: "402", data: null } }, "TransientError", /without data/],
    [{ body: { success: false, errorCode: 402, error: { toString: 1 } } }, "ConfigError", /402: no reason given/],
    [{ status: 402, body: { error: { toString: 1, valueOf: 1 } } }, "ConfigError", /402: no reason given/],
    [{ body: { success: false, error: { toString: 1 } } }, "TransientError", /without data/],
    [{ body: "null" }, "TransientError", /without data/],
    [{ body: "[" }, "TransientError", /not complete JSON/]
  ])("takes %j for what it is", ([said, tag, words]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ask(said))
      assert.strictEqual(error._tag, tag)
      assert.match(error.message, words)
    })
  )
})
