// Holds packages/core/SPEC.md against the tests: every rule names tests that are there, and every test of histories,
// kills or properties names rules that are there (a comment `SPEC 1, 2`).
import { readdirSync, readFileSync } from "node:fs"

const SPEC = "packages/core/SPEC.md"
const problems = []
const rules = new Map()
for (const section of readFileSync(SPEC, "utf8").split(/^### /m).slice(1)) {
  const number = Number(/^(\d+)\. /.exec(section)?.[1])
  if (rules.has(number) || number !== rules.size + 1) problems.push(`${SPEC}: rule ${number} is out of order`)
  rules.set(number, section)
  if (!section.includes("**Why**: ")) problems.push(`${SPEC}: rule ${number} does not say why`)
  const [, enforced = ""] = section.split("**Enforced by**: ")
  const named = [...enforced.matchAll(/`([^`]+)`((?:,? "[^"]+")+)/g)]
  if (named.length === 0) problems.push(`${SPEC}: rule ${number} names no test`)
  for (const [, file, names] of named) {
    let text
    try {
      text = readFileSync(file, "utf8")
    } catch {
      problems.push(`${SPEC}: rule ${number} names ${file}, which is not there`)
      continue
    }
    for (const [, name] of names.matchAll(/"([^"]+)"/g))
      if (!text.includes(name)) problems.push(`${SPEC}: rule ${number} names "${name}", which is not in ${file}`)
  }
}

/** Tests of histories, kills and properties. */
const isChance = (text) => /chanceOf\(|fc\.(assert|property|asyncProperty)|SIGKILL|seedsOf\(/.test(text)
const folders = ["packages/core", "packages/contract", "packages/airbyte", "apps/source-pipedrive"]
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => /^(src|test)\/.*\.ts$/.test(name))
    .map((name) => `${folder}/${name}`)
)
for (const file of files) {
  const text = readFileSync(file, "utf8")
  const isTest =
    (file.endsWith(".test.ts") && !file.startsWith("packages/airbyte/src/")) || file.includes("contract/src/suite/")
  const claims = [...text.matchAll(/\/\/ SPEC ((?:\d+(?:, )?)+)/g)].flatMap(([, numbers]) =>
    numbers.split(", ").map(Number)
  )
  for (const number of claims)
    if (!rules.has(number)) problems.push(`${file} names rule ${number} of ${SPEC}, which is not there`)
  if (isTest && isChance(text) && claims.length === 0)
    problems.push(`${file} tests by chance or by kills and names no rule of ${SPEC} (// SPEC 1)`)
}

for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
