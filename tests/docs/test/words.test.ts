import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { notRun } from "../not-run.ts"
import { blocksOf, pages, placeOf, root, type Word, wordsOf } from "./markdown.ts"

interface Manifest {
  readonly name: string
  readonly bin?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))
const folders = ["packages", "apps", "tests"]
  .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
  .concat("bench")
  .filter((folder) => existsSync(join(root, folder, "package.json")))
const manifests = new Map(folders.map((folder) => [folder, manifestOf(folder)]))

/** Commands that npx finds in a checkout or gets from the registry: ours, and those of the tools that are installed. */
const commands = new Set([
  ...readdirSync(join(root, "node_modules/.bin")),
  ...[...manifests.values()].flatMap(({ name, bin = {} }) => (Object.keys(bin).length === 1 ? [name] : [])),
  ...[...manifests.values()].flatMap(({ bin = {} }) => Object.keys(bin))
])

/** Scripts that a command of npm finds: those of the root, or of the package after `-w`. */
const scriptsOf = (workspace: string | undefined): ReadonlyArray<string> => {
  const one = workspace === undefined ? manifestOf(".") : manifests.get(workspace)
  const named = one ?? [...manifests.values()].find(({ name }) => name === workspace)
  return Object.keys(named?.scripts ?? {})
}

/** Sentences, tables and scripts: everything that may say a command. */
const texts: ReadonlyArray<Word> = pages.flatMap((page) => [
  ...wordsOf(page),
  ...blocksOf(page).filter(({ language }) => language === "sh")
])

const wrongIn = (word: Word, pattern: RegExp, isThere: (name: string, rest: string) => boolean) =>
  [...word.text.matchAll(pattern)]
    .filter(([, name = "", rest = ""]) => !isThere(name, rest))
    .map(([command]) => `${placeOf(word)}: ${command}`)

it("each script that a page names is one of package.json", () => {
  const isScript = (name: string, rest: string) =>
    name.startsWith("<") || scriptsOf(/ -w ([^\s<]+)/.exec(rest)?.[1]).includes(name)
  const run = /\bnpm run (?:-s |--silent )?([\w:<>-]+)([^\n&|;]*)/g
  const test = /\bnpm (test)\b([^\n&|;]*)/g
  expect(texts.flatMap((word) => [...wrongIn(word, run, isScript), ...wrongIn(word, test, isScript)])).toEqual([])
})

it("each command that a page runs by npx is one that is there", () => {
  const npx = /\bnpx (?:--yes |-y )?([\w@/.<>-]+)/g
  expect(texts.flatMap((word) => wrongIn(word, npx, (name) => commands.has(name) || name.startsWith("<")))).toEqual([])
})

it("each test that runs the blocks of a page elsewhere names the page", () => {
  for (const { page = "", why } of notRun) {
    const [file] = /\S+\.test\.ts/.exec(why) ?? []
    if (file === undefined || !page.startsWith("examples/")) continue
    expect(readFileSync(join(root, file), "utf8")).toContain(page)
  }
})
