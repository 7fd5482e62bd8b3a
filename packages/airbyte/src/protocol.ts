/**
 * Airbyte's messages as lines of JSON. Wire shapes of messages are nowhere else.
 *
 * @see https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol
 */
import type { JsonObject, Rows } from "@pipedrive-source/core/connection"

/** Whole messages, each with its line end: text, or bytes for many records. */
export type Lines = string | Uint8Array

/** The status of a stream. */
export type StreamStatus = "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE"

/** An error as the protocol reports it. */
export interface TraceError {
  /** For the user. */
  readonly message: string
  /** Who must act: the user, nobody as retrying later may succeed, or us. */
  readonly failureType: "config_error" | "transient_error" | "system_error"
  /** For whoever investigates it; the only place for a stack. */
  readonly internalMessage?: string
  readonly stream?: string
}

/** A stream as discover shows it. */
export interface CatalogStream {
  readonly name: string
  readonly json_schema: JsonObject
  readonly supported_sync_modes: ReadonlyArray<"full_refresh" | "incremental">
  readonly source_defined_cursor?: true
  readonly default_cursor_field?: readonly [string]
  readonly source_defined_primary_key?: ReadonlyArray<readonly [string]>
  readonly is_resumable: boolean
}

const separators = /[\u0085\u2028\u2029]/g
// Half a surrogate pair is the only thing that JSON.stringify writes as \ud…; a backslash in the text comes as two.
const escapes = /\\(?:\\|ud[89a-f][0-9a-f]{2})/g

/** JSON that stays on one line, whatever splits lines, and that a strict parser accepts: no half surrogate pairs. */
const jsonOf = (value: unknown): string =>
  JSON.stringify(value)
    .replace(escapes, (found) => (found === "\\\\" ? found : "\\ufffd"))
    .replace(separators, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)

const line = (message: JsonObject): string => `${jsonOf(message)}\n`

const trace = (emittedAtMs: number, payload: JsonObject & { readonly type: string }): string =>
  line({ type: "TRACE", trace: { ...payload, emitted_at: emittedAtMs } })

/** The answer to `spec`. */
export const specLine = (spec: JsonObject): string => line({ type: "SPEC", spec })

/** The answer to `check`. */
export const connectionStatusLine = (status: "SUCCEEDED" | "FAILED", message: string): string =>
  line({ type: "CONNECTION_STATUS", connectionStatus: { status, message } })

/** The answer to `discover`. */
export const catalogLine = (streams: ReadonlyArray<CatalogStream>): string =>
  line({ type: "CATALOG", catalog: { streams } })

/** A line of the log. */
export const logLine = (level: "DEBUG" | "INFO" | "WARN", message: string): string =>
  line({ type: "LOG", log: { level, message } })

/** The whole config, to be stored in place of the old one. */
export const controlLine = (config: JsonObject, emittedAtMs: number): string =>
  line({
    type: "CONTROL",
    control: { type: "CONNECTOR_CONFIG", emitted_at: emittedAtMs, connectorConfig: { config } }
  })

/** The status of a stream from here on. */
export const statusLine = (stream: string, status: StreamStatus, emittedAtMs: number): string =>
  trace(emittedAtMs, { type: "STREAM_STATUS", stream_status: { stream_descriptor: { name: stream }, status } })

/** A stream is running but waits for its quota, until the given time if that is known. */
export const rateLimitedLine = (stream: string, resetMs: number | undefined, emittedAtMs: number): string =>
  trace(emittedAtMs, {
    type: "STREAM_STATUS",
    stream_status: {
      stream_descriptor: { name: stream },
      status: "RUNNING",
      reasons: [
        {
          type: "RATE_LIMITED",
          ...(resetMs !== undefined && { rate_limited: { quota_reset: Math.round(resetMs) } })
        }
      ]
    }
  })

/** Why a stream, or the run, failed. */
export const errorLine = (error: TraceError, emittedAtMs: number): string =>
  trace(emittedAtMs, {
    type: "ERROR",
    error: {
      message: error.message,
      failure_type: error.failureType,
      ...(error.internalMessage !== undefined && { internal_message: error.internalMessage }),
      ...(error.stream !== undefined && { stream_descriptor: { name: error.stream } })
    }
  })

/** The state to pass to the next run of a stream, and how many records were emitted since the previous one. */
export const stateLine = (stream: string, state: JsonObject, recordCount: number): string =>
  // The protocol requires a count with a decimal point.
  `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":${jsonOf(stream)}},"stream_state":${jsonOf(state)}},"sourceStats":{"recordCount":${recordCount}.0}}}\n`

const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const space = 0x20

/** Whether the object that ends before `end` has no members: only white space between its braces. */
const isEmpty = (bytes: Uint8Array, end: number): boolean => {
  let at = end - 2
  while ((bytes[at] as number) <= space) at--
  return bytes[at] === openBrace
}

/**
 * The records of one page in one piece: each row's own bytes between a constant head and tail.
 *
 * @param lend provides the memory that it is written to
 */
export const recordLines = (
  stream: string,
  rows: Rows,
  emittedAtMs: number,
  lend: (size: number) => Buffer
): Uint8Array => {
  const head = Buffer.from(`{"type":"RECORD","record":{"stream":${jsonOf(stream)},"data":`)
  const tail = Buffer.from(`,"emitted_at":${emittedAtMs}}}\n`)
  const { bytes, spans, added } = rows
  let size = (spans.length / 2) * (head.length + tail.length)
  for (let i = 0; i < spans.length; i += 2) size += (spans[i + 1] as number) - (spans[i] as number)
  for (const members of added ?? []) size += Buffer.byteLength(members) + 1

  const page = lend(size)
  let at = 0
  for (let i = 0; i < spans.length; i += 2) {
    const end = spans[i + 1] as number
    const row = bytes.subarray(spans[i], end)
    const members = added?.[i / 2]
    page.set(head, at)
    page.set(row, at + head.length)
    at += head.length + row.length
    if (members !== undefined && members !== "") {
      at--
      if (!isEmpty(bytes, end)) page[at++] = comma
      at += page.write(members, at)
      page[at++] = closeBrace
    }
    page.set(tail, at)
    at += tail.length
  }
  return page.subarray(0, at)
}
