import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { networkOf, type Said, transportOf } from "../../../test/port.ts"
import * as c from "../../declare/columns.ts"
import { cursorPages, type Paging, singlePage } from "../../declare/pagination.ts"
import { defineStream } from "../../declare/stream.ts"
import { everyRow } from "../../page/page.ts"
import { readAllPages } from "./list.ts"
import { Requests } from "./requests.ts"

const streamOf = (paging: Paging = cursorPages({ limit: 3 })) =>
  defineStream({
    name: "things",
    path: "v2/deals",
    docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDeals",
    tokens: 10,
    scope: "deals:read",
    columns: { id: c.integer },
    primaryKey: ["id"],
    paging,
    includeFields: { always: ["notes_count"] }
  })

type Says = (query: URLSearchParams, number: number) => Said

const pageOf = (ids: ReadonlyArray<number>, additional?: unknown): Said => ({
  body: { success: true, data: ids.map((id) => ({ id })), additional_data: additional }
})

const asking = (says: Says, paging?: Paging) => {
  const stream = streamOf(paging)
  const network = networkOf(({ url }, number) => says(new URL(url).searchParams, number))
  const refused: Array<string> = []
  const requests = new Requests({
    transport: transportOf({ send: network.send }).transport,
    stream,
    wanted: ["id"],
    sent: () => {},
    refused: (_level, text) => Effect.sync(() => void refused.push(text))
  })
  const queries = () => network.asked.map(({ url }) => Object.fromEntries(new URL(url).searchParams))
  return { stream, requests, refused, queries }
}

/** The ids of a whole list, or the error it ends with, when time goes on as long as it takes. */
const ended = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.result(effect))
    let seconds = 0
    for (; fiber.pollUnsafe() === undefined && seconds < 3600; seconds++) {
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      yield* TestClock.adjust("1 second")
    }
    return { result: yield* Fiber.join(fiber), seconds }
  })

const read = (says: Says, paging?: Paging) =>
  Effect.gen(function* () {
    const { stream, requests, queries } = asking(says, paging)
    const ids: Array<number> = []
    const { result } = yield* ended(
      readAllPages(requests, stream.path, {}, (page) =>
        Effect.sync(() => void ids.push(...everyRow(page).map((row) => Number(page.text(row, "id")))))
      )
    )
    const error = result._tag === "Failure" ? result.failure : undefined
    return {
      ids,
      error,
      message: error === undefined || !("message" in error) ? "" : error.message,
      queries: queries()
    }
  })

describe("a page that leaves a doubt is asked for once more", () => {
  it.effect("an empty first page that names a next one", () =>
    Effect.gen(function* () {
      const { ids, message, queries } = yield* read((query, number) =>
        number === 1
          ? pageOf([], { next_cursor: "c" })
          : query.get("cursor") === "c"
            ? pageOf([4], { next_cursor: null })
            : pageOf([1, 2, 3], { next_cursor: "c" })
      )
      assert.deepStrictEqual([ids, message, queries.length], [[1, 2, 3, 4], "", 3])
    })
  )

  it.effect("one that is empty again is followed", () =>
    Effect.gen(function* () {
      const { ids, message, queries } = yield* read((query) =>
        query.get("cursor") === "c" ? pageOf([4], { next_cursor: null }) : pageOf([], { next_cursor: "c" })
      )
      assert.deepStrictEqual([ids, message, queries.length], [[4], "", 3])
    })
  )

  it.effect("a hundred empty pages in a row are followed, and no more", () =>
    Effect.gen(function* () {
      const emptyUpTo = (last: number) => (query: URLSearchParams) => {
        const at = Number(query.get("cursor") ?? 0)
        return at < last ? pageOf([], { next_cursor: String(at + 1) }) : pageOf([1], { next_cursor: null })
      }
      assert.deepStrictEqual((yield* read(emptyUpTo(100))).ids, [1])
      const { ids, error, message } = yield* read(emptyUpTo(101))
      assert.deepStrictEqual([ids, error?._tag], [[], "SystemError"])
      assert.match(message, /things: .* does not advance/)
    })
  )

  it.effect("the same page cursor twice, by one slip", () =>
    Effect.gen(function* () {
      let slipped = false
      const { ids, message } = yield* read((query) => {
        const cursor = query.get("cursor")
        if (cursor === null) return pageOf([1, 2, 3], { next_cursor: "a" })
        if (cursor === "b") return pageOf([7], { next_cursor: null })
        const isSlip = !slipped
        slipped = true
        return pageOf([4, 5, 6], { next_cursor: isSlip ? "a" : "b" })
      })
      assert.deepStrictEqual([ids, message], [[1, 2, 3, 4, 5, 6, 7], ""])
    })
  )

  it.effect.each<[unknown]>([
    [{ next_cursor: 12345 }],
    [{ next_cursor: false }],
    [{ more_items_in_collection: true }],
    [{ more_items_in_collection: 1 }],
    [{ pagination: {} }],
    [{}]
  ])("words that are not understood on a full page: %j", ([additional]) =>
    Effect.gen(function* () {
      const once = yield* read((_, number) => pageOf([1, 2, 3], number === 1 ? additional : { next_cursor: null }))
      assert.deepStrictEqual([once.ids, once.message, once.queries.length], [[1, 2, 3], "", 2])
      const { ids, error, message, queries } = yield* read(() => pageOf([1, 2, 3], additional))
      assert.deepStrictEqual([ids, error?._tag, queries.length], [[], "SystemError", 2])
      assert.include(message, "things")
      assert.include(message, JSON.stringify(additional))
    })
  )

  it.effect.each<[unknown]>([[{ next_cursor: "abc" }], [{ more_items_in_collection: true }]])(
    "a list of a single page that names a next one: %j",
    ([additional]) =>
      Effect.gen(function* () {
        const { error, message, queries } = yield* read(() => pageOf([1], additional), singlePage())
        assert.deepStrictEqual([error?._tag, queries.length], ["SystemError", 2])
        assert.include(message, JSON.stringify(additional))
      })
  )
})

describe("a list whose rows are the same again and again", () => {
  it.effect("ends, however its page cursors change", () =>
    Effect.gen(function* () {
      const { error, message, queries } = yield* read((_, number) => pageOf([1, 2, 3], { next_cursor: `c${number}` }))
      assert.strictEqual(error?._tag, "SystemError")
      assert.match(message, /things: .* does not advance/)
      assert.strictEqual(queries.length, 4)
    })
  )
})

describe("a place that a state remembers", () => {
  const resumed = (says: Says) =>
    Effect.gen(function* () {
      const { stream, requests, refused, queries } = asking(says)
      const { result, seconds } = yield* ended(
        requests.resume(stream.path, { updated_since: "2024", cursor: "saved" }, { updated_since: "2025" })
      )
      return { result, seconds, refused, queries: queries() }
    })
  const unlessSaved = (refusal: Said) => (query: URLSearchParams) =>
    query.get("cursor") === null ? pageOf([1]) : refusal

  it.effect.each([400, 403, 404, 410, 414, 422])("is left away where it is refused with %i", (status) =>
    Effect.gen(function* () {
      const { result, queries, refused } = yield* resumed(unlessSaved({ status, body: { error: "no" } }))
      assert.strictEqual(result._tag === "Success" && !result.success.isThere, true)
      assert.deepStrictEqual(
        queries.map(({ cursor, updated_since, include_fields }) => [cursor, updated_since, include_fields]),
        [
          ["saved", "2024", "notes_count"],
          [undefined, "2025", "notes_count"]
        ]
      )
      assert.deepStrictEqual(refused, [])
    })
  )

  it.effect.each<[string, Said]>([
    ["500", { status: 500, body: { error: "no" } }],
    ["no answer", { lost: "no answer in time" }],
    ["a body of null", { body: null }]
  ])("is left away within three minutes where it gets nothing but %s", ([, said]) =>
    Effect.gen(function* () {
      const { result, seconds, queries } = yield* resumed(unlessSaved(said))
      assert.strictEqual(result._tag === "Success" && !result.success.isThere, true)
      assert.isAtMost(seconds, 182)
      assert.strictEqual(queries.filter(({ cursor }) => cursor === undefined).length, 1)
    })
  )

  it.effect.each([401, 402])("is asked for once where the answer is %i", (status) =>
    Effect.gen(function* () {
      const { result, queries } = yield* resumed(() => ({ status, body: { error: "no" } }))
      assert.strictEqual(result._tag, "Failure")
      // After a 401 the credentials are looked at, by a request without a limit.
      assert.strictEqual(queries.filter(({ limit }) => limit !== undefined).length, 1)
    })
  )

  it.effect("is asked for once where the day's budget is spent", () =>
    Effect.gen(function* () {
      const { result, queries } = yield* resumed(() => ({
        status: 429,
        body: { error: "daily request budget exceeded" },
        headers: { "x-daily-ratelimit-token-remaining": "0" }
      }))
      assert.strictEqual(result._tag, "Failure")
      assert.strictEqual(queries.length, 1)
    })
  )

  it.effect("gives the error of the request without it where that fails, too", () =>
    Effect.gen(function* () {
      const { result } = yield* resumed((query) => ({
        status: query.get("cursor") === null ? 403 : 404,
        body: { error: "no" }
      }))
      assert.strictEqual(result._tag === "Failure" && "status" in result.failure && result.failure.status, 403)
    })
  )

  it.effect("goes before optional fields do, whatever the words of the refusal", () =>
    Effect.gen(function* () {
      const fields = yield* resumed((query) =>
        query.get("include_fields") === null ? pageOf([1]) : { status: 400, body: { error: "bad cursor, said oddly" } }
      )
      assert.deepStrictEqual(
        fields.queries.map(({ cursor, include_fields }) => [cursor, include_fields]),
        [
          ["saved", "notes_count"],
          [undefined, "notes_count"],
          [undefined, undefined]
        ]
      )
      assert.deepStrictEqual(fields.refused, ["bad cursor, said oddly"])
      const cursor = yield* resumed(unlessSaved({ status: 400, body: { error: "include_fields is invalid" } }))
      assert.deepStrictEqual(cursor.refused, [])
    })
  )
})
