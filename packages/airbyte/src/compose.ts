/**
 * Finds and imports plugins: the packages among a folder's dependencies that carry the keyword, and the packages and
 * files that `--plugin` names. Whether they fit together is for core's `composeSource` to say.
 */
import { CORE_MAJOR, type Plugin } from "@pipedrive-source/core"
import {
  ConfigError,
  type InstalledPlugin,
  isObject,
  type JsonObject,
  type PluginOrigin
} from "@pipedrive-source/core/connection"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readJson } from "./files.ts"
import { fs, path, url } from "./node.ts"

/** The keyword of packages that are plugins. */
const keyword = "pipedrive-source-plugin"

/** Whether an export was meant to be a plugin, though it may be damaged. */
const isMeant = (value: unknown): value is Plugin => isObject(value) && "name" in value && "streams" in value

const manifestOf = (folder: string): JsonObject => {
  const manifest = readJson(path.join(folder, "package.json"), "package")
  return Result.isSuccess(manifest) && isObject(manifest.success) ? manifest.success : {}
}

/** Where a package is installed that code in `cwd` can import. */
export const folderOf = (cwd: string, name: string): string | undefined =>
  (process.getBuiltinModule("node:module").createRequire(path.join(cwd, "package.json")).resolve.paths(name) ?? [])
    .map((root) => path.join(root, name))
    .find((folder) => fs.existsSync(path.join(folder, "package.json")))

/** What an `exports` entry resolves to for an `import` on Node. */
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

/** The file that `import` of a package would load, from another folder than this one. */
const entryOf = (folder: string): string => {
  const manifest = manifestOf(folder)
  const exported = manifest.exports
  const root = isObject(exported) && "." in exported ? exported["."] : exported
  const main = targetOf(root) ?? manifest.main
  return path.join(folder, typeof main === "string" ? main : "index.js")
}

/** Loads a package that is installed where `cwd` can use it; undefined where none is. */
export const loadInstalled = async (cwd: string, name: string): Promise<unknown> => {
  const folder = folderOf(cwd, name)
  return folder === undefined ? undefined : import(url.pathToFileURL(entryOf(folder)).href)
}

/** Where a plugin is imported from. */
interface Module {
  readonly file: string
  /** The package's name, unless a file was named. */
  readonly package?: string
}

/** The packages among a folder's dependencies that are plugins by their keyword. */
const pluginPackages = (cwd: string): ReadonlyArray<Module> => {
  const manifest = manifestOf(cwd)
  const names = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
    isObject(manifest[kind]) ? Object.keys(manifest[kind]) : []
  )
  return [...new Set(names)].flatMap((name) => {
    const folder = folderOf(cwd, name)
    if (folder === undefined) return []
    const keywords = manifestOf(folder).keywords
    return Array.isArray(keywords) && keywords.includes(keyword) ? [{ file: entryOf(folder), package: name }] : []
  })
}

/** The module that `--plugin` names, by a path or by a package's name. */
const moduleOf = (cwd: string, module: string): Result.Result<Module, ConfigError> => {
  const file = path.resolve(cwd, module)
  if (module.startsWith(".") || path.isAbsolute(module) || /\.[cm]?js$/.test(module)) return Result.succeed({ file })
  const folder = folderOf(cwd, module)
  return folder === undefined
    ? Result.fail(new ConfigError({ message: `The plugin ${module} is not installed. Run: npm install ${module}` }))
    : Result.succeed({ file: entryOf(folder), package: module })
}

/** What a message says of a plugin: its package or file, and the commands that help. */
const originOf = ({ file, package: name }: Module): PluginOrigin => ({
  name: name ?? file,
  remove: name === undefined ? `Run the command without --plugin ${file}` : `Remove one of them: npm uninstall ${name}`,
  update: (core) => {
    if (core > CORE_MAJOR) return "Run: npm install @pipedrive-source/airbyte@latest"
    return `Run: npm install ${name === undefined ? `@pipedrive-source/core@${CORE_MAJOR}` : `${name}@latest`}`
  }
})

const exportsOf = (file: string): Effect.Effect<ReadonlyArray<unknown>, ConfigError> =>
  Effect.tryPromise({
    try: async (): Promise<ReadonlyArray<unknown>> => {
      const exported: Record<string, unknown> = await import(url.pathToFileURL(file).href)
      return [...new Set(Object.values(exported))]
    },
    catch: (cause) =>
      new ConfigError({
        message: `The plugin ${file} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause
      })
  })

const importPlugins = Effect.fnUntraced(function* (module: Module) {
  const plugins = (yield* exportsOf(module.file)).filter(isMeant)
  if (plugins.length === 0)
    return yield* new ConfigError({
      message: `The plugin ${module.file} exports no plugin: it must export definePlugin({ … }).`
    })
  const origin = originOf(module)
  return plugins.map((plugin): InstalledPlugin => ({ plugin, origin }))
})

const importAll = (modules: ReadonlyArray<Module>): Effect.Effect<ReadonlyArray<InstalledPlugin>, ConfigError> =>
  Effect.map(Effect.forEach(modules, importPlugins), (plugins) => plugins.flat())

const namedModules = (cwd: string, names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => Effect.fromResult(moduleOf(cwd, name)))

/** Loads the plugins that `--plugin` names. */
export const loadPlugins = (cwd: string, names: ReadonlyArray<string>) =>
  Effect.flatMap(namedModules(cwd, names), importAll)

/** Loads the plugins that the folder depends on, and those that `--plugin` names. */
export const loadFolder = Effect.fnUntraced(function* (cwd: string, names: ReadonlyArray<string>) {
  const modules = [...pluginPackages(cwd), ...(yield* namedModules(cwd, names))]
  if (modules.length === 0)
    return yield* new ConfigError({
      message: `No plugin is installed in ${cwd}. Run: npm install @pipedrive-source/crm`
    })
  return yield* importAll([...new Map(modules.map((module) => [module.file, module])).values()])
})
