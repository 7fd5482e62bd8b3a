import { type CatalogStream, catalogOf } from "@pipedrive-source/airbyte/host"
import { cursorFieldOf, type SourceStream, withDeletedAt } from "@pipedrive-source/core"
import { type DiscoveredSource, discoverCustomFields, isObject, type JsonObject } from "@pipedrive-source/core/reader"
import { Failure } from "./failure.ts"
import { quietly, type Session } from "./session.ts"

/** A stream as it is selected, and as it is today. */
export interface SelectedStream {
  readonly stream: SourceStream
  readonly mode: "full_refresh" | "incremental"
  readonly properties: JsonObject
}

const shown = (session: Session, streams: ReadonlyArray<SourceStream>): ReadonlyArray<CatalogStream> => {
  const { on } = session.config()
  return catalogOf(
    streams.map((stream) => withDeletedAt(stream, on)),
    session.people.order
  )
}

/** Streams as they are declared, without the columns of this account. */
export const declared = (session: Session): ReadonlyArray<CatalogStream> => shown(session, session.source.streams)

/** Streams as they are shown to an account, and the definitions of custom fields that this was made of. */
export interface Discovered extends Pick<DiscoveredSource, "definitions" | "tokens"> {
  readonly streams: ReadonlyArray<CatalogStream>
}

/**
 * Some streams as discover shows them to this account, with columns for its custom fields where the config wants them:
 * 10 tokens for each kind of record. Names of new fields are kept in the config.
 */
export const discover = async (session: Session, names: ReadonlySet<string>): Promise<Discovered> => {
  const config = session.config()
  const streams = session.source.streams.filter(({ name }) => names.has(name))
  if (config.customFields === "raw") return { streams: shown(session, streams), definitions: new Map(), tokens: 0 }
  const { source, userAgent } = session
  const { send } = session.meter
  const emit = quietly(session)
  const named = await session.run(
    discoverCustomFields({ source: { ...source, streams }, config, send, emit, userAgent })
  )
  return { streams: shown(session, named.streams), definitions: named.definitions, tokens: named.tokens }
}

const propertiesOf = (schema: unknown): JsonObject =>
  isObject(schema) && isObject(schema.properties) ? schema.properties : {}

const nameOf = (entry: unknown): string | undefined =>
  isObject(entry) && isObject(entry.stream) && typeof entry.stream.name === "string" ? entry.stream.name : undefined

/** Names of the streams that a catalog selects. */
export const namesIn = (catalog: JsonObject): ReadonlySet<string> =>
  new Set(Array.isArray(catalog.streams) ? catalog.streams.flatMap((entry) => nameOf(entry) ?? []) : [])

/** A catalog that selects streams: what can be read incrementally is. */
export const configuredCatalog = (streams: ReadonlyArray<CatalogStream>): JsonObject => ({
  streams: streams.map((stream) => ({
    stream,
    sync_mode: stream.supported_sync_modes.includes("incremental") ? "incremental" : "full_refresh",
    destination_sync_mode: "append_dedup"
  }))
})

/** What a catalog selects, brought up to date. */
export interface Current {
  readonly selected: ReadonlyArray<SelectedStream>
  readonly catalog: JsonObject
  /** Columns that the catalog did not have, by stream. */
  readonly gained: ReadonlyMap<string, ReadonlyArray<string>>
  readonly isChanged: boolean
}

/** Brings a configured catalog up to date with what discover shows. */
export const updateCatalog = (
  session: Session,
  catalog: JsonObject,
  discovered: ReadonlyArray<CatalogStream>
): Current => {
  if (!Array.isArray(catalog.streams)) throw new Failure('The catalog has no list "streams". Run init to make one.')
  const today = new Map(discovered.map((stream) => [stream.name, stream]))
  const gained = new Map<string, ReadonlyArray<string>>()
  const selected: Array<SelectedStream> = []
  const entries = catalog.streams.map((entry) => {
    const name = nameOf(entry)
    const stream = session.source.streams.find((each) => each.name === name)
    const shown = name === undefined ? undefined : today.get(name)
    if (name === undefined || stream === undefined || shown === undefined)
      throw new Failure(
        session.source.missing.get(name ?? "") ??
          `The catalog selects the stream ${JSON.stringify(name ?? null)}, which this source does not have. Take it out of the catalog, or run streams to see all.`
      )
    const before = propertiesOf(entry.stream.json_schema)
    const properties = propertiesOf(shown.json_schema)
    const added = Object.keys(properties).filter((column) => !(column in before))
    if (added.length > 0 && Object.keys(before).length > 0) gained.set(name, added)
    const isWhole = cursorFieldOf(stream) === undefined || entry.sync_mode === "full_refresh"
    selected.push({ stream, mode: isWhole ? "full_refresh" : "incremental", properties })
    return { ...entry, stream: { ...entry.stream, ...shown } }
  })
  if (selected.length === 0) throw new Failure("The catalog selects no stream. Add one, or run init again.")
  const current = { ...catalog, streams: entries }
  return { selected, catalog: current, gained, isChanged: JSON.stringify(current) !== JSON.stringify(catalog) }
}
