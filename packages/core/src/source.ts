import { Result } from "effect"
import { CORE_MAJOR, type Plugin } from "./declare/plugin.ts"
import type { SourceStream } from "./declare/stream.ts"
import { pluginFlaw } from "./declare/validate.ts"
import { ConfigError } from "./errors.ts"

/** Streams of several plugins, composed: what can be discovered and read. */
export interface Source {
  /** In the order of the plugins and of their streams. */
  readonly streams: ReadonlyArray<SourceStream>
  /** Streams left out, with the reason and the remedy. */
  readonly missing: ReadonlyMap<string, string>
  readonly warnings: ReadonlyArray<string>
}

const sentence = (stream: SourceStream, parent: string): string => {
  const remedy = stream.parents?.from ?? `the package that declares ${parent}`
  return `${stream.name} is left out: its parent stream ${parent} is not installed. Install it with: npm install ${remedy}`
}

/** Why a plugin cannot be composed; undefined where it can. A plugin may hold anything, getters that throw included. */
const refusalOf = (plugin: Plugin): string | undefined => {
  const flaw = pluginFlaw(plugin)
  if (flaw === undefined) {
    return plugin.core === CORE_MAJOR ? undefined : wrongVersion(plugin)
  }
  try {
    if (typeof plugin?.core === "number" && plugin.core !== CORE_MAJOR) return wrongVersion(plugin)
    const name =
      typeof plugin?.name === "string" && typeof plugin === "object" ? `The plugin ${plugin.name}` : "A plugin"
    return `${name} cannot be used: ${flaw}. Correct it, or leave it out.`
  } catch {
    return `A plugin cannot be used: ${flaw}. Correct it, or leave it out.`
  }
}

const wrongVersion = ({ core, name }: Plugin): string =>
  `The plugin ${name} was built for version ${core} of @pipedrive-source/core, and this is version ${CORE_MAJOR}. Install a version of the plugin made for it.`

/** A stream that is among its own parents, or theirs. */
const ownAncestor = (streams: ReadonlyMap<string, SourceStream>): string | undefined => {
  for (const name of streams.keys()) {
    const seen = new Set<string>()
    const left = [...(streams.get(name)?.parents?.streams ?? [])]
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (next === name) return name
      if (seen.has(next)) continue
      seen.add(next)
      left.push(...(streams.get(next)?.parents?.streams ?? []))
    }
  }
  return undefined
}

/** Composes plugins: names must be unique, and a stream whose parent is missing is left out with a warning. */
export const makeSource = (plugins: ReadonlyArray<Plugin>): Result.Result<Source, ConfigError> => {
  const byName = new Map<string, { readonly plugin: string; readonly stream: SourceStream }>()
  for (const plugin of plugins) {
    const refusal = refusalOf(plugin)
    if (refusal !== undefined) return Result.fail(new ConfigError({ message: refusal }))
    for (const stream of plugin.streams) {
      const other = byName.get(stream.name)
      if (other !== undefined) {
        return Result.fail(
          new ConfigError({
            message: `Two plugins declare a stream named ${stream.name}: ${other.plugin} and ${plugin.name}. Leave one of them out.`
          })
        )
      }
      byName.set(stream.name, { plugin: plugin.name, stream })
    }
  }
  const circular = ownAncestor(new Map([...byName].map(([name, { stream }]) => [name, stream])))
  if (circular !== undefined) {
    const plugin = byName.get(circular)?.plugin
    const message = `The plugin ${plugin} cannot be used: the stream ${circular} is among its own parents.`
    return Result.fail(new ConfigError({ message }))
  }
  const missing = new Map<string, string>()
  let left: number
  do {
    left = missing.size
    for (const { stream } of byName.values()) {
      const lost = stream.parents?.streams.find((parent) => !byName.has(parent) || missing.has(parent))
      if (lost !== undefined && !missing.has(stream.name)) missing.set(stream.name, sentence(stream, lost))
    }
  } while (missing.size > left)
  const streams = [...byName.values()].map(({ stream }) => stream).filter(({ name }) => !missing.has(name))
  return Result.succeed({ streams, missing, warnings: [...missing.values()] })
}
