/**
 * Node's own modules. An `import` of one also loads all that Node offers lazily there, and node:http so loads a
 * WebSocket: that would be a third of the start.
 */
export const fs = process.getBuiltinModule("node:fs")
export const path = process.getBuiltinModule("node:path")
export const url = process.getBuiltinModule("node:url")
export const util = process.getBuiltinModule("node:util")

/**
 * Keeps what is loaded from here on compiled for the next run, in the package's own folder: one that others may write to
 * would let them choose what runs. Where that is not possible, nothing is kept.
 */
export const keepCompiled = (): void => {
  const folder = url.fileURLToPath(new URL("../node_modules/.cache", import.meta.url))
  process.getBuiltinModule("node:module").enableCompileCache?.(folder)
}
