/**
 * Composes the plugins of a source: every stream has one name, and a stream whose parents nobody declares is left out,
 * with a warning that says what to install. What can be wrong is said in `plugin-errors.ts`.
 */
import { Result } from "effect"
import type { Plugin } from "./declare/plugin.ts"
import type { SourceStream } from "./declare/stream.ts"
import type { ConfigError } from "./errors.ts"
import { circularError, clashError, type InstalledPlugin, pluginError } from "./plugin-errors.ts"

/** Streams of several plugins, composed: what can be discovered and read. */
export interface Source {
  /** In the order of the plugins and of their streams. */
  readonly streams: ReadonlyArray<SourceStream>
  /** Streams left out, with the reason and the remedy. */
  readonly missing: ReadonlyMap<string, string>
  readonly warnings: ReadonlyArray<string>
}

const missingParent = (stream: SourceStream, parent: string): string => {
  const remedy = stream.parents?.from ?? `the package that declares ${parent}`
  return `${stream.name} is left out: its parent stream ${parent} is not installed. Install it with: npm install ${remedy}`
}

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

/** Streams whose parent, or a parent's parent, nobody declares: with the reason and the remedy. */
const missingIn = (declared: ReadonlyMap<string, SourceStream>): ReadonlyMap<string, string> => {
  const missing = new Map<string, string>()
  let before: number
  do {
    before = missing.size
    for (const stream of declared.values()) {
      const lost = stream.parents?.streams.find((parent) => !declared.has(parent) || missing.has(parent))
      if (lost !== undefined && !missing.has(stream.name)) missing.set(stream.name, missingParent(stream, lost))
    }
  } while (missing.size > before)
  return missing
}

/** Composes plugins: names must be unique, and a stream whose parent is missing is left out with a warning. */
export const composeSource = (plugins: ReadonlyArray<InstalledPlugin>): Result.Result<Source, ConfigError> => {
  const declared = new Map<string, SourceStream>()
  const owners = new Map<string, InstalledPlugin>()
  for (const installed of plugins) {
    const error = pluginError(installed)
    if (error !== undefined) return Result.fail(error)
    for (const stream of installed.plugin.streams) {
      const owner = owners.get(stream.name)
      if (owner !== undefined) return Result.fail(clashError(stream.name, owner, installed))
      owners.set(stream.name, installed)
      declared.set(stream.name, stream)
    }
  }
  const circular = ownAncestor(declared)
  if (circular !== undefined) {
    return Result.fail(circularError(circular, owners.get(circular) as InstalledPlugin))
  }
  const missing = missingIn(declared)
  const streams = [...declared.values()].filter(({ name }) => !missing.has(name))
  return Result.succeed({ streams, missing, warnings: [...missing.values()] })
}

/** Composes plugins that are passed in code. */
export const makeSource = (plugins: ReadonlyArray<Plugin>): Result.Result<Source, ConfigError> =>
  composeSource(plugins.map((plugin) => ({ plugin })))
