/**
 * Node's own modules. An `import` of one also loads all that Node offers lazily there, and node:http so loads a
 * WebSocket: that would be a third of the start.
 */
export const fs = process.getBuiltinModule("node:fs")
export const util = process.getBuiltinModule("node:util")
