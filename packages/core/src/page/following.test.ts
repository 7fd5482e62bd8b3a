import { describe, expect, it } from "vitest"
import { cursorPages, offsetPages, type Paging, seekPages, singlePage } from "../declare/pagination.ts"
import { followingOf, isPaged } from "./following.ts"

const LIMIT = 5
const kinds: { readonly [name: string]: Paging } = {
  cursor: cursorPages({ limit: LIMIT }),
  offset: offsetPages({ limit: LIMIT }),
  seek: seekPages({ limit: LIMIT }),
  single: singlePage(),
  undeclaredCursor: cursorPages({ limit: LIMIT, declared: false }),
  undeclaredOffset: offsetPages({ limit: LIMIT, declared: false })
}

/** What a page that is full, and one that is not, says in lists of these kinds. */
const tagOf = (kind: string, additional: unknown, count: number): string =>
  followingOf({ additional_data: additional }, kinds[kind] as Paging, count, LIMIT)._tag

const all = (kind: string, additional: unknown) => [tagOf(kind, additional, LIMIT), tagOf(kind, additional, 2)]

describe("what an answer says of the page after it", () => {
  it.each(["cursor", "undeclaredCursor"])("is the cursor it names, on a list by %s", (kind) => {
    for (const additional of [
      { next_cursor: "c" },
      { pagination: { next_cursor: "c" } },
      { next_cursor: "c", more_items_in_collection: 1 }
    ])
      expect(followingOf({ additional_data: additional }, kinds[kind] as Paging, 2, LIMIT)).toEqual({
        _tag: "Next",
        cursor: "c",
        start: undefined
      })
  })

  it.each(["offset", "seek"])("is more, flat or nested, on a list by %s", (kind) => {
    for (const additional of [
      { more_items_in_collection: true },
      { pagination: { more_items_in_collection: true } },
      { more_items_in_collection: true, next_cursor: "abc" },
      { pagination: { next_start: 100 } }
    ])
      expect(all(kind, additional)).toEqual(["Next", "Next"])
    expect(
      followingOf({ additional_data: { pagination: { next_start: 7 } } }, kinds[kind] as Paging, 2, LIMIT)
    ).toMatchObject({ start: 7 })
  })

  it.each([
    ...["offset", "seek", "single"].map((kind) => [kind, { next_cursor: "abc" }] as const),
    ...["cursor", "single", "undeclaredCursor"].flatMap((kind) =>
      [{ more_items_in_collection: true }, { pagination: { more_items_in_collection: true } }].map(
        (said) => [kind, said] as const
      )
    ),
    ["cursor", { next_cursor: null, more_items_in_collection: true }],
    ...["cursor", "offset", "seek", "single", "undeclaredCursor"].flatMap((kind) =>
      [
        { next_cursor: 12345 },
        { next_cursor: false },
        { next_cursor: true },
        { next_cursor: { id: 1 } },
        { next_cursor: ["c"] },
        { more_items_in_collection: 1 },
        { more_items_in_collection: "true" },
        { pagination: { more_items_in_collection: "yes" } },
        { pagination: { next_start: "100" } },
        { pagination: true },
        "more",
        7
      ].map((said) => [kind, said] as const)
    )
  ] as ReadonlyArray<readonly [string, unknown]>)("is not understood, on a list by %s: %j", (kind, additional) => {
    expect(all(kind, additional)).toEqual(["Unclear", "Unclear"])
    expect(followingOf({ additional_data: additional }, kinds[kind] as Paging, 2, LIMIT)).toMatchObject({
      words: expect.stringContaining(JSON.stringify(additional))
    })
  })

  it.each(["cursor", "offset", "seek", "single", "undeclaredCursor"])(
    "is the end where it is null or false, on a list by %s",
    (kind) => {
      for (const additional of [
        { next_cursor: null },
        { more_items_in_collection: false },
        { more_items_in_collection: null },
        { pagination: { more_items_in_collection: false, next_start: 100 } },
        { next_cursor: null, pagination: { more_items_in_collection: false } }
      ])
        expect(all(kind, additional)).toEqual(["End", "End"])
    }
  )

  it.each(["cursor", "offset", "seek", "undeclaredCursor"])(
    "is the end on a short page alone where words are absent, on a list by %s",
    (kind) => {
      for (const additional of [
        undefined,
        null,
        {},
        [],
        { pagination: {} },
        { pagination: null },
        { since: 1 },
        { next_cursor: "" }
      ])
        expect(all(kind, additional)).toEqual(["Unsaid", "End"])
      // A page is full by the limit that holds, which may be less than was asked for.
      expect(tagOf(kind, { pagination: { limit: 2 } }, 2)).toBe("Unsaid")
    }
  )

  it("is the end where a single list says nothing", () => {
    for (const additional of [undefined, null, {}, { pagination: {} }])
      expect(all("single", additional)).toEqual(["End", "End"])
  })

  it("is left to the rows where a list by offset declares no words", () => {
    for (const additional of [undefined, {}, { next_cursor: 12345 }, { more_items_in_collection: false }])
      expect(all("undeclaredOffset", additional)).toEqual(["Unsaid", "Unsaid"])
    expect(tagOf("undeclaredOffset", { more_items_in_collection: true }, 0)).toBe("Next")
  })

  it("is also looked for beside the rows", () => {
    expect(followingOf({ next_cursor: "c" }, kinds["cursor"] as Paging, 2, LIMIT)._tag).toBe("Next")
    expect(followingOf({ more_items_in_collection: true }, kinds["cursor"] as Paging, 2, LIMIT)._tag).toBe("Unclear")
    expect(
      followingOf({ pagination: { more_items_in_collection: true } }, kinds["offset"] as Paging, 2, LIMIT)._tag
    ).toBe("Next")
  })

  it("is quoted in part where it is long", () => {
    const { words } = followingOf(
      { additional_data: { next_cursor: ["x".repeat(5000)] } },
      kinds["cursor"] as Paging,
      2,
      LIMIT
    ) as { words: string }
    expect(words.length).toBeLessThan(130)
  })
})

it.each([
  ["cursor", true],
  ["offset", true],
  ["seek", true],
  ["single", false],
  ["undeclaredCursor", false],
  ["undeclaredOffset", false]
])("a list by %s documents what it says of further pages: %s", (kind, paged) => {
  expect(isPaged(kinds[kind] as Paging)).toBe(paged)
})

describe("words that are not understood", () => {
  it.each<[additional: unknown, tag: string]>([
    [[], "End"],
    [[1], "Unclear"],
    ["", "Unclear"],
    [{ pagination: [] }, "End"],
    [{ pagination: [{}] }, "Unclear"],
    [{ pagination: "" }, "Unclear"],
    [{ more_items_in_collection: false, next_start: "x" }, "End"],
    [{ next_start: "x" }, "Unclear"],
    [{ next_start: -1 }, "Unclear"],
    [{ next_start: 1.5 }, "Unclear"]
  ])("are told from those that are: %j", (additional, tag) => expect(tagOf("seek", additional, 2)).toBe(tag))

  it("are quoted, as far as they are short", () => {
    const quoted = (text: string) => {
      const found = followingOf({ next_start: text }, kinds["seek"] as Paging, 2, LIMIT)
      return found._tag === "Unclear" ? found.words : found._tag
    }
    expect(quoted("x")).toBe('next_start: "x"')
    const whole = `next_start: "${"x".repeat(106)}"`
    expect(whole).toHaveLength(120)
    expect(quoted("x".repeat(106))).toBe(whole)
    expect(quoted("x".repeat(107))).toBe(`next_start: "${"x".repeat(107)}…`)
  })
})
