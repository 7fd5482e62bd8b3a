import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { run } from "./process.ts"
import { folders, root } from "./repository.ts"

const script = "scripts/lint-manifests.mjs"

/** A copy of what the lint looks at, in which the project has moved to another address. */
const moved = (): string => {
  const copy = mkdtempSync(join(tmpdir(), "manifests-"))
  onTestFinished(() => rmSync(copy, { recursive: true }))
  const manifests = folders.map((folder) => join(folder, "package.json"))
  for (const path of [
    "package.json",
    script,
    "scripts/packages.mjs",
    ".github/CODEOWNERS",
    ".github/ISSUE_TEMPLATE/config.yml",
    ...manifests
  ]) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path))
  }
  const file = join(copy, "package.json")
  writeFileSync(file, readFileSync(file, "utf8").replace(/github\.com\/[^"]+\.git/, "github.com/acme/pipedrive.git"))
  return copy
}

it("every package.json names the repository that the root's names, and so do the forms for issues", async () => {
  const copy = moved()
  const lint = (...args: ReadonlyArray<string>) => run(process.execPath, [script, ...args], { cwd: copy })
  const { code, stderr } = await lint()
  expect(code).toBe(1)
  expect(stderr.split("\n").filter((line) => line.includes("lint-manifests.mjs --write"))).toHaveLength(
    folders.length + 2
  )
  expect(stderr).toContain("packages/crm/package.json: homepage, bugs, repository")

  expect((await lint("--write")).code).toBe(0)
  expect(await lint()).toEqual({ code: 0, stdout: "", stderr: "" })
  const crm = readFileSync(join(copy, "packages/crm/package.json"), "utf8")
  expect(crm).toContain('"homepage": "https://github.com/acme/pipedrive/tree/main/packages/crm#readme"')
  expect(crm).toContain('"directory": "packages/crm"')
  expect(readFileSync(join(copy, ".github/CODEOWNERS"), "utf8")).toContain("* @acme/maintainers")
})
