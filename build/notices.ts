import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Options } from "tsup"

type EsbuildPlugin = NonNullable<Options["esbuildPlugins"]>[number]

const FILE = "THIRD-PARTY-NOTICES.txt"

/** Folder of the package that a bundled file is of; undefined for our own. */
const packageOf = (path: string): string | undefined =>
  /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path.replaceAll("\\", "/"))?.[1]

/** Name, version and licence of a package; a package without a licence cannot be bundled. */
const noticeOf = async (folder: string): Promise<readonly [name: string, notice: string]> => {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).sort()
  if (files.length === 0) throw new Error(`${name} has no licence file, so it must not be bundled`)
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")))
  return [name, [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join("\n\n")]
}

/** Writes beside a bundle the notices of all that it has inside of others. */
export const notices: EsbuildPlugin = {
  name: "notices",
  setup(build) {
    build.initialOptions.metafile = true
    build.onEnd(async ({ metafile }) => {
      const inputs = Object.values(metafile?.outputs ?? {}).flatMap((output) => Object.entries(output.inputs))
      const folders = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? (packageOf(path) ?? []) : []))
      const found = new Map(await Promise.all([...new Set(folders)].map(noticeOf)))
      const first =
        found.size === 0
          ? "The files of this folder hold no code of others."
          : "The files of this folder hold code of the packages below, each under its own licence."
      const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, notice]) => notice)
      const outdir = build.initialOptions.outdir ?? "dist"
      await mkdir(outdir, { recursive: true })
      await writeFile(join(outdir, FILE), `${[first, ...sorted].join(`\n\n${"-".repeat(80)}\n\n`)}\n`)
    })
  }
}
