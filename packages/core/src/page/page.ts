/**
 * A page of an answer: where its rows stand in the body, the values the reader needs of each, and what the answer says
 * of the page after it. The body stays bytes; no row is parsed here. An answer that is not a page of the list asked for
 * is damaged, and the client asks for it again.
 */

import type { Effect } from "effect"
import { CHANGED_AT, cursorFieldOf, type Path, type Query, type SourceStream } from "../declare/stream.ts"
import type { ReadError } from "../errors.ts"
import type { Answer, Reading, RefusedError, Transport } from "../http/client.ts"
import { isFailure } from "../http/statuses.ts"
import { numberIn } from "../json.ts"
import { elementsIn } from "./elements.ts"
import { type Following, followingOf, isPaged, PAGING_WORDS, type PagingWords } from "./following.ts"
import type { Rows } from "./rows.ts"
import { MOST_ROWS, type Scanned, scanPage } from "./scan.ts"
import { sendable } from "./sendable.ts"
import { textOf } from "./text.ts"
import { unwrapped, WRAPPER } from "./unwrap.ts"
import { type RowValues, valuesOf } from "./values.ts"

/** One page of a stream, its rows ready to be sent. */
export interface Page extends RowValues {
  readonly rows: Rows
  readonly count: number
  /** What the answer says of the page after it. */
  readonly following: Following
  /** Rows that hold nothing: a wrapper without data. */
  readonly empty: number
  readonly serverMs: number
  readonly exact: boolean
}

/** Writes become visible within this time: what is older, by the server's clock, is settled. */
const SETTLE_S = 60
/** The same where the server does not tell its clock. */
const SETTLE_UNSURE_S = 600
/** Epoch second up to which, by the server's clock at a page, nothing can appear any more. */
export const safeWatermarkAt = (page: Page): number =>
  Math.floor(page.serverMs / 1000) - (page.exact ? SETTLE_S : SETTLE_UNSURE_S)

/** Numbers of all rows of a page. */
export const everyRow = (page: Page): ReadonlyArray<number> => {
  const rows: Array<number> = []
  for (let row = 0; row < page.count; row++) rows.push(row)
  return rows
}

/** What to ask for. */
export interface PageRequest {
  readonly path: Path
  readonly query: Query
  /** Rows asked for, where the endpoint takes a limit. */
  readonly limit?: number
  /** The answer before promised rows: an empty one is then damaged. */
  readonly promised?: boolean
  /** Milliseconds for all tries, where they are to be fewer than the limits allow. */
  readonly totalMs?: number
  /** Whether `data` of `null` is no answer: not where it would say that a row is gone. */
  readonly isStrict?: boolean
}

/** What a page is asked with and looked through for. */
export interface PageSource {
  readonly transport: Transport
  /** Requests queue under its name, and errors speak of it. */
  readonly stream: SourceStream
  /** Properties of a row that the reader itself looks at. */
  readonly wanted: ReadonlyArray<string>
  readonly sent: (tokens: number) => void
  /** Tries of a request, where they are to be fewer than usual. */
  readonly tries?: number
}

/** Columns the reader itself looks at in a stream's rows. */
export const wantedColumns = (stream: SourceStream, further: ReadonlyArray<string> = []): ReadonlyArray<string> => {
  const cursorField = cursorFieldOf(stream)
  const keys = stream.primaryKey.filter((name) => name in stream.columns)
  const all = [...keys, ...(cursorField !== undefined && cursorField !== CHANGED_AT ? [cursorField] : []), ...further]
  return [...new Set([...all, ...(stream.unwrap === undefined ? [] : ["object", "timestamp"])])]
}

const parsed = (body: Uint8Array, span: readonly [number, number] | undefined): unknown => {
  if (span === undefined) return undefined
  try {
    return JSON.parse(textOf(body.subarray(span[0], span[1])))
  } catch {
    return undefined
  }
}

const damaged = (why: string): Reading<never> => ({ _tag: "Damaged", why })

/** Whether a body is the word `null` and nothing else. */
const isNull = (body: Uint8Array): boolean => body.length <= 64 && textOf(body).trim() === "null"

/** What of an answer's envelope says that it is no page of the list; undefined where nothing does. */
const flawOf = (
  { paging }: SourceStream,
  { isStrict }: PageRequest,
  { data }: Scanned,
  said: (name: string) => unknown
): Reading<never> | undefined => {
  if (said("success") === false) {
    const status = numberIn(said("errorCode") ?? said("statusCode"))
    const error = said("error")
    const text = typeof error === "string" ? error : "success: false without a reason"
    return isFailure(status) ? { _tag: "Refused", status, text } : damaged(`success: false (${text})`)
  }
  if (data === "crowded") return damaged(`more than ${MOST_ROWS} rows in one answer`)
  if (data === "absent" || data === "scalar") return damaged("an answer without data")
  if (data === "null" && isStrict === true) return damaged("data of null where rows or an empty list belong")
  return data === "object" && paging.kind !== "single" ? damaged("one object where a list belongs") : undefined
}

/** The same of its words about further pages. */
const flawOfPaging = (
  { paging }: SourceStream,
  { promised }: PageRequest,
  { data, spans }: Scanned,
  words: PagingWords,
  following: Following
): Reading<never> | undefined => {
  const isNull = data === "null"
  if (isNull && following._tag === "Next") return damaged("data of null where more rows are named")
  if (isNull && following._tag === "Unclear") {
    return damaged(`data of null where more rows are named, ${following.words}`)
  }
  const isSilent = (words.additional_data ?? null) === null
  // An empty list that says it is the end is one whose last rows were deleted meanwhile.
  if (spans.length === 0 && promised === true && (isNull || isSilent)) {
    return damaged("an empty page where rows were promised")
  }
  return isSilent && following._tag === "Unsaid" && isPaged(paging)
    ? damaged("a full page without paging information")
    : undefined
}

/** The rows of an answer where they really are: in a wrapper, or in a list that each of them holds. */
const foundIn = ({ stream, wanted }: PageSource, { path }: PageRequest, body: Uint8Array, scanned: Scanned) => {
  const plain = { ...scanned, body, objects: undefined, added: undefined, empty: 0 }
  if (stream.unwrap !== undefined) return { ...plain, ...unwrapped(stream, body, scanned, wanted) }
  if (stream.elements === undefined) return plain
  const part = stream.parts?.find((each) => each.path === path)
  const made = elementsIn(body, scanned, wanted, stream.elements, part)
  return { ...plain, ...made.scanned, body: made.body, empty: made.empty }
}

const readPage = (source: PageSource, request: PageRequest, answer: Answer): Reading<Page> => {
  const { stream, wanted } = source
  const { exact, serverMs } = answer
  const scanned = scanPage(answer.body, stream.unwrap === undefined ? wanted : WRAPPER, stream.rows)
  if (scanned === undefined) {
    return isNull(answer.body)
      ? { _tag: "Damaged", why: "a body of null", isNull: true }
      : damaged("an answer that is no whole JSON")
  }
  const said = (name: string): unknown => parsed(answer.body, scanned.envelope.get(name))
  const flaw = flawOf(stream, request, scanned, said)
  if (flaw !== undefined) return flaw
  const words: PagingWords = Object.fromEntries(PAGING_WORDS.map((name) => [name, said(name)]))
  const following = followingOf(words, stream.paging, scanned.spans.length / 2, request.limit)
  const flawInPaging = flawOfPaging(stream, request, scanned, words, following)
  if (flawInPaging !== undefined) return flawInPaging
  const { body, ...found } = foundIn(source, request, answer.body, scanned)
  return {
    _tag: "Read",
    value: {
      rows: sendable(stream, body, found),
      count: found.spans.length / 2,
      ...valuesOf(stream, body, wanted, found),
      following,
      empty: found.empty,
      serverMs,
      exact
    }
  }
}

/** Asks for one page. */
export const getPage = (source: PageSource, request: PageRequest): Effect.Effect<Page, ReadError | RefusedError> =>
  source.transport.get({
    stream: source.stream.name,
    path: request.path,
    query: request.query,
    tokens: source.stream.tokens,
    ...(request.totalMs !== undefined && { totalMs: request.totalMs }),
    ...(source.tries !== undefined && { tries: source.tries }),
    sent: () => source.sent(source.stream.tokens),
    read: (answer) => readPage(source, request, answer)
  })

/** The rows that pass, with what is added to each. */
export const pick = (rows: Rows, passes: (row: number) => boolean, adds: (row: number) => string = () => ""): Rows => {
  const spans: Array<number> = []
  const added: Array<string> = []
  const zeroDates: Array<number> = []
  let adding = false
  for (let row = 0; row * 2 < rows.spans.length; row++) {
    if (!passes(row)) continue
    spans.push(rows.spans[2 * row] as number, rows.spans[2 * row + 1] as number)
    const both = [rows.added?.[row] ?? "", adds(row)].filter((members) => members !== "").join(",")
    if (both !== "") adding = true
    added.push(both)
    if (rows.zeroDates !== undefined) zeroDates.push(rows.zeroDates[row] as number)
  }
  return {
    bytes: rows.bytes,
    spans,
    ...(adding && { added }),
    ...(rows.zeroDates !== undefined && { zeroDates })
  }
}
