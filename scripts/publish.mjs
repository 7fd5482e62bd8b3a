// Publishes what is not on the registry yet. What a published package.json says differently than the repository's is
// written for that long alone:
//
// - The app has no dependencies, as all of them are inside its bundle: who wants it gets one package, and no second
//   command of the same name. In the repository it lists them, so that changesets release it with every plugin.
// - Where the sources are, which npm wants for provenance and its site for the links of a README. Only GitHub's release
//   workflow knows that.
import { spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env

const manifests = ["packages", "apps"]
  .flatMap((group) => readdirSync(join(root, group)).map((folder) => `${group}/${folder}`))
  .map((directory) => ({ directory, file: join(root, directory, "package.json") }))
  .filter(({ file }) => existsSync(file))
  .map((one) => ({ ...one, text: readFileSync(one.file, "utf8") }))

const publishedOf = ({ directory, text }) => {
  const { dependencies, ...manifest } = JSON.parse(text)
  return {
    ...manifest,
    ...(dependencies !== undefined && !directory.startsWith("apps/") && { dependencies }),
    ...(server !== undefined &&
      repository !== undefined && { repository: { type: "git", url: `git+${server}/${repository}.git`, directory } })
  }
}

const changeset = join(root, "node_modules/@changesets/cli/bin.js")

try {
  for (const one of manifests) writeFileSync(one.file, `${JSON.stringify(publishedOf(one), undefined, 2)}\n`)
  const child = spawn(process.execPath, [changeset, "publish", ...process.argv.slice(2)], {
    cwd: root,
    stdio: "inherit"
  })
  process.exitCode = await new Promise((done, fail) =>
    child.once("error", fail).once("close", (code) => done(code ?? 1))
  )
} finally {
  for (const { file, text } of manifests) writeFileSync(file, text)
}
