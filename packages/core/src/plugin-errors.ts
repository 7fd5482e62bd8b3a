/**
 * What can be wrong with the plugins of a source: a plugin is damaged or made for another version of core, two plugins
 * clash, or a stream is its own ancestor. Every message names the plugin as the user knows it, and what to run.
 */

import { CORE_MAJOR, type Plugin } from "./declare/plugin.ts"
import { pluginFlaw } from "./declare/validate.ts"
import { ConfigError } from "./errors.ts"

/** Where a plugin comes from, and what to do about it. */
export interface PluginOrigin {
  /** The package or file. */
  readonly name: string
  /** How to go on without it. */
  readonly remove: string
  /** How to get a version that fits, where the plugin was built for this major version of core. */
  readonly update: (core: number) => string
}

/** A plugin, and where it comes from if it was not passed in code. */
export interface InstalledPlugin {
  readonly plugin: Plugin
  readonly origin?: PluginOrigin
}

/** The plugin's name, or undefined where there is none that can be read: a plugin may hold anything. */
const ownName = (plugin: Plugin): string | undefined => {
  try {
    return typeof plugin === "object" && typeof plugin?.name === "string" ? plugin.name : undefined
  } catch {
    return undefined
  }
}

const nameOf = ({ origin, plugin }: InstalledPlugin): string | undefined => origin?.name ?? ownName(plugin)

/** The version of core that a plugin was built for; undefined where it cannot be read. */
const coreOf = (plugin: Plugin): number | undefined => {
  try {
    return typeof plugin?.core === "number" ? plugin.core : undefined
  } catch {
    return undefined
  }
}

/** Why a plugin cannot be used; undefined where it can. */
export const pluginError = (installed: InstalledPlugin): ConfigError | undefined => {
  const { origin, plugin } = installed
  const flaw = pluginFlaw(plugin)
  const name = nameOf(installed)
  const core = coreOf(plugin)
  if (core !== undefined && core !== CORE_MAJOR && name !== undefined) {
    const remedy = origin?.update(core) ?? "Install a version of the plugin that was made for it."
    return new ConfigError({
      message: `The plugin ${name} was built for version ${core} of @pipedrive-source/core, but this is version ${CORE_MAJOR}. ${remedy}`
    })
  }
  if (flaw === undefined) return undefined
  const what = name === undefined ? "A plugin" : `The plugin ${name}`
  return new ConfigError({ message: `${what} cannot be used: ${flaw}. Correct it, or remove it.` })
}

/** Two plugins declare a stream of the same name. */
export const clashError = (stream: string, first: InstalledPlugin, second: InstalledPlugin): ConfigError =>
  new ConfigError({
    message: `Two plugins declare a stream named ${stream}: ${nameOf(first)} and ${nameOf(second)}. ${second.origin?.remove ?? "Remove one of them."}`
  })

/** A stream is among its own parents, or theirs. */
export const circularError = (stream: string, installed: InstalledPlugin): ConfigError =>
  new ConfigError({
    message: `The plugin ${nameOf(installed)} cannot be used: the stream ${stream} is among its own parents.`
  })
