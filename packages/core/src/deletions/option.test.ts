import { describe, expect, it } from "vitest"
import { type Changes, dayMs, ofChangedParents, since, snapshot } from "../declare/changes.ts"
import * as c from "../declare/columns.ts"
import { singlePage } from "../declare/pagination.ts"
import { perParent } from "../declare/parents.ts"
import { defineStream, PERIOD } from "../declare/stream.ts"
import { byIds } from "./lookup.ts"
import { isTrackable } from "./option.ts"

const stream = (changes: Changes<"id" | "update_time"> | undefined, more: object = {}) =>
  defineStream({
    name: "things",
    path: "v1/things",
    docs: "https://developers.pipedrive.com/docs/api/v1/Things#getThings",
    tokens: 10,
    scope: "base",
    columns: { id: c.integer, update_time: c.timestamp },
    primaryKey: ["id"],
    paging: singlePage(),
    ...(changes !== undefined && { changes }),
    ...more
  })
const child = (sweep: "whole" | "rolling" | "none", more: object = {}) =>
  stream(ofChangedParents({ cursorField: "update_time", sweep }), {
    parents: perParent("parents", "parent_id"),
    ...more
  })

describe("deletions can be tracked", () => {
  it.each([
    ["where a list is read whole", stream(snapshot())],
    ["where rows can be asked for by id", stream(since("update_time"), { lookup: byIds() })],
    ["where the children of every parent are read", child("whole")]
  ])("%s", (_, each) => expect(isTrackable(each)).toBe(true))

  it.each([
    ["where nothing is known of changes", stream(undefined)],
    ["where rows cannot be asked for by id", stream(since("update_time", { wholeEveryMs: dayMs }))],
    [
      "where rows have more than one key",
      stream(since("update_time"), { lookup: byIds(), primaryKey: ["id", "update_time"] })
    ],
    ["where some parents are never read again", child("rolling")],
    ["where no parent is read again", child("none")],
    ["where children have more than one key", child("whole", { primaryKey: ["id", "update_time"] })],
    ["where rows stand in a wrapper", stream(snapshot(), { unwrap: "alone" })],
    ["where a row's key is a period", stream(snapshot(), { primaryKey: ["id", PERIOD] })]
  ])("but not %s", (_, each) => expect(isTrackable(each)).toBe(false))
})
