/** Single rows of a list, asked for by their ids: whether they stand in it, in its sibling, or nowhere. */
import { Effect } from "effect"
import { singlePage } from "../declare/pagination.ts"
import type { SourceStream } from "../declare/stream.ts"
import { type ReadError, SystemError, TransientError } from "../errors.ts"
import type { RefusedError, Transport } from "../http/client.ts"
import { verdictOn } from "../http/statuses.ts"
import { everyRow, type Page, wantedColumns } from "../page/page.ts"
import { askedAs } from "../page/parent-key.ts"
import { pathOf, Requests } from "../read/pages/requests.ts"
import { deletionColumns } from "./option.ts"
import { saysDeleted } from "./tombstones.ts"

type Failure = ReadError | RefusedError

/** As many as the parameter `ids` takes. */
const BATCH = 100

/** Where a row was found. */
export interface Found {
  readonly page: Page
  readonly row: number
  /** Whether it stands in its own list and does not say that it is deleted. */
  readonly isAlive: boolean
}

/** Finds rows by their ids, as JSON text; what it does not find is in no list. */
export interface Lookups {
  /** Ids that are asked for together. */
  readonly size: number
  /** Tokens of one batch. */
  readonly tokens: number
  readonly find: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyMap<string, Found>, Failure>
}

interface LookupOptions {
  readonly transport: Transport
  readonly stream: SourceStream
  /** Requests of the stream's own list. */
  readonly requests: Requests
  readonly sibling: SourceStream | undefined
  readonly workers: number
  readonly sent: (tokens: number) => void
}

const strange = (stream: string, what: string): SystemError =>
  new SystemError({
    message: `Stopped at ${stream}: ${what}, so it cannot be told which rows were deleted. What has been read is kept. Please report this to the maintainers of the source.`,
    answered: what
  })

const wantedOf = (stream: SourceStream) => wantedColumns(stream, deletionColumns(stream))

/** Rows of a list by the parameter `ids`. */
const inList = (requests: Requests, ids: ReadonlyArray<string>): Effect.Effect<Page, Failure> =>
  Effect.flatMap(
    requests.page(requests.stream.path, { ids: ids.map((id) => askedAs(id) ?? "").join(",") }, { isStrict: true }),
    (page) => {
      const asked = new Set(ids)
      const others = everyRow(page).filter((row) => !asked.has(page.key(row)))
      const { name } = requests.stream
      if (others.length > 0) return Effect.fail(strange(name, "rows came that were not among the ids asked for"))
      if (page.following._tag === "Next")
        return Effect.fail(strange(name, "the rows of the ids asked for did not fit one page"))
      return Effect.succeed(page)
    }
  )

/** The sibling is asked first: a row that moves to the own list meanwhile is found there. */
const byIds = ({ requests, sent, sibling, stream, transport }: LookupOptions): Lookups => {
  const others =
    sibling === undefined ? undefined : new Requests({ transport, stream: sibling, wanted: wantedOf(sibling), sent })
  const { paging } = stream
  return {
    size: Math.min(BATCH, paging.kind === "single" ? BATCH : paging.limit),
    tokens: stream.tokens + (sibling?.tokens ?? 0),
    find: (ids) =>
      Effect.gen(function* () {
        const found = new Map<string, Found>()
        if (others !== undefined) {
          const page = yield* inList(others, ids)
          for (const row of everyRow(page)) found.set(page.key(row), { page, row, isAlive: false })
        }
        const page = yield* inList(requests, ids)
        for (const row of everyRow(page)) found.set(page.key(row), { page, row, isAlive: !saysDeleted(page, row) })
        return found
      })
  }
}

/** Whether a refusal says that a row is not there, or not for this user. */
const isAbsence = (error: Failure): boolean =>
  error._tag === "RefusedError" &&
  [403, 404, 410].includes(error.status) &&
  verdictOn(error.status, error).meaning !== "scopeMissing" &&
  !isPage(error)

/** An answer of a network on the way, not of the API. */
const isPage = ({ text }: RefusedError): boolean => text === "an HTML page"

const byPath = ({ sent, stream, transport, workers }: LookupOptions): Lookups => {
  const { path = stream.path, tokens = stream.tokens, within } = stream.lookup ?? {}
  const { includeFields: _, parts: _parts, query: _query, ...rest } = stream
  const single: SourceStream = { ...rest, path, tokens, paging: singlePage() }
  const requests = new Requests({ transport, stream: single, wanted: wantedOf(single), sent })
  const isWithin = (page: Page, row: number) =>
    within === undefined || !page.says(row, within.column, String(!within.value))
  const one = (id: string) =>
    requests.page(pathOf(path, askedAs(id)), {}, { isStrict: true }).pipe(
      Effect.flatMap((page) =>
        page.count === 1 && page.key(0) === id
          ? Effect.succeed<Found>({ page, row: 0, isAlive: !saysDeleted(page, 0) && isWithin(page, 0) })
          : Effect.fail(strange(stream.name, "another row came than the one asked for"))
      ),
      Effect.catchIf(isAbsence, () => Effect.undefined),
      Effect.catchIf(
        (error): error is RefusedError => error._tag === "RefusedError" && isPage(error),
        ({ status }) =>
          Effect.fail(
            new TransientError({
              message: `Stopped at ${stream.name}: a network on the way to Pipedrive answered ${status} with an HTML page. What has been read is kept; the next sync goes on from there.`
            })
          )
      )
    )
  return {
    size: BATCH,
    tokens: BATCH * tokens,
    find: (ids) =>
      Effect.map(Effect.forEach(ids, one, { concurrency: workers }), (all) => {
        const found = ids.map((id, at) => [id, all[at]] as const)
        return new Map(found.filter((pair): pair is readonly [string, Found] => pair[1] !== undefined))
      })
  }
}

/** How single rows of a stream are found. */
export const lookupsOf = (options: LookupOptions): Lookups =>
  options.stream.lookup?.by === "path" ? byPath(options) : byIds(options)
