import { describe, expect, it } from "vitest"
import * as c from "../declare/columns.ts"
import { defineStream, perParent, ROW_KEY, type SourceStream, singlePage, snapshot } from "../index.ts"
import { rowKeyOf } from "./row-key.ts"

const columns = { id: c.text, kind: c.text, parent_id: c.text }
const stream = (primaryKey: ReadonlyArray<string>, more: Partial<SourceStream> = {}): SourceStream =>
  defineStream({
    name: "rows",
    path: "v1/rows",
    docs: "https://developers.pipedrive.com/docs/api/v1",
    tokens: 1,
    scope: "base",
    columns,
    primaryKey,
    paging: singlePage(),
    changes: snapshot(),
    ...more
  } as SourceStream)

const child = (primaryKey: ReadonlyArray<string>) =>
  stream(primaryKey, { path: "v1/parents/{id}/rows", parents: perParent("parents", "parent_id") })

describe("the key columns of a row, from the key a snapshot keeps of it", () => {
  it.each<[key: string, primaryKey: ReadonlyArray<string>, found: ReadonlyArray<readonly [string, string]>]>([
    ["7", ["id"], [["id", "7"]]],
    ['"a,b|c"', ["id"], [["id", '"a,b|c"']]],
    [
      '"a\\",b",7',
      ["id", "kind"],
      [
        ["id", '"a\\",b"'],
        ["kind", "7"]
      ]
    ],
    [
      '7,"x"',
      ["id", "kind"],
      [
        ["id", "7"],
        ["kind", '"x"']
      ]
    ],
    ["null", ["id"], [["id", "null"]]],
    [
      "7",
      ["id", "kind"],
      [
        ["id", "7"],
        ["kind", "null"]
      ]
    ]
  ])("of a list: %s", (key, primaryKey, found) => {
    expect(rowKeyOf(stream(primaryKey), key)).toEqual(found)
  })

  it.each<[key: string, found: ReadonlyArray<readonly [string, string]>]>([
    [
      "5|7,5",
      [
        ["id", "7"],
        ["parent_id", "5"]
      ]
    ],
    [
      "5|7,null",
      [
        ["id", "7"],
        ["parent_id", "5"]
      ]
    ],
    [
      "5|7,6",
      [
        ["id", "7"],
        ["parent_id", "6"]
      ]
    ],
    [
      '"a|b,c"|"x|y",null',
      [
        ["id", '"x|y"'],
        ["parent_id", '"a|b,c"']
      ]
    ],
    [
      "5|null,null",
      [
        ["id", "null"],
        ["parent_id", "5"]
      ]
    ]
  ])("of children, whose own row may lack the parent's key: %s", (key, found) => {
    expect(rowKeyOf(child(["id", "parent_id"]), key)).toEqual(found)
  })

  it("has the stream's name where rows have no key of their own", () => {
    expect(rowKeyOf(stream(["id", ROW_KEY]), "7")).toEqual([
      ["id", "7"],
      [ROW_KEY, '"rows"']
    ])
  })
})
