/**
 * The three commands that need a config: `check`, `discover` and `read`. Each opens what it needs (the config, the
 * plugins, the network), does its work and reports through the edge; `execute` runs one to its end, whatever ends it.
 */
import { withDeletedAt } from "@pipedrive-source/core"
import {
  type Config,
  ConfigError,
  checkConnection,
  composeSource,
  decodeConfig,
  discoverCustomFields,
  type ReadError,
  readSource,
  type SendHttp,
  SystemError
} from "@pipedrive-source/core/reader"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { catalogOf } from "./catalog.ts"
import type { SourceCommand } from "./cli.ts"
import { loadFolder, loadPlugins } from "./compose.ts"
import { type Edge, openEdge } from "./edge.ts"
import { makeNetwork } from "./fetch.ts"
import { readJson } from "./files.ts"
import { keepYoungHeapSmall } from "./heap.ts"
import { hasReader, withHeartbeat } from "./heartbeat.ts"
import { insecureTls } from "./insecure-tls.ts"
import { catalogLine, connectionStatusLine, type Lines, logLine } from "./protocol.ts"
import { savableFile } from "./save-config.ts"
import { selectionOf } from "./selection.ts"
import type { Setup } from "./setup.ts"
import { watchSignals } from "./signals.ts"
import { repeatedStates, statesOf } from "./state.ts"
import type { Output } from "./stdout.ts"

/** The config. If it has the form of an older version, today's form is emitted before anything else. */
const openConfig = Effect.fnUntraced(function* (edge: Edge, command: SourceCommand) {
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

const openSource = Effect.fnUntraced(function* ({ plugins }: Setup, modules: ReadonlyArray<string>) {
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
const overNetwork = <A, E, R>(config: Config, use: (send: SendHttp) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(openNetwork(config), ({ send, blocked }) =>
    Effect.raceFirst(
      use(send),
      Effect.flatMap(
        Effect.promise(() => blocked),
        (message) => Effect.fail(new ConfigError({ message }))
      )
    )
  )

const userAgent = ({ name, version }: Setup): string => `${name}/${version}`

/** A check always has an answer: FAILED if anything keeps it from confirming the connection. */
const check = Effect.fnUntraced(
  function* (edge: Edge, command: SourceCommand, setup: Setup) {
    const config = yield* openConfig(edge, command)
    yield* openSource(setup, command.plugins)
    const { user, company } = yield* overNetwork(config, (send) =>
      checkConnection({ config, send, emit: edge.emit, userAgent: userAgent(setup), debug: command.debug })
    )
    yield* edge.say([connectionStatusLine("SUCCEEDED", `Connected as ${user} of ${company}.`)])
  },
  (effect, edge) =>
    Effect.catch(effect, (error) => edge.say([connectionStatusLine("FAILED", edge.redact(error.message))]))
)

const discover = Effect.fnUntraced(function* (edge: Edge, command: SourceCommand, setup: Setup) {
  const config = yield* openConfig(edge, command)
  const source = yield* openSource(setup, command.plugins)
  for (const message of source.warnings) yield* edge.emit({ _tag: "Log", level: "WARN", message })
  if (source.streams.length === 0)
    return yield* new ConfigError({ message: "The installed plugins have no stream that can be read on its own." })
  const { streams } =
    config.customFields === "raw"
      ? source
      : yield* overNetwork(config, (send) =>
          discoverCustomFields({
            source,
            config,
            send,
            emit: edge.emit,
            userAgent: userAgent(setup),
            debug: command.debug
          })
        )
  const shown = streams.map((stream) => withDeletedAt(stream, config.on))
  yield* edge.say([catalogLine(catalogOf(shown, setup.order))])
})

const read = Effect.fnUntraced(function* (edge: Edge, command: SourceCommand & { _tag: "Read" }, setup: Setup) {
  const config = yield* openConfig(edge, command)
  const source = yield* openSource(setup, command.plugins)
  const catalog = yield* Effect.fromResult(readJson(command.catalog, "catalog"))
  const { streams, unknown } = yield* Effect.fromResult(selectionOf(catalog, source))
  const state = command.state === undefined ? undefined : yield* Effect.fromResult(readJson(command.state, "state"))
  const states = yield* Effect.fromResult(statesOf(state))
  for (const { stream, error } of unknown) edge.hold(error, stream)
  for (const stream of repeatedStates(state)) {
    const message = `The state file contains several states for the stream ${stream}: the last one is used.`
    yield* edge.emit({ _tag: "Log", level: "WARN", message })
  }
  if (states.size > 0 && !source.streams.some(({ name }) => states.has(name))) {
    const names = [...states.keys()].slice(0, 3).join(", ")
    const message = `The state is for streams that this source does not have (${names}): all streams are read from the beginning.`
    yield* edge.emit({ _tag: "Log", level: "WARN", message })
  }
  if (streams.length === 0) return
  keepYoungHeapSmall()
  yield* overNetwork(config, (send) =>
    readSource({
      source,
      config,
      selection: streams,
      states,
      send,
      emit: edge.emit,
      userAgent: userAgent(setup),
      debug: command.debug
    })
  )
})

const programOf = (edge: Edge, command: SourceCommand, setup: Setup): Effect.Effect<void, ReadError, Scope.Scope> => {
  switch (command._tag) {
    case "Check":
      return check(edge, command, setup)
    case "Discover":
      return discover(edge, command, setup)
    case "Read":
      return read(edge, command, setup)
  }
}

const unexpectedError = (cause: unknown): SystemError =>
  new SystemError({ message: "An unexpected error ended the run; see its internal message for details.", cause })

/** How a command reports a defect: a check gives its answer all the same. */
const defectLines = (edge: Edge, command: SourceCommand, defect: SystemError): ReadonlyArray<Lines> => [
  ...edge.failureOf(defect),
  ...(command._tag === "Check" ? [connectionStatusLine("FAILED", defect.message)] : [])
]

/** Written while a read has nothing else to say. */
const heartbeatLine = (): Lines => logLine("INFO", "Waiting for Pipedrive.")

/** Runs one command until it ends by itself, by a signal, or because nobody reads its output any more. */
export const execute = async (command: SourceCommand, setup: Setup, stdout: Output): Promise<void> => {
  const beats = command._tag === "Read" && hasReader(process.stdout.fd)
  const { output, stop: stopHeartbeat } = beats
    ? withHeartbeat(stdout, heartbeatLine)
    : { output: stdout, stop: () => {} }
  const edge = openEdge({ output, ...command })
  const fiber = Effect.runFork(
    Effect.scoped(programOf(edge, command, setup)).pipe(Effect.catch((error) => edge.say(edge.failureOf(error))))
  )
  let stray: SystemError | undefined
  const stop = (): void => fiber.interruptUnsafe()
  const onStray = (cause: unknown): void => {
    stray ??= unexpectedError(cause)
    stop()
  }
  process.on("uncaughtException", onStray)
  output.onEnd(stop)
  const signals = watchSignals(stop)

  const exit = await new Promise<Exit.Exit<void>>((done) => fiber.addObserver(done))
  const defect = Exit.isFailure(exit) && Cause.hasDies(exit.cause) ? unexpectedError(Cause.squash(exit.cause)) : stray
  await output.write([...(defect === undefined ? [] : defectLines(edge, command, defect)), ...edge.finish()])
  await output.flush()
  stopHeartbeat()
  edge.close()
  process.off("uncaughtException", onStray)
  const signal = signals.received()
  if (signal !== undefined) return signals.die(signal)
  signals.release()
  const hasFailed = edge.hasFailed() && !(command._tag === "Check" && defect !== undefined)
  process.exitCode = output.end() === "failed" || (output.end() === "open" && hasFailed) ? 1 : 0
}
