import type { Path, Query, SourceStream } from "@pipedrive-source/core"
import { PERIOD, ROW_KEY } from "@pipedrive-source/core"
import type { Source } from "@pipedrive-source/core/reader"
import type { Emulator } from "pipedrive-emulator"
import { type Member, membersOf, mended, objectText } from "./json-text.ts"
import type { Line } from "./run.ts"

/** A row that a stream has to send. */
export interface TrueRow {
  /** Its primary key as text; for a row without one, its parent and content. */
  readonly key: string
  /** Its own text as it has to arrive. */
  readonly text: string
  /** What has to be added to it, but for our own columns. */
  readonly added: ReadonlyArray<Member>
  /** The row as an object, added members included. */
  readonly value: Readonly<Record<string, unknown>>
  /** The list it stands in, and its id there; none where the emulator has no id for it. */
  readonly list: List
  readonly id: string | number | undefined
  readonly parent?: TrueRow & { readonly stream: string }
}

/** Key of a custom field, with the part of it that a property holds. */
export const CUSTOM_FIELD = /^[0-9a-f]{40}(_\w+)?$/

/** A list of the emulator: a path and what it is asked with. */
export interface List {
  readonly path: string
  readonly query: Query
}

export const addressOf = ({ path, query }: List): string => {
  const asked = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return asked.length === 0 ? path : `${path}?${asked.join("&")}`
}

/** Key of a row: the texts of its key columns. */
const keyOf = (stream: SourceStream, members: ReadonlyArray<Member>, text: string): string => {
  const values = new Map(members)
  if (!stream.primaryKey.includes(ROW_KEY)) {
    return stream.primaryKey.map((column) => values.get(column) ?? "absent").join(",")
  }
  const { parents } = stream
  return `${parents === undefined ? "" : values.get(parents.as)}|${text}`
}

/** Everything the endpoint is asked with, but for pages and order. */
const queryOf = ({ query, includeFields }: SourceStream): Query => ({
  ...query,
  ...(includeFields !== undefined && {
    include_fields: [...includeFields.always, ...(includeFields.planBound ?? [])].join(",")
  })
})

const isGone = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "status" in error && (error.status === 404 || error.status === 410)

interface Listed {
  readonly json: string
  readonly id: string | number | undefined
}

/** The rows of a list; none below a parent that is gone. */
const rowsIn = (emulator: Emulator, { path, query }: List): ReadonlyArray<Listed> => {
  try {
    const rows = emulator.rows(path, query)
    const ids = emulator.ids(path, query)
    return rows.map((json, at) => ({ json, id: ids.length === rows.length ? ids[at] : undefined }))
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

const dug = (value: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce((inner, name) => (inner as Readonly<Record<string, unknown>> | null | undefined)?.[name], value)

/** The period a parent's children are asked for; undefined where it has none. */
const periodOf = (stream: SourceStream, parent: TrueRow, today: string) => {
  const period = stream.parents?.period
  if (period === undefined) return { query: {}, added: [] }
  const start = dug(parent.value, period.start.column)
  const end = dug(parent.value, period.end.column)
  if (typeof start !== "string") return undefined
  const until = typeof end === "string" ? end : today > start ? today : start
  return {
    query: { "period.start": start, "period.end": until },
    added: [[PERIOD, JSON.stringify(`${start}/${typeof end === "string" ? end : ".."}`)]] as ReadonlyArray<Member>
  }
}

interface Asked {
  readonly list: List
  readonly parent?: TrueRow & { readonly stream: string }
  readonly added: ReadonlyArray<Member>
}

/** Every list behind a stream: one for each part, for each parent. */
const listsOf = (emulator: Emulator, source: Source, stream: SourceStream): ReadonlyArray<Asked> => {
  const parts = stream.parts ?? [{}]
  const { parents } = stream
  if (parents === undefined) {
    return parts.map((part) => ({
      list: { path: part.path ?? stream.path, query: { ...queryOf(stream), ...part.query } },
      added: []
    }))
  }
  const today = new Date(emulator.clock.now()).toISOString().slice(0, 10)
  return parents.streams
    .flatMap((name) => truthOf(emulator, source, streamIn(source, name)).map((row) => ({ ...row, stream: name })))
    .filter(({ value }) => value["is_deleted"] !== true)
    .flatMap((parent) => {
      const key = parent.value[parents.key]
      const period = periodOf(stream, parent, today)
      if (key === null || key === undefined || period === undefined) return []
      return parts.map((part): Asked => {
        const path: Path = part.path ?? stream.path
        const inQuery: Query = parents.ask.in === "query" ? { [parents.ask.parameter]: String(key) } : {}
        return {
          list: {
            path: path.replace("{id}", String(key)),
            query: { ...queryOf(stream), ...part.query, ...inQuery, ...period.query }
          },
          parent,
          added: [[parents.as, JSON.stringify(key)], ...period.added]
        }
      })
    })
}

const DATED: ReadonlyArray<unknown> = ["date", "timestamp", "localTimestamp", "dateTime"]

/** A property as it has to arrive: a date of zeros is none. */
const dated =
  ({ columns }: SourceStream) =>
  ([name, text]: Member): Member =>
    text.startsWith('"0000-00-00') && DATED.includes(columns[name]?.type) ? [name, "null"] : [name, text]

/** The custom fields among a row's properties, once more, where its stream says that they stand there. */
const customFieldsOf = (stream: SourceStream, members: ReadonlyArray<Member>): ReadonlyArray<Member> =>
  stream.customFields?.in === "row"
    ? [["custom_fields", objectText(members.filter(([name]) => CUSTOM_FIELD.test(name)))]]
    : []

/** What a row of an answer stands for: itself, or one row for each object in its list. */
const elementsOf = (stream: SourceStream, listed: Listed, { path }: List): ReadonlyArray<Listed> => {
  const { elements } = stream
  if (elements === undefined) return [listed]
  const { keep, list, members, position, texts = [] } = elements
  const row = new Map(membersOf(listed.json))
  const adds = stream.parts?.find((part) => part.path === path)?.adds ?? {}
  const objects: ReadonlyArray<Readonly<Record<string, unknown>>> = JSON.parse(row.get(list) ?? "null") ?? []
  return objects.map((object, at) => ({
    json: objectText([
      ...Object.entries(adds).map(([name, value]): Member => [name, JSON.stringify(value)]),
      ...keep.map((name): Member => [name, row.get(name) ?? "null"]),
      ...members.map((name): Member => {
        const value = object[name] ?? null
        return [name, JSON.stringify(value !== null && texts.includes(name) ? `${value}` : value)]
      }),
      [position, String(at + 1)]
    ]),
    id: undefined
  }))
}

/** A row of an answer as it has to arrive. */
const rowOf = (stream: SourceStream, { json, id }: Listed, { list, parent, added }: Asked): TrueRow => {
  const outer = membersOf(json)
  const inner = stream.unwrap === undefined ? json : (new Map(outer).get("data") as string)
  const members = membersOf(mended(inner))
    .filter(([name]) => stream.secrets?.includes(name) !== true)
    .map(dated(stream))
  const names = new Set(members.map(([name]) => name))
  const beside = stream.unwrap === "beside" ? outer.filter(([name]) => name === "object" || name === "timestamp") : []
  const further = [...beside, ...customFieldsOf(stream, members), ...added].filter(([name]) => !names.has(name))
  const text = objectText(members)
  const all = [...members, ...further]
  return {
    key: keyOf(stream, all, text),
    text,
    added: further,
    value: JSON.parse(objectText(all)),
    list,
    id,
    ...(parent !== undefined && { parent })
  }
}

/**
 * Every row a stream has now, found by asking the emulator for each list by itself: no pages, no windows, no marks.
 * A row that several lists show, or one list of two parents, is there once for each.
 */
export const truthOf = (emulator: Emulator, source: Source, stream: SourceStream): ReadonlyArray<TrueRow> =>
  listsOf(emulator, source, stream).flatMap((asked) =>
    rowsIn(emulator, asked.list)
      .flatMap((listed) => elementsOf(stream, listed, asked.list))
      .map((listed) => rowOf(stream, listed, asked))
  )

export const streamIn = (source: Source, name: string): SourceStream => {
  const stream = source.streams.find((each) => each.name === name)
  if (stream === undefined) throw new Error(`The source has no stream ${name}`)
  return stream
}

/** Things by what they have in common. */
export const groupBy = <A>(all: ReadonlyArray<A>, of: (one: A) => string): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const one of all) {
    const name = of(one)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [one])
    else group.push(one)
  }
  return groups
}

/** Rows by key. */
export const byKey = (rows: ReadonlyArray<TrueRow>): ReadonlyMap<string, ReadonlyArray<TrueRow>> =>
  groupBy(rows, ({ key }) => key)

/** A line that was sent, with its key as `TrueRow` has it. */
export interface Sent extends Line {
  readonly key: string
  readonly members: ReadonlyArray<Member>
}

/** What one stream has sent. */
export const sentBy = (stream: SourceStream, lines: ReadonlyArray<Line>): ReadonlyArray<Sent> =>
  lines
    .filter((line) => line.stream === stream.name)
    .map((line) => {
      const members = [...membersOf(line.text), ...membersOf(`{${line.added}}`)]
      return { ...line, members, key: keyOf(stream, members, line.text) }
    })
