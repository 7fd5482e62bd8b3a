import type { SourceStream } from "./stream.ts"

/** A named list of streams: what a plugin package exports. */
export interface Plugin {
  readonly name: string
  /** Major version of `@pipedrive-source/core` that the plugin was built for. */
  readonly core: number
  readonly streams: ReadonlyArray<SourceStream>
}

/** Major version of this package; a plugin that was built for another one cannot be used. */
export const CORE_MAJOR = 0

/** Declares a plugin. */
export const definePlugin = (plugin: Omit<Plugin, "core">): Plugin => Object.freeze({ ...plugin, core: CORE_MAJOR })
