import type { SourceStream } from "./stream.ts"

/** A named list of streams: what a plugin package exports. */
export interface Plugin {
  readonly name: string
  /** Major version of `@pipedrive-source/core` the plugin was built for. */
  readonly core: number
  readonly streams: ReadonlyArray<SourceStream>
}

/** Major version of the words in this package; a plugin made for another does not compose. */
export const CORE_MAJOR = 0

/** Declares a plugin. */
export const definePlugin = (plugin: Omit<Plugin, "core">): Plugin => Object.freeze({ ...plugin, core: CORE_MAJOR })
