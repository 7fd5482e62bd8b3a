/**
 * The part of discover that asks Pipedrive: reads the definitions of all records with custom fields, and adds their
 * columns to the streams. The names it gives are kept in the config, so that they never change.
 */
import { Effect, Result } from "effect"
import { ConfigError, type ReadError } from "../errors.ts"
import type { Event, JsonObject } from "../events.ts"
import type { Transport } from "../http/client.ts"
import { type Connection, connect } from "../http/connect.ts"
import { errorOf } from "../http/refusal.ts"
import { defaultRetryPolicy, type RetryPolicy } from "../http/retry.ts"
import { isObject } from "../json.ts"
import type { Source } from "../source.ts"
import { declaredColumns, type NamedFields, takenNames } from "./custom-columns.ts"
import { type Definitions, definitionsOf, readDefinitions } from "./definitions.ts"
import { ENTITIES, type Entity } from "./entity.ts"
import { isUnreadable, namedFields } from "./named-mode.ts"

interface DiscoverOptions extends Connection {
  readonly source: Source
}

/** A source with the columns of an account, and what they were made of: a read that is given it asks no more. */
export interface DiscoveredSource extends Source {
  readonly definitions: ReadonlyMap<Entity, Definitions>
  /** Tokens that this took. */
  readonly tokens: number
}

/** A person waits for the schema: a list that is not answered for so long is given up. */
const discoverPolicy: RetryPolicy = { ...defaultRetryPolicy, tries: 5, totalMs: 120_000 }

/** Named fields of one record; an error where names that were edited by hand stand in each other's way. */
const soundFields = Effect.fnUntraced(function* (
  { source, config }: DiscoverOptions,
  entity: Entity,
  definitions: Definitions
) {
  const { frozenClash } = yield* Effect.promise(() => import("./names.ts"))
  const clash = frozenClash(config.customFieldNames[entity] ?? {}, takenNames(source, entity))
  if (clash === undefined) return yield* namedFields(source, config, entity, definitions)
  return yield* new ConfigError({
    message: `custom_field_names gives two columns of ${entity}s the name ${clash}. Give one of the fields another name in the configuration.`
  })
})

/** Named fields of one record; undefined, with a warning, where Pipedrive does not show them. */
const readEntity = Effect.fnUntraced(function* (
  options: DiscoverOptions,
  transport: Transport,
  entity: Entity,
  sent: (tokens: number) => void
) {
  const { source, emit } = options
  const list = definitionsOf(entity)
  const read = yield* Effect.result(readDefinitions(transport, entity, sent))
  if (Result.isSuccess(read)) return yield* soundFields(options, entity, read.success)
  const error = read.failure
  if (error._tag !== "RefusedError") return yield* error
  const meaning = errorOf(list, error)
  if (!isUnreadable(error)) return yield* meaning as ReadError
  const streams = source.streams.filter(({ customFields }) => customFields?.of === entity).map(({ name }) => name)
  const message = `The schema of ${streams.join(", ")} has no columns for custom fields: ${meaning.message}`
  yield* emit({ _tag: "Log", level: "WARN", message })
  return undefined
})

/** The config's names with those of fields that had none; undefined where all had one. */
const withNewNames = (known: unknown, named: ReadonlyMap<Entity, NamedFields>): JsonObject | undefined => {
  const all: { [entity: string]: unknown } = isObject(known) ? { ...known } : {}
  let found = false
  for (const [entity, { definitions, frozen, names }] of named) {
    const unnamed = definitions.fields.filter(({ key }) => !Object.hasOwn(frozen, key))
    if (unnamed.length === 0) continue
    found = true
    const before = all[entity]
    all[entity] = {
      ...(isObject(before) ? before : {}),
      ...Object.fromEntries(unnamed.map(({ key, type }) => [key, { name: names.get(key), type }]))
    }
  }
  return found ? all : undefined
}

/**
 * The source with the columns that the account's custom fields become. Names of fields that had none are announced by
 * a changed config, whose keeper freezes them.
 */
export const discoverCustomFields = (options: DiscoverOptions): Effect.Effect<DiscoveredSource, ReadError> =>
  Effect.gen(function* () {
    const { source, config } = options
    let current = config.raw
    /** A token may be renewed on the way: names are announced in the config that has it. */
    const emit = (event: Event) => {
      if (event._tag === "ConfigChanged") current = event.config
      return options.emit(event)
    }
    const transport = connect({ ...options, emit }, { retryPolicy: discoverPolicy, workers: config.workers })
    const entities = ENTITIES.filter((entity) => source.streams.some(({ customFields }) => customFields?.of === entity))
    const spent = { requests: 0, tokens: 0 }
    const sent = (tokens: number) => {
      spent.requests++
      spent.tokens += tokens
    }
    const read = yield* Effect.forEach(entities, (entity) => readEntity(options, transport, entity, sent), {
      concurrency: "unbounded"
    })
    const named = new Map(
      entities.flatMap((entity, at): ReadonlyArray<readonly [Entity, NamedFields]> => {
        const fields = read[at]
        return fields === undefined ? [] : [[entity, fields]]
      })
    )
    const message = `Definitions of custom fields: ${spent.requests} requests, ${spent.tokens} tokens.`
    yield* emit({ _tag: "Log", level: "INFO", message })
    const names = withNewNames(current["custom_field_names"], named)
    if (names !== undefined) yield* emit({ _tag: "ConfigChanged", config: { ...current, custom_field_names: names } })
    const streams = source.streams.map((stream) => {
      const fields = stream.customFields === undefined ? undefined : named.get(stream.customFields.of)
      return fields === undefined
        ? stream
        : { ...stream, columns: { ...stream.columns, ...declaredColumns(stream, fields) } }
    })
    const definitions = new Map([...named].map(([entity, fields]) => [entity, fields.definitions]))
    return { ...source, streams, definitions, tokens: spent.tokens }
  })
