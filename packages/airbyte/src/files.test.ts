import { execFileSync } from "node:child_process"
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Result from "effect/Result"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readJson, savableFile, saveConfig } from "./files.ts"

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

  it("may be empty", () => {
    expect(Result.getOrThrow(readJson(written(" \n"), "state"))).toBeUndefined()
  })

  it("that is none is refused without repeating what it holds", () => {
    const message = refusal(readJson(written('{"api_token": geheim}'), "config"))
    expect(message).toContain("config.txt is not valid JSON")
    expect(message).not.toContain("geheim")
  })

  it("that is no text is refused as such", () => {
    expect(refusal(readJson(written(Buffer.from("\ufeff{}", "utf16le")), "config"))).toContain("is no text in UTF-8")
  })

  it("that is absent is refused by its name", () => {
    expect(refusal(readJson(join(folder, "none"), "catalog"))).toBe(
      `The catalog file ${join(folder, "none")} cannot be read: ENOENT.`
    )
  })
})

describe("a saved config", () => {
  it("is for its owner alone, also in place of a file for all", () => {
    const path = written("{}")
    chmodSync(path, 0o644)
    Result.getOrThrow(saveConfig(path, { api_token: "geheim" }))
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ api_token: "geheim" })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(["config.txt"])
  })

  it("goes where a link leads", () => {
    const path = written("{}")
    symlinkSync(path, join(folder, "link.json"))
    Result.getOrThrow(saveConfig(join(folder, "link.json"), { api_token: "geheim" }))
    expect(lstatSync(join(folder, "link.json")).isSymbolicLink()).toBe(true)
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ api_token: "geheim" })
  })

  it("takes the place of no pipe and no folder", () => {
    const pipe = join(folder, "pipe")
    execFileSync("mkfifo", [pipe])
    for (const path of [pipe, folder]) {
      expect(refusal(savableFile(path))).toContain("it is no regular file")
      expect(refusal(saveConfig(path, {}))).toContain("it is no regular file")
    }
    expect(statSync(pipe).isFIFO()).toBe(true)
  })

  it("that cannot be written leaves nothing behind and says why", () => {
    expect(refusal(saveConfig(join(folder, "none", "c.json"), {}))).toContain("ENOENT")
    expect(refusal(saveConfig(folder, {}))).toContain("cannot be saved to")
    expect(readdirSync(folder)).toEqual([])
  })
})
