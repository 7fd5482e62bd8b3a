import { describe, expect, it } from "vitest"
import * as c from "../declare/columns.ts"
import { singlePage } from "../declare/pagination.ts"
import { type Declaration, defineStream } from "../declare/stream.ts"
import { scanPage } from "./scan.ts"
import { sendable } from "./sendable.ts"
import { bytesOf, textOf } from "./text.ts"

const streamOf = (more: Partial<Declaration<c.Columns>> = {}) =>
  defineStream({
    name: "things",
    path: "v1/users",
    docs: "https://developers.pipedrive.com/docs/api/v1/Users#getUsers",
    tokens: 20,
    scope: "users:read",
    columns: { id: c.integer },
    primaryKey: ["id"],
    paging: singlePage(),
    ...more
  })

/** What is sent of rows: their texts, what is added to each, and how many zero dates each had. */
const sent = (rows: ReadonlyArray<string>, more?: Partial<Declaration<c.Columns>>) => {
  const body = bytesOf(`{"data":[${rows.join(",")}]}`)
  const scanned = scanPage(body, [])
  if (scanned === undefined) throw new Error("no page")
  const { added, bytes, spans, zeroDates } = sendable(streamOf(more), body, { ...scanned, added: undefined })
  const texts = rows.map((_, row) => textOf(bytes.subarray(spans[2 * row], spans[2 * row + 1])))
  return { texts, added, zeroDates }
}

describe("a secret in a row", () => {
  it.each([
    ['{"secret":"x","id":1}', '{"id":1}'],
    ['{"id":1,"secret":"x"}', '{"id":1}'],
    ['{"secret":"x"}', "{}"],
    ['{"secret":"x","secret":"y"}', "{}"],
    ['{"secret":"x","id":1,"secret":"y"}', '{"id":1}'],
    ['{"id":1,"secret":"x","secret":null}', '{"id":1}'],
    ['{"id":1,"s\\u0065cret":"x"}', '{"id":1}'],
    ['{"\\u0073ecret":{"a":[1,"}"]},"id":1,"secre\\u0074":"y","b":2}', '{"id":1,"b":2}'],
    ['{ "secret" : "x" , "id" : 1 }', '{ "id" : 1 }'],
    ['{ "id" : 1 , "secret" : "x" }', '{ "id" : 1 }'],
    ['{"other":{"secret":"stays"},"id":1}', '{"other":{"secret":"stays"},"id":1}']
  ])("is taken out, wherever and however often it stands: %s", (row, text) =>
    expect(sent([row, '{"id":2}'], { secrets: ["secret"] }).texts).toEqual([text, '{"id":2}'])
  )
})

describe("a zero date", () => {
  const columns = {
    last_login: c.localTimestamp,
    day: c.date,
    at: c.timestamp,
    when: c.dateTime,
    either: c.anyOf("date", "timestamp"),
    perhaps: c.anyOf("timestamp", "text"),
    note: c.text,
    nested: c.objectOf({ at: c.timestamp, deeper: c.listOf(c.objectOf({ day: c.date })) }),
    days: c.listOf(c.date)
  }

  it.each([
    ['{"last_login":"0000-00-00 00:00:00"}', '{"last_login":null}', 1],
    ['{"day":"0000-00-00"}', '{"day":null}', 1],
    ['{"at":"0000-00-00T00:00:00Z"}', '{"at":null}', 1],
    ['{"at":"0000-00-00T00:00:00.000000+00:00"}', '{"at":null}', 1],
    ['{"when":"0000-00-00 00:00:00.000"}', '{"when":null}', 1],
    ['{"either":"0000-00-00"}', '{"either":null}', 1],
    [
      '{"nested":{"at":"0000-00-00 00:00:00","deeper":[{"day":"0000-00-00"}]}}',
      '{"nested":{"at":null,"deeper":[{"day":null}]}}',
      2
    ],
    ['{"days":[ "0000-00-00" , "2025-01-01" ]}', '{"days":[ null , "2025-01-01" ]}', 1],
    ['{"days":[0,null,"0000-00-00",true]}', '{"days":[0,null,null,true]}', 1],
    ['{"l\\u0061st_login":"0000-00-00 00:00:00"}', '{"l\\u0061st_login":null}', 1],
    ['{"day":"\\u0030000-00-00"}', '{"day":null}', 1],
    ['{"day":"0000-00-00","day":"0000-00-00"}', '{"day":null,"day":null}', 2],
    ['{"day":"0000-00-00","note":"\u2028"}', '{"day":null,"note":"\\u2028"}', 1]
  ])("is sent as null where a date is declared: %s", (row, text, count) => {
    const { texts, zeroDates } = sent(['{"day":"2025-01-01"}', row], { columns })
    expect(texts).toEqual(['{"day":"2025-01-01"}', text])
    expect(zeroDates).toEqual([0, count])
  })

  it.each([
    '{"note":"0000-00-00"}',
    '{"perhaps":"0000-00-00 00:00:00"}',
    '{"undeclared":"0000-00-00"}',
    '{"day":["0000-00-00"]}',
    '{"days":{"day":"0000-00-00"}}',
    '{"nested":["0000-00-00"]}',
    '{"day":"0000-0000"}',
    '{"day":"0000-00-001"}',
    '{"day":"0001-01-01"}',
    '{"day":0}',
    '{"nested":{"day":"0000-00-00"}}',
    '{"nested":"0000-00-00"}'
  ])("stays where none is declared, and so does what is none: %s", (row) => {
    const { texts, zeroDates } = sent([row], { columns })
    expect(texts).toEqual([row])
    expect(zeroDates).toBeUndefined()
  })
})

describe("custom fields among a row's own properties", () => {
  const key = "0123456789abcdef0123456789abcdef01234567"
  const more = { customFields: { of: "deal", in: "row" } } as const

  it.each([
    [`{"id":1,"${key}":1.50}`, `"custom_fields":{"${key}":1.50}`],
    [
      `{"${key}":9007199254740993,"id":1,"${key}_currency":"EUR"}`,
      `"custom_fields":{"${key}":9007199254740993,"${key}_currency":"EUR"}`
    ],
    [`{"${key}_formatted_address":{"a": [1, 2]}}`, `"custom_fields":{"${key}_formatted_address":{"a": [1, 2]}}`],
    [`{"${key.replace("a", "\\u0061")}":1}`, `"custom_fields":{"${key.replace("a", "\\u0061")}":1}`],
    [`{"${key}":"\u2028ü"}`, `"custom_fields":{"${key}":"\\u2028ü"}`],
    ['{"id":1}', '"custom_fields":{}'],
    [`{"${key}0":1,"${key}_":2,"${key.slice(1)}":3,"x${key}":4}`, '"custom_fields":{}'],
    [`{"custom_fields":null,"${key}":1}`, ""],
    [`{"custom_fi\\u0065lds":{},"${key}":1}`, ""]
  ])("are added as one object, byte for byte: %s", (row, added) => {
    const { added: all, texts } = sent([row, '{"id":2}'], more)
    expect(all).toEqual([added, '"custom_fields":{}'])
    expect(texts).toEqual([row.replace("\u2028", "\\u2028"), '{"id":2}'])
  })

  it("are not added to rows of other streams", () => expect(sent([`{"${key}":1}`]).added).toBeUndefined())
})

describe("a page with some rows that cannot be sent as they came", () => {
  it("keeps every row in its place, byte for byte but for those", () => {
    const rows = ['{"id":1}', '{"note":"\u2028"}', '{"id": 3}', '{"day":"0000-00-00"}', '{"note":"\u0085"}', '{"id":6}']
    expect(sent(rows, { columns: { id: c.integer, day: c.date, note: c.text } }).texts).toEqual([
      '{"id":1}',
      '{"note":"\\u2028"}',
      '{"id": 3}',
      '{"day":null}',
      '{"note":"\\u0085"}',
      '{"id":6}'
    ])
  })
})
