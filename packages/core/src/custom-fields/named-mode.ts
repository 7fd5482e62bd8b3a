/**
 * Custom fields as columns, in one read: definitions are read once a run, columns of the catalog are bound to fields,
 * and each stream's emitter is given what adds the columns to its rows. Definitions that cannot be read end the streams
 * that need them.
 */
import { Effect, Result } from "effect"
import type { Config } from "../config/config.ts"
import type { SourceStream } from "../declare/stream.ts"
import { type NotAvailableError, type ReadError, retold } from "../errors.ts"
import type { JsonObject } from "../events.ts"
import type { RefusedError, Transport } from "../http/client.ts"
import { errorOf } from "../http/refusal.ts"
import { isObject } from "../json.ts"
import type { StreamEmitter } from "../read/stream-emitter.ts"
import type { Source } from "../source.ts"
import { layoutOf } from "./column-layout.ts"
import { type Binding, bindColumns, FIELD_WORD, LABELS, type NamedFields, takenNames } from "./custom-columns.ts"
import { type Definitions, definitionsOf, leadLabelList, readDefinitions, readLeadLabels } from "./definitions.ts"
import { ENTITIES, type Entity } from "./entity.ts"
import { RowColumns } from "./row-columns.ts"

type Failure = ReadError | RefusedError

/** Names that a warning lists. */
const MAX_LISTED = 20

/** Statuses by which Pipedrive says that an account or its user has no field definitions to show. */
const UNREADABLE = new Set([402, 403, 404, 415])

/** Whether definitions cannot be read as the account is, in this run and in the next. */
export const isUnreadable = (error: Failure): error is RefusedError =>
  error._tag === "RefusedError" && UNREADABLE.has(error.status)

/** Names of a record's fields. What makes names is loaded only where custom fields are named. */
export const namedFields = (
  source: Pick<Source, "streams">,
  config: Pick<Config, "customFieldNames">,
  entity: Entity,
  definitions: Definitions
): Effect.Effect<NamedFields> =>
  Effect.map(
    Effect.promise(() => import("./names.ts")),
    ({ nameFields }) => {
      const frozen = config.customFieldNames[entity] ?? {}
      return { definitions, frozen, names: nameFields(definitions.fields, frozen, takenNames(source, entity)) }
    }
  )

const listed = (names: ReadonlyArray<string>): string =>
  names.slice(0, MAX_LISTED).join(", ") + (names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "")

/** What a user has to know before the first row. */
const warningsOf = (stream: string, { added, deleted, strange }: Binding): ReadonlyArray<string> => [
  ...(added.length === 0
    ? []
    : [
        `${stream}: custom fields without a column are not sent: ${listed(added)}. Refresh the source schema to get them.`
      ]),
  ...(deleted.length === 0
    ? []
    : [
        `${stream}: the custom fields of these columns were deleted in Pipedrive, so they are null: ${listed(deleted)}.`
      ]),
  ...(strange.length === 0
    ? []
    : [
        `${stream}: no custom field belongs to these columns, so they are null: ${listed(strange)}. Refresh the source schema.`
      ])
]

/** The error of a stream whose definitions could not be read. */
const needed = (stream: SourceStream, definitions: string, error: ReadError): ReadError =>
  retold(error, {
    message: `${stream.name} needs ${definitions}, as custom_fields is "named". ${error.message}`,
    ...(error.detail !== undefined && { detail: error.detail })
  })

/** The same for a refused request: a stream of an add-on the company lacks is empty, as in raw mode. */
const failureOf = (stream: SourceStream, list: SourceStream, error: Failure): ReadError | NotAvailableError => {
  if (error._tag !== "RefusedError") return needed(stream, list.name, error)
  const meaning = errorOf(stream, error)
  if (meaning._tag === "NotAvailableError") return meaning
  const own = errorOf(list, error)
  return own._tag === "NotAvailableError" ? own : needed(stream, list.name, own)
}

/** Whether a catalog has a column of a custom field, or of labels. */
const declaresColumns = (stream: SourceStream, properties: JsonObject): boolean =>
  Object.entries(properties).some(
    ([name, property]) =>
      !Object.hasOwn(stream.columns, name) &&
      (name === LABELS || name.startsWith("custom_") || (isObject(property) && FIELD_WORD in property))
  )

/** Prepares streams to emit custom fields as columns of their own. */
export interface NamedMode {
  /**
   * Reads what a stream's columns need, once a run for all streams of a record, and gives its emitter what adds the
   * columns.
   */
  readonly prepare: (stream: SourceStream, emitter: StreamEmitter) => Effect.Effect<void, ReadError | NotAvailableError>
}

interface NamedModeOptions {
  readonly source: Source
  readonly config: Config
  readonly transport: Transport
  /** Properties of the streams in the configured catalog, as far as it has any. */
  readonly properties: ReadonlyMap<string, JsonObject>
  /** Definitions that were read already. */
  readonly definitions: ReadonlyMap<Entity, Definitions>
}

export const makeNamedMode = Effect.fnUntraced(function* (options: NamedModeOptions) {
  const { config, properties, source, transport } = options
  /** Reads a list once; its tokens are those of the first stream that needs it. */
  const once = Effect.fnUntraced(function* <A>(read: (sent: (tokens: number) => void) => Effect.Effect<A, Failure>) {
    let payer: StreamEmitter | undefined
    const shared = yield* Effect.cached(Effect.suspend(() => read((tokens) => payer?.sent(tokens))))
    return (emitter: StreamEmitter) =>
      Effect.suspend(() => {
        payer ??= emitter
        return shared
      })
  })
  const definitions = new Map<Entity, (emitter: StreamEmitter) => Effect.Effect<Definitions, Failure>>()
  for (const entity of ENTITIES) {
    const known = options.definitions.get(entity)
    const read = yield* once((sent) => readDefinitions(transport, entity, sent))
    definitions.set(entity, known === undefined ? read : () => Effect.succeed(known))
  }
  const leadLabels = yield* once((sent) => readLeadLabels(transport, sent))

  const prepare: NamedMode["prepare"] = Effect.fnUntraced(function* (stream, emitter) {
    const { customFields } = stream
    if (customFields === undefined) return
    const list = definitionsOf(customFields.of)
    const read = definitions.get(customFields.of) as (emitter: StreamEmitter) => Effect.Effect<Definitions, Failure>
    const declared = properties.get(stream.name)
    const got = yield* Effect.result(read(emitter))
    if (Result.isFailure(got)) {
      const failure = failureOf(stream, list, got.failure)
      if (declared === undefined || declaresColumns(stream, declared) || !isUnreadable(got.failure))
        return yield* failure
      return yield* emitter.log("WARN", failure.message)
    }
    const named = yield* namedFields(source, config, customFields.of, got.success)
    const binding = bindColumns(stream, declared, named)
    for (const message of warningsOf(stream.name, binding)) yield* emitter.log("WARN", message)
    const labels =
      binding.labels && customFields.labels === "leadLabels"
        ? yield* Effect.mapError(leadLabels(emitter), (error) => failureOf(stream, leadLabelList, error))
        : got.success.labels
    emitter.addition = new RowColumns(layoutOf(stream.name, customFields.in, binding, labels), binding.empty)
  })
  return { prepare } satisfies NamedMode
})
