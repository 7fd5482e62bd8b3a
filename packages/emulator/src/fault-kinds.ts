import { gzipSync } from "node:zlib"
import { type ApiError, gatewayError, invalid, notFound, resourceError } from "./errors.ts"
import type { FaultKind, FaultRule, IncomingRequest } from "./interface.ts"
import { TOKEN_PATH } from "./oauth.ts"

/** An answer on its way out. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly rows: number
  /** How it goes wrong on the wire, if it does. */
  readonly wire?: Wire
}

export type Wire =
  | { readonly kind: "reset" }
  | { readonly kind: "resetInBody" }
  | { readonly kind: "stall" }
  | { readonly kind: "slow"; readonly delayMs: number }
  | { readonly kind: "noDate" }
  | { readonly kind: "skewedDate"; readonly skewMs: number }

/** What a kind of fault does. */
export interface Fault {
  /** Whether the rule has anything to do with a request; always when absent. */
  readonly applies?: (request: IncomingRequest, rule: FaultRule, memory: Map<string, string>) => boolean
  /** Answers instead of the resource. */
  readonly instead?: (rule: FaultRule, request: IncomingRequest, memory: Map<string, string>) => Reply
  /** Spoils the resource's own answer. */
  readonly spoil?: (reply: Reply, rule: FaultRule, request: IncomingRequest, memory: Map<string, string>) => Reply
  /** Sees answers it does not spoil. */
  readonly watch?: (reply: Reply, request: IncomingRequest, memory: Map<string, string>) => void
}

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" }
const HTML_TYPE = { "content-type": "text/html; charset=UTF-8" }

const reply = (status: number, body: string, headers: Readonly<Record<string, string>> = JSON_TYPE): Reply => ({
  status,
  headers,
  body: Buffer.from(body),
  rows: 0
})

const refusal = (error: ApiError, headers: Readonly<Record<string, string>> = {}): Reply =>
  reply(error.status, JSON.stringify(error.body), { ...JSON_TYPE, ...headers })

const retryAfter = (rule: FaultRule): Record<string, string> =>
  rule.retryAfter === undefined ? {} : { "retry-after": String(rule.retryAfter) }

const NO_DAILY_HEADERS = { "x-daily-ratelimit-token-limit": "", "x-daily-ratelimit-token-remaining": "" }

const html = (title: string): string =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>Ray ID: 0000emulated</p></body></html>\n`

const BURST_TEXT = "request over limit"
const DAILY_TEXT = "daily request budget exceeded"

/** Rows of an answer's `data` as texts, with what stands around them. */
function splitRows(body: string): { before: string; rows: string[]; after: string } | undefined {
  const begin = body.indexOf('"data":[')
  if (begin < 0) return undefined
  const first = begin + 8
  const rows: string[] = []
  let depth = 0
  let start = first
  let isText = false
  for (let at = first; at < body.length; at++) {
    const letter = body[at]
    if (isText) {
      if (letter === "\\") at++
      else if (letter === '"') isText = false
    } else if (letter === '"') isText = true
    else if (letter === "{" || letter === "[") depth++
    else if (letter === "}" || (letter === "]" && depth > 0)) depth--
    else if (letter === "," && depth === 0) {
      rows.push(body.slice(start, at))
      start = at + 1
    } else if (letter === "]") {
      if (at > start) rows.push(body.slice(start, at))
      return { before: body.slice(0, first), rows, after: body.slice(at) }
    }
  }
  return undefined
}

const withText = (given: Reply, change: (text: string) => string): Reply => ({
  ...given,
  body: Buffer.from(change(given.body.toString()))
})

function withRows(given: Reply, change: (rows: string[]) => string[]): Reply {
  return withText(given, (text) => {
    const split = splitRows(text)
    return split === undefined ? text : `${split.before}${change(split.rows).join(",")}${split.after}`
  })
}

function withoutData(given: Reply, value: string): Reply {
  return withText(given, (text) => {
    const split = splitRows(text)
    if (split !== undefined)
      return `${split.before.slice(0, -8)}${value}${split.after.slice(1)}`.replace(
        /,,|\{,/,
        (pair) => pair[0] as string
      )
    const body = JSON.parse(text) as Record<string, unknown>
    if (value === "") delete body.data
    else body.data = null
    return JSON.stringify(body)
  })
}

/** The same JSON with line breaks between its tokens. */
const spaced = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|[,:{[]/g, (token) => (token.length > 1 ? token : `${token}\r\n `))

const isLaterPage = ({ query }: IncomingRequest): boolean => (query.cursor ?? "") !== "" || Number(query.start ?? 0) > 0

/** Whether a request asks for the children of one of these parents. */
export const namesParent = ({ path, query }: IncomingRequest, ids: ReadonlyArray<string | number>): boolean => {
  const lists = [query.deal_ids, query.org_id, query.board_id].flatMap((list) => list?.split(",") ?? [])
  const named = [...path.split("/").slice(2), ...lists]
  return ids.some((id) => named.includes(String(id)))
}

/** A list, whatever part of it a request asks for. */
const listOf = ({ path, query }: IncomingRequest): string => {
  const { start: _start, cursor: _cursor, updated_since: _since, ...others } = query
  return `${path} ${JSON.stringify(others)}`
}

/** `additional_data` at the end of an answer. */
const PAGING = /,"additional_data":\{(?:[^{}]|\{[^{}]*\})*\}\}$/

const promising = (text: string): string =>
  text.replace('"more_items_in_collection":false', '"more_items_in_collection":true')

const withCursor = (text: string, cursor: string | undefined): string =>
  text.replace(/"next_cursor":(null|"[^"]*")\}\}$/, () => `"next_cursor":${JSON.stringify(cursor)}}}`)

/** A JSON object made long by one more member. */
const padded = (object: string, rule: FaultRule): string =>
  `${object.slice(0, -1)},"padding":"${"x".repeat(rule.bytes ?? 20_000_000)}"}`

/** An object with damage deep within it. */
const holed = (object: string): string => `${object.slice(0, -1)},"holed":{"list":[1,,2]}}`

/** An object with all its members a second time, their names spelled with an escape. */
const doubled = (object: string): string => {
  const again = Object.entries(JSON.parse(object) as Record<string, unknown>).map(([name, value]) => {
    const escaped = `\\u${name.charCodeAt(0).toString(16).padStart(4, "0")}${name.slice(1)}`
    return `"${escaped}":${JSON.stringify(value)}`
  })
  return `${object.slice(0, -1)},${again.join(",")}}`
}

const keepType = (given: Reply, body: Buffer): Reply => ({ ...given, body })

/** Every fault, one entry each. */
export const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  status: {
    instead: (rule) => {
      const status = rule.status ?? 500
      const error = rule.error ?? `emulated status ${status}`
      const body = {
        success: false,
        error,
        errorCode: rule.errorCode ?? status,
        error_info: "Please check developers.pipedrive.com"
      }
      return reply(status, JSON.stringify(body), { ...JSON_TYPE, ...retryAfter(rule) })
    }
  },
  burst429: {
    instead: (rule) =>
      refusal(gatewayError(429, rule.error ?? BURST_TEXT), {
        "x-ratelimit-remaining": String(rule.remaining ?? 0),
        "x-ratelimit-reset": "1",
        ...(rule.remaining !== undefined && NO_DAILY_HEADERS),
        ...retryAfter(rule)
      })
  },
  wordless429: {
    instead: (rule) =>
      reply(429, "", {
        "x-ratelimit-remaining": String(rule.remaining ?? 79),
        "x-ratelimit-reset": "",
        ...NO_DAILY_HEADERS,
        ...retryAfter(rule)
      })
  },
  burst429Bare: {
    instead: (rule) => ({
      ...refusal(gatewayError(429, rule.error ?? BURST_TEXT)),
      headers: { ...JSON_TYPE, "x-ratelimit-limit": "", "x-ratelimit-remaining": "", "x-ratelimit-reset": "" }
    })
  },
  daily429: {
    instead: (rule) =>
      refusal(gatewayError(429, rule.error ?? DAILY_TEXT), {
        "retry-after": String(rule.retryAfter ?? 3939),
        "x-daily-ratelimit-token-remaining": "0"
      })
  },
  daily429Bare: {
    instead: (rule) => ({
      ...refusal(gatewayError(429, rule.error ?? DAILY_TEXT)),
      headers: { ...JSON_TYPE, ...NO_DAILY_HEADERS }
    })
  },
  unauthorized: { instead: () => refusal(gatewayError(401, "unauthorized access"), { "x-401-by-gw": "true" }) },
  objectError: {
    instead: (rule) => {
      const status = rule.status ?? 400
      return reply(status, JSON.stringify({ success: false, error: { toString: 1 }, errorCode: status }))
    }
  },
  html200: { instead: () => reply(200, html("Please wait"), HTML_TYPE) },
  html403: { instead: () => reply(403, html("Access denied | Cloudflare"), { ...HTML_TYPE, server: "cloudflare" }) },
  html502: { instead: () => reply(502, html("502 Bad Gateway"), HTML_TYPE) },
  scope403: { instead: () => refusal(gatewayError(403, "Scope and URL mismatch")) },
  permission403: {
    instead: (rule) => refusal(resourceError(403, rule.error ?? "You do not have permissions to do this."))
  },
  notFound404: { instead: () => refusal(notFound("item")) },
  gone410: { instead: (rule) => refusal(resourceError(410, rule.error ?? "The item is gone")) },
  resetBeforeHeaders: { instead: () => ({ ...reply(0, ""), wire: { kind: "reset" } }) },
  resetInBody: { spoil: (given) => ({ ...given, wire: { kind: "resetInBody" } }) },
  truncatedJson: { spoil: (given) => keepType(given, given.body.subarray(0, Math.floor(given.body.length / 2))) },
  damagedRow: {
    spoil: (given) => withRows(given, ([first, ...rest]) => (first === undefined ? [] : [holed(first), ...rest]))
  },
  dataTwice: { spoil: (given) => withText(given, (text) => `${text.slice(0, -1)},"data":[]}`) },
  stalledBody: { spoil: (given) => ({ ...given, wire: { kind: "stall" } }) },
  slowHeaders: { spoil: (given, rule) => ({ ...given, wire: { kind: "slow", delayMs: rule.delayMs ?? 500 } }) },
  damagedGzip: {
    spoil: (given) => {
      const packed = gzipSync(given.body)
      packed.fill(0xaa, Math.floor(packed.length / 2), Math.floor(packed.length / 2) + 16)
      return { ...given, body: packed, headers: { ...given.headers, "content-encoding": "gzip" } }
    }
  },
  nullBody: { spoil: (given) => keepType(given, Buffer.from("null")) },
  emptyBody: { spoil: (given) => keepType(given, Buffer.alloc(0)) },
  successFalse: {
    instead: (rule) => {
      const code = rule.errorCode === undefined ? {} : { errorCode: rule.errorCode }
      return reply(
        200,
        JSON.stringify({ success: false, error: rule.error ?? "Something went wrong", ...code, data: null })
      )
    }
  },
  dataNull: { spoil: (given) => withoutData(given, '"data":null') },
  missingData: { spoil: (given) => withoutData(given, "") },
  missingAdditionalData: {
    spoil: (given) => withText(given, (text) => text.replace(PAGING, "}"))
  },
  moreButEmpty: {
    spoil: (given) =>
      withText(
        withRows(given, () => []),
        (text) => promising(text).replace('"next_cursor":null', '"next_cursor":"eyJpZCI6MX0"')
      )
  },
  pagingWords: {
    spoil: (given, { words = "{}" }) =>
      withText(given, (text) => `${text.replace(PAGING, "}").slice(0, -1)},"additional_data":${words}}`)
  },
  repeatedCursor: {
    applies: (request) => isLaterPage(request) && request.query.cursor !== undefined,
    spoil: (given, _rule, { query }) => withText(given, (text) => withCursor(text, query.cursor))
  },
  halfCursor: {
    spoil: (given) => withText(given, (text) => text.replace(/"next_cursor":"/, '"next_cursor":"\\ud800'))
  },
  repeatedRows: {
    applies: isLaterPage,
    watch: (given, { path }, memory) => {
      const last = splitRows(given.body.toString())?.rows.at(-1)
      if (last !== undefined) memory.set(path, last)
    },
    spoil: (given, _rule, { path }, memory) =>
      withRows(given, (rows) => (memory.has(path) ? [memory.get(path) as string, ...rows] : rows))
  },
  repeatedPage: {
    applies: (request, _rule, memory) => memory.has(listOf(request)),
    watch: (given, request, memory) => {
      const list = listOf(request)
      if (given.status === 200 && given.rows > 0 && !memory.has(list)) memory.set(list, given.body.toString())
    },
    instead: (_rule, request, memory) => {
      const page = memory.get(listOf(request)) as string
      memory.set("pages", String(Number(memory.get("pages") ?? 0) + 1))
      return reply(200, withCursor(promising(page), `page ${memory.get("pages")}`))
    }
  },
  clampedStart: {
    applies: (request, _rule, memory) => request.query.cursor === undefined && memory.has(listOf(request)),
    watch: (given, request, memory) => {
      const last = splitRows(given.body.toString())?.rows.at(-1)
      if (last !== undefined) memory.set(listOf(request), last)
    },
    spoil: (given, _rule, request, memory) =>
      withText(
        withRows(
          withText(given, (text) => text.replace('"data":null', '"data":[]')),
          (rows) => (rows.length === 0 ? [memory.get(listOf(request)) as string] : rows)
        ),
        promising
      )
  },
  redirect: {
    instead: (rule) => reply(302, "", { location: rule.location ?? "http://127.0.0.2:9/elsewhere" })
  },
  oversizedPage: {
    spoil: (given, rule, { path }) =>
      path === TOKEN_PATH
        ? withText(given, (text) => padded(text, rule))
        : withRows(given, (rows) => {
            const [first, ...rest] = rows
            return first === undefined ? rows : [padded(first, rule), ...rest]
          })
  },
  oversizedBody: {
    spoil: (given, { bytes = 100_000_000, gzip }) => {
      // White space at the end: it is the same JSON, were it not for its size.
      const body = Buffer.alloc(Math.max(bytes, given.body.length), " ")
      given.body.copy(body)
      return gzip === true
        ? { ...given, body: gzipSync(body), headers: { ...given.headers, "content-encoding": "gzip" } }
        : { ...given, body }
    }
  },
  repeatedMembers: { spoil: (given) => withRows(given, (rows) => rows.map(doubled)) },
  refuseIncludeFields: {
    applies: ({ query }, { value }) =>
      query.include_fields !== undefined && (value === undefined || query.include_fields.split(",").includes(value)),
    instead: ({ value, error }) =>
      refusal(
        invalid("include_fields", error ?? (value === undefined ? "is not allowed" : `"${value}" is not allowed`))
      )
  },
  refuseCursor: {
    applies: ({ query }) => (query.cursor ?? "") !== "",
    instead: ({ status, error }) =>
      status === undefined
        ? refusal(invalid("cursor", error ?? "is invalid"))
        : refusal(resourceError(status, error ?? `emulated status ${status}`))
  },
  refuseParent: {
    applies: (request, rule) => namesParent(request, rule.ids ?? []),
    instead: (rule) => {
      const status = rule.status ?? 403
      const error =
        rule.error ?? (status === 403 ? "You do not have permissions to do this." : "requested deal not found")
      return refusal(resourceError(status, error))
    }
  },
  rowWithoutData: {
    spoil: (given) =>
      withRows(given, (rows) =>
        rows.map((row, at) => (at === 0 ? row.replace(/"data":\{.*\}\}$/s, () => '"data":null}') : row))
      )
  },
  prettyJson: { spoil: (given) => withText(given, spaced) },
  noDate: { spoil: (given) => ({ ...given, wire: { kind: "noDate" } }) },
  skewedDate: {
    spoil: (given, rule) => ({ ...given, wire: { kind: "skewedDate", skewMs: rule.skewMs ?? 3_600_000 } })
  }
}
