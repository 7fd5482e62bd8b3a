import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Result from "effect/Result"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readJson } from "./files.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "files-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

const refusal = (result: Result.Result<unknown, { readonly message: string }>): string =>
  Result.match(result, { onSuccess: () => "accepted", onFailure: ({ message }) => message })

const written = (text: string | Buffer): string => {
  const path = join(folder, "config.txt")
  writeFileSync(path, text)
  return path
}

describe("a JSON file", () => {
  it("is read whatever its name, with or without a byte order mark", () => {
    expect(Result.getOrThrow(readJson(written('\uFEFF{"a":\n1}'), "config"))).toEqual({ a: 1 })
  })

  it.each(["", " \n", "\uFEFF"])("that is empty is refused: %j", (text) => {
    expect(refusal(readJson(written(text), "config"))).toMatch(/config\.txt is empty\.$/)
    expect(refusal(readJson(written(text), "state"))).toMatch(/config\.txt is empty: .* leave out --state/)
  })

  it.each(["[", '{"a":'])("that is nested too deep to be written again is refused: %s", (open) => {
    const nested = (depth: number) => `${open.repeat(depth)}1${(open === "[" ? "]" : "}").repeat(depth)}`
    expect(refusal(readJson(written(nested(20_000)), "config"))).toMatch(
      /config\.txt is nested more than 500 levels deep\./
    )
    expect(refusal(readJson(written(nested(400)), "config"))).toBe("accepted")
  })

  it("that is none is refused without repeating what it holds", () => {
    const message = refusal(readJson(written('{"api_token": geheim}'), "config"))
    expect(message).toContain("config.txt is not valid JSON")
    expect(message).not.toContain("geheim")
  })

  it("that is no text is refused as such", () => {
    expect(refusal(readJson(written(Buffer.from("\ufeff{}", "utf16le")), "config"))).toContain("is not valid UTF-8")
  })

  it("that is absent is refused by its name", () => {
    expect(refusal(readJson(join(folder, "none"), "catalog"))).toBe(
      `The catalog file ${join(folder, "none")} cannot be read: ENOENT.`
    )
  })
})
