// Fails on exports that nothing imports, and on dependencies that nothing uses. What an entry of a package exports is
// for others, so it counts as used.
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && existsSync(file))
const sources = files.filter((file) => /\.(ts|mjs|js)$/.test(file) && !file.endsWith(".d.ts"))
const text = new Map(sources.map((file) => [file, readFileSync(file, "utf8")]))
const problems = []

const words = new Map()
for (const [file, content] of text) {
  for (const word of new Set(content.match(/[A-Za-z_$][\w$]*/g))) words.set(word, [...(words.get(word) ?? []), file])
}
const isEntry = (file) => /\/src\/(index|reader|main)\.ts$/.test(file) || !file.includes("/src/")
for (const [file, content] of text) {
  if (isEntry(file) || /\.test\.ts$/.test(file)) continue
  for (const [, name] of content.matchAll(/^export (?:const|class|function|async function) (\w+)/gm)) {
    const users = (words.get(name) ?? []).filter((other) => other !== file)
    if (users.length === 0) problems.push(`${file}: ${name} is exported and nothing imports it`)
  }
}

// Used by commands, by configs that name no import, by the platform, or by the reader, which leaves it to its users.
const byName =
  /^(@bin\/|@types\/|turbo$|typescript$|tsup$|node$|@changesets\/|@biomejs\/|publint$|effect$|fflate$|transliteration$|vitest$|@vitest\/coverage-v8$|@pipedrive-source\/(contract|duckdb)$)/
for (const manifest of files.filter((file) => /(^|\/)package\.json$/.test(file))) {
  const folder = dirname(manifest)
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(manifest, "utf8"))
  const own = [...text]
    .filter(([file]) => folder === "." || file.startsWith(`${folder}/`))
    .map(([, content]) => content)
  const readmes = files.filter((file) => file === join(folder, "README.md")).map((file) => readFileSync(file, "utf8"))
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    if (byName.test(name)) continue
    const isUsed = [...own, ...readmes].some(
      (content) => content.includes(`"${name}"`) || content.includes(`"${name}/`) || content.includes(`${name}/`)
    )
    if (!isUsed) problems.push(`${manifest}: ${name} is a dependency and nothing uses it`)
  }
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
