// docs/schema/: a page for each plugin package with every column of its streams, and an index.
import { columnsOf, cursorFieldOf } from "@pipedrive-source/core"
import { diagramOf } from "./diagram.mjs"
import { anchorOf, code, counted, MARK, table } from "./markdown.mjs"
import { folderByStream, packages, streamsByName } from "./plugins.mjs"
import { childrenOf, referencesOf } from "./references.mjs"

export const SCHEMA_FOLDER = "docs/schema"

/** A link from the page of one package to a stream. */
const linkTo = (folder) => (name) => {
  const of = folderByStream.get(name)
  return `[${name}](${of === folder ? "" : `${of}.md`}#${anchorOf(name)})`
}

const plain = (type) => [type].flat().join(" or ")
const typeOf = ({ items, type }) =>
  type === "list" && items !== undefined
    ? `list of ${items.type === "object" ? "objects" : plain(items.type)}`
    : plain(type)

/** A column and all columns inside it, each with its path. */
const rowsOf = (stream, [name, column], above = "") => {
  const path = above + name
  const inner = column.columns ?? column.items?.columns ?? {}
  const prefix = `${path}${column.type === "list" ? "[]" : ""}.`
  return [
    { path, column, references: referencesOf(stream, name, column) },
    ...Object.entries(inner).flatMap((entry) => rowsOf({ ...stream, parents: undefined }, entry, prefix))
  ]
}

/** What is said of a column beyond its description. */
const meaningOf = (stream, name, { description = "" }) =>
  [
    ...(stream.primaryKey.includes(name) ? ["**Key.**"] : []),
    ...(cursorFieldOf(stream) === name ? ["**Cursor.**"] : []),
    description
  ]
    .filter((part) => part !== "")
    .join(" ")

/** What is read before and after a stream: its parents, and its children. */
const relativesOf = (stream, link) => {
  const { ask, streams = [] } = stream.parents ?? {}
  const each = ask?.in === "query" && ask.size > 1 ? `every ${ask.size} rows` : "each row"
  const children = childrenOf(stream)
  return [
    ...(streams.length === 0 ? [] : [`Asked for ${each} of ${streams.map(link).join(" and ")}.`]),
    ...(children.length === 0
      ? []
      : [`Its rows have children in ${children.map(({ name }) => link(name)).join(", ")}.`])
  ]
}

const sectionOf = (folder, sentences) => (stream) => {
  const link = linkTo(folder)
  const columns = Object.entries(columnsOf(stream)).flatMap((entry) => rowsOf(stream, entry))
  return [
    `## ${stream.name}`,
    `${sentences.get(stream.name)} [Pipedrive's page](${stream.docs})`,
    ...relativesOf(stream, link),
    table(
      ["Column", "Type", "Refers to", "Meaning"],
      columns.map(({ column, path, references }) => [
        code(path),
        typeOf(column),
        references.map(link).join(", "),
        meaningOf(stream, path, column)
      ])
    )
  ].join("\n\n")
}

const indexOf = (streams) =>
  streams
    .map(({ name, primaryKey }) => `- [${name}](#${anchorOf(name)}): ${primaryKey.map(code).join(", ")}`)
    .join("\n")

const pageOf = ({ folder, name, sentences, streams }) => {
  const diagram = diagramOf(streams)
  return `${MARK}

# Columns of ${folder}

${counted(streams.length, "stream")} of [${code(name)}](../../packages/${folder}/README.md), each with its primary key.
[STREAMS.md](../../STREAMS.md#${folder}) says how they are read and what a page costs, the [index](README.md) what the types mean.

${indexOf(streams)}
${
  diagram === undefined
    ? ""
    : `
## Keys and references

Between the streams of this package only; streams with the same columns are drawn as one.

${diagram}
`
}
${streams.map(sectionOf(folder, sentences)).join("\n\n")}
`
}

const columnTypes = [
  ["integer", "`integer`", "a whole number"],
  ["number", "`number`", "a number with or without decimals"],
  ["boolean", "`boolean`", ""],
  ["text", "`string`", ""],
  ["date", "`string`, format `date`", "`2025-01-31`"],
  ["timestamp", "`string`, format `date-time`, `timestamp_with_timezone`", "`2025-01-31T10:20:00Z`"],
  ["localTimestamp", "`string`, format `date-time`, `timestamp_without_timezone`", "`2025-01-31 10:20:00`, UTC"],
  ["dateTime", "`string`, format `date-time`", "a time whose zone Pipedrive does not document"],
  ["uuid", "`string`, format `uuid`", ""],
  ["object", "`object`", "with the columns below it; others may come"],
  ["list", "`array`", "`emails[].value` is a column of each object in it"]
]

const index = () => `${MARK}

# Columns of all streams

${counted(streamsByName.size, "stream")}, as \`discover\` declares them.

${table(
  ["Package", "Streams"],
  packages.map(({ folder, streams }) => [
    `[${folder}](${folder}.md)`,
    streams.map(({ name }) => `[${name}](${folder}.md#${anchorOf(name)})`).join(", ")
  ])
)}

## Types

Every column may be null, and rows may have properties that no column declares: they are sent as they come.

${table(["Type", "JSON Schema in the catalog", "Values"], columnTypes)}

What they become in tables is in [commands for people](../commands.md#tables).

## References

A column refers to the stream whose primary key it holds. That follows from the parents that a stream declares, and
otherwise from the names that Pipedrive gives to columns: \`org_id\` is an organization's id. Pipedrive guarantees none of
them: the other row may be deleted, archived, or hidden from the token's user.

## Columns that options add

- \`track_deletions\` adds \`_ab_cdc_deleted_at\`, a timestamp, to the streams that have a word under *Deletions* in
  [STREAMS.md](../../STREAMS.md). [Deletions](../deletions.md#what-arrives)
- \`custom_fields: "named"\` adds typed columns for the account's own fields.
  [Custom fields as columns](../custom-fields.md)
`

export const schemaPages = () => [
  [`${SCHEMA_FOLDER}/README.md`, index()],
  ...packages.map((each) => [`${SCHEMA_FOLDER}/${each.folder}.md`, pageOf(each)])
]
