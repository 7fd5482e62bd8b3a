import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { networkOf, transportOf } from "../../test/port.ts"
import * as c from "../declare/columns.ts"
import { cursorPages } from "../declare/pagination.ts"
import { defineStream } from "../declare/stream.ts"
import { getPage } from "./page.ts"

const stream = defineStream({
  name: "things",
  path: "v2/deals",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDeals",
  tokens: 10,
  scope: "deals:read",
  columns: { id: c.integer },
  primaryKey: ["id"],
  paging: cursorPages()
})

const pageOf = (body: unknown) =>
  getPage(
    {
      transport: transportOf({ ...networkOf(() => ({ body })), retryPolicy: { tries: 1 } }).transport,
      stream,
      wanted: ["id"],
      sent: () => {}
    },
    { path: stream.path, query: {} }
  )

describe("a list of null", () => {
  it.effect.each([
    [{ success: true, data: null }],
    [{ success: true, data: null, additional_data: null }],
    [{ success: true, data: null, additional_data: { next_cursor: null } }],
    [{ success: true, data: null, additional_data: { pagination: { more_items_in_collection: false } } }]
  ])("is empty: %j", ([body]) => Effect.map(pageOf(body), ({ count }) => assert.strictEqual(count, 0)))

  it.effect.each([
    [{ success: true, data: null, additional_data: { next_cursor: "abc" } }],
    [{ success: true, data: null, additional_data: { pagination: { more_items_in_collection: true } } }],
    [{ success: true, data: null, additional_data: { more_items_in_collection: true } }]
  ])("is damaged where the answer names more: %j", ([body]) =>
    Effect.map(Effect.flip(pageOf(body)), (error) => {
      assert.strictEqual(error._tag, "TransientError")
      assert.match(String("message" in error && error.message), /data of null where more rows are named/)
    })
  )
})

describe("an error that is no text", () => {
  it.effect.each([
    [{ success: false, error: { toString: 1 } }, "TransientError", /success: false without a reason/],
    [{ success: false, error: { toString: 1 }, errorCode: 402 }, "RefusedError", /success: false without a reason/],
    [{ success: false, error: "no", errorCode: { toString: 1, valueOf: 1 } }, "TransientError", /\(no\)/]
  ] as const)("is a foreseen one: %j", ([body, tag, words]) =>
    Effect.map(Effect.flip(pageOf(body)), (error) => {
      assert.strictEqual(error._tag, tag)
      assert.match(error._tag === "RefusedError" ? error.text : error.message, words)
    })
  )
})
