import { Effect } from "effect"
import { expect, it } from "vitest"
import * as c from "../columns.ts"
import type { Event } from "../events.ts"
import { singlePage } from "../pagination.ts"
import { defineStream } from "../stream.ts"
import { bytesOf } from "../text.ts"
import { Outlet } from "./outlet.ts"
import { pick } from "./page.ts"

const stream = defineStream({
  name: "users",
  path: "v1/users",
  docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUsers",
  tokens: 20,
  scope: "users:read",
  columns: { id: c.integer },
  primaryKey: ["id"],
  paging: singlePage()
})

const rows = { bytes: bytesOf("{}{}"), spans: [0, 2, 2, 4], zeroDates: [2, 1] }

it.each([
  [[rows, rows], ["users: 6 zero dates were sent as null (0000-00-00 is no date)."]],
  [[pick(rows, (row) => row === 1)], ["users: 1 zero date was sent as null (0000-00-00 is no date)."]],
  [[{ bytes: rows.bytes, spans: rows.spans }], []]
])("a stream says once, at its end, how many zero dates were sent as null", async (pages, said) => {
  const events: Array<Event> = []
  const outlet = new Outlet(stream, "full_refresh", undefined, (event) => Effect.sync(() => void events.push(event)))
  for (const page of pages) await Effect.runPromise(outlet.records(page))
  expect(events.filter(({ _tag }) => _tag === "Log")).toEqual([])
  await Effect.runPromise(outlet.end())
  expect(events.filter(({ _tag }) => _tag !== "Records")).toEqual([
    ...said.map((message) => ({ _tag: "Log", level: "INFO", message })),
    expect.objectContaining({ _tag: "Ended", stream: "users" })
  ])
})
