// Tries the reader on what chance makes, as often as is wanted; a failure names the seed that repeats it.
//
//   npm run fuzz                               # all of these
//   npm run fuzz -- json 1000000               # pages of JSON, damaged and not, against JSON.parse
//   npm run fuzz -- histories 1000             # lists that change while they are read by a reader that is killed
//   npm run fuzz -- histories 1000 --seed 42
//   npm run fuzz -- deletions 5000             # rows that come, go and come back, as destinations see them
//   npm run fuzz -- streams 20                 # every stream, by the suite that plugins pass: histories, and stops
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const packages = join(resolve(dirname(fileURLToPath(import.meta.url)), ".."), "packages")
const core = [join(packages, "core")]
const plugins = readdirSync(packages)
  .map((name) => join(packages, name))
  .filter((folder) => existsSync(join(folder, "src/contract.test.ts")))
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs")

const parts = {
  json: { folders: core, usual: 100_000, setting: "FUZZ_PAGES", files: ["test/fuzz.test.ts"] },
  histories: {
    folders: core,
    usual: 500,
    setting: "FUZZ_HISTORIES",
    files: ["src/read/since/read.test.ts", "src/read/newest-first/read.test.ts"],
    // The tests of what chance makes, not those beside them.
    only: "is complete"
  },
  deletions: {
    folders: core,
    usual: 500,
    setting: "FUZZ_DELETIONS",
    files: ["test/deletions/histories.test.ts"],
    only: "leave every destination"
  },
  streams: {
    folders: plugins,
    usual: 20,
    setting: "FUZZ_STREAMS",
    files: ["src/contract.test.ts"],
    only: "misses no row|where it was stopped|where they were stopped"
  }
}

const { values, positionals } = parseArgs({ options: { seed: { type: "string" } }, allowPositionals: true })
const [name, times] = positionals
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
if (
  (name !== undefined && !(name in parts)) ||
  ![seed, Number(times ?? 1)].every((n) => Number.isInteger(n) && n >= 0)
) {
  console.error("npm run fuzz -- [json|histories|deletions|streams] [how many] [--seed whole number]")
  process.exit(2)
}

let failed = false
for (const [part, { files, folders, only, setting, usual }] of Object.entries(parts)) {
  if (name !== undefined && part !== name) continue
  const many = times ?? usual
  console.log(`${part}: ${many} from seed ${seed}; again with: npm run fuzz -- ${part} ${many} --seed ${seed}`)
  for (const cwd of folders) {
    const { status } = spawnSync(
      process.execPath,
      [vitest, "run", ...files, ...(only === undefined ? [] : ["-t", only]), "--testTimeout=0"],
      { cwd, stdio: "inherit", env: { ...process.env, [setting]: String(many), FUZZ_SEED: String(seed) } }
    )
    if (status !== 0) failed = true
  }
}
process.exitCode = failed ? 1 : 0
