import { execFileSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Result from "effect/Result"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { draftOf } from "./drafts.ts"
import { savableFile, saveConfig } from "./save-config.ts"

let folder: string
/** What the test has mounted, the last first. */
let mounts: ReadonlyArray<string> = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "save-config-"))
})
afterEach(() => {
  for (const mount of mounts) execFileSync("umount", [mount])
  mounts = []
  rmSync(folder, { recursive: true })
})

const refusal = (result: Result.Result<unknown, { readonly message: string }>): string =>
  Result.match(result, { onSuccess: () => "accepted", onFailure: ({ message }) => message })

const written = (text: string): string => {
  const path = join(folder, "config.txt")
  writeFileSync(path, text)
  return path
}

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
      expect(refusal(savableFile(path))).toContain("it is not a regular file")
      expect(refusal(saveConfig(path, {}))).toContain("it is not a regular file")
    }
    expect(statSync(pipe).isFIFO()).toBe(true)
  })

  it("that cannot be written leaves nothing behind and says why", () => {
    expect(refusal(saveConfig(join(folder, "none", "c.json"), {}))).toContain("ENOENT")
    expect(refusal(saveConfig(folder, {}))).toContain("cannot be saved to")
    expect(readdirSync(folder)).toEqual([])
  })

  it("takes away what killed runs left beside it, and nothing else", () => {
    const path = written("{}")
    const gone = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim()
    const mine = draftOf(path)
    const named = (pid: string | number, host = mine.slice(path.length + 1).split("-")[0]) =>
      `${path}.${host}-${pid}-0123abcd.tmp`
    const elsewhere = named(gone, "00000000")
    const old = named(gone, "11111111")
    const kept = [mine, named(process.ppid), elsewhere, `${path}.tmp`, `${path}.bak`, join(folder, "other.1.tmp")]
    for (const file of [...kept, named(gone), named(process.pid), `${path}.${gone}.tmp`, old]) writeFileSync(file, "x")
    const twoDaysAgo = Date.now() / 1000 - 172_800
    utimesSync(old, twoDaysAgo, twoDaysAgo)
    Result.getOrThrow(savableFile(path))
    expect(
      readdirSync(folder)
        .map((name) => join(folder, name))
        .sort()
    ).toEqual([path, ...kept].sort())
  })

  it("is drafted under a name that no other process takes", () => {
    expect(draftOf("c")).not.toBe(draftOf("c"))
    expect(draftOf("c")).toMatch(/^c\.[0-9a-f]{8}-\d+-[0-9a-f]{8}\.tmp$/)
  })
})

const isRoot = process.platform === "linux" && process.getuid?.() === 0
if (!isRoot) console.warn("Skipped: configs mounted by themselves, as mounting needs root on Linux.")

/** A disk of 64 KB with a config on it, which is mounted by itself elsewhere; undefined where mounting is forbidden. */
const mounted = (config: string): { readonly path: string; readonly disk: string } | undefined => {
  const disk = join(folder, "disk")
  const path = join(folder, "config.json")
  mkdirSync(disk)
  writeFileSync(path, "")
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], { stdio: "ignore" })
  } catch {
    console.warn("Skipped: configs mounted by themselves, as mounting is forbidden here.")
    return undefined
  }
  mounts = [disk]
  writeFileSync(join(disk, "config.json"), config)
  execFileSync("mount", ["--bind", join(disk, "config.json"), path])
  mounts = [path, disk]
  return { path, disk }
}

describe.skipIf(!isRoot)("a config mounted by itself", () => {
  it("is overwritten, by a longer and by a shorter one", () => {
    const { path } = mounted('{"old":true}') ?? {}
    if (path === undefined) return
    for (const config of [{ token: "t".repeat(9_000) }, { token: "t" }]) {
      Result.getOrThrow(saveConfig(path, config))
      expect(readFileSync(path, "utf8")).toBe(`${JSON.stringify(config, null, 2)}\n`)
    }
    expect(readdirSync(folder).sort()).toEqual(["config.json", "disk"])
  })

  it("keeps its content where its disk is full", () => {
    const { path, disk } = mounted('{"old":true}') ?? {}
    if (path === undefined || disk === undefined) return
    expect(() => writeFileSync(join(disk, "fill"), Buffer.alloc(100_000))).toThrow("ENOSPC")
    expect(refusal(saveConfig(path, { token: "t".repeat(9_000) }))).toMatch(/cannot be saved to .*: ENOSPC\./)
    expect(readFileSync(path, "utf8")).toBe('{"old":true}')
    expect(readdirSync(folder).sort()).toEqual(["config.json", "disk"])
    Result.getOrThrow(saveConfig(path, { a: 1 }))
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ a: 1 })
    expect(existsSync(path)).toBe(true)
  })
})
