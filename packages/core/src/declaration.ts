import { toggles } from "./config-fields.ts"
import { isObject } from "./json.ts"
import { type Check, each, type Flaw, kinds, list, members, that } from "./shape.ts"
import { PERIOD, ROW_KEY } from "./stream.ts"

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""
const text = that(isText, "is not a text")
const texts = that((value) => Array.isArray(value) && value.every(isText), "is not a list of texts")
const names = that((value) => Array.isArray(value) && value.length > 0 && value.every(isText), "is not a list of names")
const flag = that((value) => typeof value === "boolean", "is neither true nor false")
const price = that((value) => typeof value === "number" && value >= 0, "is not a number from 0 on")
const milliseconds = that((value) => typeof value === "number" && value > 0, "is not a number of milliseconds")
const count = that((value) => Number.isSafeInteger(value) && Number(value) > 0, "is not a whole number from 1 on")
const query = each(text)
const path = that((value) => isText(value) && /^v[12]\/[^\s]+$/.test(value), "does not begin with v1/ or v2/")
const oneOf = (...values: ReadonlyArray<string>): Check =>
  that((value) => isText(value) && values.includes(value), `is none of ${values.join(", ")}`)

const types = ["integer", "number", "boolean", "text", "date", "timestamp", "localTimestamp", "dateTime", "uuid"]
const allTypes = [...types, "object", "list"]

/** A column that holds itself would never end. */
const DEEPEST = 32

const column: Check = (value, field) => {
  if (field.split(".").length > DEEPEST) return [{ field, words: "is nested too deep" }]
  const type = that(
    (kind) => [kind].flat().length > 0 && [kind].flat().every((each) => allTypes.includes(String(each))),
    `is none of ${allTypes.join(", ")}`
  )
  return members({ type, columns: each(column), items: column, description: text }, ["type"])(value, field)
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
  ofChangedParents: members({ cursorField: text, sweep: oneOf("whole", "rolling", "none") }, ["sweep"]),
  snapshot: members({ cursorField: text, freshnessMs: milliseconds })
})

const ask: Check = (value, field) =>
  isObject(value) && value.in === "query"
    ? members({ parameter: text, size: count }, ["parameter", "size"])(value, field)
    : members({ in: oneOf("path", "query") }, ["in"])(value, field)

const parents = members(
  {
    streams: names,
    as: text,
    key: text,
    ask,
    count: text,
    only: text,
    period: members({ start: text, end: text }, ["start", "end"]),
    shared: flag
  },
  ["streams", "as", "key", "ask"]
)

const optionalQuery: Check = (value, field) => {
  const strange = isObject(value)
    ? Object.keys(value).find((name) => !toggles.some((toggle) => toggle === name))
    : undefined
  const words = `is none of the options ${toggles.join(", ")}`
  return strange === undefined ? each(query)(value, field) : [{ field: `${field}.${strange}`, words }]
}

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
    parts: list(members({ path, query })),
    rows: text,
    unwrap: oneOf("alone", "beside"),
    secrets: texts,
    changes,
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

/** What members of a stream say against each other. */
const disagreements = (stream: Declared, field: string): ReadonlyArray<Flaw> => {
  const { changes: how, columns, parents: of, parts = [{}], primaryKey } = stream
  const isColumn = (name: string) => Object.hasOwn(columns, name)
  const strange = primaryKey.filter((name) => !isColumn(name) && name !== ROW_KEY && name !== PERIOD)
  const cursor = how?.cursorField
  const asksForKey = parts.some((part) => (part.path ?? stream.path).includes("{id}"))
  return [
    ...strange.map((name) => ({ field: `${field}.primaryKey`, words: `names ${name}, which is no column` })),
    ...(cursor === undefined || isColumn(cursor)
      ? []
      : [{ field: `${field}.changes.cursorField`, words: `names ${cursor}, which is no column` }]),
    ...(how?.kind === "ofChangedParents" && of === undefined
      ? [{ field: `${field}.parents`, words: "is missing, and changes are those of parents" }]
      : []),
    ...(of === undefined && asksForKey
      ? [{ field: `${field}.parents`, words: "is missing, and the path has an {id} for the key of one" }]
      : [])
  ]
}

const streamFlaws: Check = (value, field) => {
  const flaws = shape(value, field)
  return flaws.length > 0 ? flaws : disagreements(value as Declared, field)
}

const flawsOf = (plugin: unknown): ReadonlyArray<Flaw> => {
  const outer = members({ name: text, core: price, streams: list(members({})) }, ["name", "core", "streams"])(
    plugin,
    ""
  )
  if (outer.length > 0) return outer
  const { streams } = plugin as { readonly streams: ReadonlyArray<{ readonly name?: unknown }> }
  const seen = new Set<unknown>()
  return streams.flatMap((stream, index) => {
    const field = isText(stream.name) ? `the stream ${stream.name}:` : `streams[${index}]`
    if (isText(stream.name) && seen.has(stream.name)) return [{ field, words: "is declared twice" }]
    seen.add(stream.name)
    return streamFlaws(stream, field)
  })
}

/** As many as one reads. */
const SHOWN = 5

/**
 * What is wrong with a plugin, by stream and property, in one line; undefined where nothing is. Types say the same to
 * authors who compile; others would meet it in the middle of a read.
 */
export const pluginFlaw = (plugin: unknown): string | undefined => {
  try {
    const flaws = flawsOf(plugin)
    if (flaws.length === 0) return undefined
    const words = flaws
      .slice(0, SHOWN)
      .map(({ field, words: how }) => `${field === "" ? "it" : field.replace(":.", ": ")} ${how}`)
    return [...words, ...(flaws.length > SHOWN ? [`and ${flaws.length - SHOWN} more`] : [])].join("; ")
  } catch (error) {
    const [line = ""] = String(error instanceof Error ? error.message : error).split("\n")
    return `it cannot be read (${line})`
  }
}
