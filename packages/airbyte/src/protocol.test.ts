import { describe, expect, it } from "vitest"
import { messagesOf } from "../test/messages.ts"
import {
  catalogLine,
  connectionStatusLine,
  controlLine,
  errorLine,
  logLine,
  rateLimitedLine,
  recordLines,
  stateLine,
  statusLine
} from "./protocol.ts"

const nowMs = 1_760_000_000_000

/** Rows as the reader hands them over: spans of one body. */
const rowsOf = (rows: ReadonlyArray<string>, added?: ReadonlyArray<string>) => {
  const body = Buffer.from(`{"data":[${rows.join(", ")}]}`)
  const spans: Array<number> = []
  let from = 0
  for (const row of rows) {
    const start = body.indexOf(row, from)
    from = start + Buffer.byteLength(row)
    spans.push(start, from)
  }
  return { bytes: body, spans, ...(added !== undefined && { added }) }
}

const recordText = (rows: ReadonlyArray<string>, added?: ReadonlyArray<string>) =>
  Buffer.from(recordLines("deals", rowsOf(rows, added), nowMs, Buffer.alloc)).toString()

describe("records", () => {
  it("carry the row's own bytes", () => {
    const rows = ['{"id":9007199254740993, "value": 0.10,"b":1,"a":"ü😀"}', '{"z":{"y":[1.0e5]}}']
    expect(recordText(rows)).toBe(
      rows.map((row) => `{"type":"RECORD","record":{"stream":"deals","data":${row},"emitted_at":${nowMs}}}\n`).join("")
    )
    expect(messagesOf(recordText(rows))).toHaveLength(2)
  })

  it("carry added members at the end, whatever the row holds", () => {
    const text = recordText(
      ['{"id":1}', "{}", "{ \t}", '{"a":{}}', '{"id":2}'],
      ['"deal_id":7', '"deal_id":8', '"deal_id":9', '"name":"ü😀","deal_id":10', ""]
    )
    expect(messagesOf(text).map(({ record }) => record.data)).toEqual([
      { id: 1, deal_id: 7 },
      { deal_id: 8 },
      { deal_id: 9 },
      { a: {}, name: "ü😀", deal_id: 10 },
      { id: 2 }
    ])
  })

  it("are the page and nothing else", () => {
    const page = recordLines("deals", rowsOf(['{"id":1}'], ['"deal_id":7']), nowMs, Buffer.alloc)
    expect(page.at(-1)).toBe(0x0a)
    expect(Buffer.from(page).toString().split("\n")).toHaveLength(2)
  })
})

describe("lines", () => {
  it("meet the schemas of the protocol", () => {
    const lines = [
      connectionStatusLine("FAILED", "No."),
      catalogLine([
        {
          name: "deals",
          json_schema: {
            $schema: "http://json-schema.org/draft-07/schema#",
            type: "object",
            additionalProperties: true,
            properties: { id: { type: ["null", "integer"] } }
          },
          supported_sync_modes: ["full_refresh"],
          is_resumable: false
        }
      ]),
      logLine("INFO", "two\nlines"),
      controlLine({ api_token: "x" }, nowMs),
      statusLine("deals", "RUNNING", nowMs),
      rateLimitedLine("deals", nowMs + 0.5, nowMs),
      rateLimitedLine("deals", undefined, nowMs),
      errorLine({ message: "No.", failureType: "config_error" }, nowMs),
      errorLine({ message: "No.", failureType: "system_error", internalMessage: "HTTP 500", stream: "deals" }, nowMs),
      stateLine("deals", { update_time: "2025-01-01T00:00:00Z" }, 3)
    ]
    expect(messagesOf(lines.join(""))).toHaveLength(lines.length)
  })

  it("leave out what is not known", () => {
    const [known, unknown] = messagesOf(
      rateLimitedLine("deals", nowMs + 1000, nowMs) + rateLimitedLine("deals", undefined, nowMs)
    )
    expect(known.trace.stream_status.reasons).toEqual([
      { type: "RATE_LIMITED", rate_limited: { quota_reset: nowMs + 1000 } }
    ])
    expect(unknown.trace.stream_status.reasons).toEqual([{ type: "RATE_LIMITED" }])
    expect(errorLine({ message: "No.", failureType: "config_error" }, nowMs)).not.toContain("null")
  })

  it("hold no text that splits a line or that a strict reader refuses", () => {
    const text = "a\u2028b\u2029c\u0085d\r\ne \ud83d f \ude00 g 😀 h \\ud83d i \\\ud83d j"
    const line = logLine("INFO", text)
    expect(line).toContain("\\u2028b\\u2029c\\u0085d\\r\\ne")
    expect(messagesOf(line)[0].log.message).toBe(Buffer.from(text).toString())
    expect(messagesOf(controlLine({ "\udc00\u2028": "x" }, nowMs))[0].control.connectorConfig.config).toEqual({
      "\ufffd\u2028": "x"
    })
  })

  it("write the count of a state with a decimal point", () => {
    expect(stateLine("deals", { a: 1 }, 500)).toContain('"sourceStats":{"recordCount":500.0}')
  })
})
