import { Result } from "effect"
import { ConfigError } from "./errors.ts"
import { CORE_MAJOR, type Plugin } from "./plugin.ts"
import type { SourceStream } from "./stream.ts"

/** Streams of several plugins, composed: what can be discovered and read. */
export interface Source {
  /** In the order of the plugins and of their streams. */
  readonly streams: ReadonlyArray<SourceStream>
  /** Streams left out, with the reason and the remedy. */
  readonly missing: ReadonlyMap<string, string>
  readonly warnings: ReadonlyArray<string>
}

/** Where the streams that others name as parents live, for the message that says what to install. */
const HOMES: { readonly [stream: string]: string } = {
  deals: "crm",
  deals_archived: "crm",
  persons: "crm",
  organizations: "crm",
  notes: "crm",
  filters: "crm",
  products: "products",
  projects: "projects",
  project_boards: "projects",
  goals: "goals",
  mailThreads: "mail",
  users: "admin",
  roles: "admin",
  permission_sets: "admin"
}

const sentence = (stream: SourceStream, parent: string): string => {
  const home = HOMES[parent]
  const remedy = home === undefined ? `the package that declares ${parent}` : `@pipedrive-source/${home}`
  return `${stream.name} is left out: its parent stream ${parent} is not installed. Install it with: npm install ${remedy}`
}

/** Composes plugins: names must be unique, and a stream whose parent is missing is left out with a warning. */
export const makeSource = (plugins: ReadonlyArray<Plugin>): Result.Result<Source, ConfigError> => {
  const byName = new Map<string, { readonly plugin: string; readonly stream: SourceStream }>()
  for (const plugin of plugins) {
    if (plugin.core !== CORE_MAJOR) {
      return Result.fail(
        new ConfigError({
          message: `The plugin ${plugin.name} was built for version ${plugin.core} of @pipedrive-source/core, and this is version ${CORE_MAJOR}. Install a version of the plugin made for it.`
        })
      )
    }
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
