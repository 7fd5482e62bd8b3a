// STREAMS.md, and the counts in README.md, from the declarations of all plugins.
import { cursorFieldOf, isTrackable } from "@pipedrive-source/core"
import { contentOf } from "./files.mjs"
import { code, counted, MARK, table } from "./markdown.mjs"
import { packages, streamsByName } from "./plugins.mjs"

const hourMs = 3_600_000
const time = (ms) => (ms % (24 * hourMs) === 0 ? `${ms / (24 * hourMs)} d` : `${ms / hourMs} h`)

const freshnessOf = (stream) => (stream?.changes?.kind === "snapshot" ? stream.changes.freshnessMs : undefined)

/** Where a stream is read: the vendor's page behind its path, and how often each path is asked. */
const endpointOf = ({ path, docs, parts = [{}] }) => {
  const paths = new Map()
  for (const part of parts) paths.set(part.path ?? path, (paths.get(part.path ?? path) ?? 0) + 1)
  return [...paths].map(([each, times]) => `[${each}](${docs})${times > 1 ? ` × ${times}` : ""}`).join(", ")
}

const askOf = ({ ask, streams }) => {
  const each = ask.in === "query" && ask.size > 1 ? `every ${ask.size}` : "each"
  return `for ${each} of ${streams.join(", ")}`
}

const changesOf = ({ changes, parents }) => {
  if (changes === undefined) return ["full"]
  const of = parents === undefined ? [] : [askOf(parents)]
  switch (changes.kind) {
    case "since":
    case "newestFirst":
      return [
        changes.kind,
        ...(changes.wholeEveryMs === undefined ? [] : [`whole every ${time(changes.wholeEveryMs)}`])
      ]
    case "snapshot":
      return [
        changes.kind,
        ...of,
        ...(changes.freshnessMs === undefined ? [] : [`fresh for ${time(changes.freshnessMs)}`])
      ]
    case "ofChangedParents": {
      // Where the list of the parents is not asked again, neither are the children.
      const freshnessMs = freshnessOf(streamsByName.get(parents.streams[0]))
      const fresh = freshnessMs === undefined ? [] : [`fresh for ${time(freshnessMs)}`]
      return [changes.kind, ...of, ...fresh, ...(changes.sweep === "none" ? [] : [`sweep ${changes.sweep}`])]
    }
  }
}

/** How it is found out, with `track_deletions`, which rows are gone. */
const deletionsOf = (stream) => {
  if (!isTrackable(stream)) return ""
  switch (stream.changes.kind) {
    case "snapshot":
      return "whole read"
    case "ofChangedParents":
      return "two sweeps"
    default:
      return "by id"
  }
}

const scopesOf = ({ scope, parts = [{}] }) => [...new Set(parts.map((part) => part.scope ?? scope))]

const addOnOf = ({ addOn, parts = [] }) => {
  const own = parts.filter((part) => part.addOn !== undefined).map((part) => `${part.path}: ${part.addOn}`)
  return addOn ?? own.join(", ")
}

const head = [
  "Stream",
  "Endpoint",
  "Primary key",
  "Cursor field",
  "How it changes",
  "Deletions",
  "Tokens per page",
  "Scope",
  "Add-on or plan"
]

const rowOf = (stream) => {
  const cursorField = cursorFieldOf(stream)
  return [
    code(stream.name),
    endpointOf(stream),
    stream.primaryKey.map(code).join(", "),
    cursorField === undefined ? "" : code(cursorField),
    changesOf(stream).join("; "),
    deletionsOf(stream),
    stream.tokens,
    scopesOf(stream).map(code).join(", "),
    addOnOf(stream)
  ]
}

const sectionOf = ({ folder, name, streams }) =>
  [
    `## ${folder}`,
    "",
    `${counted(streams.length, "stream")} of [${code(name)}](packages/${folder}/README.md), with [all columns](docs/schema/${folder}.md).`,
    "",
    table(head, streams.map(rowOf))
  ].join("\n")

const streamsPage = () => `${MARK}

# Streams

${counted(streamsByName.size, "stream")} in ${counted(packages.length, "package")}: ${packages.map(({ folder }) => `[${folder}](#${folder})`).join(", ")}.

**Endpoint**: version and path in Pipedrive's API, linked to the vendor's page; \`{id}\` is the key of a parent, and × 10 means
that one stream takes ten requests with different parameters. **Cursor field**: streams without one have full refresh only;
the source adds \`_ab_changed_at\` to rows that have no time of their own. **Scope**: only needed with OAuth; an API token
reads what its user may see. **Tokens per page**: the price of one request, however many rows it brings; what a whole run
costs is in [docs/cost.md](docs/cost.md).

**Deletions**: how the source finds rows that are gone, with \`track_deletions\` ([docs/deletions.md](docs/deletions.md)).

Rows are sent as the API returns them, with one exception: a zero date (\`0000-00-00\`, with or without a time), which no
destination can store, becomes null in every column declared as a date or timestamp; each stream logs at its end how many
there were. \`leads\` and \`leads_archived\` have their custom fields twice: among the row's own properties,
as the API sends them, and in the column \`custom_fields\`. Custom fields can also be [columns of their own](docs/custom-fields.md).

How a stream learns of changes:

| | In an incremental sync |
| --- | --- |
| since | asks for what was updated since the last sync; *whole every* says how often the list is read from the start again |
| newestFirst | reads from the newest row down to the first one it already has |
| ofChangedParents | asks for the children of parents that changed; *sweep* finds children that change without their parent: *whole* goes through all parents once a day, *rolling* through a share of them each day |
| snapshot | reads the whole list and sends the rows that are new or different; *fresh for* says for how long the list is not read again |
| full | reads and sends the whole list every time |

${packages.map(sectionOf).join("\n\n")}
`

/** README.md with the counts of today. */
const readme = () => {
  const all = [...streamsByName.values()]
  const [incremental, tracked] = [all.filter(cursorFieldOf).length, all.filter(isTrackable).length]
  return contentOf("README.md")
    .replace(/\[\d+ (?=streams\]\(STREAMS\.md\))/g, `[${all.length} `)
    .replace(/\d+(?= plugin packages)/, packages.length)
    .replace(/\d+(?= of the \[\d+ streams\])/, incremental)
    .replace(/\d+(?= streams\. A token)/, tracked)
    .replace(/(?<=^\| Tables \| )\d+/m, all.length)
    .replace(/(?<=^\| Incremental \| )\d+/m, incremental)
    .replace(/(?<=^\| Deleted rows \| )\d+/m, tracked)
}

export const streamsPages = () => [
  ["STREAMS.md", streamsPage()],
  ["README.md", readme()]
]
