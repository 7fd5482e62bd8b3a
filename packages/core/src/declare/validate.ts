/**
 * Checks the plugins that authors wrote without the types, so that a mistake is reported by stream and property before
 * anything is read. First the shape of each property, then what properties of a stream must agree on.
 */
import { toggles } from "../config/fields.ts"
import { ENTITIES } from "../custom-fields/entity.ts"
import { isObject } from "../json.ts"
import { type Check, each, type Flaw, kinds, list, members, that } from "../shape.ts"
import { PERIOD, ROW_KEY } from "./stream.ts"

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""
const text = that(isText, "is not a string")
const texts = that((value) => Array.isArray(value) && value.every(isText), "is not a list of strings")
const names = that((value) => Array.isArray(value) && value.length > 0 && value.every(isText), "is not a list of names")
const flag = that((value) => typeof value === "boolean", "is not a boolean")
const price = that((value) => typeof value === "number" && value >= 0, "is not a number of at least 0")
const milliseconds = that((value) => typeof value === "number" && value > 0, "is not a positive number of milliseconds")
const count = that((value) => Number.isSafeInteger(value) && Number(value) > 0, "is not a positive whole number")
const query = each(text)
const path = that((value) => isText(value) && /^v[12]\/[^\s]+$/.test(value), "does not begin with v1/ or v2/")
const oneOf = (...values: ReadonlyArray<string>): Check =>
  that((value) => isText(value) && values.includes(value), `is none of ${values.join(", ")}`)

const types = ["integer", "number", "boolean", "text", "date", "timestamp", "localTimestamp", "dateTime", "uuid"]
const allTypes = new Set([...types, "object", "list"])

/** A column that contains itself would never end. */
const MAX_DEPTH = 32

const isType = (type: unknown): boolean =>
  Array.isArray(type) ? type.length > 0 && type.every(isType) : typeof type === "string" && allTypes.has(type)
const type = that(isType, `is none of ${[...allTypes].join(", ")}`)
const tooDeep = that(() => false, "is nested too deeply")

/** The check of columns at a depth, 0 for the outermost. */
const columnAt = (depth: number): Check => {
  if (depth > MAX_DEPTH) return tooDeep
  let below: Check | undefined
  const next: Check = (value) => {
    below ??= columnAt(depth + 1)
    return below(value)
  }
  return members({ type, columns: each(next), items: next, fraction: count, description: text }, ["type"])
}
const anyColumn = columnAt(0)

/** Columns that have passed the check: most streams are made of the same few. */
const sound = new WeakSet<object>()

const column: Check = (value) => {
  if (isObject(value) && sound.has(value)) return []
  const flaws = anyColumn(value)
  if (flaws.length === 0 && isObject(value)) sound.add(value)
  return flaws
}

const pages = members({ kind: text, limit: count, declared: flag }, ["limit"])

const changes = kinds({
  since: members({ cursorField: text, wholeEveryMs: milliseconds, freshnessForChildrenMs: milliseconds }, [
    "cursorField"
  ]),
  newestFirst: members(
    {
      cursorField: text,
      descending: query,
      ascending: members({ by: text, query }, ["by", "query"]),
      wholeEveryMs: milliseconds
    },
    ["cursorField", "descending"]
  ),
  ofChangedParents: members({ cursorField: text, sweep: oneOf("whole", "rolling", "none"), globalCursor: flag }, [
    "sweep"
  ]),
  snapshot: members({ cursorField: text, freshnessMs: milliseconds })
})

const askedInQuery = members({ parameter: text, size: count }, ["parameter", "size"])
const askedInPath = members({ in: oneOf("path", "query") }, ["in"])
const ask: Check = (value) => (isObject(value) && value.in === "query" ? askedInQuery : askedInPath)(value)

const lookup = members(
  {
    by: oneOf("ids", "path"),
    path,
    tokens: price,
    sibling: text,
    within: members({ column: text, value: flag }, ["column", "value"])
  },
  ["by"]
)

const bound = members({ column: text, parameter: text }, ["column", "parameter"])

const parents = members(
  {
    streams: names,
    as: text,
    key: text,
    ask,
    count: text,
    only: text,
    period: members({ start: bound, end: bound }, ["start", "end"]),
    from: text,
    shared: flag
  },
  ["streams", "as", "key", "ask"]
)

const queries = each(query)
const optionalQuery: Check = (value) => {
  const strange = isObject(value)
    ? Object.keys(value).find((name) => !toggles.some((each) => each === name))
    : undefined
  return strange === undefined
    ? queries(value)
    : [{ field: strange, words: `is none of the options ${toggles.join(", ")}` }]
}

const customFields = members(
  { of: oneOf(...ENTITIES), in: oneOf("custom_fields", "row"), labels: oneOf("options", "leadLabels") },
  ["of", "in"]
)

const shape = members(
  {
    name: text,
    path,
    docs: text,
    tokens: price,
    scope: text,
    addOn: text,
    columns: each(column),
    primaryKey: texts,
    paging: kinds({ cursor: pages, seek: pages, offset: pages, single: members({}) }),
    query,
    optionalQuery,
    includeFields: members({ always: texts, planBound: texts }, ["always"]),
    parts: list(members({ path, query, scope: text, addOn: text, adds: each(text) })),
    elements: members({ list: text, keep: texts, members: texts, texts, position: text }, [
      "list",
      "keep",
      "members",
      "position"
    ]),
    rows: text,
    unwrap: oneOf("alone", "beside"),
    secrets: texts,
    customFields,
    changes,
    lookup,
    parents
  },
  ["name", "path", "tokens", "scope", "columns", "primaryKey", "paging"]
)

interface Declared {
  readonly path: string
  readonly columns: object
  readonly primaryKey: ReadonlyArray<string>
  readonly parts?: ReadonlyArray<{ readonly path?: string }>
  readonly changes?: { readonly kind: string; readonly cursorField?: string }
  readonly parents?: object
}

/** Properties of a stream that contradict each other. */
const contradictions = (stream: Declared): ReadonlyArray<Flaw> => {
  const { changes: how, columns, parents: of, parts = [{}], primaryKey } = stream
  const isColumn = (name: string) => Object.hasOwn(columns, name)
  const strange = primaryKey.filter((name) => !isColumn(name) && name !== ROW_KEY && name !== PERIOD)
  const cursor = how?.cursorField
  const asksForKey = parts.some((part) => (part.path ?? stream.path).includes("{id}"))
  return [
    ...strange.map((name) => ({ field: "primaryKey", words: `names ${name}, which is not a column` })),
    ...(cursor === undefined || isColumn(cursor)
      ? []
      : [{ field: "changes.cursorField", words: `names ${cursor}, which is not a column` }]),
    ...(how?.kind === "ofChangedParents" && of === undefined
      ? [{ field: "parents", words: "is missing, although the stream reads children of changed parents" }]
      : []),
    ...(of === undefined && asksForKey
      ? [{ field: "parents", words: "is missing, although the path has an {id} for a parent's key" }]
      : [])
  ]
}

const outer = members({ name: text, core: price, streams: list(members({})) }, ["name", "core", "streams"])

/** Everything that is wrong, each as part of a sentence. */
const flawsOf = (plugin: unknown): ReadonlyArray<string> => {
  const own = outer(plugin)
  if (own.length > 0) return own.map(({ field, words }) => `${field === "" ? "it" : field} ${words}`)
  const { streams } = plugin as { readonly streams: ReadonlyArray<{ readonly name?: unknown }> }
  const seen = new Set<unknown>()
  return streams.flatMap((stream, index) => {
    const { name } = stream
    const what = isText(name) ? `the stream ${name}` : `streams[${index}]`
    if (isText(name) && seen.has(name)) return [`${what} is declared twice`]
    seen.add(name)
    const alone = shape(stream)
    const flaws = alone.length > 0 ? alone : contradictions(stream as unknown as Declared)
    return flaws.map(({ field, words }) => `${what}: ${field} ${words}`)
  })
}

/** More than this many nobody reads. */
const SHOWN = 5

/**
 * What is wrong with a plugin, by stream and property, in one line; undefined if nothing is. The types tell authors the
 * same when they compile; without them a mistake would surface in the middle of a read.
 */
export const pluginFlaw = (plugin: unknown): string | undefined => {
  try {
    const flaws = flawsOf(plugin)
    if (flaws.length === 0) return undefined
    return [...flaws.slice(0, SHOWN), ...(flaws.length > SHOWN ? [`and ${flaws.length - SHOWN} more`] : [])].join("; ")
  } catch (error) {
    const [line = ""] = String(error instanceof Error ? error.message : error).split("\n")
    return `it cannot be read (${line})`
  }
}
