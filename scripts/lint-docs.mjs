// Looks at every Markdown file: each relative link and image names a file of the repository, each anchor a heading of
// its page under the name GitHub gives it, each path in code is there, and no page has more than 200 lines. A page whose
// first line is a comment is generated, and may be longer.
//
//   node scripts/lint-docs.mjs [folder of the repository]
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import rehypeRaw from "rehype-raw"
import rehypeSlug from "rehype-slug"
import remarkGfm from "remark-gfm"
import remarkParse from "remark-parse"
import remarkRehype from "remark-rehype"
import { unified } from "unified"
import { visit } from "unist-util-visit"

const MAX_LINES = 200
/** Rules and their tests in one table, which lint-spec.mjs compares with the tests: one place is the point of it. */
const LONG = new Set(["packages/core/SPEC.md"])

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), ".."))
const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" })
const files = new Set(listed.split("\n").filter((file) => file !== "" && existsSync(join(root, file))))
const pages = [...files].filter((file) => file.endsWith(".md") && !file.endsWith("CHANGELOG.md"))

/** Markdown as the HTML that GitHub makes of it, with the anchors of its headings. */
const processor = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkRehype, { allowDangerousHtml: true, clobberPrefix: "" })
  .use(rehypeRaw)
  .use(rehypeSlug)

/** Code that is a path from the root, to a file that is not built. */
const PATH = /^(\.changeset|\.ci|\.github|apps|bench|docs|examples|packages|scripts|tests)\/(?!.*\bdist\b)[\w./-]+$/

/** Every address in a srcset, without its size. */
const addressesOf = (srcSet) =>
  [srcSet ?? []].flat().flatMap((set) => set.split(",").map((part) => part.trim().split(/\s+/)[0]))

/** What a page links to, each with its line; and what others may link to on it. */
const readPage = (page) => {
  const text = readFileSync(join(root, page), "utf8")
  const links = []
  const paths = []
  const anchors = new Set()
  visit(processor.runSync(processor.parse(text)), "element", (element, _, parent) => {
    const { tagName, properties = {}, position, children } = element
    const { id, name, href, src, srcSet } = properties
    for (const anchor of [id, name]) if (anchor !== undefined) anchors.add(String(anchor))
    for (const url of [href, src, ...addressesOf(srcSet)])
      if (url !== undefined) links.push({ url: String(url), line: position?.start.line ?? 1 })
    const [{ value = "" } = {}] = children
    if (tagName === "code" && parent.tagName !== "pre" && PATH.test(value))
      paths.push({ path: value.replace(/\/$/, ""), line: position?.start.line ?? 1 })
  })
  return { text, links, paths, anchors }
}

const read = new Map(pages.map((page) => [page, readPage(page)]))

/** A file of the repository, or a folder with one in it: what is only there after a build is not on GitHub. */
const isThere = (path) => files.has(path) || path === "" || [...files].some((file) => file.startsWith(`${path}/`))

const wrongLink = (page, url) => {
  const [path, anchor] = url.split("#", 2).map((part) => decodeURIComponent(part))
  const target = path === "" ? page : relative(root, join(root, dirname(page), path))
  if (path.startsWith("/")) return "begins with a slash: write it relative to the page"
  if (target.startsWith("..") || !isThere(target)) return `${target} is not in the repository`
  if (anchor === undefined) return undefined
  // GitHub's own: lines of a source file.
  if (!target.endsWith(".md"))
    return /^L\d+(-L\d+)?$/.test(anchor) && statSync(join(root, target)).isFile()
      ? undefined
      : "only pages have anchors"
  return read.get(target)?.anchors.has(anchor) ? undefined : `${target} has no heading #${anchor}`
}

const problems = []
for (const [page, { text, links, paths }] of read) {
  for (const { url, line } of links) {
    if (/^([a-z][a-z+.-]*:|\/\/)/i.test(url)) continue
    const problem = wrongLink(page, url)
    if (problem !== undefined) problems.push(`${page}:${line}: ${url}: ${problem}`)
  }
  for (const { path, line } of paths) if (!isThere(path)) problems.push(`${page}:${line}: there is no ${path}`)
  const lines = text.split("\n").length - 1
  const mayBeLong = text.startsWith("<!--") || LONG.has(page)
  if (lines > MAX_LINES && !mayBeLong) problems.push(`${page}: ${lines} lines; a page has at most ${MAX_LINES}`)
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
