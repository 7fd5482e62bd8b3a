/**
 * What the commands open before they do their work: the config, the plugins, the network.
 */
import { type Config, ConfigError, composeSource, decodeConfig, type SendHttp } from "@pipedrive-source/core/connection"
import * as Effect from "effect/Effect"
import type { SourceCommand } from "./cli.ts"
import { loadFolder, loadPlugins } from "./compose.ts"
import type { Edge } from "./edge.ts"
import { makeNetwork } from "./fetch.ts"
import { readJson } from "./files.ts"
import { insecureTls } from "./insecure-tls.ts"
import { savableFile } from "./save-config.ts"
import type { Setup } from "./setup.ts"

/** Opens the config. If it has the form of an older version, today's form is emitted before anything else. */
export const openConfig = Effect.fnUntraced(function* (edge: Edge, command: SourceCommand) {
  const { config: path, saveConfig } = command
  const raw = yield* Effect.fromResult(readJson(path, "config"))
  edge.learn(raw)
  // Before a token is renewed that could then not be saved.
  if (saveConfig !== undefined) yield* Effect.fromResult(savableFile(saveConfig))
  const { config, migrated } = yield* Effect.fromResult(decodeConfig(raw))
  if (migrated !== undefined) yield* edge.emit({ _tag: "ConfigChanged", config: migrated })
  const asks = command._tag !== "Discover" || config.customFields === "named"
  const insecure = asks ? insecureTls(process.env) : undefined
  if (insecure !== undefined) yield* edge.emit({ _tag: "Log", level: "WARN", message: insecure })
  return config
})

/** The folder that the command was started in; it may have been deleted since. */
const workingFolder = Effect.try({
  try: () => process.cwd(),
  catch: () => new ConfigError({ message: "The working directory no longer exists. Run the command from another one." })
})

export const openSource = Effect.fnUntraced(function* ({ plugins }: Setup, modules: ReadonlyArray<string>) {
  if (plugins === "of the folder") {
    return yield* Effect.fromResult(composeSource(yield* loadFolder(yield* workingFolder, modules)))
  }
  const own = typeof plugins === "function" ? yield* Effect.promise(plugins) : plugins
  const more = modules.length === 0 ? [] : yield* loadPlugins(yield* workingFolder, modules)
  return yield* Effect.fromResult(composeSource([...own.map((plugin) => ({ plugin })), ...more]))
})

/** The network, for as long as the scope lasts. */
const openNetwork = (config: Config) =>
  Effect.acquireRelease(
    Effect.sync(() => makeNetwork(config.workers)),
    (network) => Effect.sync(network.close)
  )

/** Uses the network, for as long as requests can leave this machine at all. */
export const overNetwork = <A, E, R>(config: Config, use: (send: SendHttp) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(openNetwork(config), ({ send, blocked }) =>
    Effect.raceFirst(
      use(send),
      Effect.flatMap(
        Effect.promise(() => blocked),
        (message) => Effect.fail(new ConfigError({ message }))
      )
    )
  )

/** How a source names itself to the API. */
export const userAgent = ({ name, version }: Setup): string => `${name}/${version}`
