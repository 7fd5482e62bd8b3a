import { CORE_MAJOR, type Plugin } from "@pipedrive-source/core"
import { ConfigError, isObject, type JsonObject, pluginFlaw } from "@pipedrive-source/core/reader"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readJson } from "./files.ts"
import { fs, path, url } from "./node.ts"

/** The word by which a package says that it is a plugin. */
const keyword = "pipedrive-source-plugin"

const isPlugin = (value: unknown): value is Plugin =>
  isObject(value) &&
  typeof value.name === "string" &&
  typeof value.core === "number" &&
  Array.isArray(value.streams) &&
  value.streams.every((stream) => isObject(stream) && typeof stream.name === "string" && isObject(stream.columns))

/** Whether an export was meant to be a plugin, though it may be none; its getters may throw. */
const isMeant = (value: unknown): boolean => isObject(value) && "name" in value && "streams" in value

const isSound = (value: unknown): value is Plugin => {
  try {
    return isPlugin(value)
  } catch {
    return false
  }
}

const manifestOf = (folder: string): JsonObject => {
  const manifest = readJson(path.join(folder, "package.json"), "package")
  return Result.isSuccess(manifest) && isObject(manifest.success) ? manifest.success : {}
}

/** Where a package that `cwd` can use is installed. */
export const folderOf = (cwd: string, name: string): string | undefined =>
  (process.getBuiltinModule("node:module").createRequire(path.join(cwd, "package.json")).resolve.paths(name) ?? [])
    .map((root) => path.join(root, name))
    .find((folder) => fs.existsSync(path.join(folder, "package.json")))

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
  return path.join(folder, typeof main === "string" ? main : "index.js")
}

/** Loads a package that is installed where `cwd` can use it; undefined where none is. */
export const loadInstalled = async (cwd: string, name: string): Promise<unknown> => {
  const folder = folderOf(cwd, name)
  return folder === undefined ? undefined : import(url.pathToFileURL(entryOf(folder)).href)
}

/** Where a plugin is imported from. */
interface Origin {
  readonly file: string
  /** The package, unless a file was named. */
  readonly package?: string
}

/** The packages among a folder's dependencies that say they are plugins. */
const pluginPackages = (cwd: string): ReadonlyArray<Origin> => {
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

/** What `--plugin` means: a path, or a package's name. */
const originOf = (cwd: string, module: string): Result.Result<Origin, ConfigError> => {
  const file = path.resolve(cwd, module)
  if (module.startsWith(".") || path.isAbsolute(module) || /\.[cm]?js$/.test(module)) return Result.succeed({ file })
  const folder = folderOf(cwd, module)
  return folder === undefined
    ? Result.fail(new ConfigError({ message: `The plugin ${module} is not installed. Run: npm install ${module}` }))
    : Result.succeed({ file: entryOf(folder), package: module })
}

/** A plugin, and where it comes from: that is what a message has to name. */
interface Loaded {
  readonly plugin: Plugin
  readonly origin: Origin
}

const exportsOf = (origin: Origin): Effect.Effect<ReadonlyArray<unknown>, ConfigError> =>
  Effect.tryPromise({
    try: async (): Promise<ReadonlyArray<unknown>> => {
      const exported: Record<string, unknown> = await import(url.pathToFileURL(origin.file).href)
      return [...new Set(Object.values(exported))]
    },
    catch: (cause) =>
      new ConfigError({
        message: `The plugin ${origin.file} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause
      })
  })

const importPlugins = Effect.fnUntraced(function* (origin: Origin) {
  const exported = yield* exportsOf(origin)
  const broken = exported.find((value) => isMeant(value) && !isSound(value))
  if (broken !== undefined)
    return yield* new ConfigError({
      message: `The plugin ${origin.file} exports no plugin that can be used: ${pluginFlaw(broken)}.`
    })
  const plugins = exported.filter(isSound)
  if (plugins.length === 0)
    return yield* new ConfigError({
      message: `The plugin ${origin.file} exports no plugin: it is to export definePlugin({ … }).`
    })
  return plugins.map((plugin): Loaded => ({ plugin, origin }))
})

const nameOf = ({ origin }: Loaded): string => origin.package ?? origin.file

/** What to install where plugin and reader are of different major versions. */
const fitting = ({ plugin, origin }: Loaded): string => {
  if (plugin.core > CORE_MAJOR) return "@pipedrive-source/airbyte@latest"
  return origin.package === undefined ? `@pipedrive-source/core@${CORE_MAJOR}` : `${origin.package}@latest`
}

/** Why these plugins do not compose, and the command that mends it. */
const clashOf = (loaded: ReadonlyArray<Loaded>): string | undefined => {
  const stranger = loaded.find(({ plugin }) => plugin.core !== CORE_MAJOR)
  if (stranger !== undefined)
    return `The plugin ${nameOf(stranger)} was built for version ${stranger.plugin.core} of @pipedrive-source/core, and this is version ${CORE_MAJOR}. Run: npm install ${fitting(stranger)}`
  const holders = new Map<string, Loaded>()
  for (const each of loaded)
    for (const { name } of each.plugin.streams) {
      const other = holders.get(name)
      if (other !== undefined) {
        const out =
          each.origin.package === undefined
            ? `Run it without --plugin ${each.origin.file}`
            : `Leave one of them out: npm uninstall ${each.origin.package}`
        return `Two plugins declare a stream named ${name}: ${nameOf(other)} and ${nameOf(each)}. ${out}`
      }
      holders.set(name, each)
    }
  return undefined
}

const pluginsOf = Effect.fnUntraced(function* (origins: ReadonlyArray<Origin>) {
  const loaded = (yield* Effect.forEach(origins, importPlugins)).flat()
  const clash = clashOf(loaded)
  if (clash !== undefined) return yield* new ConfigError({ message: clash })
  return loaded.map(({ plugin }) => plugin)
})

/** Loads the plugins that `--plugin` names. */
export const loadPlugins = Effect.fnUntraced(function* (cwd: string, modules: ReadonlyArray<string>) {
  return yield* pluginsOf(yield* Effect.forEach(modules, (module) => Effect.fromResult(originOf(cwd, module))))
})

/** Loads the plugins that the folder depends on, and those that `--plugin` names. */
export const composePlugins = Effect.fnUntraced(function* (cwd: string, modules: ReadonlyArray<string>) {
  const named = yield* Effect.forEach(modules, (module) => Effect.fromResult(originOf(cwd, module)))
  const origins = new Map([...pluginPackages(cwd), ...named].map((origin) => [origin.file, origin]))
  if (origins.size === 0)
    return yield* new ConfigError({
      message: `No plugin is installed in ${cwd}. Run: npm install @pipedrive-source/crm`
    })
  return yield* pluginsOf([...origins.values()])
})
