import { describe, expect, it } from "vitest"
import { snapshot } from "../declare/changes.ts"
import * as c from "../declare/columns.ts"
import { singlePage } from "../declare/pagination.ts"
import { defineStream, type SourceStream } from "../declare/stream.ts"
import { RefusedError } from "../errors.ts"
import { errorOf } from "./refusal.ts"

const goals = (more: Partial<SourceStream> = {}): SourceStream =>
  defineStream({
    name: "goals",
    path: "v1/goals",
    docs: "https://developers.pipedrive.com/docs/api/v1/Goals",
    tokens: 20,
    scope: "goals:read",
    columns: { id: c.integer },
    primaryKey: ["id"],
    paging: singlePage(),
    changes: snapshot(),
    ...more
  })
const refused = (status: number, text = "no") => new RefusedError({ status, text })

describe("what a refusal means", () => {
  it.each([
    [400, "SystemError", "report this"],
    [401, "ConfigError", "although it accepts these credentials"],
    [402, "ConfigError", "requires payment"],
    [403, "ConfigError", "is not allowed to read goals"],
    [404, "SystemError", "no longer serves"],
    [410, "SystemError", "no longer serves"],
    [415, "ConfigError", "is not enabled"],
    [418, "SystemError", "report this"]
  ])("by its status, for every account: %i", (status, tag, words) => {
    const error = errorOf(goals(), refused(status))
    expect(error._tag).toBe(tag)
    expect(error.message).toContain(words)
    expect(error.message).toContain(`(${status}: no)`)
  })

  it.each([
    [400, "SystemError"],
    [401, "ConfigError"],
    [402, "NotAvailableError"],
    [403, "NotAvailableError"],
    [404, "NotAvailableError"],
    [410, "NotAvailableError"],
    [415, "NotAvailableError"]
  ])("by its status, where an account may lack the add-on: %i", (status, tag) => {
    expect(errorOf(goals({ addOn: "Insights" }), refused(status))._tag).toBe(tag)
  })

  it("is a missing scope where a 403 speaks of one, whatever is asked for", () => {
    expect(errorOf(goals(), refused(403, "Scope and URL mismatch")).message).toContain("lacks the scope")
    expect(errorOf(goals(), refused(403)).message).not.toContain("lacks the scope")
    expect(errorOf(goals(), refused(400, "Scope and URL mismatch")).message).not.toContain("lacks the scope")
    const error = errorOf(goals({ addOn: "Insights" }), refused(403, "scope missing"))
    expect(error._tag).toBe("ConfigError")
    expect(error.message).toContain("goals:read")
  })
})
