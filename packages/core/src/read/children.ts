import { Effect } from "effect"
import type { Debug } from "../debug.ts"
import { ConfigError, type NotAvailableError, type ReadError, RefusedError, SystemError } from "../errors.ts"
import { isScopeRefusal, meaningOf } from "../refusal.ts"
import type { Path, Query, SourceStream } from "../stream.ts"
import type { Transport } from "../transport.ts"
import { isEncodable } from "../url.ts"
import { addedTo, type Origin, type Ranks } from "./added.ts"
import { readList } from "./list.ts"
import type { Outlet } from "./outlet.ts"
import { type Page, pick, wantedColumns } from "./page.ts"
import { pathOf, Requests } from "./requests.ts"

/** A parent whose children are to be read. */
export interface Parent extends Origin {
  /** The key as it is asked with. */
  readonly ask: string
  readonly start?: string
  readonly end?: string
}

/** Takes a page of children before it is sent: which of the rows go out. */
export type Filter = (page: Page, rows: ReadonlyArray<number>, parent: Parent | undefined) => ReadonlyArray<number>

/** Parents that refuse in a row, none having answered, after which the rest is not asked. */
const HOPELESS = 100
/** All parents of a run refusing is an error from this many on; fewer may be chance. */
const TELLING = 10

/** Columns of a parent's rows that the reader needs to ask for its children. */
export const columnsForChildren = (children: ReadonlyArray<SourceStream>): ReadonlyArray<string> => [
  "is_deleted",
  ...children.flatMap(({ parents }) => {
    if (parents === undefined) return []
    const { key, count, only, period } = parents
    const nested = period === undefined ? [] : [period.start, period.end].map((path) => path.split(".")[0] as string)
    return [key, ...(count === undefined ? [] : [count]), ...(only === undefined ? [] : [only]), ...nested]
  })
]

const isNothing = (text: string | undefined): boolean => text === undefined || text === "null"

const plain = (text: string): string => (text.startsWith('"') ? String(JSON.parse(text)) : text)

const dug = (page: Page, row: number, path: string): string | undefined => {
  const [first, ...rest] = path.split(".") as [string, ...Array<string>]
  const text = page.text(row, first)
  let value: unknown = text === undefined ? undefined : JSON.parse(text)
  for (const name of rest) value = (value as { [name: string]: unknown } | null | undefined)?.[name]
  return typeof value === "string" && value !== "" ? value : undefined
}

/** What reading one child stream takes. */
interface ChildrenOptions {
  readonly transport: Transport
  readonly stream: SourceStream
  readonly outlet: Outlet
  readonly workers: number
  readonly filter?: Filter
  /** Where the rows are only the way to their own children. */
  readonly into?: Children
}

/** Reads the children of given parents: one by one, or many a request. */
export class Children {
  readonly stream: SourceStream
  readonly #outlet: Outlet
  readonly #requests: Requests
  readonly #debug: Debug
  readonly #workers: number
  readonly #added: ReturnType<typeof addedTo>
  readonly #filter: Filter
  readonly #into: Children | undefined
  readonly #sentKeys: Set<string> | undefined
  #answered = 0
  #forbidden = 0
  #gone = 0
  /** The last refusal of a parent. */
  #refused: RefusedError | undefined

  constructor({ transport, stream, outlet, workers, filter, into }: ChildrenOptions) {
    this.stream = stream
    this.#outlet = outlet
    this.#workers = workers
    this.#debug = transport.debug
    this.#added = addedTo(stream)
    this.#into = into
    this.#filter = filter ?? ((_page, rows) => rows)
    this.#sentKeys = stream.parents?.shared === true ? new Set() : undefined
    this.#requests = new Requests({
      transport,
      stream,
      wanted: wantedColumns(stream, [
        ...(stream.parents === undefined ? [] : [stream.parents.as]),
        ...(into === undefined ? [] : columnsForChildren([into.stream]))
      ]),
      sent: outlet.sent
    })
  }

  /** Keys one request takes. */
  get batchSize(): number {
    const ask = this.stream.parents?.ask
    return ask?.in === "query" ? ask.size : 1
  }

  /** Whether parents have refused and none has answered: then nothing is known, and the mark must not move. */
  get refusedByAll(): boolean {
    return this.#answered === 0 && (this.#forbidden > 0 || (this.#gone > 0 && this.stream.addOn !== undefined))
  }

  /** The parent in a row, where it can have children; `gone` for one that is marked deleted. */
  parentIn(page: Page, row: number): Parent | "gone" | undefined {
    const { parents } = this.stream
    if (parents === undefined) return undefined
    if (page.text(row, "is_deleted") === "true") return "gone"
    const { count, only, period } = parents
    if (count !== undefined && page.text(row, count) === "0") return undefined
    if (only !== undefined && isNothing(page.text(row, only))) return undefined
    const key = page.text(row, parents.key)
    if (key === undefined || isNothing(key)) return undefined
    if (period === undefined) return { key, ask: plain(key) }
    const start = dug(page, row, period.start)
    if (start === undefined) return undefined
    const declaredEnd = dug(page, row, period.end)
    const today = new Date(page.serverMs).toISOString().slice(0, 10)
    return {
      key,
      ask: plain(key),
      start,
      end: declaredEnd ?? (today > start ? today : start),
      period: `${start}/${declaredEnd ?? ".."}`
    }
  }

  /** Parents that are asked at a time: one request for each worker. */
  get waveSize(): number {
    return this.batchSize * this.#workers
  }

  /** Reads the children of parents: as many requests at a time as there are workers. */
  read(parents: ReadonlyArray<Parent>): Effect.Effect<void, ReadError | NotAvailableError> {
    const size = this.batchSize
    const batches: Array<ReadonlyArray<Parent>> = []
    for (let i = 0; i < parents.length; i += size) batches.push(parents.slice(i, i + size))
    return Effect.forEach(batches, (batch) => this.#batch(batch), { concurrency: this.#workers, discard: true })
  }

  /** What the run has to say of parents that refused, once all have been asked. */
  verdict(): Effect.Effect<void, ReadError | NotAvailableError> {
    return Effect.suspend(() => {
      const { stream } = this
      if (this.#answered === 0 && this.#refused !== undefined && stream.addOn !== undefined) {
        return Effect.fail(meaningOf(stream, this.#refused))
      }
      if (this.#answered === 0 && this.#forbidden === 0 && this.#gone >= TELLING) {
        return this.#outlet.log(
          "WARN",
          `${stream.name}: all ${this.#gone} parents asked for answered that there is nothing (404 or 410). Either none of them has any, or Pipedrive no longer serves this list.`
        )
      }
      if (this.#forbidden === 0) return Effect.void
      const many = `${this.#forbidden} ${this.#forbidden === 1 ? "parent" : "parents"}`
      if (!this.refusedByAll) {
        return this.#outlet.log(
          "WARN",
          `${stream.name}: ${many} may not be read by this user (${this.#said}) and were passed over.`
        )
      }
      // Credentials that are good elsewhere: this is for the user to settle, however few were asked.
      if (this.#refused?.status === 401) return Effect.fail(this.#hopeless())
      if (this.#forbidden < TELLING) {
        return this.#outlet.log(
          "WARN",
          `${stream.name}: all ${many} asked for refused (${this.#said}). The mark stays, so that they are asked again in the next sync.`
        )
      }
      return Effect.fail(this.#hopeless())
    })
  }

  get #said(): string {
    return this.#refused === undefined ? "" : `${this.#refused.status}: ${this.#refused.text}`
  }

  #hopeless(): ConfigError {
    return new ConfigError({
      message: `${this.stream.name}: every parent asked for refused (${this.#forbidden} times ${this.#said}). Give the user of these credentials the permission, or deselect the stream.`
    })
  }

  #batch(batch: ReadonlyArray<Parent>): Effect.Effect<void, ReadError | NotAvailableError> {
    return this.#ask(batch).pipe(Effect.catchTag("RefusedError", (refused) => this.#refusedBy(batch, refused)))
  }

  #refusedBy(batch: ReadonlyArray<Parent>, refused: RefusedError): Effect.Effect<void, ReadError | NotAvailableError> {
    const { stream } = this
    const { status } = refused
    const parental = status === 401 || status === 403 || status === 404 || status === 410
    if (isScopeRefusal(refused)) return Effect.fail(meaningOf(stream, refused))
    if (batch.length > 1 && (parental || status === 400 || status === 414)) {
      if (stream.addOn !== undefined && this.#answered === 0) {
        const [first, ...rest] = batch as [Parent, ...Array<Parent>]
        return this.#ask([first]).pipe(
          Effect.catchTag("RefusedError", (alone) => Effect.fail(meaningOf(stream, alone))),
          Effect.andThen(this.read(rest))
        )
      }
      return this.#halves(batch, `${status}: ${refused.text}`)
    }
    if (!parental) return Effect.fail(meaningOf(stream, refused))
    this.#outlet.skipped(1)
    this.#refused = refused
    if (status === 404 || status === 410) {
      this.#gone++
      return Effect.void
    }
    this.#forbidden++
    if (this.#answered > 0 || this.#forbidden < (stream.addOn === undefined ? HOPELESS : TELLING)) return Effect.void
    return Effect.fail(stream.addOn === undefined ? this.#hopeless() : meaningOf(stream, refused))
  }

  #ask(batch: ReadonlyArray<Parent>): Effect.Effect<void, ReadError | RefusedError | NotAvailableError> {
    const { parents, parts } = this.stream
    if (parents === undefined || batch.length === 0) return Effect.void
    if (!batch.every(({ ask }) => isEncodable(ask))) {
      const text = `an id of its ${parents.streams.join(", ")} holds half a surrogate pair, so the request was not sent`
      return Effect.fail(new RefusedError({ status: 400, text }))
    }
    const [first] = batch as [Parent, ...Array<Parent>]
    const single = batch.length === 1 ? first : undefined
    const ranks: Ranks = new Map()
    return Effect.forEach(
      parts ?? [{}],
      (part) => {
        const asked: Query = {
          ...part.query,
          ...(parents.ask.in === "query" && { [parents.ask.parameter]: batch.map(({ ask }) => ask).join(",") }),
          ...(first.start !== undefined && { "period.start": first.start, "period.end": first.end ?? first.start })
        }
        const path = pathOf(part.path ?? this.stream.path, parents.ask.in === "path" ? first.ask : undefined)
        return parents.ask.in === "query" && parents.ask.size > 1
          ? this.#bulk(path, asked, batch, ranks)
          : readList(this.#requests, path, asked, (page, rows) => this.#send(page, rows, single, ranks))
      },
      { discard: true }
    ).pipe(Effect.tap(() => Effect.sync(() => this.#answered++)))
  }

  /** Children of many parents; a full page of an endpoint that tells no next one is asked again in halves. */
  #bulk(
    path: Path,
    asked: Query,
    batch: ReadonlyArray<Parent>,
    ranks: Ranks
  ): Effect.Effect<void, ReadError | RefusedError | NotAvailableError> {
    const { paging, name } = this.stream
    if (paging.kind !== "cursor" || paging.declared) {
      return readList(this.#requests, path, asked, (page, rows) => this.#send(page, rows, undefined, ranks))
    }
    return Effect.flatMap(
      this.#requests.page(path, asked),
      (page): Effect.Effect<void, ReadError | RefusedError | NotAvailableError> => {
        if (page.following._tag === "Next") {
          return readList(this.#requests, path, asked, (each, rows) => this.#send(each, rows, undefined, ranks))
        }
        if (page.count < paging.limit) {
          return this.#send(
            page,
            Array.from({ length: page.count }, (_, row) => row),
            undefined,
            ranks
          )
        }
        if (batch.length === 1) {
          return Effect.fail(
            new SystemError({
              message: `${name}: one parent has more rows than a page holds (${paging.limit}), and Pipedrive names no next page, so the rest cannot be read. Please report this to the maintainers of the source.`
            })
          )
        }
        return this.#halves(batch, "a full page that names no next one")
      }
    )
  }

  #halves(batch: ReadonlyArray<Parent>, why: string): Effect.Effect<void, ReadError | NotAvailableError> {
    const half = Math.ceil(batch.length / 2)
    return this.#debug(() => `${this.stream.name}: halves a request for ${batch.length} parents (${why})`).pipe(
      Effect.andThen(this.#batch(batch.slice(0, half))),
      Effect.andThen(this.#batch(batch.slice(half)))
    )
  }

  #send(
    page: Page,
    rows: ReadonlyArray<number>,
    parent: Parent | undefined,
    ranks: Ranks
  ): Effect.Effect<void, ReadError | NotAvailableError> {
    const into = this.#into
    if (into !== undefined) {
      const found = rows.map((row) => into.parentIn(page, row))
      return into.read(found.filter((each) => typeof each === "object"))
    }
    const sent = this.#sentKeys
    const fresh =
      sent === undefined
        ? rows
        : rows.filter((row) => {
            const key = page.key(row)
            return !sent.has(key) && sent.add(key)
          })
    const kept = new Set(this.#filter(page, fresh, parent))
    const added = this.#added
    const out = pick(
      page.rows,
      (row) => kept.has(row),
      added === undefined ? undefined : (row) => added(page, row, parent, ranks)
    )
    return this.#outlet.records(out)
  }
}
