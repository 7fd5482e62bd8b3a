const name = { type: "string", minLength: 1 }
const text = { type: "string" }
const timeMs = { type: "integer", minimum: 1_000_000_000_000 }
const count = { type: "integer", minimum: 0 }
const open = { type: "object" }

/** An object of exactly these members; all of them required, except for those named. */
const exactly = (properties: Record<string, unknown>, optional: ReadonlyArray<string> = []) => ({
  type: "object",
  additionalProperties: false,
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key))
})

const message = (type: string, key: string, payload: unknown) => exactly({ type: { const: type }, [key]: payload })
const descriptor = exactly({ name })

const column = {
  type: "object",
  additionalProperties: false,
  required: ["type"],
  properties: {
    type: {
      type: "array",
      minItems: 2,
      items: { enum: ["null", "string", "number", "integer", "boolean", "object", "array"] },
      contains: { const: "null" }
    },
    format: { enum: ["date", "date-time", "uuid"] },
    airbyte_type: { enum: ["timestamp_with_timezone", "timestamp_without_timezone"] },
    description: name,
    additionalProperties: { const: true },
    properties: { type: "object", additionalProperties: { $ref: "#/definitions/column" } },
    items: { $ref: "#/definitions/column" }
  }
}

const stream = exactly(
  {
    name,
    json_schema: exactly({
      $schema: { const: "http://json-schema.org/draft-07/schema#" },
      type: { const: "object" },
      additionalProperties: { const: true },
      properties: { type: "object", minProperties: 1, additionalProperties: { $ref: "#/definitions/column" } }
    }),
    supported_sync_modes: { enum: [["full_refresh"], ["full_refresh", "incremental"]] },
    source_defined_cursor: { const: true },
    default_cursor_field: { type: "array", items: name, minItems: 1, maxItems: 1 },
    source_defined_primary_key: {
      type: "array",
      minItems: 1,
      items: { type: "array", items: name, minItems: 1, maxItems: 1 }
    },
    is_resumable: { type: "boolean" }
  },
  ["source_defined_cursor", "default_cursor_field", "source_defined_primary_key"]
)

const error = exactly(
  {
    message: name,
    internal_message: name,
    failure_type: { enum: ["config_error", "transient_error", "system_error"] },
    stream_descriptor: descriptor
  },
  ["internal_message", "stream_descriptor"]
)

const rateLimited = exactly({ type: { const: "RATE_LIMITED" }, rate_limited: exactly({ quota_reset: timeMs }) }, [
  "rate_limited"
])

const status = {
  oneOf: [
    exactly({
      stream_descriptor: descriptor,
      status: { enum: ["STARTED", "RUNNING", "COMPLETE", "INCOMPLETE"] }
    }),
    exactly({
      stream_descriptor: descriptor,
      status: { const: "RUNNING" },
      reasons: { type: "array", items: rateLimited, minItems: 1, maxItems: 1 }
    })
  ]
}

/** Every message the source may print, as JSON Schema: nothing more is allowed, and nothing less. */
export const messageSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  definitions: { column },
  oneOf: [
    message(
      "SPEC",
      "spec",
      exactly(
        {
          connectionSpecification: open,
          documentationUrl: text,
          changelogUrl: text,
          advanced_auth: open,
          protocol_version: text,
          supported_destination_sync_modes: { type: "array" }
        },
        ["documentationUrl", "changelogUrl", "advanced_auth", "protocol_version", "supported_destination_sync_modes"]
      )
    ),
    message(
      "CONNECTION_STATUS",
      "connectionStatus",
      exactly({ status: { enum: ["SUCCEEDED", "FAILED"] }, message: name })
    ),
    message("CATALOG", "catalog", exactly({ streams: { type: "array", items: stream, minItems: 1 } })),
    message("RECORD", "record", exactly({ stream: name, data: { ...open, minProperties: 1 }, emitted_at: timeMs })),
    message(
      "STATE",
      "state",
      exactly({
        type: { const: "STREAM" },
        stream: exactly({ stream_descriptor: descriptor, stream_state: { ...open, minProperties: 1 } }),
        sourceStats: exactly({ recordCount: count })
      })
    ),
    message("TRACE", "trace", exactly({ type: { const: "ERROR" }, emitted_at: timeMs, error })),
    message("TRACE", "trace", exactly({ type: { const: "STREAM_STATUS" }, emitted_at: timeMs, stream_status: status })),
    message("LOG", "log", exactly({ level: { enum: ["DEBUG", "INFO", "WARN"] }, message: name })),
    message(
      "CONTROL",
      "control",
      exactly({
        type: { const: "CONNECTOR_CONFIG" },
        emitted_at: timeMs,
        connectorConfig: exactly({ config: open })
      })
    )
  ]
}
