import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { networkOf, transportOf } from "../../../test/port.ts"
import * as c from "../../declare/columns.ts"
import { cursorPages } from "../../declare/pagination.ts"
import { defineStream, type Query } from "../../declare/stream.ts"
import { wantedColumns } from "../../page/page.ts"
import { newKeys } from "./advance.ts"
import { byCursor, type CursorPage } from "./by-cursor.ts"
import { Requests } from "./requests.ts"

// SPEC 14, 15, 16

const things = defineStream({
  name: "things",
  path: "v2/deals",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDeals",
  tokens: 10,
  scope: "deals:read",
  columns: { id: c.integer },
  primaryKey: ["id"],
  paging: cursorPages({ limit: 2 })
})

type Answer = { readonly ids: ReadonlyArray<number>; readonly next?: string } | "refused"

/** A list whose answers are chosen by what it is asked with and how often it has been. */
const listOf = (answer: (query: Readonly<Record<string, string>>, number: number) => Answer) => {
  const network = networkOf(({ url }, number) => {
    const said = answer(Object.fromEntries(new URL(url).searchParams), number)
    if (said === "refused") return { status: 400, body: { success: false, error: "invalid cursor" } }
    return {
      body: {
        success: true,
        data: said.ids.map((id) => ({ id })),
        additional_data: { next_cursor: said.next ?? null }
      }
    }
  })
  const { transport } = transportOf({ send: network.send })
  const requests = new Requests({ transport, stream: things, wanted: wantedColumns(things), sent: () => {} })
  const asked = () => network.asked.map(({ url }) => new URL(url).searchParams)
  return { requests, asked: () => asked().map((query) => [query.get("from"), query.get("cursor")]) }
}

/** Turns all pages; the rows that are handed over say where the list is to begin again. */
const turned = (requests: Requests, more: { readonly saved?: string; readonly never?: true } = {}) =>
  Effect.gen(function* () {
    const ids: Array<number> = []
    const begunAgain: Array<boolean> = []
    const again = (): Query => (ids.length === 0 ? {} : { from: String(ids.at(-1)) })
    const pager = byCursor({
      requests,
      path: things.path,
      query: {},
      saved: more.saved,
      ...(more.never === undefined && { again }),
      newRows: newKeys
    })
    for (;;) {
      const page: CursorPage = yield* pager.next
      ids.push(...page.rows.map((row) => Number(page.page.text(row, "id"))))
      begunAgain.push(page.begunAgain)
      if (page.ended) return { ids, begunAgain }
    }
  })

describe("a list whose pages name the next one by a cursor", () => {
  it("is turned page by page to its end", async () => {
    const { requests, asked } = listOf(({ cursor }) =>
      cursor === undefined ? { ids: [1, 2], next: "a" } : { ids: [3] }
    )
    expect((await Effect.runPromise(turned(requests))).ids).toEqual([1, 2, 3])
    expect(asked()).toEqual([
      [null, null],
      [null, "a"]
    ])
  })

  it("begins again where its rows have led to when a cursor is refused, and may be given the same cursors again", async () => {
    const { requests, asked } = listOf(({ cursor }, number) => {
      if (number === 3) return "refused"
      if (number === 4) return { ids: [4, 5], next: "a" }
      if (cursor === "a") return number === 2 ? { ids: [3, 4], next: "b" } : { ids: [6] }
      return { ids: [1, 2], next: "a" }
    })
    const { ids, begunAgain } = await Effect.runPromise(turned(requests))
    expect(ids).toEqual([1, 2, 3, 4, 4, 5, 6])
    expect(begunAgain).toEqual([false, false, true, false])
    expect(asked()).toEqual([
      [null, null],
      [null, "a"],
      [null, "b"],
      ["4", null],
      ["4", "a"]
    ])
  })

  it("is read over more pages than may bring nothing new, where it was begun again among rows that are known", async () => {
    let refusals = 0
    const { requests } = listOf(({ cursor = "0" }) => {
      const at = Number(cursor)
      if (at === 8 && refusals++ === 0) return "refused"
      return { ids: [at + 1, at + 2], ...(at < 10 && { next: String(at + 2) }) }
    })
    const { ids } = await Effect.runPromise(turned(requests))
    expect(new Set(ids).size).toBe(12)
  })

  it("ends with the refusal where a cursor is refused twice before any row has led further", async () => {
    const { requests, asked } = listOf(({ cursor }) => (cursor === undefined ? { ids: [1], next: "a" } : "refused"))
    const error = await Effect.runPromise(Effect.flip(turned(requests)))
    expect(error).toMatchObject({ _tag: "RefusedError", status: 400 })
    expect(asked()).toEqual([
      [null, null],
      [null, "a"],
      ["1", null],
      ["1", "a"]
    ])
  })

  it("ends with the refusal where it has no place to begin again", async () => {
    const { requests, asked } = listOf(({ cursor }) => (cursor === undefined ? { ids: [1], next: "a" } : "refused"))
    const error = await Effect.runPromise(Effect.flip(turned(requests, { never: true })))
    expect(error).toMatchObject({ _tag: "RefusedError", status: 400 })
    expect(asked()).toHaveLength(2)
  })

  it("begins without the cursor of a state where that is refused", async () => {
    const { requests, asked } = listOf(({ cursor }) => (cursor === "saved" ? "refused" : { ids: [1] }))
    const { ids, begunAgain } = await Effect.runPromise(turned(requests, { saved: "saved" }))
    expect([ids, begunAgain]).toEqual([[1], [true]])
    expect(asked()).toEqual([
      [null, "saved"],
      [null, null]
    ])
  })
})
