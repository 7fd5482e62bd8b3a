import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"))

/** Folders that a pattern of npm's workspaces names, as `packages/crm` for `packages/*`. */
const foldersOf = (pattern) => {
  if (!pattern.endsWith("/*")) return [pattern]
  const group = pattern.slice(0, -2)
  return existsSync(join(root, group)) ? readdirSync(join(root, group)).map((name) => `${group}/${name}`) : []
}

/**
 * All packages of the repository: the path in it, as `packages/crm`, the folder on disk and the package.json. A folder
 * without one is what another branch has left.
 */
export const packages = readJson(join(root, "package.json"))
  .workspaces.flatMap(foldersOf)
  .filter((path) => existsSync(join(root, path, "package.json")))
  .map((path) => ({ path, dir: join(root, path), manifest: readJson(join(root, path, "package.json")) }))

/** Those that are published. */
export const published = packages.filter(({ manifest }) => manifest.private !== true)

/** Whether a package is a plugin, by its keyword. */
export const isPlugin = ({ manifest }) => manifest.keywords?.includes("pipedrive-source-plugin") ?? false
