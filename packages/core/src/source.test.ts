import { Result } from "effect"
import { describe, expect, it } from "vitest"
import * as c from "./columns.ts"
import { singlePage } from "./pagination.ts"
import { type Parents, perParent } from "./parents.ts"
import { definePlugin } from "./plugin.ts"
import { makeSource } from "./source.ts"
import { defineStream } from "./stream.ts"

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
      "Two plugins declare a stream named a: one and two. Leave one of them out."
    )
    expect(message(makeSource([one, one]))).toContain("one and one")
  })

  it("leaves out streams without a parent, and their children, and says what to install", () => {
    const plugin = definePlugin({
      name: "mail",
      streams: [
        stream("grandchildren", perParent("mail", "mail_id")),
        stream("mail", perParent("mailThreads", "thread_id")),
        stream("own", perParent("things", "thing_id")),
        stream("alone")
      ]
    })
    const source = Result.getOrThrow(makeSource([plugin]))
    expect(source.streams.map(({ name }) => name)).toEqual(["alone"])
    expect([...source.missing.keys()].sort()).toEqual(["grandchildren", "mail", "own"])
    expect(source.missing.get("mail")).toContain("npm install @pipedrive-source/mail")
    expect(source.missing.get("own")).toContain("the package that declares things")
    expect(source.warnings).toHaveLength(3)
  })

  it("does not compose a plugin that was made for another major version", () => {
    const plugin = { ...definePlugin({ name: "old", streams: [] }), core: 99 }
    expect(message(makeSource([plugin]))).toMatch(/old was built for version 99 .* Install a version/)
  })
})
