import { Result } from "effect"
import { describe, expect, it } from "vitest"
import * as c from "./declare/columns.ts"
import { singlePage } from "./declare/pagination.ts"
import { type Parents, perParent } from "./declare/parents.ts"
import { definePlugin, type Plugin } from "./declare/plugin.ts"
import { defineStream } from "./declare/stream.ts"
import { makeSource } from "./source.ts"

const stream = (name: string, parents?: Parents) =>
  defineStream({
    name,
    path: "v1/users",
    docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUsers",
    tokens: 20,
    scope: "users:read",
    columns: { id: c.integer },
    primaryKey: ["id"],
    paging: singlePage(),
    ...(parents !== undefined && { parents })
  })

const names = (result: ReturnType<typeof makeSource>) => Result.getOrThrow(result).streams.map(({ name }) => name)
const message = (result: ReturnType<typeof makeSource>) => {
  if (Result.isSuccess(result)) throw new Error("the plugins compose")
  expect(result.failure._tag).toBe("ConfigError")
  return result.failure.message
}

describe("makeSource", () => {
  it("tells a circle of parents, also from a stream outside of it", () => {
    const streams = [
      stream("outside", perParent("a", "a_id")),
      stream("a", perParent("b", "b_id")),
      stream("b", perParent("a", "a_id"))
    ]
    expect(message(makeSource([definePlugin({ name: "round", streams })]))).toContain("the stream a is among its own")
  })

  it("keeps the order of plugins and streams", () => {
    const one = definePlugin({ name: "one", streams: [stream("b"), stream("a")] })
    const two = definePlugin({ name: "two", streams: [stream("c", perParent("a", "a_id"))] })
    expect(names(makeSource([one, two]))).toEqual(["b", "a", "c"])
    expect(names(makeSource([two, one]))).toEqual(["c", "b", "a"])
    expect(names(makeSource([]))).toEqual([])
  })

  it("takes no stream name twice, and says in which plugins it is", () => {
    const one = definePlugin({ name: "one", streams: [stream("a")] })
    const two = definePlugin({ name: "two", streams: [stream("a")] })
    expect(message(makeSource([one, two]))).toBe(
      "Two plugins declare a stream named a: one and two. Remove one of them."
    )
    expect(message(makeSource([one, one]))).toContain("one and one")
  })

  it("leaves out streams without a parent, and their children, and says what to install", () => {
    const plugin = definePlugin({
      name: "mail",
      streams: [
        stream("grandchildren", perParent("mail", "mail_id")),
        stream("mail", perParent("mailThreads", "thread_id", { from: "acme-threads" })),
        stream("own", perParent("things", "thing_id")),
        stream("alone")
      ]
    })
    const source = Result.getOrThrow(makeSource([plugin]))
    expect(source.streams.map(({ name }) => name)).toEqual(["alone"])
    expect([...source.missing.keys()].sort()).toEqual(["grandchildren", "mail", "own"])
    expect(source.missing.get("mail")).toContain("npm install acme-threads")
    expect(source.missing.get("own")).toContain("the package that declares things")
    expect(source.warnings).toHaveLength(3)
  })

  it("does not compose a plugin that was made for another major version", () => {
    const plugin = { ...definePlugin({ name: "old", streams: [] }), core: 99 }
    expect(message(makeSource([plugin]))).toMatch(/old was built for version 99 .* Install a version/)
  })
})

describe("a plugin that a careless author wrote", () => {
  const good = stream("a")
  const written = (change: object): unknown => ({ name: "x", core: 0, streams: [{ ...good, ...change }] })
  const throwing = (name: string): object =>
    Object.defineProperty({ ...good }, name, {
      enumerable: true,
      get: () => {
        throw new Error("boom\nstack")
      }
    })
  const self: { type: string; columns: object } = { type: "object", columns: {} }
  self.columns = { self }

  it.each<[unknown, string]>([
    [
      { name: "x", core: 0, streams: [{ name: "a", columns: {} }] },
      "The plugin x cannot be used: the stream a: path is missing; the stream a: tokens is missing; the stream a: scope is missing; the stream a: primaryKey is missing; the stream a: paging is missing. Correct it"
    ],
    [written({ paging: undefined }), "the stream a: paging is missing"],
    [written({ paging: { kind: "pages" } }), "the stream a: paging.kind is none of cursor, seek, offset, single"],
    [written({ paging: { kind: "cursor" } }), "the stream a: paging.limit is missing"],
    [written({ paging: { kind: "seek", limit: 0 } }), "the stream a: paging.limit is not a positive whole number"],
    [written({ paging: { kind: "seek", limit: 1.5 } }), "the stream a: paging.limit is not a positive whole number"],
    [
      written({ changes: { kind: "snapshot", freshnessMs: 0 } }),
      "changes.freshnessMs is not a positive number of milliseconds"
    ],
    [written({ tokens: -1 }), "the stream a: tokens is not a number of at least 0"],
    [written({ primaryKey: "id" }), "the stream a: primaryKey is not a list of strings"],
    [written({ primaryKey: ["key"] }), "the stream a: primaryKey names key, which is not a column"],
    [written({ path: "users" }), "the stream a: path does not begin with v1/ or v2/"],
    [written({ path: "/v1/users" }), "the stream a: path does not begin with v1/ or v2/"],
    [written({ path: "v1/users/{id}/x" }), "the stream a: parents is missing, although the path has an {id}"],
    [written({ tokens: "20" }), "the stream a: tokens is not a number of at least 0"],
    [written({ columns: { id: "integer" } }), "the stream a: columns.id is not an object"],
    [written({ columns: { id: { type: "int" } } }), "the stream a: columns.id.type is none of integer"],
    [written({ columns: { id: { type: "list", items: {} } } }), "the stream a: columns.id.items.type is missing"],
    [written({ columns: { id: c.integer, self } }), "is nested too deeply"],
    [written({ customFields: "topLevel" }), "the stream a: customFields is not an object"],
    [written({ customFields: { of: "lead", in: "row" } }), "customFields.of is none of deal, person, organization"],
    [written({ customFields: { of: "deal" } }), "the stream a: customFields.in is missing"],
    [
      written({ customFields: { of: "deal", in: "row", labels: "v1" } }),
      "customFields.labels is none of options, leadLabels"
    ],
    [written({ elements: { list: "options" } }), "the stream a: elements.keep is missing"],
    [written({ changes: { kind: "sometimes" } }), "the stream a: changes.kind is none of since"],
    [written({ changes: { kind: "since" } }), "the stream a: changes.cursorField is missing"],
    [written({ changes: { kind: "newestFirst", descending: {} } }), "the stream a: changes.cursorField is missing"],
    [written({ changes: { kind: "newestFirst", cursorField: "id" } }), "the stream a: changes.descending is missing"],
    [written({ changes: { kind: "since", cursorField: "t" } }), "changes.cursorField names t, which is not a column"],
    [written({ changes: { kind: "ofChangedParents", sweep: "none" } }), "the stream a: parents is missing"],
    [written({ changes: { kind: "ofChangedParents" } }), "the stream a: changes.sweep is missing"],
    [written({ parents: { streams: [] } }), "the stream a: parents.streams is not a list of names"],
    [written({ query: { limit: 5 } }), "the stream a: query.limit is not a string"],
    [written({ parts: [{ path: "x" }] }), "the stream a: parts[0].path does not begin with v1/ or v2/"],
    [written({ name: "" }), "streams[0]: name is not a string"],
    [{ name: "x", core: 0, streams: [good, good] }, "the stream a is declared twice"],
    [{ name: "x", core: 0, streams: {} }, "streams is not a list of objects"],
    [{ name: "x", core: 0, streams: [null] }, "streams is not a list of objects"],
    [{ name: "x", streams: [good] }, "The plugin x cannot be used: core is missing"],
    [{ core: 0, streams: [] }, "A plugin cannot be used: name is missing"],
    [undefined, "A plugin cannot be used:"],
    [() => good, "A plugin cannot be used:"],
    [
      { name: "x", core: 0, streams: [throwing("paging")] },
      "The plugin x cannot be used: the stream a: paging cannot be read (boom)."
    ],
    [throwing("core"), "The plugin a cannot be used: core cannot be read (boom); streams is missing."],
    [written({ parents: perParent("a", "a_id") }), "The plugin x cannot be used: the stream a is among its own parents"]
  ])("%# is refused by plugin, stream and property", (plugin, words) => {
    expect(message(makeSource([plugin as Plugin]))).toContain(words)
  })
})
