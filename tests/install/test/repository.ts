import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { succeed } from "./process.ts"

/** The root of this repository. */
export const root = fileURLToPath(new URL("../../../", import.meta.url))

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly keywords?: ReadonlyArray<string>
  readonly dependencies?: Readonly<Record<string, string>>
}

export const readJson = <Value>(path: string): Value => JSON.parse(readFileSync(path, "utf8"))

/** Folders of the packages that are published, as `packages/crm`. */
export const folders: ReadonlyArray<string> = ["packages", "apps"]
  .flatMap((group) => readdirSync(join(root, group)).map((folder) => `${group}/${folder}`))
  .filter((folder) => existsSync(join(root, folder, "package.json")))
  .filter((folder) => readJson<Manifest>(join(root, folder, "package.json")).private !== true)

/** Those of them that hold a plugin. */
export const plugins: ReadonlyArray<string> = folders.filter((folder) =>
  readJson<Manifest>(join(root, folder, "package.json")).keywords?.includes("pipedrive-source-plugin")
)

/** Names of all streams, as STREAMS.md has them from the declarations. */
export const documentedStreams: ReadonlyArray<string> = [
  ...readFileSync(join(root, "STREAMS.md"), "utf8").matchAll(/^\| `(\w+)` \|/gm)
].map(([, name = ""]) => name)

const parts = ["package.json", "README.md", "LICENSE", "bin", "dist", "src", "tsup.config.ts"]

/**
 * Copies what a release works on into a folder of its own; what is installed is shared.
 *
 * @param only files of each package to copy, all by default
 */
export const copyRepository = (only: ReadonlyArray<string> = parts): string => {
  const copy = mkdtempSync(join(tmpdir(), "repository-"))
  const add = (path: string): void => {
    if (!existsSync(join(root, path))) return
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path), { recursive: true })
  }
  for (const path of ["package.json", "package-lock.json", "LICENSE", "build", "tsconfig.base.json", "scripts"])
    add(path)
  for (const path of [".changeset/config.json", ...folders.flatMap((folder) => only.map((part) => join(folder, part)))])
    add(path)
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))
  return copy
}

/** Version of each package in a copy, by the folder's last name. */
export const versionsIn = (copy: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    folders.map((folder) => [folder.split("/").at(-1), readJson<Manifest>(join(copy, folder, "package.json")).version])
  )

/** Writes a changeset: bumps of packages by their full names. */
export const addChangeset = (copy: string, bumps: Readonly<Record<string, "patch" | "minor" | "major">>): void => {
  const lines = Object.entries(bumps).map(([name, bump]) => `"${name}": ${bump}`)
  writeFileSync(join(copy, ".changeset", "change.md"), `---\n${lines.join("\n")}\n---\n\nA change.\n`)
}

/** The command of changesets. */
export const changeset = join(root, "node_modules/@changesets/cli/bin.js")

/** Publishes what a copy holds that the registry has not, as a release does; tells what it was. */
export const publish = async (copy: string, env: NodeJS.ProcessEnv): Promise<ReadonlyArray<string>> => {
  const said = await succeed(process.execPath, ["scripts/publish.mjs", "--no-git-tag"], { cwd: copy, env })
  return [...(said.split("Successfully published:")[1] ?? "").matchAll(/^\S+@\d+\.\d+\.\d+$/gm)].map(([name]) => name)
}

/** Blocks of a document between three backquotes of one language, in order. */
export const blocksOf = (document: string, language: string): ReadonlyArray<string> =>
  [...readFileSync(join(root, document), "utf8").matchAll(/^```(\w+)\n(.*?)^```/gms)]
    .filter(([, each]) => each === language)
    .map(([, , block = ""]) => block)

/** Bytes of everything below a folder. */
export const sizeOf = (path: string): number =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
