import { describe, expect, it } from "vitest"
import { errorFor, mayBeAbout, verdictOn } from "./statuses.ts"

const html = { isHtml: true }
const scope = { text: "Scope and URL mismatch" }

describe("verdictOn", () => {
  it.each([
    [200, {}, "ok", "nobody"],
    [204, {}, "unexpected", "nobody"],
    [302, {}, "redirected", "maintainers"],
    [400, {}, "badRequest", "maintainers"],
    [400, scope, "badRequest", "maintainers"],
    [401, html, "unauthorized", "user"],
    [402, {}, "paymentRequired", "user"],
    [403, {}, "forbidden", "user"],
    [403, scope, "scopeMissing", "user"],
    [403, { ...html, ...scope }, "blocked", "user"],
    [404, {}, "gone", "maintainers"],
    [405, {}, "refused", "maintainers"],
    [408, {}, "unavailable", "nobody"],
    [410, {}, "gone", "maintainers"],
    [414, {}, "refused", "maintainers"],
    [415, {}, "notEnabled", "user"],
    [429, {}, "rateLimited", "nobody"],
    [499, {}, "refused", "maintainers"],
    [500, {}, "unavailable", "nobody"],
    [599, html, "unavailable", "nobody"],
    [999, {}, "unavailable", "nobody"]
  ])("says of %i with %j: %s, and %s must act", (status, answer, meaning, actor) => {
    const verdict = verdictOn(status, answer)
    expect([verdict.meaning, verdict.actor]).toEqual([meaning, actor])
  })

  it("has the error of whoever must act", () => {
    const failure = { message: "what to do" }
    expect(errorFor("user", failure)._tag).toBe("ConfigError")
    expect(errorFor("nobody", failure)._tag).toBe("TransientError")
    expect(errorFor("maintainers", failure)._tag).toBe("SystemError")
  })
})

describe("mayBeAbout", () => {
  const statuses = [400, 401, 402, 403, 404, 405, 410, 414, 415]
  const about = (subject: Parameters<typeof mayBeAbout>[0], text = "no") =>
    statuses.filter((status) => mayBeAbout(subject, { status, text }))

  it("tells which refusals may be about less than the whole request", () => {
    expect(about("parameters")).toEqual([400])
    expect(about("place")).toEqual([400, 403, 404, 405, 410, 414, 415])
    expect(about("parent")).toEqual([401, 403, 404, 410])
    expect(about("batch")).toEqual([400, 401, 403, 404, 410, 414])
    expect(about("plan")).toEqual([402, 403, 404, 410, 415])
  })

  it("tells a missing scope from a permission that the user lacks for one parent", () => {
    expect(about("parent", "Scope and URL mismatch")).toEqual([401, 404, 410])
    expect(about("plan", "Scope and URL mismatch")).toEqual([402, 404, 410, 415])
  })
})
