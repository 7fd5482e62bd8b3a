/**
 * The configured catalog: which streams to read, and how. Selected streams that this source does not have are returned
 * with their error, so that the others are read all the same.
 */
import { cursorFieldOf, type SourceStream } from "@pipedrive-source/core"
import { ConfigError, isObject, type JsonObject } from "@pipedrive-source/core/connection"
import * as Result from "effect/Result"

/** What a configured catalog selects. */
export interface Selection {
  readonly streams: ReadonlyArray<{
    readonly stream: string
    readonly mode: "full_refresh" | "incremental"
    /** Properties of its schema; undefined if the catalog has none. */
    readonly properties?: JsonObject
  }>
  /** Selected streams that cannot be read, with the reason. */
  readonly unknown: ReadonlyArray<{ readonly stream: string; readonly error: ConfigError }>
}

interface Known {
  readonly streams: ReadonlyArray<SourceStream>
  /** Streams left out of the source, with the reason. */
  readonly missing: ReadonlyMap<string, string>
}

const refuse = (message: string) => Result.fail(new ConfigError({ message: `The configured catalog ${message}` }))

const unknownStream = (stream: string, missing: string | undefined): ConfigError =>
  new ConfigError({
    message:
      missing ??
      `The configured catalog selects the stream ${JSON.stringify(stream)}, which this source does not have: refresh the source schema, or deselect the stream.`
  })

/** What a stream's schema declares; undefined for nothing. */
const propertiesOf = (stream: unknown): JsonObject | undefined => {
  const schema = isObject(stream) ? stream.json_schema : undefined
  const properties = isObject(schema) ? schema.properties : undefined
  return isObject(properties) && Object.keys(properties).length > 0 ? properties : undefined
}

/** Reads a configured catalog. Anything that only concerns the destination is ignored. */
export const selectionOf = (catalog: unknown, source: Known): Result.Result<Selection, ConfigError> => {
  if (!isObject(catalog)) return refuse("is not a JSON object.")
  if (isObject(catalog.catalog)) {
    return refuse(
      'is what discover prints. It is to hold {"streams": [{"stream": {"name": …}, "sync_mode": "incremental"}, …]}.'
    )
  }
  if (!Array.isArray(catalog.streams)) return refuse('has no list "streams".')
  if (catalog.streams.length === 0) return refuse("selects no stream.")
  const known = new Map(source.streams.map((stream) => [stream.name, stream]))
  const seen = new Set<string>()
  const streams: Array<Selection["streams"][number]> = []
  const unknown: Array<Selection["unknown"][number]> = []
  for (const [index, entry] of catalog.streams.entries()) {
    const name = isObject(entry) && isObject(entry.stream) ? entry.stream.name : undefined
    if (typeof name !== "string" || name === "") return refuse(`has no stream name in entry ${index + 1}.`)
    if (seen.has(name)) return refuse(`selects the stream ${JSON.stringify(name)} twice.`)
    seen.add(name)
    const mode = entry.sync_mode
    if (mode !== "full_refresh" && mode !== "incremental")
      return refuse(
        `sets the sync_mode ${JSON.stringify(mode ?? null)} for the stream ${JSON.stringify(name)}: it must be "full_refresh" or "incremental".`
      )
    const stream = known.get(name)
    if (stream === undefined) unknown.push({ stream: name, error: unknownStream(name, source.missing.get(name)) })
    // Some clients select incremental whatever the stream supports.
    else {
      const properties = propertiesOf(entry.stream)
      streams.push({
        stream: name,
        mode: cursorFieldOf(stream) === undefined ? "full_refresh" : mode,
        ...(properties !== undefined && { properties })
      })
    }
  }
  return Result.succeed({ streams, unknown })
}
