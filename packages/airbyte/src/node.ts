/**
 * Node's own modules. An `import` of one would also load everything that Node offers lazily there, such as a WebSocket
 * in node:http: a third of the start-up time.
 */
export const fs = process.getBuiltinModule("node:fs")
export const path = process.getBuiltinModule("node:path")
export const url = process.getBuiltinModule("node:url")
export const util = process.getBuiltinModule("node:util")

/**
 * Caches the compiled form of what is loaded from here on for the next run, in the package's own folder: in a folder
 * that others may write to, they could choose what runs. If that is not possible, nothing is cached.
 */
export const keepCompiled = (): void => {
  const folder = url.fileURLToPath(new URL("../node_modules/.cache", import.meta.url))
  process.getBuiltinModule("node:module").enableCompileCache?.(folder)
}
