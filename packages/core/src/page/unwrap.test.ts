import { describe, expect, it } from "vitest"
import { Account, type Row } from "../../test/account.ts"
import { snapshot } from "../declare/changes.ts"
import * as c from "../declare/columns.ts"
import { offsetPages } from "../declare/pagination.ts"
import { defineStream, type SourceStream } from "../declare/stream.ts"

const flow = (more: Partial<SourceStream> = {}): SourceStream =>
  defineStream({
    name: "flow",
    path: "v1/flow",
    docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getDealUpdates",
    tokens: 40,
    scope: "recents:read",
    columns: { id: c.integer, object: c.text, timestamp: c.localTimestamp, at: c.localTimestamp, note: c.text },
    primaryKey: ["id"],
    paging: offsetPages({ limit: 3 }),
    unwrap: "beside",
    changes: snapshot({ cursorField: "at" }),
    ...more
  } as SourceStream)

const read = async (rows: ReadonlyArray<Row>, stream = flow()) => {
  const account = new Account()
  account.serve("v1/flow", rows)
  const ran = await account.read([stream], ["flow"])
  expect(ran.of("flow").error).toBeUndefined()
  return { ...ran.of("flow"), logs: ran.logs, cursor: ran.states.get("flow")?.["at"] }
}
const at = "2026-01-09 10:00:00"

describe("rows in a wrapper", () => {
  it("are sent with what stands beside them, where they lack it themselves", async () => {
    const { rows } = await read([
      { object: "dealChange", timestamp: at, data: { id: 1, at } },
      { object: "note", data: { id: 2, at, object: "own" } },
      { timestamp: at, data: { id: 3, at } },
      { data: { id: 4, at } },
      { object: null, timestamp: null, data: {} }
    ])
    expect(rows).toEqual([
      { id: 1, at, object: "dealChange", timestamp: at },
      { id: 2, at, object: "own" },
      { id: 3, at, timestamp: at },
      { id: 4, at },
      { object: null, timestamp: null }
    ])
  })

  it("are sent alone where that is declared", async () => {
    const wrapped = [{ object: "dealChange", timestamp: at, data: { id: 1, at } }]
    expect((await read(wrapped, flow({ unwrap: "alone" }))).rows).toEqual([{ id: 1, at }])
  })

  it("have keys and times of their own, over all pages", async () => {
    const rows = Array.from({ length: 7 }, (_, i) => ({
      object: "note",
      timestamp: "2020-01-01 00:00:00",
      data: { id: i + 1, at: `2026-01-09 10:00:0${i}` }
    }))
    const { cursor, rows: sent } = await read(rows)
    expect(sent.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(cursor).toBe("2026-01-09T10:00:06Z".replace("T", " ").replace("Z", ""))
  })

  it("of the same key are told apart by what the wrapper says they are", async () => {
    const { rows } = await read([
      { object: "note", data: { id: 1, at } },
      { object: "file", data: { id: 1, at } }
    ])
    expect(rows.map(({ object }) => object)).toEqual(["note", "file"])
  })

  it("are left out where they have no data", async () => {
    const { rows } = await read([{ object: "a", data: null }, { object: "b" }, { object: "c", data: { id: 1, at } }])
    expect(rows).toEqual([{ id: 1, at, object: "c" }])
  })

  it("and what is added to them can be written on a line, and hold no zero date", async () => {
    const { logs, rows } = await read([
      { object: "a\u2028b", timestamp: "0000-00-00 00:00:00", data: { id: 1, at, note: "x\u2028y" } },
      { object: "0000-00-00", timestamp: at, data: { id: 2, at: "0000-00-00 00:00:00", note: "0000-00-00" } }
    ])
    expect(rows).toEqual([
      { id: 1, at, note: "x\u2028y", object: "a\u2028b", timestamp: null },
      { id: 2, at: null, note: "0000-00-00", object: "0000-00-00", timestamp: at }
    ])
    expect(logs.join()).toMatch(/zero/)
  })
})
