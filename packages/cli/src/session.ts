import {
  insecureTls,
  makeNetwork,
  makeRedactor,
  type PeopleSource,
  type Redactor,
  savableFile,
  saveConfig,
  secretNames,
  spec
} from "@pipedrive-source/airbyte/host"
import {
  type Config,
  checkConnection,
  decodeConfig,
  type Event,
  type JsonObject,
  type Me,
  makeSource,
  type Source
} from "@pipedrive-source/core/reader"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Failure } from "./failure.ts"
import { configPath, type Paths, readConfig } from "./folder.ts"
import { type Meter, makeMeter } from "./meter.ts"

/** A source, a config and the network, open for one command. */
export interface Session {
  readonly source: Source
  readonly people: PeopleSource
  readonly meter: Meter
  readonly redactor: Redactor
  readonly userAgent: string
  /** The config as it is now: a token may have been renewed. */
  readonly config: () => Config
  /** Takes a changed config; it is saved before anything else is done with it. */
  readonly changed: (config: JsonObject) => void
  /** Does something that asks Pipedrive; fails where requests cannot leave this machine. */
  readonly run: <A, E extends { readonly message: string }>(
    effect: Effect.Effect<A, E>,
    options?: { readonly signal?: AbortSignal }
  ) => Promise<A>
  readonly close: () => void
}

/** The value of a result, or its failure as that of the command. */
export const successOf = <A>(result: Result.Result<A, { readonly message: string }>): A => {
  if (Result.isFailure(result)) throw new Failure(result.failure.message)
  return result.success
}

/** The streams of all plugins. */
export const openSource = async (people: PeopleSource): Promise<Source> => successOf(makeSource(await people.plugins()))

/** Opens a config that is in no file yet, or in one that takes what is renewed. */
export const openSession = async (people: PeopleSource, raw: JsonObject, saveTo?: string): Promise<Session> => {
  const redactor = makeRedactor(secretNames(spec))
  redactor.learn(raw)
  const insecure = insecureTls(process.env)
  if (insecure !== undefined) process.stderr.write(`${insecure}\n`)
  const source = await openSource(people)
  // Before a token is renewed that could not be kept.
  if (saveTo !== undefined) successOf(savableFile(saveTo))
  let { config } = successOf(decodeConfig(raw))
  const network = makeNetwork(config.workers)
  const meter = makeMeter(network.send)
  const blocked = Effect.flatMap(
    Effect.promise(() => network.blocked),
    (message) => Effect.fail(new Failure(message))
  )
  return {
    source,
    people,
    meter,
    redactor,
    userAgent: `${people.name}/${people.version}`,
    config: () => config,
    changed: (next) => {
      redactor.learn(next)
      config = successOf(decodeConfig(next)).config
      if (saveTo !== undefined) successOf(saveConfig(saveTo, next))
    },
    run: async (effect, options) => {
      const result = await Effect.runPromise(Effect.result(Effect.raceFirst(effect, blocked)), options)
      return successOf(result)
    },
    close: network.close
  }
}

/** Opens the config of a folder, or the one that was named. */
export const openFolder = (people: PeopleSource, paths: Paths): Promise<Session> => {
  const path = configPath(paths)
  return openSession(people, readConfig(path), path)
}

/** Takes events of a command that has nothing to show but its end. */
export const quietly =
  (session: Session, warn: (message: string) => void = () => {}) =>
  (event: Event): Effect.Effect<void> =>
    Effect.sync(() => {
      if (event._tag === "ConfigChanged") session.changed(event.config)
      if (event._tag === "Log" && event.level === "WARN") warn(session.redactor.redact(event.message))
    })

/** The config for a look at some rows: no request but theirs, so neither definitions nor what is gone. */
export const configForLook = (session: Session): Config => {
  const config = session.config()
  return {
    ...config,
    customFields: "raw",
    on: new Set([...config.on].filter((option) => option !== "track_deletions"))
  }
}

/** Asks whose token it is. */
export const whoAmI = (session: Session): Promise<Me> =>
  session.run(
    checkConnection({
      config: session.config(),
      send: session.meter.send,
      emit: quietly(session),
      userAgent: session.userAgent
    })
  )
