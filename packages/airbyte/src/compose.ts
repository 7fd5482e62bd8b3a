import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { isAbsolute, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Plugin } from "@pipedrive-source/core"
import { ConfigError, type JsonObject } from "@pipedrive-source/core/reader"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readJson } from "./files.ts"
import { isObject } from "./json.ts"

/** The word by which a package says that it is a plugin. */
const keyword = "pipedrive-source-plugin"

const isPlugin = (value: unknown): value is Plugin =>
  isObject(value) && typeof value.name === "string" && typeof value.core === "number" && Array.isArray(value.streams)

const manifestOf = (folder: string): JsonObject => {
  const manifest = readJson(join(folder, "package.json"), "package")
  return Result.isSuccess(manifest) && isObject(manifest.success) ? manifest.success : {}
}

/** Where a package that `cwd` can use is installed. */
const folderOf = (cwd: string, name: string): string | undefined =>
  (createRequire(join(cwd, "package.json")).resolve.paths(name) ?? [])
    .map((root) => join(root, name))
    .find((folder) => existsSync(join(folder, "package.json")))

/** What an `exports` entry gives to an `import` on Node. */
const targetOf = (entry: unknown): string | undefined => {
  if (typeof entry === "string") return entry
  if (Array.isArray(entry)) return entry.map(targetOf).find((target) => target !== undefined)
  if (!isObject(entry)) return undefined
  for (const [condition, target] of Object.entries(entry))
    if (condition === "import" || condition === "node" || condition === "default") {
      const found = targetOf(target)
      if (found !== undefined) return found
    }
  return undefined
}

/** The file that `import` of a package would load, seen from another folder than this one. */
const entryOf = (folder: string): string => {
  const manifest = manifestOf(folder)
  const exported = manifest.exports
  const root = isObject(exported) && "." in exported ? exported["."] : exported
  const main = targetOf(root) ?? manifest.main
  return join(folder, typeof main === "string" ? main : "index.js")
}

/** The packages among a folder's dependencies that say they are plugins. */
const pluginPackages = (cwd: string): ReadonlyArray<string> => {
  const manifest = manifestOf(cwd)
  const names = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
    isObject(manifest[kind]) ? Object.keys(manifest[kind]) : []
  )
  return [...new Set(names)].flatMap((name) => {
    const folder = folderOf(cwd, name)
    if (folder === undefined) return []
    const keywords = manifestOf(folder).keywords
    return Array.isArray(keywords) && keywords.includes(keyword) ? [entryOf(folder)] : []
  })
}

/** The file that `--plugin` means: a path, or a package's name. */
const fileOf = (cwd: string, module: string): Result.Result<string, ConfigError> => {
  const path = resolve(cwd, module)
  if (module.startsWith(".") || isAbsolute(module) || /\.[cm]?js$/.test(module)) return Result.succeed(path)
  const folder = folderOf(cwd, module)
  return folder === undefined
    ? Result.fail(new ConfigError({ message: `The plugin ${module} is not installed. Run: npm install ${module}` }))
    : Result.succeed(entryOf(folder))
}

const importPlugins = (file: string): Effect.Effect<ReadonlyArray<Plugin>, ConfigError> =>
  Effect.tryPromise({
    try: async (): Promise<ReadonlyArray<Plugin>> => {
      const exported: Record<string, unknown> = await import(pathToFileURL(file).href)
      return [...new Set(Object.values(exported))].filter(isPlugin)
    },
    catch: (cause) =>
      new ConfigError({
        message: `The plugin ${file} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause
      })
  }).pipe(
    Effect.filterOrFail(
      (plugins) => plugins.length > 0,
      () => new ConfigError({ message: `The plugin ${file} exports no plugin: it is to export definePlugin({ … }).` })
    )
  )

/** Loads the plugins that `--plugin` names. */
export const loadPlugins = Effect.fnUntraced(function* (cwd: string, modules: ReadonlyArray<string>) {
  const files = yield* Effect.forEach(modules, (module) => Effect.fromResult(fileOf(cwd, module)))
  return (yield* Effect.forEach(files, importPlugins)).flat()
})

/** Loads the plugins that the folder depends on, and those that `--plugin` names. */
export const composePlugins = Effect.fnUntraced(function* (cwd: string, modules: ReadonlyArray<string>) {
  const named = yield* Effect.forEach(modules, (module) => Effect.fromResult(fileOf(cwd, module)))
  const files = [...new Set([...pluginPackages(cwd), ...named])]
  if (files.length === 0)
    return yield* new ConfigError({
      message: `No plugin is installed in ${cwd}. Run: npm install @pipedrive-source/crm`
    })
  return (yield* Effect.forEach(files, importPlugins)).flat()
})
