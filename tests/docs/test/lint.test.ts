import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { root } from "./markdown.ts"
import { run } from "./process.ts"

const page = `# A page

[Other](docs/other.md), [part](docs/other.md#two-words--more), [own](#a-page), <img src="docs/picture.svg">, \`docs/other.md\`.
`

/** What lint says of a repository of two pages and a picture, where the first page has a line more. */
const lintWith = async (line: string): Promise<readonly [number | null, string]> => {
  const folder = mkdtempSync(join(tmpdir(), "pages-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, "docs"))
  execFileSync("git", ["init", "-q"], { cwd: folder })
  writeFileSync(join(folder, "README.md"), `${page}\n${line}\n`)
  writeFileSync(join(folder, "docs/other.md"), '# Other\n\n## Two words & more\n\n<a id="anchor"></a>\n')
  writeFileSync(join(folder, "docs/picture.svg"), "<svg />")
  const { code, stderr } = await run(process.execPath, [join(root, "scripts/lint-docs.mjs"), folder], { cwd: root })
  return [code, stderr]
}

it.each(["", "[x](docs/other.md#anchor)", "[x](docs)", "[x](https://example.com/none#x)", "`docs/<any>.md`"])(
  "lint passes a page with %s",
  async (line) => {
    expect(await lintWith(line)).toEqual([0, ""])
  }
)

it.each([
  ["a link to no file", "[x](docs/none.md)", "README.md:5: docs/none.md: docs/none.md is not in the repository"],
  ["a link out of the repository", "[x](../other.md)", "../other.md is not in the repository"],
  ["a link from the root", "[x](/docs/other.md)", "write it relative to the page"],
  ["an anchor of no heading", "[x](docs/other.md#none)", "docs/other.md has no heading #none"],
  ["an own anchor of no heading", "[x](#none)", "README.md has no heading #none"],
  ["a picture that is not there", "<picture><source srcset='docs/dark.svg 2x'></picture>", "docs/dark.svg is not in"],
  ["a path in code that is not there", "`docs/none.md`", "there is no docs/none.md"],
  ["too many lines", "x\n".repeat(200), "205 lines; a page has at most 200"]
])("lint refuses %s", async (_, line, problem) => {
  expect(await lintWith(line)).toEqual([1, expect.stringContaining(problem)])
})
