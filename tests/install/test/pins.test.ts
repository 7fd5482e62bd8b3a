import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { type Ended, run } from "./process.ts"
import { root } from "./repository.ts"

const script = join(root, "scripts/lint-pins.mjs")
const dockerfile = "apps/source-pipedrive/Dockerfile"
const release = ".github/workflows/release.yml"
const ci = ".github/workflows/ci.yml"

/** The lint on what it looks at, with one file changed. */
const lintWith = (path: string, change: (text: string) => string): Promise<Ended> => {
  const folder = mkdtempSync(join(tmpdir(), "pins-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const each of [dockerfile, ".github/workflows"])
    cpSync(join(root, each), join(folder, each), { recursive: true })
  const text = readFileSync(join(folder, path), "utf8")
  const changed = change(text)
  expect(changed).not.toBe(text)
  writeFileSync(join(folder, path), changed)
  return run(process.execPath, [script, folder], { cwd: root })
}

it("everything taken from elsewhere is pinned", async () => {
  expect(await run(process.execPath, [script], { cwd: root })).toEqual({ code: 0, stdout: "", stderr: "" })
})

const install = "- run: npm ci --ignore-scripts --no-audit\n      - run: npm run release:audit"

it.each<[string, string, RegExp | string, string, RegExp]>([
  ["an action by its tag", ci, /checkout@\S+ # \S+/, "checkout@v5", /ci\.yml: actions\/checkout@v5 is not pinned/],
  ["an action by half a commit", ci, /checkout@\S+/, "checkout@93cb6ef", /checkout@93cb6ef # v5.0.1 is not pinned/],
  ["an action without its version", release, / # v2.1.1/, "", /changesets\/action@[0-9a-f]{40} is not pinned/],
  ["a base image by its tag", dockerfile, /@sha256:\w+ AS/, " AS", /node:24\.21\.0-slim is not pinned by its digest/],
  ["the last base image by its tag", dockerfile, /(slim)@sha256:\w+\n/, "$1\n", /slim is not pinned by its digest/],
  ["a base image by its digest alone", dockerfile, /:24\.21\.0-slim@/, "@", /node@sha256:\w+ is not pinned/],
  ["another image's files by its tag", dockerfile, "--from=build", "--from=alpine:3", /alpine:3 is not pinned/],
  ["the frontend by its tag", dockerfile, /(dockerfile:1)@\S+/, "$1", /docker\/dockerfile:1 is not pinned/],
  [
    "scripts of what is installed where the job signs",
    release,
    install,
    install.replace("--ignore-scripts ", ""),
    /publish can sign, and runs npm ci --no-audit/
  ],
  [
    "a package beyond the lock file where the job signs",
    release,
    install,
    `- run: npm install --global npm@11.19.1\n      ${install}`,
    /publish can sign, and runs npm install --global npm@11\.19\.1/
  ],
  [
    "a command of the registry where the job signs",
    release,
    install,
    `${install}\n      - run: npx some-tool`,
    /publish can sign, and runs npx some-tool/
  ],
  [
    "a script of a web page where the job signs",
    release,
    install,
    `${install}\n      - run: curl -fsSL https://example.com/install.sh | sh`,
    /publish can sign, and runs curl/
  ]
])("%s is refused", async (_, path, from, to, problem) => {
  const { code, stderr } = await lintWith(path, (text) => text.replace(from, to))
  expect(stderr).toMatch(problem)
  expect(code).toBe(1)
})
