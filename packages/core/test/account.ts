import { Clock, Effect, Fiber, Result } from "effect"
import { discoverCustomFields } from "../src/custom-fields/discover.ts"
import { definePlugin } from "../src/declare/plugin.ts"
import type { SourceStream } from "../src/declare/stream.ts"
import { DELETED_AT } from "../src/deletions/option.ts"
import type { ReadError } from "../src/errors.ts"
import type { Event, JsonObject, Summary } from "../src/events.ts"
import type { SendHttp } from "../src/http/port.ts"
import { defaultRetryPolicy } from "../src/http/retry.ts"
import { readSource } from "../src/read/read-source.ts"
import type { Mode } from "../src/read/stream-emitter.ts"
import { makeSource } from "../src/source.ts"
import { zonedText } from "../src/state/cursor.ts"
import { jumpingClock } from "./clock.ts"
import { networkOf, type Said, tokenConfig } from "./port.ts"

/** A row of a list. */
export type Row = { readonly [column: string]: unknown }

/** A request as the account saw it. */
export interface Asked {
  /** Version and path, the parent's key in its place: `v1/deals/5/flow`. */
  readonly path: string
  readonly query: { readonly [parameter: string]: string }
}

/** Rows of a list; those of a path with `{id}` by the parent's key. */
type Serve = (parent: string, query: Asked["query"]) => ReadonlyArray<Row>

/** What became of one stream. */
export interface Told {
  readonly rows: ReadonlyArray<Row>
  /** States in the order in which they came. */
  readonly states: ReadonlyArray<JsonObject>
  readonly ended: boolean
  readonly error: ReadError | undefined
  readonly summary: Summary | undefined
}

/** One read of some streams. */
export interface Ran {
  readonly events: ReadonlyArray<Event>
  readonly logs: ReadonlyArray<string>
  readonly asked: ReadonlyArray<Asked>
  /** Paths in the order in which they were asked for. */
  readonly paths: ReadonlyArray<string>
  readonly of: (stream: string) => Told
  /** The last state of each stream, those given included: what the next read is to be given. */
  readonly states: ReadonlyMap<string, JsonObject>
}

interface ReadSettings {
  readonly mode?: Mode
  readonly states?: ReadonlyMap<string, unknown>
  readonly config?: object
  /** Properties that the configured catalog declares, by stream. */
  readonly properties?: { readonly [stream: string]: JsonObject }
  /** Ends the process after an event. */
  readonly killedAfter?: (event: Event) => boolean
  readonly tries?: number
  /** Columns of the configured schemas; where deletions are tracked, the one that says so by default. */
  readonly columns?: ReadonlyArray<string>
  readonly debug?: boolean
}

const decoder = new TextDecoder()

/** The rows of an event. */
export const rowsOf = (event: Event): ReadonlyArray<Row> => {
  if (event._tag !== "Records") return []
  const { added, bytes, spans } = event.rows
  return Array.from({ length: spans.length / 2 }, (_, i) => {
    const row = decoder.decode(bytes.subarray(spans[2 * i], spans[2 * i + 1]))
    const more = added?.[i] ?? ""
    return JSON.parse(more === "" ? row : `${row.slice(0, -1)}${row === "{}" ? "" : ","}${more}}`)
  })
}

const timeOf = (row: Row): string => String(row["update_time"] ?? "")
const byTime = (a: Row, b: Row): number => (timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0)
const byId = (a: Row, b: Row): number => Number(a["id"]) - Number(b["id"])

/** Rows as a request asks for them: filtered and in order, before they are cut into pages. */
const sorted = (rows: ReadonlyArray<Row>, query: Asked["query"]): ReadonlyArray<Row> => {
  const { sort = "", sort_by: by, sort_direction: direction, updated_since: since } = query
  const ids = query["ids"]?.split(",")
  const isAsked = (row: Row) =>
    (ids === undefined || ids.includes(String(row["id"]))) &&
    (query["status"] === undefined || query["status"].includes("deleted") || row["is_deleted"] !== true)
  const all = rows.filter(isAsked)
  const left = since === undefined ? all : all.filter((row) => timeOf(row) >= since)
  if (by === "id" || sort.startsWith("id ")) return left.sort(byId)
  if (by === undefined && sort === "") return left
  left.sort((a, b) => byTime(a, b) || byId(a, b))
  return direction === "desc" || sort.includes("DESC") ? left.reverse() : left
}

/** A company at Pipedrive in memory: lists by path, paged as their version pages, on a clock of its own. */
export class Account {
  nowMs = Date.UTC(2026, 0, 10, 12)
  /** How far our own clock is ahead of the server's. */
  aheadMs = 0
  /** The company's daily tokens as answers tell them; undefined for answers that do not. */
  dailyTokens: number | undefined
  /** Tokens left of the company's day; undefined where they are not counted. */
  tokensLeft: number | undefined
  /** Tokens a request costs. */
  priceOf: (asked: Asked) => number = () => 0
  /** Answers to be given instead. */
  instead: (asked: Asked) => Said | undefined = () => undefined
  /** The user of the token. */
  userId = 1
  readonly #lists = new Map<string, Serve>()
  readonly #single = new Map<string, (id: string) => Row | undefined>()

  serve(path: string, rows: Serve | ReadonlyArray<Row>): void {
    this.#lists.set(path, typeof rows === "function" ? rows : () => rows)
  }

  /** Serves single rows of a list at a path with `{id}`; undefined for one that is not there. */
  serveEach(path: string, row: (id: string) => Row | undefined): void {
    this.#single.set(path, row)
  }

  /** The time so many seconds ago, as rows have it. */
  ago(seconds: number): string {
    return zonedText(this.nowMs / 1000 - seconds)
  }

  #answer(asked: Asked): Said {
    if (asked.path === "v1/users/me")
      return { body: { success: true, data: { id: this.userId, name: "Ada", company_name: "Acme" } } }
    for (const [path, row] of this.#single) {
      const [, id] = new RegExp(`^${path.replace("{id}", "([^/]+)")}$`).exec(asked.path) ?? []
      const data = id === undefined ? undefined : row(decodeURIComponent(id))
      if (data !== undefined) return { body: { success: true, data } }
    }
    for (const [path, serve] of this.#lists) {
      const found = new RegExp(`^${path.replace("{id}", "([^/]+)")}$`).exec(asked.path)
      if (found === null) continue
      const { cursor, limit, start } = asked.query
      const rows = sorted(serve(decodeURIComponent(found[1] ?? ""), asked.query), asked.query)
      const from = Number(cursor ?? start ?? 0)
      const size = limit === undefined ? rows.length : Number(limit)
      const more = from + size < rows.length
      return {
        body: {
          success: true,
          data: rows.slice(from, from + size),
          additional_data: asked.path.startsWith("v2/")
            ? { next_cursor: more ? String(from + size) : null }
            : { pagination: { start: from, limit: size, more_items_in_collection: more } }
        }
      }
    }
    return { status: 404, body: { success: false, error: `no list at ${asked.path}` } }
  }

  /** Counts a request; the refusal of one that the day has no tokens left for. */
  #spend(asked: Asked): Said | undefined {
    if (this.tokensLeft === undefined) return undefined
    const price = this.priceOf(asked)
    if (price > this.tokensLeft)
      return { status: 429, body: { success: false, error: "daily request budget exceeded" } }
    this.tokensLeft -= price
    return undefined
  }

  #send(asked: Array<Asked>): SendHttp {
    return networkOf(({ url }) => {
      const { pathname, searchParams } = new URL(url)
      const request = { path: pathname.replace(/^.*\/(?=v[12]\/)/, ""), query: Object.fromEntries(searchParams) }
      asked.push(request)
      const said = this.#spend(request) ?? this.instead(request) ?? this.#answer(request)
      return {
        ...said,
        headers: {
          date: new Date(this.nowMs).toUTCString(),
          "x-ratelimit-limit": "1000000",
          "x-ratelimit-remaining": "1000000",
          ...(this.dailyTokens !== undefined && {
            "x-daily-ratelimit-token-limit": String(this.dailyTokens),
            "x-daily-ratelimit-token-remaining": String(this.tokensLeft ?? this.dailyTokens)
          }),
          ...said.headers
        }
      }
    }).send
  }

  /** Stands still until somebody sleeps: then it is later at once. */
  get #clock(): Clock.Clock {
    return jumpingClock(
      () => this.nowMs + this.aheadMs,
      (ms) => {
        this.nowMs += ms
      }
    )
  }

  /** Discovers the columns of custom fields, and tells what was announced on the way. */
  async discover(all: ReadonlyArray<SourceStream>, config: object = {}) {
    const events: Array<Event> = []
    const asked: Array<Asked> = []
    const found = await Effect.runPromise(
      discoverCustomFields({
        source: Result.getOrThrow(makeSource([definePlugin({ name: "test", streams: all })])),
        config: tokenConfig({ custom_fields: "named", ...config }),
        send: this.#send(asked),
        emit: (event) => Effect.sync(() => void events.push(event)),
        retryPolicy: { ...defaultRetryPolicy, tries: 2 }
      }).pipe(Effect.result, Effect.provideService(Clock.Clock, this.#clock))
    )
    return {
      found,
      asked,
      logs: events.flatMap((event) => (event._tag === "Log" ? [`${event.level} ${event.message}`] : [])),
      announced: events.flatMap((event) => (event._tag === "ConfigChanged" ? [event.config] : []))
    }
  }

  /** Reads some streams of a source that has them all, with the account's clock. */
  async read(
    all: ReadonlyArray<SourceStream>,
    names: ReadonlyArray<string>,
    {
      mode = "incremental",
      states = new Map(),
      config = {},
      columns = (config as JsonObject)["track_deletions"] === true ? [DELETED_AT] : undefined,
      properties = {},
      killedAfter,
      tries = 2,
      debug = false
    }: ReadSettings = {}
  ): Promise<Ran> {
    const source = Result.getOrThrow(makeSource([definePlugin({ name: "test", streams: all })]))
    const events: Array<Event> = []
    const asked: Array<Asked> = []
    let kill: () => void = () => {}
    const killed = new Promise<void>((resolve) => {
      kill = resolve
    })
    let isKilled = false
    const emit = (event: Event): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (isKilled) return Effect.never
        events.push(event)
        if (killedAfter?.(event) !== true) return Effect.void
        isKilled = true
        kill()
        return Effect.never
      })
    const fiber = Effect.runFork(
      readSource({
        source,
        config: tokenConfig(config),
        selection: names.map((stream) => {
          const declared = properties[stream] ?? (columns && Object.fromEntries(columns.map((name) => [name, {}])))
          return { stream, mode, ...(declared !== undefined && { properties: declared }) }
        }),
        states,
        send: this.#send(asked),
        emit,
        retryPolicy: { ...defaultRetryPolicy, tries },
        debug
      }).pipe(Effect.provideService(Clock.Clock, this.#clock))
    )
    await Promise.race([Effect.runPromise(Fiber.join(fiber)), killed])
    if (isKilled) await Effect.runPromise(Fiber.interrupt(fiber))
    const of = (stream: string): Told => {
      const own = events.filter((event) => "stream" in event && event.stream === stream)
      const end = own.find((event) => event._tag === "Ended")
      return {
        rows: own.flatMap(rowsOf),
        states: own.flatMap((event) => (event._tag === "Checkpoint" ? [event.state] : [])),
        ended: end !== undefined,
        error: end?._tag === "Ended" ? end.error : undefined,
        summary: end?._tag === "Ended" ? end.summary : undefined
      }
    }
    const last = new Map(states as ReadonlyMap<string, JsonObject>)
    for (const name of names) {
      const state = of(name).states.at(-1)
      if (state !== undefined) last.set(name, JSON.parse(JSON.stringify(state)))
    }
    return {
      events,
      logs: events.flatMap((event) => (event._tag === "Log" ? [`${event.level} ${event.message}`] : [])),
      asked,
      paths: asked.map(({ path }) => path),
      of,
      states: last
    }
  }
}
