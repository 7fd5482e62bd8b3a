// Where generated pages are, and how they come there.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { root } from "../packages.mjs"

/** What is in a file; empty if there is none. */
export const contentOf = (name) => {
  try {
    return readFileSync(join(root, name), "utf8")
  } catch (error) {
    if (error.code === "ENOENT") return ""
    throw error
  }
}

/** Files in a folder, by their path from the root. */
const filesIn = (folder) => {
  try {
    return readdirSync(join(root, folder)).map((file) => `${folder}/${file}`)
  } catch (error) {
    if (error.code === "ENOENT") return []
    throw error
  }
}

/** Pages that are not as they should be: their names, what they should say, and nothing for those that should go. */
export const outdated = (pages, ownFolder) => [
  ...[...pages].filter(([name, text]) => contentOf(name) !== text),
  ...filesIn(ownFolder)
    .filter((name) => !pages.has(name))
    .map((name) => [name, undefined])
]

/** Writes a page, or removes it where there is nothing to be written. */
export const put = (name, text) => {
  const path = join(root, name)
  if (text === undefined) return rmSync(path)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
