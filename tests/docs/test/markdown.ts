import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Root, RootContent } from "mdast"
import remarkGfm from "remark-gfm"
import remarkParse from "remark-parse"
import { unified } from "unified"
import { visit } from "unist-util-visit"

/** The root of this repository. */
export const root = fileURLToPath(new URL("../../../", import.meta.url))

/** A fenced block of a page. */
export interface Block {
  readonly page: string
  /** Line of its first word in the page. */
  readonly line: number
  /** First word of its info string: `sh`, `json` …; empty where there is none. */
  readonly language: string
  /** The rest of its info string. */
  readonly meta: string
  readonly text: string
  /** Words in code that stand before it, the nearest first: file names, streams. */
  readonly named: ReadonlyArray<string>
}

/** Text in code within a sentence or a table. */
export interface Word {
  readonly page: string
  readonly line: number
  readonly text: string
}

/** Every page of the repository that people read, as `docs/airbyte.md`. */
export const pages: ReadonlyArray<string> = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8"
})
  .split("\n")
  .filter((file) => file !== "" && !/^\.changeset\/|CHANGELOG\.md$/.test(file) && existsSync(join(root, file)))

const parser = unified().use(remarkParse).use(remarkGfm)
const trees = new Map<string, Root>()

const treeOf = (page: string): Root => {
  const tree = trees.get(page) ?? parser.parse(readFileSync(join(root, page), "utf8"))
  trees.set(page, tree)
  return tree
}

const lineOf = ({ position }: RootContent): number => position?.start.line ?? 1

/** The blocks of a page in order. */
export const blocksOf = (page: string): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  const named: Array<string> = []
  visit(treeOf(page), (node) => {
    if (node.type === "inlineCode") named.unshift(node.value)
    if (node.type === "code")
      blocks.push({
        page,
        line: lineOf(node) + 1,
        language: node.lang ?? "",
        meta: node.meta ?? "",
        text: node.value,
        named: [...named]
      })
  })
  return blocks
}

/** What stands in code in the sentences and tables of a page. */
export const wordsOf = (page: string): ReadonlyArray<Word> => {
  const words: Array<Word> = []
  visit(treeOf(page), "inlineCode", (node) => void words.push({ page, line: lineOf(node), text: node.value }))
  return words
}

/** Where a block is, as an editor finds it. */
export const placeOf = ({ page, line }: Block | Word): string => `${page}:${line}`
