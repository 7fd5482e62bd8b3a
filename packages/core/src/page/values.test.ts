import { describe, expect, it } from "vitest"
import { snapshot } from "../declare/changes.ts"
import * as c from "../declare/columns.ts"
import { singlePage } from "../declare/pagination.ts"
import { defineStream } from "../declare/stream.ts"
import { scanPage } from "./scan.ts"
import { bytesOf } from "./text.ts"
import { valuesOf } from "./values.ts"

const streamOf = (primaryKey: ReadonlyArray<string>, cursorField?: string) =>
  defineStream({
    name: "things",
    path: "v1/users",
    docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUsers",
    tokens: 20,
    scope: "users:read",
    columns: { id: c.integer, kind: c.text, at: c.timestamp },
    primaryKey: primaryKey as ["id"],
    paging: singlePage(),
    ...(cursorField !== undefined && { changes: snapshot({ cursorField: cursorField as "at" }) })
  })

/** The values of the rows of a page in which `id`, `kind` and `at` were looked for. */
const values = (rows: ReadonlyArray<string>, stream = streamOf(["id"]), objects?: ReadonlyArray<string>) => {
  const wanted = ["id", "kind", "at"]
  const body = bytesOf(`{"data":[${rows.join(",")}]}`)
  const scanned = scanPage(body, wanted)
  if (scanned === undefined) throw new Error("no page")
  return valuesOf(stream, body, wanted, { ...scanned, objects })
}

describe("the first key of a row", () => {
  it.each<[json: string, id: number | string]>([
    ["0", 0],
    ["7", 7],
    ["120", 120],
    ["999999999999999", 999_999_999_999_999],
    ["1000000000000000", "1000000000000000"],
    ["-1", "-1"],
    ["1.5", "1.5"],
    ["1e3", "1e3"],
    ['"7"', '"7"'],
    ["true", "true"],
    ["null", "null"]
  ])("is a number where it is a short whole one, else JSON text: %s", (json, id) => {
    expect(values(['{"id":1}', `{"kind":"x","id":${json}}`, '{"id":3}']).id(1)).toBe(id)
  })

  it("is null where the row lacks it, or where none is looked for", () => {
    expect(values(['{"id":1}', "{}"]).id(1)).toBe("null")
    expect(values(['{"id":1}'], streamOf(["_ab_key"])).id(0)).toBe("null")
  })
})

describe("the key of a row", () => {
  it("is the JSON texts of its key columns that were looked for", () => {
    const of = values(['{"id":1,"kind":"a,b"}', '{"kind":null}'], streamOf(["kind", "_ab_key", "id"]))
    expect([of.key(0), of.key(1)]).toEqual(['"a,b",1', "null,null"])
  })

  it("begins with what the wrapper says the row is", () => {
    const of = values(['{"id":1}', '{"id":1}'], streamOf(["id"]), ["deal", "note"])
    expect([of.key(0), of.key(1)]).toEqual(["deal,1", "note,1"])
  })
})

describe("a column of a row", () => {
  const of = values(['{"id":0,"kind":"0","at":null}', '{"at":"x","id":1}', '{"kind":"true"}'])

  it("is its JSON text; undefined where the row lacks it, or where it was not looked for", () => {
    expect([0, 1, 2].map((row) => of.text(row, "id"))).toEqual(["0", "1", undefined])
    expect([0, 1, 2].map((row) => of.text(row, "kind"))).toEqual(['"0"', undefined, '"true"'])
    expect([0, 1, 2].map((row) => of.text(row, "at"))).toEqual(["null", '"x"', undefined])
    expect(of.text(0, "other")).toBeUndefined()
  })

  it("says a text where it is just that", () => {
    expect([0, 1, 2].map((row) => of.says(row, "kind", '"0"'))).toEqual([true, false, false])
    expect([0, 1, 2].map((row) => of.says(row, "kind", '"true"'))).toEqual([false, false, true])
    expect(['"tru"', '"truf"', 'x"true"', '"true', '"xrue"', ""].some((text) => of.says(2, "kind", text))).toBe(false)
    expect([0, 1, 2].map((row) => of.says(row, "at", "null"))).toEqual([true, false, false])
    expect(of.says(0, "other", "null")).toBe(false)
  })
})

describe("the time of a row", () => {
  it("is its cursor in seconds; NaN where it is none, or where the stream has none", () => {
    const rows = ['{"id":1,"at":"1970-01-01T00:01:00Z"}', '{"at":null}', '{"at":"soon"}', '{"id":4}']
    const of = values(rows, streamOf(["id"], "at"))
    expect([0, 1, 2, 3].map((row) => of.seconds(row))).toEqual([60, Number.NaN, Number.NaN, Number.NaN])
    expect(values(rows).seconds(0)).toBeNaN()
  })
})

it("rows have the same hash where they have the same bytes", () => {
  const of = values(['{"id":1,"kind":"a"}', '{"id":2,"kind":"a"}', '{"id":1,"kind":"a"}'])
  expect(of.hash(2)).toBe(of.hash(0))
  expect(of.hash(1)).not.toBe(of.hash(0))
})
