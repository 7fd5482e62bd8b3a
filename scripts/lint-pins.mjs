// Looks at what the workflows and the image take from elsewhere: actions are named by a full commit with their version
// beside it, base images and the Dockerfile's frontend by a digest, and a job that can sign installs only what the lock
// file names, without running any of it.
//
//   node scripts/lint-pins.mjs [folder of the repository]
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), ".."))
const workflows = readdirSync(join(root, ".github/workflows"))
  .filter((name) => /\.ya?ml$/.test(name))
  .map((name) => `.github/workflows/${name}`)
const dockerfile = "apps/source-pipedrive/Dockerfile"
const textOf = (path) => readFileSync(join(root, path), "utf8")

const wrongActions = (path) =>
  [...textOf(path).matchAll(/^\s*(?:-\s+)?uses:\s*(.*)$/gm)]
    .map(([, value]) => value)
    .filter((value) => !/^\.\//.test(value) && !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(value))
    .map((value) => `${path}: ${value} is not pinned by its commit, as owner/action@<40 digits> # v1.2.3`)

/** Commands that bring code from elsewhere. */
const INSTALLS = /\b(npm|npx|pnpm|yarn|pip|pipx|apt|apt-get|curl|wget|corepack|go|cargo|gem|brew)\b[^\n]*/g
const ALLOWED = /^npm (ci --ignore-scripts( --no-audit)?|run [\w:-]+)$/

const wrongSteps = (path) => {
  const workflow = parse(textOf(path))
  const maySign = (permissions) => permissions === "write-all" || permissions?.["id-token"] === "write"
  return Object.entries(workflow.jobs ?? {})
    .filter(([, job]) => maySign(job.permissions ?? workflow.permissions))
    .flatMap(([name, job]) =>
      (job.steps ?? [])
        .flatMap(({ run = "" }) => [...run.matchAll(INSTALLS)].map(([command]) => command.trim()))
        .filter((command) => !ALLOWED.test(command))
        .map((command) => `${path}: the job ${name} can sign, and runs ${command}`)
    )
}

const wrongImages = () => {
  const text = textOf(dockerfile)
  const stages = new Set([...text.matchAll(/^FROM .* AS (\w+)$/gim)].map(([, name]) => name))
  const images = [
    ...[...text.matchAll(/^FROM +(?:--\S+ +)*(\S+)/gim)].map(([, image]) => image),
    ...[...text.matchAll(/--from=(\S+)/g)].map(([, image]) => image),
    ...[...text.matchAll(/^# *syntax *= *(\S+)/gim)].map(([, image]) => image)
  ]
  return images
    .filter((image) => !stages.has(image) && !/^[^@]+:[^@]+@sha256:[0-9a-f]{64}$/.test(image))
    .map((image) => `${dockerfile}: ${image} is not pinned by its digest, as name:tag@sha256:<64 digits>`)
}

const problems = [...workflows.flatMap((path) => [...wrongActions(path), ...wrongSteps(path)]), ...wrongImages()]
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
