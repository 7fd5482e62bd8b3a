// Holds what every published package.json says of the project against the root's: repository, bugs, homepage, licence
// and author. The root's `repository` is the one place that knows where the project lives; whoever moves it changes that
// and writes the rest:
//
//   node scripts/lint-manifests.mjs --write
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { published, root } from "./packages.mjs"

const isWrite = process.argv.includes("--write")
const textOf = (path) => readFileSync(join(root, path), "utf8")

const { author, license, repository } = JSON.parse(textOf("package.json"))
const [, page, owner] = /^git\+(https:\/\/[^/]+\/([^/]+)\/[^/]+)\.git$/.exec(repository.url)
const problems = []

/** Keeps a file as it is to be, or says what is wrong with it. */
const hold = (path, wanted, problem) => {
  if (wanted === textOf(path)) return
  if (isWrite) writeFileSync(join(root, path), wanted)
  else problems.push(`${path}: ${problem}. Run: node scripts/lint-manifests.mjs --write`)
}

for (const { path: directory, manifest } of published) {
  const path = `${directory}/package.json`
  const shared = {
    homepage: `${page}/tree/main/${directory}#readme`,
    bugs: { url: `${page}/issues` },
    repository: { ...repository, directory },
    license,
    author
  }
  const wrong = Object.keys(shared).filter((field) => !isDeepStrictEqual(manifest[field], shared[field]))
  if (wrong.length > 0) {
    const { name, version, description, keywords, ...rest } = manifest
    const wanted = { name, version, description, keywords, ...shared, ...rest, ...shared }
    hold(path, `${JSON.stringify(wanted, undefined, 2)}\n`, `${wrong.join(", ")} not as package.json of the root says`)
  }
  if (!manifest.keywords?.includes("pipedrive")) problems.push(`${path}: the keyword pipedrive is missing`)
}

const issues = ".github/ISSUE_TEMPLATE/config.yml"
hold(
  issues,
  textOf(issues).replace(/https:\/\/github\.com\/[^/\s]+\/[^/\s]+(?=\/)/g, page),
  `an address is not at ${page}`
)
const owners = ".github/CODEOWNERS"
hold(owners, textOf(owners).replace(/@[^/\s]+(?=\/)/g, `@${owner}`), `a team is not of ${owner}`)

for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
