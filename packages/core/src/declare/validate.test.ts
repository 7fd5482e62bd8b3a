import { describe, expect, it } from "vitest"
import { pluginFlaw } from "./validate.ts"

const stream = {
  name: "a",
  path: "v1/users",
  tokens: 20,
  scope: "users:read",
  columns: { id: { type: "integer" } },
  primaryKey: ["id"],
  paging: { kind: "single" }
}
/** What is wrong with a stream of a plugin. */
const flaw = (change: object): string | undefined => {
  const words = pluginFlaw({ name: "x", core: 0, streams: [{ ...stream, ...change }] })
  return words?.replaceAll("the stream a: ", "")
}
const child = { streams: ["b"], as: "b_id", key: "id", ask: { in: "path" } }
const bound = { column: "start", parameter: "start" }

describe("a stream", () => {
  it.each<object>([
    {},
    { paging: { kind: "cursor", limit: 500, declared: false } },
    { changes: { kind: "since", cursorField: "id", wholeEveryMs: 1, freshnessForChildrenMs: 1 } },
    {
      changes: {
        kind: "newestFirst",
        cursorField: "id",
        descending: { sort: "x" },
        ascending: { by: "id", query: { sort: "y" } },
        wholeEveryMs: 1
      }
    },
    { changes: { kind: "snapshot" } },
    { changes: { kind: "snapshot", cursorField: "id", freshnessMs: 5 } },
    { changes: { kind: "ofChangedParents", sweep: "rolling", globalCursor: true }, parents: child },
    { path: "v1/users/{id}/x", parents: { ...child, period: { start: bound, end: bound }, shared: true, from: "y" } },
    { parents: { ...child, ask: { in: "query", parameter: "ids", size: 100 }, count: "n", only: "m" } },
    { parts: [{ path: "v2/x", query: { a: "b" }, scope: "s", addOn: "p", adds: { c: "d" } }, {}] },
    { elements: { list: "options", keep: [], members: ["id"], position: "n", texts: ["id"] } },
    { customFields: { of: "deal", in: "row", labels: "options" } },
    { lookup: { by: "path", path: "v1/users/{id}", tokens: 0, sibling: "b", within: { column: "id", value: false } } },
    { includeFields: { always: ["x"], planBound: [] }, secrets: ["x"], rows: "list", unwrap: "beside", addOn: "p" },
    { optionalQuery: { mail_bodies: { include_body: "1" } }, docs: "https://x", tokens: 0 },
    { primaryKey: ["id", "_ab_key"] },
    { columns: { id: { type: ["integer", "text"], description: "d", fraction: 3 } } },
    { columns: { id: { type: "list", items: { type: "object", columns: { x: { type: "date" } } } } } }
  ])("that is declared as it may be has no flaw: %j", (change) => expect(flaw(change)).toBeUndefined())

  it.each<[change: object, words: string]>([
    [{ paging: { kind: "offset", limit: -1 } }, "paging.limit is not a positive whole number"],
    [{ paging: { kind: "offset", limit: 5, declared: 1 } }, "paging.declared is not a boolean"],
    [{ changes: { kind: "newestFirst", cursorField: "id", descending: {}, ascending: {} } }, "changes.ascending.by is"],
    [
      { changes: { kind: "newestFirst", cursorField: "id", descending: {}, ascending: { by: "id" } } },
      "changes.ascending.query is missing"
    ],
    [{ changes: { kind: "since", cursorField: "id", wholeEveryMs: 0 } }, "changes.wholeEveryMs is not a positive"],
    [{ changes: { kind: "ofChangedParents", sweep: "daily" }, parents: child }, "changes.sweep is none of whole"],
    [{ parents: { ...child, as: undefined } }, "parents.as is missing"],
    [{ parents: { ...child, key: undefined } }, "parents.key is missing"],
    [{ parents: { ...child, ask: undefined } }, "parents.ask is missing"],
    [{ parents: { ...child, ask: {} } }, "parents.ask.in is missing"],
    [{ parents: { ...child, ask: { in: "body" } } }, "parents.ask.in is none of path, query"],
    [{ parents: { ...child, ask: { in: "query", size: 5 } } }, "parents.ask.parameter is missing"],
    [{ parents: { ...child, ask: { in: "query", parameter: "ids" } } }, "parents.ask.size is missing"],
    [{ parents: { ...child, ask: { in: "query", parameter: "ids", size: 0 } } }, "parents.ask.size is not a positive"],
    [{ parents: { ...child, streams: [5] } }, "parents.streams is not a list of names"],
    [{ parents: { ...child, period: { start: bound } } }, "parents.period.end is missing"],
    [{ parents: { ...child, period: { end: bound } } }, "parents.period.start is missing"],
    [{ parents: { ...child, period: { start: { parameter: "x" }, end: bound } } }, "parents.period.start.column is"],
    [{ parents: { ...child, period: { start: bound, end: { column: "x" } } } }, "parents.period.end.parameter is"],
    [{ lookup: {} }, "lookup.by is missing"],
    [{ lookup: { by: "name" } }, "lookup.by is none of ids, path"],
    [{ lookup: { by: "ids", within: { column: "id" } } }, "lookup.within.value is missing"],
    [{ lookup: { by: "ids", within: { value: true } } }, "lookup.within.column is missing"],
    [{ elements: { keep: [], members: [], position: "n" } }, "elements.list is missing"],
    [{ elements: { list: "x", keep: [], position: "n" } }, "elements.members is missing"],
    [{ elements: { list: "x", keep: [], members: [] } }, "elements.position is missing"],
    [{ customFields: { in: "row" } }, "customFields.of is missing"],
    [{ customFields: { of: "deal", in: "rows" } }, "customFields.in is none of custom_fields, row"],
    [{ includeFields: {} }, "includeFields.always is missing"],
    [{ optionalQuery: { other: {} } }, "optionalQuery.other is none of the options "],
    [{ optionalQuery: { mail_bodies: { include_body: 1 } } }, "optionalQuery.mail_bodies.include_body is not a string"],
    [{ optionalQuery: [] }, "optionalQuery is not an object"],
    [{ unwrap: "inside" }, "unwrap is none of alone, beside"],
    [{ columns: { id: { type: [] } } }, "columns.id.type is none of "],
    [{ columns: { id: { type: ["integer", "x"] } } }, "columns.id.type is none of "],
    [{ columns: { id: { type: "integer", fraction: 0 } } }, "columns.id.fraction is not a positive whole number"],
    [
      { columns: { id: { type: "integer" }, x: { type: "object", columns: { y: {} } } } },
      "columns.x.columns.y.type is"
    ],
    [{ path: "v1/x", parts: [{ path: "v1/x/{id}" }] }, "parents is missing, although the path has an {id}"],
    [{ path: "v1/x/{id}" }, "parents is missing, although the path has an {id}"],
    [{ changes: { kind: "snapshot", cursorField: "x" } }, "changes.cursorField names x, which is not a column"]
  ])("that is not is refused: %j", (change, words) => expect(flaw(change)).toContain(words))

  it("may lack its {id} in its parts", () => {
    expect(flaw({ path: "v1/x/{id}", parts: [{ path: "v1/x" }] })).toBeUndefined()
  })
})

it("more than five flaws are counted", () => {
  const flaws = (names: ReadonlyArray<string>) =>
    pluginFlaw({ name: "x", core: 0, streams: [{ ...stream, primaryKey: names }] })?.split("; ")
  expect(flaws(["a", "b", "c", "d", "e"])).toHaveLength(5)
  expect(flaws(["a", "b", "c", "d", "e", "f", "g"])?.slice(4)).toEqual([
    "the stream a: primaryKey names e, which is not a column",
    "and 2 more"
  ])
})
