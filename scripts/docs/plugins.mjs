// The plugin packages of this repository, as their declarations and their docstrings describe them.
import { readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { packages as all, isPlugin, root } from "../packages.mjs"

/** The sentence above the declaration of a stream, by the stream's name. */
const sentencesOf = (folder) => {
  const sources = join(root, "packages", folder, "src")
  const text = readdirSync(sources)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(sources, file), "utf8"))
    .join("\n")
  const declared = /\/\*\* ([^\n]*) \*\/\nexport const \w+ = defineStream\(\{\n {2}name: "(\w+)"/g
  return new Map([...text.matchAll(declared)].map(([, sentence, name]) => [name, sentence]))
}

/** Packages that say they are plugins, with what they export. */
export const packages = await Promise.all(
  all.filter(isPlugin).map(async ({ path, manifest }) => {
    const folder = basename(path)
    const plugins = Object.values(await import(manifest.name)).filter(({ streams }) => Array.isArray(streams))
    return {
      folder,
      name: manifest.name,
      description: manifest.description,
      streams: plugins.flatMap(({ streams }) => streams),
      sentences: sentencesOf(folder)
    }
  })
)

/** All streams, by name. */
export const streamsByName = new Map(packages.flatMap(({ streams }) => streams.map((stream) => [stream.name, stream])))

/** The folder of the package that declares a stream, by the stream's name. */
export const folderByStream = new Map(
  packages.flatMap(({ folder, streams }) => streams.map(({ name }) => [name, folder]))
)
