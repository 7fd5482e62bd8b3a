// Publishes what is not on the registry yet.
//
// The app is published without dependencies, as all of them are inside its bundle: who wants it gets one package, and no
// second command of the same name. In the repository it lists them, so that changesets release it with every plugin; its
// package.json is another one for as long as it is published.
import { spawn } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, NPM_CONFIG_PROVENANCE } = process.env

// npm would find out as well, after the first package.
const { repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const here = `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`
if (NPM_CONFIG_PROVENANCE === "true" && repository.url !== here) {
  console.error(`npm takes provenance of the repository that package.json names alone. It names ${repository.url}, and
this is ${here}. Correct it in package.json, run: node scripts/lint-manifests.mjs --write`)
  process.exit(1)
}

const apps = readdirSync(join(root, "apps"))
  .map((folder) => join(root, "apps", folder, "package.json"))
  .map((file) => ({ file, text: readFileSync(file, "utf8") }))
const changeset = join(root, "node_modules/@changesets/cli/bin.js")

try {
  for (const { file, text } of apps) {
    const { dependencies, ...published } = JSON.parse(text)
    writeFileSync(file, `${JSON.stringify(published, undefined, 2)}\n`)
  }
  const child = spawn(process.execPath, [changeset, "publish", ...process.argv.slice(2)], {
    cwd: root,
    stdio: "inherit"
  })
  process.exitCode = await new Promise((done, fail) =>
    child.once("error", fail).once("close", (code) => done(code ?? 1))
  )
} finally {
  for (const { file, text } of apps) writeFileSync(file, text)
}
