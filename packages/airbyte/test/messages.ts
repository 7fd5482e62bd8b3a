import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Ajv, type ValidateFunction } from "ajv"
import addFormats from "ajv-formats"
import { parse } from "yaml"
import { messageSchema } from "./message-schema.ts"

/** A message as a test looks at it. */
// biome-ignore lint/suspicious/noExplicitAny: a test names the members it expects, and fails where they are absent
export type Message = any

const protocolFile = fileURLToPath(new URL("../../../../shared/airbyte/airbyte_protocol.yaml", import.meta.url))

const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)
const ours = ajv.compile(messageSchema)

const officialSchema = (): ValidateFunction | undefined => {
  if (!existsSync(protocolFile)) {
    console.info("Skipped: no copy of the official protocol beside the repository; messages met our own schema alone.")
    return undefined
  }
  const official = new Ajv({ strict: false, allErrors: true })
  addFormats.default(official)
  const schema = parse(readFileSync(protocolFile, "utf8"))
  official.addSchema(schema, "protocol")
  return official.getSchema("protocol#/definitions/AirbyteMessage")
}

const theirs = officialSchema()

const payloadKeys: Record<string, string> = {
  SPEC: "spec",
  CONNECTION_STATUS: "connectionStatus",
  CATALOG: "catalog",
  RECORD: "record",
  STATE: "state",
  TRACE: "trace",
  LOG: "log",
  CONTROL: "control"
}

/** The messages of an output, each held against both schemas; throws at the first that does not meet them. */
export const messagesOf = (output: string): ReadonlyArray<Message> => {
  if (output === "") return []
  if (!output.endsWith("\n")) throw new Error(`The last line has no end: ${output.slice(-200)}`)
  return output
    .slice(0, -1)
    .split("\n")
    .map((text, index) => {
      const fail = (why: string): never => {
        throw new Error(`Line ${index + 1} ${why}: ${text.slice(0, 500)}`)
      }
      if (/[\r\u0085\u2028\u2029]/.test(text)) fail("would be split by some readers")
      const escapes = text.replaceAll("\\\\", "")
      if (/\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]../i.test(escapes)) fail("has half a surrogate pair")
      const message = JSON.parse(text)
      const keys = Object.keys(message)
      if (keys.length !== 2 || message[payloadKeys[message.type] ?? ""] === undefined) fail("has no or another payload")
      if (!ours(message)) fail(`does not meet our schema (${ajv.errorsText(ours.errors)})`)
      if (theirs !== undefined && !theirs(message))
        fail(`does not meet the protocol (${ajv.errorsText(theirs.errors)})`)
      return message
    })
}

/** Short names of messages, for comparing an order: `STARTED deals`, `RECORD deals`, `STATE deals 2` … */
export const namesOf = (messages: ReadonlyArray<Message>): ReadonlyArray<string> =>
  messages.map(({ type, trace, record, state, log, connectionStatus }) => {
    switch (type) {
      case "RECORD":
        return `RECORD ${record.stream}`
      case "STATE":
        return `STATE ${state.stream.stream_descriptor.name} ${state.sourceStats.recordCount}`
      case "LOG":
        return `LOG ${log.level}`
      case "CONNECTION_STATUS":
        return `CHECK ${connectionStatus.status}`
      case "TRACE": {
        if (trace.type === "ERROR")
          return ["ERROR", trace.error.failure_type, trace.error.stream_descriptor?.name].filter(Boolean).join(" ")
        const { status, reasons, stream_descriptor } = trace.stream_status
        return `${reasons === undefined ? status : "RATE_LIMITED"} ${stream_descriptor.name}`
      }
      default:
        return type
    }
  })

/** What the errors among messages say. */
export const errorsOf = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> =>
  messages.filter(({ trace }) => trace?.type === "ERROR").map(({ trace }) => trace.error)
